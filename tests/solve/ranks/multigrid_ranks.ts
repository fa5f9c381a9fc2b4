/**
 * The parts of multigrid over ranks, against the same on one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Comm } from "../../../src/comm/comm.ts";
import { annulusMesh } from "../../../src/mesh/annulus_mesh.ts";
import type { Halo } from "../../../src/mesh/halo.ts";
import { geometryOf, haloOf, type Mesh } from "../../../src/mesh/mesh.ts";
import { Model } from "../../../src/model/model.ts";
import { aggregateOverRanks } from "../../../src/solve/ranks/aggregation.ts";
import { coarser } from "../../../src/solve/ranks/coarsening.ts";
import { ColumnMap, offsetsOf } from "../../../src/solve/ranks/column_map.ts";
import {
  diagonalOf,
  type DividedMatrix,
  interpolationOverRanks,
} from "../../../src/solve/ranks/interpolation.ts";
import { p1InP2OverRanks } from "../../../src/solve/ranks/p1_in_p2.ts";
import { RankMultigrid } from "../../../src/solve/ranks/rank_multigrid.ts";
import { RankSpace } from "../../../src/solve/ranks/rank_space.ts";
import { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { strongEntries } from "../../../src/solve/linear/multigrid/strength.ts";
import type { SparseRows } from "../../../src/solve/linear/sparse_product.ts";
import { matrixProduct } from "../linear/_matrices.ts";
import { p1InP2 } from "../../../src/solve/p1_in_p2.ts";
import { OperatorCache } from "../../../src/solve/operator_cache.ts";
import { assertSameBytes } from "../../_helpers.ts";
import { roughBox, unitBox } from "../_fields.ts";
import { runChecks, wholeOf } from "../../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [aggregatesAreWhole, coarseMatrix, linearPart, cycles, nothingToDo];
  return runChecks(comm, checks);
}

/** `K + M / 10` of a mesh without its constrained rows, divided among ranks; needs at least two of them. */
interface Problem extends DividedMatrix {
  readonly mesh: Mesh;
  readonly constrained: Uint8Array;
  /** Places of local unknowns among all, and of all unknowns by global id. */
  readonly positions: Int32Array;
  readonly columns: ColumnMap;
}

function problem(mesh: Mesh, degree: 1 | 2, isConstrained: (x: number) => boolean): Problem {
  const { comm } = mesh.model, geometry = geometryOf(mesh);
  const map = geometry.topology.dofMap(degree, true);
  const indexMap = geometry.topology.rankMesh!.dofs(degree, true);
  const inputs = { massScale: 0.1, stiffnessScale: 1, diffusivity: 1, robin: [] };
  const constrained = constrainedVertices(mesh, map.count, degree, isConstrained);
  const system = new OperatorCache().system({ geometry, map, ...inputs }, constrained);
  const halo: Halo = haloOf(mesh, indexMap);
  const { positions } = RankSpace.of(mesh, map)!;
  const columns = new ColumnMap(offsetsOf(indexMap.owned, comm), comm.rank, positions);
  return { rows: system.free, halo, mesh, constrained, positions, columns };
}

/** By the coordinates of vertices: ghosts and owners agree. */
function constrainedVertices(
  mesh: Mesh,
  count: number,
  degree: 1 | 2,
  isConstrained: (x: number) => boolean,
): Uint8Array {
  const { rankMesh } = geometryOf(mesh).topology;
  const { ids } = rankMesh!.dofs(degree, true), { nodes } = rankMesh!;
  const constrained = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const node = ids[i] < nodes.globalCount ? nodes.localOf(ids[i]) : -1;
    if (node >= 0 && isConstrained(mesh.coordinates.get(node, 0))) constrained[i] = 1;
  }
  return constrained;
}

