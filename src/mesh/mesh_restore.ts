/**
 * The topology and the geometry that a snapshot holds, found again where they were live, and made from it
 * otherwise.
 *
 * @module
 */
import { kindOf, sameBytes, type TypedArray } from "../arrays.ts";
import { type CaptureSource, childKey } from "../snapshot/contract.ts";
import { requireSoundForest } from "./adapt/sound_forest.ts";
import { Geometry } from "./geometry.ts";
import { sameNames, sayCells, sayNames } from "./names.ts";
import { meshPaths, storedMesh } from "./stored.ts";
import { middlesFromStored } from "./stored_middles.ts";
import { Topology } from "./topology.ts";
import { requireSides } from "./twins.ts";

/**
 * Topologies and geometries by arrays that never change and that tokens share, so that going back to an
 * earlier mesh or deformation rebuilds nothing.
 */
export class KnownMeshes {
  readonly #topologies = new WeakMap<TypedArray, Topology>();
  readonly #geometries = new WeakMap<Float64Array, Geometry>();

  /** Remembers a geometry by its coordinates, and its topology by its key. */
  add(geometry: Geometry): void {
    this.#geometries.set(geometry.coordinates, geometry);
    this.#topologies.set(geometry.topology.key, geometry.topology);
  }

  /** Whether the topology that `source` holds is the live one or a known one. */
  has(live: Topology, source: CaptureSource): boolean {
    if (isTopologyOf(live, source)) return true;
    const key = keyIn(source), known = key === null ? undefined : this.#topologies.get(key);
    return known !== undefined && isTopologyOf(known, source);
  }

  /**
   * The topology that `source` holds: the live one or a known one where all bytes are equal, and a new one
   * otherwise; null after a refusal.
   *
   * @param given what was put together for `source` beforehand, on several ranks.
   */
  topologyOf(
    mesh: string,
    live: Topology,
    source: CaptureSource,
    given: Topology | null = null,
  ): Topology | null {
    const problem = misfit(mesh, live, source);
    if (problem !== null) {
      source.refuse(problem);
      return null;
    }
    if (isTopologyOf(live, source)) return live;
    const key = keyIn(source);
    const known = key === null ? undefined : this.#topologies.get(key);
    if (known !== undefined && isTopologyOf(known, source)) return known;
    if (given !== null && isTopologyOf(given, source)) return given;
    if (live.rankMesh !== null) {
      source.refuse(
        `mesh '${mesh}': its topology differs, and the snapshot does not say what other ranks have`,
      );
      return null;
    }
    try {
      const topology = topologyFrom(live.dim, source);
      if (key !== null) this.#topologies.set(key, topology);
      return topology;
    } catch (error) {
      source.refuse(`mesh '${mesh}': ${(error as Error).message}`);
      return null;
    }
  }

  /** The geometry that `source` holds on `topology`; null after a refusal. */
  geometryOf(
    mesh: string,
    live: Geometry,
    topology: Topology,
    source: CaptureSource,
  ): Geometry | null {
    const length = topology.nodeCount * topology.dim;
    const saved = source.data(meshPaths.coordinates, Float64Array, length);
    if (saved === null) return null;
    const middles = savedMiddles(mesh, live, topology, source);
    if (middles === undefined) return null;
    const hasMiddles = (g: Geometry): boolean =>
      middles === null || g.middles === null
        ? middles === g.middles
        : sameBytes(middles, g.middles);
    if (live.topology === topology && sameBytes(saved, live.coordinates) && hasMiddles(live)) {
      return live;
    }
    const known = this.#geometries.get(saved);
    if (known?.topology === topology && hasMiddles(known)) return known;
    try {
      // A copy: what was read from a file lies in memory that goes back to the pool.
      const geometry = new Geometry(topology, saved.slice(), middles);
      this.#geometries.set(saved, geometry);
      return geometry;
    } catch (error) {
      source.refuse(`mesh '${mesh}': ${(error as Error).message}`);
      return null;
    }
  }
}

/** The mid-side nodes in `source`; null where cells are straight, undefined after a refusal. */
function savedMiddles(
  mesh: string,
  live: Geometry,
  topology: Topology,
  source: CaptureSource,
): Float64Array | null | undefined {
  const degree = source.get(meshPaths.middles) === undefined ? 1 : 2;
  if (degree !== live.degree) {
    source.refuse(
      `mesh '${mesh}' was captured with cells of degree ${degree} and has cells of degree ${live.degree}; make it ` +
        `with { geometryDegree: ${degree} }`,
    );
    return undefined;
  }
  if (degree === 1) return null;
  const length = topology.edges.count * topology.dim;
  const rows = source.data(meshPaths.middles, Float64Array, length);
  return rows === null ? undefined : middlesFromStored(topology, rows);
}

