/**
 * Population control: crowded cells lose particles, and sparse ones get new ones.
 *
 * @module
 */
import { allocate, copyInto, type TypedArray } from "../arrays.ts";
import { requireSame } from "../comm/collective_errors.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { sayNames } from "../mesh/names.ts";
import { cellsAround } from "../mesh/node_cells.ts";
import type { Balance, BalanceReport } from "./balance_options.ts";
import { leavingRows, rowsByCell } from "./crowded.ts";
import { fromWords, isReal, LinearFit, nearestOf, sourcesAround, wordNumbers } from "./inherit.ts";
import { nearby, placesOf } from "./nearby.ts";
import type { Column } from "./particle_store.ts";
import type { Population } from "./population.ts";
import { idsInOrder, type Newcomers, newcomers } from "./refill.ts";
import type { Swarm } from "./swarm.ts";
import { columnOf } from "./swarm_variable.ts";

/** Balances a swarm whose particles are all at home. Collective. */
export function balanceSwarm(swarm: Swarm, population: Population, asked: Balance): BalanceReport {
  const { comm } = swarm.mesh.model;
  requireConserved(population, asked);
  requireSame(comm, "balance", JSON.stringify({ ...asked, most: String(asked.most) }));
  const removed = thin(swarm, population, asked);
  let added = 0;
  // In cells as thin as rounding a new particle may lie next to its cell, so each cell is filled once.
  const filled = new Uint8Array(geometryOf(swarm.mesh).topology.cellCount);
  // Where all cells around are empty too, the next round finds the particles of this one.
  for (;;) {
    const came = fill(swarm, population, asked, filled);
    added += came;
    if (comm.allreduce(came) === 0) break;
  }
  if (comm.allreduce(added + removed) > 0) population.generation++;
  return { added, removed };
}

/** @throws {RangeError} when a name in `conserve` is not that of a variable with real numbers. */
export function requireConserved(population: Population, { conserve }: Balance): void {
  for (const name of conserve) realColumn(population, name);
}

/** Crowded cells; returns how many particles went. */
function thin(swarm: Swarm, population: Population, { most, conserve }: Balance): number {
  if (most === Infinity) return 0;
  const { mesh: { dim }, count } = swarm, { locals } = placesOf(swarm);
  const byCell = rowsByCell(locals, geometryOf(swarm.mesh).topology.ownedCellCount);
  const leaving = leavingRows(byCell, population.coordinates.data, dim, most);
  for (const { data, width } of conserve.map((name) => realColumn(population, name))) {
    for (const { row, heir } of leaving) {
      for (let a = 0; a < width; a++) data[heir * width + a] += data[row * width + a];
    }
  }
  const goes = new Uint8Array(count);
  for (const { row } of leaving) goes[row] = 1;
  const kept = Int32Array.from({ length: count }, (_, i) => i).filter((i) => goes[i] === 0);
  population.keep(kept);
  return leaving.length;
}

/** Sparse cells with particles around that are not `filled` yet; returns how many came. Collective. */
function fill(swarm: Swarm, population: Population, asked: Balance, filled: Uint8Array): number {
  const { mesh } = swarm, { dim, model: { comm } } = mesh;
  const geometry = geometryOf(mesh), { topology } = geometry;
  const places = placesOf(swarm), columns = [...population.variables.values()].map(columnOf);
  const points = { data: population.coordinates.data, width: dim };
  const words = columns.map(({ data, width }) => wordNumbers(data, width));
  const near = nearby(mesh, population.ids.data, places, [points, ...words]);
  const nearPoints = near.numbers[0];
  const byCell = rowsByCell(near.cells, topology.cellCount);
  const sources = { count: near.count, points: nearPoints, byCell };
  const all = newcomers(geometry, byCell, nearPoints, asked.fewest);
  const around = cellsAround(topology);
  const candidates: number[][] = [];
  const kept: number[] = [];
  for (let i = 0; i < all.count; i++) {
    const same = i > 0 && all.cells[i] === all.cells[i - 1];
    const list: number[] = same ? candidates[i - 1] : [];
    if (!same) sourcesAround(topology, around, sources, all.cells[i], list);
    candidates.push(list);
    // An empty swarm gets no particles: it is not known what they would carry.
    if (list.length > 0 && filled[all.cells[i]] === 0) kept.push(i);
  }
  for (const i of kept) filled[all.cells[i]] = 1;
  const come = picked(all, kept, dim);
  const global = come.cells.map((cell) => topology.rankMesh?.cells.ids[cell] ?? cell);
  const { ids, used } = idsInOrder(global, mesh.globalCellCount, population.nextId, comm);
  if (used === 0) return 0;
  const lists = kept.map((i) => candidates[i]);
  const inherited = columns.map((column, c) =>
    inheritedRows(column, near.numbers[c + 1], sources, come, lists, dim, asked.values)
  );
  const donors = donorsOf(swarm, places.locals, come);
  const first = population.appendAs(ids, used);
  population.coordinates.data.set(come.points, first * dim);
  population.cells.data.set(come.cells, first);
  columns.forEach((column, c) => {
    copyInto(column.data.subarray(first * column.width), inherited[c]);
  });
  for (const name of asked.conserve) split(realColumn(population, name), donors, first);
  return come.count;
}