/** All rows on all ranks; columns as `places` says. */
function whole(rows: SparseRows, places: Int32Array, cols: number, comm: Comm): CsrMatrix {
  const lengths = new Int32Array(rows.rows);
  const nnz = rows.starts[rows.rows];
  for (let i = 0; i < rows.rows; i++) lengths[i] = rows.starts[i + 1] - rows.starts[i];
  const all = comm.allgatherv(lengths), starts = new Int32Array(all.length + 1);
  all.forEach((length, i) => starts[i + 1] = starts[i] + length);
  const placed = Int32Array.from(rows.columns.subarray(0, nnz), (j) => places[j]);
  const columns = comm.allgatherv(placed), values = comm.allgatherv(rows.values.slice(0, nnz));
  // Transposing twice sorts the rows.
  return new CsrMatrix(all.length, cols, starts, columns, values).transpose().transpose();
}

function csrRows({ rows, cols, rowStarts: starts, columns, values }: CsrMatrix): SparseRows {
  return { rows, cols, starts, columns, values };
}

const meshes: readonly ((model: Model) => Mesh)[] = [
  (model) => unitBox(13, 2, model),
  (model) => roughBox(0.07, model),
  (model) => unitBox(4, 3, model),
  (model) => annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.12 }),
  (model) => unitBox(1, 2, model),
];

/** Every row that couples to anything is in one aggregate; ghosts know it; no number is left out. */
function aggregatesAreWhole(comm: Comm): void {
  if (comm.size === 1) return;
  for (const make of meshes) {
    const { rows, halo } = problem(make(new Model({ comm })), 1, (x) => x === 0);
    const strong = strongEntries(rows, 0.08, diagonalOf({ rows, halo }));
    const { own, ranks, numbers } = aggregateOverRanks({ rows, strong, halo }, comm);
    const owns = comm.allgather(own);
    for (let i = 0; i < rows.rows; i++) {
      const couples = strong.subarray(rows.rowStarts[i], rows.rowStarts[i + 1]).includes(1);
      if (couples) assert(ranks[i] >= 0, "a row that couples is in no aggregate");
      if (ranks[i] >= 0) assert(numbers[i] >= 0 && numbers[i] < owns[ranks[i]]);
    }
    const codes = Float64Array.from(ranks, (rank, i) => rank < 0 ? -1 : numbers[i] * 64 + rank);
    const before = codes.slice();
    halo.sync(codes, 1);
    assertSameBytes(codes, before);
    const all = new Set(comm.allgatherv(codes.slice(0, rows.rows)));
    all.delete(-1);
    assertEquals(all.size, owns.reduce((a, b) => a + b));
  }
}

/** `P^T A P` over ranks is that of the gathered matrices, but for the order of sums. */
function coarseMatrix(comm: Comm): void {
  if (comm.size === 1) return;
  for (const make of meshes) {
    const { columns, positions, ...fine } = problem(make(new Model({ comm })), 1, (x) => x === 1);
    const p = interpolationOverRanks(fine, 0.08, 3, comm);
    const { matrix, p: renumbered, columns: below } = coarser(fine, p, comm);
    const a = whole(csrRows(fine.rows), positions, columns.total, comm);
    const given = whole(p.rows, p.columns.places, below.total, comm);
    const used = whole(renumbered, below.places, below.total, comm);
    assertSameBytes(used.values, given.values);
    assertSameBytes(used.columns, given.columns);
    const coarse = whole(csrRows(matrix.rows), below.places, below.total, comm);
    const expected = matrixProduct(given.transpose(), matrixProduct(a, given));
    assertSameBytes(coarse.rowStarts, expected.rowStarts);
    assertSameBytes(coarse.columns.slice(0, coarse.nnz), expected.columns.slice(0, coarse.nnz));
    let largest = 0, off = 0;
    for (let k = 0; k < coarse.nnz; k++) {
      largest = Math.max(largest, Math.abs(expected.values[k]));
      off = Math.max(off, Math.abs(expected.values[k] - coarse.values[k]));
    }
    // A few hundred terms at most are added in another order.
    assert(off <= 1e-13 * largest, `${off} apart`);
  }
}

