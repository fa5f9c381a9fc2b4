/**
 * A mesh captured on some number of ranks, as this rank of another number would have captured it. What
 * ranks own is put together by global ids, and then divided again; ghosts take their owners' values.
 *
 * @module
 */
import { allocate, kindOf, sameBytes, type TypedArray, wordsOf } from "../arrays.ts";
import type { CaptureSink, CheckpointBackend, SnapshotAttributes } from "../snapshot/contract.ts";
import { assembled, ownedAttribute, withoutOwned, wordsPerRow } from "../snapshot/assemble.ts";
import { entryOf, refusal } from "../snapshot/rank_entries.ts";
import type { FieldStore } from "./field_store.ts";
import { captureMiddles, captureRankMesh, captureTopology } from "./mesh_state.ts";
import type { IndexMap } from "./index_map.ts";
import { dofIdsPath, meshPaths, meshVariablePath, storedField } from "./stored.ts";
import type { Topology } from "./topology.ts";

/** Writes what `Mesh.capture` would have written here. */
export function redistributeMesh(
  mesh: { readonly name: string },
  topology: Topology,
  stores: ReadonlyMap<string, FieldStore>,
  parts: readonly CheckpointBackend[],
  key: string,
  sink: CaptureSink,
): void {
  const whole = topology.rankMesh?.whole ?? topology;
  const nodeIds = `${key}/${meshPaths.nodeIds}`;
  requireSameCells(mesh.name, whole, parts, key);
  sink.group("", entryOf(parts[0], key).attributes);
  captureRankMesh(topology, sink);
  captureTopology(topology, sink);
  const coordinates = gathered(
    parts,
    `${key}/${meshPaths.coordinates}`,
    nodeIds,
    whole.nodeCount,
    whole.dim,
  );
  const { dim, nodeCount } = topology;
  const nodes = topology.rankMesh?.nodes ?? null;
  const owned: SnapshotAttributes = nodes === null ? {} : ownedAttribute(nodes.owned);
  sink.frozen(meshPaths.coordinates, shareOf(coordinates, dim, nodes), [nodeCount, dim], owned);
  const middlesKey = `${key}/${meshPaths.middles}`;
  const hasMiddles = parts[0].get(middlesKey) !== undefined;
  if (hasMiddles) {
    const { count } = whole.edges, ids = `${key}/${meshPaths.edgeIds}`;
    const all = gathered(parts, middlesKey, ids, count, whole.dim);
    const own = shareOf(all, dim, topology.rankMesh?.edges ?? null);
    captureMiddles(topology, own as Float64Array, sink);
  }
  const names = entryOf(parts[0], `${key}/${meshPaths.variables}`).keys ?? [];
  sink.group(meshPaths.variables, {}, names);
  const numbered = new Set<string>(hasMiddles ? [dofIdsPath(2, true)] : []);
  for (const name of names) {
    const path = meshVariablePath(name);
    const entries = parts.map((part) => entryOf(part, `${key}/${path}`));
    const filled = entries.find(({ data }) => data !== null);
    const store = stores.get(name);
    if (filled === undefined || store === undefined) {
      // Nothing to divide; a variable that is not live is refused by the plan, as always.
      sink.group(path, { ...entries[0].attributes, allocated: false });
      continue;
    }
    const { degree, continuous } = store.kind;
    const { components } = storedField(filled);
    const { count } = whole.dofMap(degree, continuous);
    const ids = dofIdsPath(degree, continuous);
    const values = gathered(parts, `${key}/${path}`, `${key}/${ids}`, count, components);
    const dofs = topology.rankMesh?.dofs(degree, continuous) ?? null;
    const own = shareOf(values, components, dofs);
    const rows = own.length / components;
    sink.array(path, own, components === 1 ? [rows] : [rows, components], {
      ...withoutOwned(filled.attributes),
      ...(dofs && ownedAttribute(dofs.owned)),
    });
    if (dofs === null || numbered.has(ids)) continue;
    sink.frozen(ids, dofs.ids, [dofs.count], ownedAttribute(dofs.owned));
    numbered.add(ids);
  }
}

/** Coordinates of the whole mesh as `parts` have them, `[globalNodeCount x dim]`. */
export function wholeCoordinates(
  { nodeCount, dim }: Topology,
  parts: readonly CheckpointBackend[],
  key: string,
): Float64Array {
  const ids = `${key}/${meshPaths.nodeIds}`;
  return gathered(parts, `${key}/${meshPaths.coordinates}`, ids, nodeCount, dim) as Float64Array;
}

function requireSameCells(
  name: string,
  whole: Topology,
  parts: readonly CheckpointBackend[],
  key: string,
): void {
  const corners = whole.dim + 1;
  const cells = parts.map((part) => entryOf(part, `${key}/${meshPaths.cells}`));
  const global = parts.map((part, rank) => {
    const nodes = part.get(`${key}/${meshPaths.nodeIds}`)?.data;
    const local = cells[rank].data as Int32Array;
    return nodes ? local.map((node) => nodes[node] as number) : local;
  });
  const ids = `${key}/${meshPaths.cellIds}`;
  const fits = cells.every(({ shape }) => shape[1] === corners);
  const all = fits ? assembled(parts, cells, global, ids, whole.cellCount, corners) : null;
  if (all !== null && sameBytes(all, whole.cells)) return;
  throw refusal(`mesh '${name}': its topology differs from what ${parts.length} rank(s) captured`);
}

/** Rows of all owners by global id. */
function gathered(
  parts: readonly CheckpointBackend[],
  path: string,
  idsPath: string,
  count: number,
  width: number,
): TypedArray {
  const entries = parts.map((part) => entryOf(part, path));
  const data = entries.map((entry) => entry.data);
  const all = assembled(parts, entries, data, idsPath, count, width);
  if (all !== null) return all;
  throw refusal(`"${path}" does not hold each of ${count} rows of ${width} exactly once`);
}

/** This rank's rows: owned ones, then ghosts. */
function shareOf(all: TypedArray, width: number, indexMap: IndexMap | null): TypedArray {
  if (indexMap === null) return all;
  const { ids } = indexMap;
  const out = allocate(kindOf(all), ids.length * width);
  const to = wordsOf(out), from = wordsOf(all), row = wordsPerRow(out, width);
  for (let i = 0; i < ids.length; i++) {
    for (let k = 0; k < row; k++) to[i * row + k] = from[ids[i] * row + k];
  }
  return out;
}