/** Why no topology of `source` can be that of this mesh, as one sentence; null when one can. */
export function misfit(mesh: string, live: Topology, source: CaptureSource): string | null {
  const differs = `mesh '${mesh}': its topology differs`;
  const entry = source.get(meshPaths.cells);
  if (entry === undefined || entry.data === null) return `${differs} (none was captured)`;
  const [count, corners] = entry.shape;
  if (corners !== live.dim + 1 || !(entry.data instanceof Int32Array)) {
    const words = sayCells(live.cellCount, live.dim + 1);
    const captured = entry.data instanceof Int32Array && (corners === 3 || corners === 4)
      ? sayCells(count, corners)
      : `what are no cells: ${kindOf(entry.data)} numbers of shape [${entry.shape}]`;
    return `${differs} (captured ${captured}, live ${words})`;
  }
  const { dim = live.dim } = storedMesh(source.get("")?.attributes);
  if (dim !== live.dim) {
    return `mesh '${mesh}' was captured in ${String(dim)} dimensions and has ${live.dim}`;
  }
  for (const what of ["twins", "boundaries", "regions"] as const) {
    const captured = source.get(meshPaths[what])?.keys ?? [];
    const names = [...live[what]?.keys() ?? []];
    if (!sameNames(captured, names)) {
      const words = what === "twins" ? "periodic directions" : what;
      return `${differs} (captured ${words}: ${sayNames(captured)}; live: ${sayNames(names)})`;
    }
  }
  return null;
}

/** What a topology is known by: the fingerprint of the whole on ranks of an adapted mesh, its cells otherwise. */
function keyIn(source: CaptureSource): TypedArray | null {
  return source.get(meshPaths.whole)?.data ?? source.get(meshPaths.cells)?.data ?? null;
}

/** Whether all bytes of a topology, and of what this rank has of it, are those that `source` holds. */
export function isTopologyOf(topology: Topology, source: CaptureSource): boolean {
  const same = (path: string, live: TypedArray | null): boolean => {
    const saved = source.get(path)?.data ?? null;
    return saved === null || live === null ? saved === live : sameBytes(saved, live);
  };
  const { cells, forest, rankMesh, fingerprint } = topology;
  if (!same(meshPaths.cells, cells) || !same(meshPaths.whole, fingerprint)) return false;
  if (!same(meshPaths.labels, forest?.labels ?? null)) return false;
  if (!same(meshPaths.levels, forest?.levels ?? null)) return false;
  if (rankMesh !== null && !same(meshPaths.cellIds, rankMesh.cells.ids)) return false;
  return (["boundaries", "regions", "twins"] as const).every((what) =>
    [...topology[what] ?? []].every(([name, ids]) => same(childKey(meshPaths[what], name), ids))
  );
}

/** A topology from copies of what `source` holds. */
export function topologyFrom(dim: 2 | 3, source: CaptureSource): Topology {
  const lists = (what: "boundaries" | "regions" | "twins") =>
    new Map((source.get(meshPaths[what])?.keys ?? []).map((name) => {
      const ids = source.get(childKey(meshPaths[what], name))?.data;
      if (ids instanceof Int32Array) return [name, ids.slice()] as const;
      throw new RangeError(`${what}: '${name}' has no node or cell ids`);
    }));
  const cells = (source.get(meshPaths.cells)!.data as Int32Array).slice();
  const nodeCount = (source.get(meshPaths.coordinates)?.data?.length ?? 0) / dim;
  const cellCount = cells.length / (dim + 1);
  const labels = source.get(meshPaths.labels)?.data, levels = source.get(meshPaths.levels)?.data;
  const bytes = (array: unknown): array is Uint8Array =>
    array instanceof Uint8Array && array.length === cellCount;
  if ((labels ?? levels) !== undefined && !(bytes(labels) && bytes(levels))) {
    throw new RangeError(`labels and levels should be ${cellCount} bytes each`);
  }
  const forest = bytes(labels) && bytes(levels)
    ? { labels: labels.slice(), levels: levels.slice() }
    : null;
  const boundaries = lists("boundaries"), regions = lists("regions");
  const directions = lists("twins"), twins = directions.size > 0 ? directions : null;
  const topology = new Topology({ dim, nodeCount, cells, boundaries, regions, forest, twins });
  // Asked for at once: a facet with more than two cells must be found before anything is written.
  void topology.neighbours;
  if (forest !== null) requireSoundForest({ dim, nodeCount, cells, ...forest });
  if (twins !== null) requireSides(topology);
  return topology;
}
