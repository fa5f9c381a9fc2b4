/**
 * Makes one change to a mesh, as a pure function of the mesh and of the wishes of its cells.
 *
 * Refinement comes first; afterwards only cells that it did not touch are merged, so that no cell
 * is both merged and halved in one change.
 *
 * @module
 */
import { Geometry } from "../geometry.ts";
import { Topology } from "../topology.ts";
import { coarsenCells, type Coarsening } from "./coarsen.ts";
import { placeNodes } from "./curved.ts";
import type { Forest, ForestCells } from "./forest.ts";
import { firstLabels } from "./labels.ts";
import { coarsenedLists, type Lists, refinedLists } from "./lists.ts";
import { refineCells, type Refinement } from "./refine.ts";
import type { CellsByVertex, Twins } from "../twins.ts";

/** The cells that were halved. */
export interface RefineStep {
  readonly kind: "refine";
  readonly before: Geometry;
  readonly after: Geometry;
  readonly map: Refinement;
}

/** The cells that were merged. */
export interface CoarsenStep {
  readonly kind: "coarsen";
  readonly before: Geometry;
  readonly after: Geometry;
  readonly map: Coarsening;
}

/** A step from one mesh to the next, which fields follow. */
export type Step = RefineStep | CoarsenStep;

/** A mesh after a change, and the steps that led to it. */
export interface Change {
  readonly geometry: Geometry;
  readonly steps: readonly Step[];
  /** The number of halvings that were made. */
  readonly halved: number;
  /** The number of halvings that were undone. */
  readonly merged: number;
}

/** The forest of a mesh; if the mesh was never adapted, the forest of its roots. */
export function forestOf({ topology, coordinates }: Geometry): Forest {
  const { dim, cells, cellCount, forest, twins, rankMesh } = topology;
  if (forest !== null) return forest;
  const joined = twins === null ? null : topology.joined, ids = rankMesh?.nodes.ids ?? null;
  const labels = firstLabels(dim, cells, coordinates, joined, ids);
  return { labels, levels: new Uint8Array(cellCount) };
}

/**
 * Halves some cells and merges others.
 *
 * @param meshType the type of the mesh, which determines the boundaries that are circles; see
 *   `curved.ts`.
 * @param wants how often each cell is to be halved, or, if negative, how many of its halvings may
 *   be undone, `[cellCount]`.
 * @returns the new mesh; null if nothing changes.
 * @throws {RangeError} when a cell would be inverted, or halved more than 255 times.
 */
export function changeOf(geometry: Geometry, meshType: string, wants: Int16Array): Change | null {
  const steps: Step[] = [];
  const halvings = new Uint8Array(wants.length);
  for (let c = 0; c < wants.length; c++) if (wants[c] > 0) halvings[c] = Math.min(wants[c], 255);
  let now = geometry;
  if (halvings.some((n) => n > 0)) {
    const step = refineStep(geometry, meshType, halvings);
    steps.push(step);
    now = step.after;
  }
  const undoings = new Uint8Array(now.topology.cellCount);
  const start = steps[0]?.map.start ?? null;
  for (let c = 0; c < wants.length; c++) {
    const at = start === null ? c : start[c];
    // A cell that was halved, even if only because of its neighbours, is not merged.
    const whole = start === null || start[c + 1] === at + 1;
    if (wants[c] < 0 && whole) undoings[at] = Math.min(-wants[c], 255);
  }
  if (undoings.some((n) => n > 0) && now.topology.forest !== null) {
    const step = coarsenStep(now, undoings);
    if (step !== null) steps.push(step);
  }
  if (steps.length === 0) return null;
  const halved = steps[0].kind === "refine" ? gained(steps[0]) : 0;
  const last = steps[steps.length - 1];
  const merged = last.kind === "coarsen" ? -gained(last) : 0;
  return { geometry: last.after, steps, halved, merged };
}

function gained({ before, after }: Step): number {
  return after.topology.cellCount - before.topology.cellCount;
}

function refineStep(before: Geometry, meshType: string, halvings: Uint8Array): RefineStep {
  const { topology, coordinates } = before;
  const forest = forestOf(before);
  const vertices = verticesOf(topology);
  const map = refineCells({ ...cellsOf(topology), ...forest }, halvings, vertices);
  const lists = refinedLists(topology, forest, map);
  const places = placeNodes(topology, meshType, coordinates, map);
  const twins = topology.twins && refinedTwins(topology.twins, topology.nodeCount, map);
  return {
    kind: "refine",
    before,
    map,
    after: new Geometry(topologyOf(map, lists, twins), places),
  };
}

function coarsenStep(before: Geometry, undoings: Uint8Array): CoarsenStep | null {
  const { topology, coordinates } = before, { dim } = topology;
  const all = { ...cellsOf(topology), ...forestOf(before) };
  const map = coarsenCells(all, undoings, verticesOf(topology));
  if (map.labels.length === topology.cellCount) return null;
  const places = new Float64Array(map.nodeCount * dim);
  for (let n = 0; n < map.nodeCount; n++) {
    for (let d = 0; d < dim; d++) places[n * dim + d] = coordinates[map.kept[n] * dim + d];
  }
  const twins = topology.twins && keptTwins(topology.twins, topology.nodeCount, map.kept);
  const lists = coarsenedLists(topology, map);
  const after = new Geometry(topologyOf(map, lists, twins), places);
  return { kind: "coarsen", before, map, after };
}

function cellsOf({ dim, nodeCount, cells }: Topology) {
  return { dim, nodeCount, cells };
}

/** The cells of a periodic mesh by vertices; null for others. */
function verticesOf({ twins, joined }: Topology): CellsByVertex | null {
  return twins === null ? null : joined as CellsByVertex;
}

function topologyOf(
  map: ForestCells,
  { boundaries, regions }: Lists,
  twins: Twins | null,
): Topology {
  const { dim, nodeCount, cells, labels, levels } = map, forest = { labels, levels };
  return new Topology({ dim, nodeCount, cells, boundaries, regions, forest, twins });
}

/** The midpoints of edges that are one place are one place, too. */
export function refinedTwins(
  twins: Twins,
  nodeCount: number,
  { births, middles }: Refinement,
): Twins {
  const out = new Map<string, Int32Array>();
  for (const [name, pairs] of twins) {
    const all = Array.from(pairs), partner = new Map<number, number>();
    for (let i = 0; i < pairs.length; i += 2) partner.set(pairs[i], pairs[i + 1]);
    for (let i = 0; i < births.length; i += 2) {
      const a = partner.get(births[i]), b = partner.get(births[i + 1]);
      const twin = a === undefined || b === undefined ? -1 : middles.find(a, b);
      if (twin < 0) continue;
      const node = nodeCount + i / 2;
      partner.set(node, twin);
      all.push(node, twin);
    }
    out.set(name, Int32Array.from(all));
  }
  return out;
}

/** The pairs of nodes that stay, by their new ids. */
export function keptTwins(twins: Twins, nodeCount: number, kept: Int32Array): Twins {
  const ids = new Int32Array(nodeCount).fill(-1);
  kept.forEach((node, id) => ids[node] = id);
  const out = new Map<string, Int32Array>();
  for (const [name, pairs] of twins) {
    const all: number[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (ids[pairs[i]] >= 0) all.push(ids[pairs[i]], ids[pairs[i + 1]]);
    }
    out.set(name, Int32Array.from(all));
  }
  return out;
}