/** Values of new particles in one column. */
function inheritedRows(
  { kind, width }: Column,
  words: Float64Array,
  sources: { readonly count: number; readonly points: Float64Array },
  come: Newcomers,
  lists: readonly number[][],
  dim: 2 | 3,
  values: Balance["values"],
): TypedArray {
  const data = fromWords(kind, words, sources.count * width);
  const out = allocate(kind, come.count * width);
  const linear = values === "linear" && isReal(kind), fit = new LinearFit(dim);
  for (let i = 0; i < come.count; i++) {
    if (linear && fit.around(lists[i], sources.points, come.points, i)) {
      for (let a = 0; a < width; a++) {
        (out as Float64Array)[i * width + a] = fit.value(lists[i], data as Float64Array, width, a);
      }
      continue;
    }
    const nearest = nearestOf(lists[i], sources.points, dim, come.points, i);
    copyInto(
      out.subarray(i * width, (i + 1) * width),
      data.subarray(nearest * width, (nearest + 1) * width),
    );
  }
  return out;
}

/** For each new particle the nearest that was in its cell, or -1. */
function donorsOf(swarm: Swarm, locals: Int32Array, come: Newcomers): Int32Array {
  const { dim } = swarm.mesh, { ownedCellCount } = geometryOf(swarm.mesh).topology;
  const { start, rows } = rowsByCell(locals, ownedCellCount);
  const points = swarm.coordinates.data as Float64Array;
  return come.cells.map((cell, i) =>
    nearestOf([...rows.subarray(start[cell], start[cell + 1])], points, dim, come.points, i)
  );
}

/** Every new particle takes an equal share of its donor, which keeps one; or nothing where it has none. */
function split(column: Column<"float64" | "float32">, donors: Int32Array, first: number): void {
  const { data, width } = column;
  const parts = new Map<number, number>();
  for (const donor of donors) parts.set(donor, (parts.get(donor) ?? 1) + 1);
  for (const [donor, count] of parts) {
    if (donor < 0) continue;
    for (let a = 0; a < width; a++) data[donor * width + a] /= count;
  }
  donors.forEach((donor, i) => {
    for (let a = 0; a < width; a++) {
      data[(first + i) * width + a] = donor < 0 ? 0 : data[donor * width + a];
    }
  });
}

/** @throws {RangeError} when there is no variable of that name, or one without real numbers. */
function realColumn(population: Population, name: string): Column<"float64" | "float32"> {
  const variable = population.variables.get(name);
  if (variable !== undefined && isReal(variable.dtype)) {
    return columnOf(variable) as unknown as Column<"float64" | "float32">;
  }
  const known = [...population.variables.values()].filter(({ dtype }) => isReal(dtype));
  throw new RangeError(
    `balance: conserve names variables with real numbers, got '${name}'; there are ` +
      sayNames(known.map((one) => one.name)),
  );
}

function picked({ cells, points }: Newcomers, rows: readonly number[], dim: number): Newcomers {
  const out = new Float64Array(rows.length * dim);
  rows.forEach((row, i) => out.set(points.subarray(row * dim, (row + 1) * dim), i * dim));
  return { count: rows.length, cells: Int32Array.from(rows, (row) => cells[row]), points: out };
}