/** Linear functions among quadratic ones: the very entries of one rank. */
function linearPart(comm: Comm): void {
  if (comm.size === 1) return;
  for (const make of meshes) {
    const { mesh, halo, constrained, columns } = problem(
      make(new Model({ comm })),
      2,
      (x) => x === 0,
    );
    const { rankMesh } = geometryOf(mesh).topology, indexMap = rankMesh!.dofs(2, true);
    const p = p1InP2OverRanks(rankMesh!, constrained, halo, comm);
    const found = whole(p.rows, p.columns.places, p.columns.total, comm);
    const all = new Uint8Array(columns.total),
      at = comm.allgatherv(indexMap.ids.slice(0, indexMap.owned));
    comm.allgatherv(constrained.slice(0, indexMap.owned))
      .forEach((flag, row) => all[at[row]] = flag);
    const { topology } = wholeOf(mesh), one = p1InP2(topology, topology.dofMap(2, true), all)!;
    // Rows and columns of one rank, in the order of ranks.
    const { nodes } = rankMesh!;
    const order = comm.allgatherv(nodes.ids.slice(0, nodes.owned)).filter((node) =>
      all[node] === 0
    );
    const placeOf = new Int32Array(rankMesh!.nodes.globalCount).fill(-1);
    order.forEach((node, place) => placeOf[node] = place);
    const free = [...placeOf.keys()].filter((node) => all[node] === 0);
    assertEquals(found.rows, one.rows);
    for (let i = 0; i < found.rows; i++) {
      const expected = new Map<number, number>();
      for (let k = one.starts[at[i]]; k < one.starts[at[i] + 1]; k++) {
        expected.set(placeOf[free[one.columns[k]]], one.values[k]);
      }
      const row = new Map<number, number>();
      for (let k = found.rowStarts[i]; k < found.rowStarts[i + 1]; k++) {
        row.set(found.columns[k], found.values[k]);
      }
      assertEquals(row, new Map([...expected].sort(([a], [b]) => a - b)));
    }
  }
}

/** A cycle is symmetric, positive, and the same bytes whenever it is set up. */
function cycles(comm: Comm): void {
  if (comm.size === 1) return;
  const large = (model: Model) => unitBox(70, 2, model);
  for (const make of [...meshes, large]) {
    for (const degree of [1, 2] as const) {
      const { mesh, rows, halo, constrained } = problem(
        make(new Model({ comm })),
        degree,
        (x) => x === 1,
      );
      const { rankMesh } = geometryOf(mesh).topology, indexMap = rankMesh!.dofs(degree, true);
      const first = degree === 1 ? null : p1InP2OverRanks(rankMesh!, constrained, halo, comm);
      const [m, again] = [0, 0].map(() => new RankMultigrid(rows, halo, first, comm));
      const vector = (f: (id: number) => number) =>
        Float64Array.from(indexMap.ids, (id, i) => constrained[i] === 1 ? 0 : f(id));
      const r = vector((id) => Math.sin(id)), s = vector((id) => Math.cos(3 * id * id));
      const [mr, ms, mr2] = [0, 0, 0].map(() => new Float64Array(rows.cols));
      m.apply(r, mr);
      m.apply(s, ms);
      again.apply(r, mr2);
      assertSameBytes(mr, mr2);
      const dot = (x: Float64Array, y: Float64Array) => {
        let sum = 0;
        for (let i = 0; i < rows.rows; i++) sum += x[i] * y[i];
        return comm.allreduce(sum);
      };
      const [rms, smr, rmr] = [dot(r, ms), dot(s, mr), dot(r, mr)];
      assert(rmr > 0);
      // Off-diagonal entries are kept in single precision, the same ones above and below.
      assert(Math.abs(rms - smr) <= 1e-6 * rmr, `${rms} and ${smr}, r . M r = ${rmr}`);
    }
  }
}

/** Where everything is constrained there is no coarse level; an unknown alone is solved for. */
function nothingToDo(comm: Comm): void {
  if (comm.size === 1) return;
  const { rows, halo } = problem(unitBox(2, 2, new Model({ comm })), 1, () => true);
  const b = new Float64Array(rows.cols).fill(2), x = new Float64Array(rows.cols);
  new RankMultigrid(rows, halo, null, comm).apply(b, x);
  const diagonal = rows.diagonal();
  // Both sweeps of a diagonal matrix give its inverse; the reciprocal is rounded.
  for (let i = 0; i < rows.rows; i++) assert(Math.abs(x[i] * diagonal[i] - 2) < 1e-14);
}
