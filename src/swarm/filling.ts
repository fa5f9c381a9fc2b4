/**
 * Filling cells with particles, and making points particles, with the same ids on any number of ranks.
 *
 * @module
 */
import { isTypedArray } from "../arrays.ts";
import { requireSame } from "../comm/collective_errors.ts";
import { geometryOf, type Mesh, placesIn } from "../mesh/mesh.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { fillCells, layoutOf } from "./layout.ts";
import { orderAmong } from "./order_among.ts";
import type { Population } from "./population.ts";
import { fingerprintOf } from "../comm/fingerprint.ts";
import type { AddParticlesOptions } from "./swarm_options.ts";

/** How {@link Swarm.populate} fills cells. */
export interface PopulateOptions {
  /** New particles in each cell. */
  readonly perCell: number;
  /**
   * The cells to be filled, `[n]`: ascending ids of cells that this rank owns, or none. Defaults to all cells; either
   * all ranks give a list, or none does.
   */
  readonly cells?: ArrayLike<number> | undefined;
}

const optionNames: OptionNames<PopulateOptions> = { perCell: true, cells: true };

/** What to do, checked. */
export interface Filling {
  readonly perCell: number;
  /** In this rank's numbers. */
  readonly cells: Int32Array;
  /** Whether these are all cells, on all ranks. */
  readonly everywhere: boolean;
}

/**
 * Checks the options of `populate`.
 *
 * @throws {TypeError} when `cells` is not a list, or an option does not exist.
 * @throws {RangeError} when `perCell` is not a whole number from 1, or `cells` are not ascending ids below
 *   `owned`.
 */
export function checkFilling(options: PopulateOptions, owned: number): Filling {
  requireOptions("populate", options, optionNames);
  const { perCell, cells } = options;
  if (!Number.isInteger(perCell) || perCell < 1) {
    throw new RangeError(`populate: perCell is a whole number from 1, got ${describe(perCell)}`);
  }
  if (cells === undefined) {
    const all = Int32Array.from({ length: owned }, (_, cell) => cell);
    return { perCell, cells: all, everywhere: true };
  }
  if (!Array.isArray(cells) && !isTypedArray(cells)) {
    throw new TypeError(`populate: cells are a list of cell ids, got ${describe(cells)}`);
  }
  for (let n = 0; n < cells.length; n++) {
    const cell: unknown = cells[n];
    if (Number.isInteger(cell) && cells[n] > (n === 0 ? -1 : cells[n - 1]) && cells[n] < owned) {
      continue;
    }
    throw new RangeError(
      `populate: cells are ascending ids of the ${owned} cells that this rank owns, found ${
        describe(cell)
      } at ${n}`,
    );
  }
  return { perCell, cells: Int32Array.from(cells as ArrayLike<number>), everywhere: false };
}

/**
 * Puts particles into cells; returns how many this rank got. Ids go by the order of cells in the whole mesh.
 * Collective.
 *
 * @throws {RangeError} when ranks ask for other fillings.
 */
export function fill(mesh: Mesh, population: Population, filling: Filling): number {
  const { perCell, cells, everywhere } = filling;
  requireSame(mesh.model.comm, "populate", `${perCell} in ${everywhere ? "all" : "some"} cells`);
  const geometry = geometryOf(mesh),
    { topology, coordinates } = geometry,
    { dim, rankMesh } = topology;
  const global = rankMesh === null ? cells : cells.map((cell) => rankMesh.cells.ids[cell]);
  const order = everywhere ? null : orderAmong(global, mesh.globalCellCount, mesh.model.comm);
  const filled = order?.total ?? mesh.globalCellCount;
  const ids = new BigInt64Array(cells.length * perCell);
  for (let n = 0; n < cells.length; n++) {
    const place = order?.places[n] ?? global[n];
    for (let k = 0; k < perCell; k++) {
      ids[n * perCell + k] = population.nextId + BigInt(place * perCell + k);
    }
  }
  const first = population.appendAs(ids, filled * perCell);
  const corners = new Int32Array(cells.length * (dim + 1));
  for (let i = 0; i < corners.length; i++) {
    corners[i] = topology.cells[cells[Math.floor(i / (dim + 1))] * (dim + 1) + i % (dim + 1)];
  }
  const points = population.coordinates.data.subarray(first * dim);
  const layout = layoutOf(dim, perCell);
  fillCells(layout, dim, corners, coordinates, points);
  if (geometry.curved !== null) bend(geometry, cells, layout, points);
  const hints = population.cells.data;
  for (let i = 0; i < ids.length; i++) hints[first + i] = cells[Math.floor(i / perCell)];
  return ids.length;
}

/** Puts the particles of curved cells where the map of degree 2 has them. */
function bend(
  { curved, topology: { dim } }: Geometry,
  cells: Int32Array,
  layout: Float64Array,
  points: Float64Array,
): void {
  const width = dim + 1, perCell = layout.length / width;
  cells.forEach((cell, n) => {
    const k = curved!.numbers[cell];
    for (let p = 0; k >= 0 && p < perCell; p++) {
      curved!.place(k, layout, p * width, points, (n * perCell + p) * dim);
    }
  });
}

/**
 * Adds particles at `points`, `[n x dim]`, with new ids: those of every rank, or where they are `global` those
 * that all ranks give, of which each keeps the points in its own cells. Collective.
 *
 * @throws {RangeError} when ranks have other options, or other points where they are `global`.
 */
export function addPoints(
  mesh: Mesh,
  population: Population,
  points: Float64Array,
  { migrate = true, global = false }: AddParticlesOptions,
): void {
  const { dim, model: { comm } } = mesh;
  if (comm.size > 1) {
    const shared = global
      ? `, ${points.length / dim} points, fingerprint ${fingerprintOf([points])}`
      : "";
    requireSame(comm, "addParticles", `${JSON.stringify({ migrate, global })}${shared}`);
  }
  if (global && comm.size > 1) addOwn(mesh, population, points);
  else {
    const first = population.append(points.length / dim, comm);
    population.coordinates.data.set(points, first * dim);
  }
}

/** Of points that all ranks have, adds those in cells of this rank; the first rank has those outside. */
function addOwn(mesh: Mesh, population: Population, points: Float64Array): void {
  const { dim, model: { comm } } = mesh, { rank, size } = comm, count = points.length / dim;
  // Each rank finds its share of the points, and tells the owners of their cells.
  const first = Math.floor(count * rank / size), last = Math.floor(count * (rank + 1) / size);
  const found = placesIn(mesh).find(points.slice(first * dim, last * dim));
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (let n = 0; n < found.count; n++) {
    lists[Math.max(0, found.ranks[n])].push(first + n, found.cells[n]);
  }
  const { cells } = geometryOf(mesh).topology.rankMesh!;
  // By rank, and ascending in the share of each.
  const mine = comm.alltoallv(lists.map((list) => Int32Array.from(list))).flatMap((
    part,
  ) => [...part]);
  const { nextId } = population;
  const ids = new BigInt64Array(mine.length / 2).map((_, n) => nextId + BigInt(mine[2 * n]));
  const to = population.appendAs(ids, count), { data } = population.coordinates;
  for (let n = 0; n < ids.length; n++) {
    for (let d = 0; d < dim; d++) data[(to + n) * dim + d] = points[mine[2 * n] * dim + d];
    population.cells.data[to + n] = cells.localOf(mine[2 * n + 1]);
  }
}
