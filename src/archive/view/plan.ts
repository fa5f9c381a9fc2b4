/**
 * Plans the view that ParaView shows of a snapshot: the groups of VTKHDF 1.0 (VTK File Formats,
 * "VTKHDF file format"), planned from the entries alone. There are several unstructured grids: the
 * mesh with its continuous fields, its separated cells with the discontinuous fields, and a swarm
 * as vertices. Most of its arrays are links to datasets of the snapshot, or virtual datasets over
 * them; only small arrays are stored in addition.
 *
 * If several ranks wrote the snapshot, each plans its piece of every grid: the cells that it owns,
 * with all of the points that it has. The pieces follow one another, as VTKHDF requires.
 *
 * @module
 */
import { bytesPerElement } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import { elementsOf } from "../../snapshot/file/hdf5_types.ts";
import { rankRoot, ranksKey } from "../../snapshot/file/rank_keys.ts";
import { type Collective, gathered, inTurn, overRanks } from "../lockstep.ts";
import { kindIn, steps } from "../../snapshot/numbers_in_blocks.ts";
import type { Box } from "../../snapshot/file/virtual_dataset.ts";
import { firstNumbers } from "./cells.ts";
import { addMesh, addSwarm } from "./grids.ts";
import { meshKey } from "../../mesh/stored.ts";
import type { JointRows } from "../../snapshot/joint_rows.ts";
import { jointMesh } from "./joint.ts";
import { meshOf, partAt, pieceOf } from "./mesh.ts";
import { newView, NUMBERS, type View, type ViewDetail, type ViewSource } from "./view.ts";
import { type EntryMap, surveyOf, surveyOfAll } from "./survey.ts";

/**
 * Plans the view of a file that contains all entries itself, written by one rank or by several.
 *
 * @param detail How much it shows; see {@link ViewDetail}.
 */
export function planView(entries: EntryMap, detail: ViewDetail = "full"): View {
  const ranks = entries.get(ranksKey)?.keys?.length;
  if (ranks === undefined) {
    const [view] = inTurn([planned(entries, null, "", detail)]);
    return withNumbers(view);
  }
  const pieces = inTurn(Array.from({ length: ranks }, (_, rank) => {
    const root = `${rankRoot(rank)}/`;
    const own = [...entries].filter(([key]) => key.startsWith(root));
    const entriesOfRank = new Map(own.map(([key, e]) => [key.slice(root.length), e]));
    return planned(entriesOfRank, rank, root, detail);
  }));
  const view = joinedView(pieces);
  return { ...view, own: [...view.own, ...pieces.flatMap(({ own }) => own)] };
}

/** Plans this rank's piece of the view of a file that several ranks write. Collective. */
export function planPiece(comm: Comm, entries: EntryMap, detail: ViewDetail = "full"): View {
  return overRanks(comm, plannedPiece(entries, comm.rank, detail));
}

/** The same, for whoever carries the messages. */
export function plannedPiece(
  entries: EntryMap,
  rank: number,
  detail: ViewDetail,
): Collective<View> {
  return planned(entries, rank, `${rankRoot(rank)}/`, detail);
}

/**
 * Plans the view of a file that the first rank writes for all: that of one rank, with arrays that come in blocks.
 * Collective.
 *
 * @param own What this rank has captured.
 * @param joint What all have captured, as one rank would have.
 */
export function planJoint(
  comm: Comm,
  own: EntryMap,
  joint: EntryMap,
  rows: JointRows,
): View {
  const { meshes, swarms } = surveyOfAll(
    comm.allgather(JSON.stringify(surveyOf(own))).map((text) => JSON.parse(text)),
  );
  const view = newView(null, "full", true);
  for (const shown of meshes) {
    const part = partAt(own, meshKey(shown.name));
    const piece = overRanks(comm, pieceOf(own, shown, part, "", "full"));
    addMesh(view, jointMesh(comm, piece, part, rows), shown.name);
  }
  for (const shown of swarms) addSwarm(view, joint, shown, "");
  return withNumbers(view);
}

/** @param prefix the path before the keys of `entries` in the file. */
function* planned(
  entries: EntryMap,
  rank: number | null,
  prefix: string,
  detail: ViewDetail,
): Collective<View> {
  const surveys = yield* gathered(JSON.stringify(surveyOf(entries)));
  const { meshes, swarms } = surveyOfAll(surveys.map((text) => JSON.parse(text)));
  const view = newView(rank, detail);
  for (const shown of meshes) {
    const mesh = yield* meshOf(entries, shown, rank !== null, prefix, detail);
    addMesh(view, mesh, shown.name);
  }
  for (const shown of swarms) addSwarm(view, entries, shown, prefix);
  if (detail === "small" && isHeavy(view, entries)) {
    view.own.forEach((array, i) => view.own[i] = { ...array, packed: true });
  }
  return view;
}

/** The share of a file above which the tables of its view are compressed, which takes time. */
const HEAVY = 0.1;

function isHeavy({ own }: View, entries: EntryMap): boolean {
  let stored = 0, added = 0;
  for (const { data } of entries.values()) stored += data?.byteLength ?? 0;
  for (const { data, shape } of own) added += elementsOf(shape) * bytesPerElement(kindIn(data));
  return added > HEAVY * stored;
}

/** Joins pieces into one view, without the pieces' own arrays. */
export function joinedView(pieces: readonly Omit<View, "own">[]): View {
  if (pieces.length === 0) return newView();
  const [{ grids, sizes, virtual, detail }] = pieces, view = newView(null, detail);
  view.grids.push(...grids);
  view.longest = Math.max(...pieces.map(({ longest }) => longest));
  sizes.forEach(({ root }, i) => {
    const all = pieces.map(({ sizes }) => sizes[i]);
    view.sizes.push({
      root,
      points: all.flatMap(({ points }) => points),
      cells: all.flatMap(({ cells }) => cells),
      ids: all.flatMap(({ ids }) => ids),
    });
  });
  virtual.forEach(({ path, kind, shape: [, ...width] }, i) => {
    let row = 0;
    const sources = pieces.flatMap(({ virtual }): ViewSource[] => {
      const { shape, sources } = virtual[i], start = row;
      row += shape[0];
      return sources.map(({ to, ...rest }) => ({ ...rest, to: later(to, start) }));
    });
    view.virtual.push({ path, kind, shape: [row, ...width], sources });
  });
  return withNumbers(view);
}

function later({ first, last }: Box, rows: number): Box {
  const moved = ([row, ...rest]: readonly number[]) => [row + rows, ...rest];
  return { first: moved(first), last: moved(last) };
}

/** Completes a view with the data that all of its grids need: their sizes, and common numbers. */
function withNumbers(view: View): View {
  for (const { root, points, cells, ids } of view.sizes) {
    const all = { NumberOfPoints: points, NumberOfCells: cells, NumberOfConnectivityIds: ids };
    for (const [name, values] of Object.entries(all)) {
      const data = BigInt64Array.from(values, BigInt);
      view.own.push({ path: `${root}/${name}`, data, shape: [data.length] });
    }
  }
  if (view.longest > 0) {
    const length = view.longest + 1;
    const data = view.inBlocks ? steps(1) : firstNumbers(length);
    view.own.push({ path: NUMBERS, data, shape: [length] });
  }
  return view;
}
