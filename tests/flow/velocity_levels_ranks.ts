/**
 * Multigrid levels that keep rigid motions, distributed among ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import type { BoundaryFrames } from "../../src/flow/boundary_frames.ts";
import { RankVelocityMultigrid } from "../../src/flow/rank_velocity_multigrid.ts";
import { motionCount } from "../../src/flow/rigid_motions.ts";
import { velocityMultigrid } from "../../src/flow/velocity_multigrid.ts";
import { viscousBlock } from "../../src/flow/viscous_block.ts";
import { cellPoints } from "../../src/solve/assembly/cell_points.ts";
import { withoutConstrained } from "../../src/solve/assembly/dirichlet.ts";
import { referenceOf } from "../../src/solve/assembly/reference.ts";
import { CsrMatrix } from "../../src/solve/linear/csr.ts";
import { conjugateGradients } from "../../src/solve/linear/krylov/cg.ts";
import type { Preconditioner } from "../../src/solve/linear/operator.ts";
import { Reductions } from "../../src/solve/linear/reductions.ts";
import { diagonalOf, type DividedMatrix } from "../../src/solve/ranks/interpolation.ts";
import { nearNullStep } from "../../src/solve/ranks/near_null_space.ts";
import { RankSpace } from "../../src/solve/ranks/rank_space.ts";
import { geometryOf, haloOf, type Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runChecks } from "../_rank_checks.ts";
import { unitBox } from "../solve/_fields.ts";
import { discs, slipAround, stokesOn } from "./_flows.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [motionsAreKept, cycles, flows]);
}

/** A viscous block, held where x = 0, and what its levels are made of. */
function problem(mesh: Mesh, degree: 1 | 2, jump: number) {
  const geometry = geometryOf(mesh), { topology } = geometry, { dim } = topology;
  const map = topology.dofMap(degree, true), reference = referenceOf(dim, degree);
  const points = cellPoints(geometry, reference).coordinates;
  const perCell = reference.quadrature.count;
  // One viscosity for each cell: its first point decides.
  const viscosity = Float64Array.from({ length: points.length / dim }, (_, i) => {
    const first = dim * (i - i % perCell);
    return discs(jump)(points[first], points[first + 1]);
  });
  const at = geometry.dofCoordinates(degree, true), held = new Uint8Array(map.count * dim);
  const width = motionCount(dim), modes = new Float64Array(held.length * width);
  for (let i = 0; i < map.count; i++) {
    const [x, y, z] = at.subarray(i * dim, (i + 1) * dim), row = i * dim * width;
    if (x === 0) held.fill(1, i * dim, (i + 1) * dim);
    modes.set(
      dim === 2 ? [1, 0, -y, 0, 1, x] : [1, 0, 0, 0, z, -y, 0, 1, 0, -z, 0, x, 0, 0, 1, y, -x, 0],
      row,
    );
  }
  const frames: BoundaryFrames = {
    held,
    values: new Float64Array(held.length),
    of: new Int32Array(map.count).fill(-1),
    axes: new Float64Array(0),
  };
  const block = withoutConstrained(viscousBlock(geometry, map, reference, viscosity), held);
  return { block, levels: { topology, map, frames, modes } };
}

/** Iterations of conjugate gradients with random loads, the same on all numbers of ranks. */
function solved(mesh: Mesh, block: CsrMatrix, map: { count: number }, m: Preconditioner) {
  const { comm } = mesh.model, { dim } = mesh, rows = block.rows;
  const space = RankSpace.of(mesh, geometryOf(mesh).topology.dofMap(2, true));
  const at = geometryOf(mesh).dofCoordinates(2, true);
  const b = Float64Array.from({ length: rows }, (_, row) => {
    const i = Math.floor(row / dim);
    return at[i * dim] === 0 ? 0 : Math.sin(91 * at[i * dim] + 57 * at[i * dim + 1] + row % dim);
  });
  const whole = new Float64Array(map.count * dim), x = new Float64Array(rows);
  const multiply = (from: Float64Array, to: Float64Array) => {
    whole.set(from);
    space?.sync(whole, dim);
    block.multiply(whole, to);
  };
  const reductions = new Reductions(rows, space === null ? null : comm);
  const { iterations } = conjugateGradients({ rows, multiply }, b, x, m, { reductions });
  return { iterations, x };
}

function overRanks(mesh: Mesh, jump: number) {
  const { block, levels } = problem(mesh, 2, jump), { comm } = mesh.model, { map } = levels;
  const indexMap = levels.topology.rankMesh!.dofs(2, true), rows = indexMap.owned * mesh.dim;
  const own = new CsrMatrix(
    rows,
    block.cols,
    block.rowStarts.subarray(0, rows + 1),
    block.columns,
    block.values,
  );
  const part = levels.topology.rankMesh!, halo = haloOf(mesh, indexMap);
  return (replicated: number) => {
    const all = { ...levels, part, indexMap, halo, comm, replicated };
    return solved(mesh, own, map, new RankVelocityMultigrid(own, all));
  };
}

/** Iterations hardly depend on the ranks and on how many levels they divide; the same levels give the same bytes. */
function cycles(comm: Comm): void {
  if (comm.size === 1) return;
  for (const [dim, n, jump] of [[2, 14, 1e4], [3, 4, 1]] as const) {
    const alone = unitBox(n, dim), { block, levels } = problem(alone, 2, jump);
    const single = solved(alone, block, levels.map, velocityMultigrid(block, levels)).iterations;
    const run = overRanks(unitBox(n, dim, new Model({ comm })), jump);
    for (const replicated of [1e9, 40]) {
      const { iterations, x } = run(replicated);
      assert(
        iterations <= 1.2 * single + 1,
        `${dim}-D, levels of more than ${replicated} divided: ${iterations} iterations, ${single} on one rank`,
      );
      if (replicated === 40) assertSameBytes(run(replicated).x, x);
    }
  }
}

/** A P1 block and its rigid motions, divided among ranks. */
function divided(mesh: Mesh) {
  const { comm } = mesh.model, { dim } = mesh, { block, levels } = problem(mesh, 1, 1);
  const indexMap = levels.topology.rankMesh!.dofs(1, true), rows = indexMap.owned * dim;
  const starts = Int32Array.from({ length: levels.map.count + 1 }, (_, i) => i * dim);
  const own = block.rowStarts.subarray(0, rows + 1), width = motionCount(dim);
  const fine: DividedMatrix = {
    rows: new CsrMatrix(rows, block.cols, own, block.columns, block.values),
    halo: haloOf(mesh, indexMap).expanded(starts),
  };
  const of = new Int32Array(rows), modes = levels.modes.slice(0, rows * width);
  for (let row = 0; row < rows; row++) {
    of[row] = levels.frames.held[row] === 1 ? -1 : Math.floor(row / dim);
    if (of[row] < 0) modes.fill(0, row * width, (row + 1) * width);
  }
  return { fine, comm, space: { nodes: indexMap.owned, of, width, modes } };
}

/** `P R` are the rigid motions, smoothed: where the block has no forces for them, the motions themselves. */
function motionsAreKept(comm: Comm): void {
  if (comm.size === 1) return;
  const { fine, space } = divided(unitBox(9, 2, new Model({ comm }))), { width, modes } = space;
  const { p, coarse } = nearNullStep(fine, space, 0.08, comm), { rows, columns } = p;
  const known = new Float64Array(columns.count * width);
  known.set(coarse.modes);
  columns.halo(comm).sync(known, width);
  // What the block makes of a motion: nothing but at rows beside those that are held.
  const all = new Float64Array(fine.rows.cols * width);
  all.set(modes);
  fine.halo.sync(all, width);
  const diagonal = diagonalOf(fine);
  let kept = 0;
  for (let i = 0; i < rows.rows; i++) {
    const { rowStarts, columns: beside, values } = fine.rows;
    for (let m = 0; m < width; m++) {
      let force = 0, found = 0;
      for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
        force += values[k] * all[beside[k] * width + m];
      }
      for (let k = rows.starts[i]; k < rows.starts[i + 1]; k++) {
        found += rows.values[k] * known[rows.columns[k] * width + m];
      }
      if (space.of[i] < 0 || Math.abs(force) > 1e-9 * diagonal[i]) continue;
      const error = Math.abs(found - modes[i * width + m]);
      assert(error < 1e-9, `row ${i}, motion ${m}: ${error} off`);
      kept++;
    }
  }
  assert(comm.allreduce(kept) > 300, "hardly any row is free of forces");
  assert(coarse.modes.length < modes.length / 2);
}

/** More rows than are replicated: the flow is that of one rank, and goes on with the same bytes. */
function flows(comm: Comm): void {
  const make = (model: Model) => {
    const { v, p, stokes } = stokesOn(unitBox(45, 2, model), {
      viscosity: discs(1e3),
      bodyForce: [(_x, y, _z, t) => y + t, (x) => x * x],
    }, [1, 1]);
    slipAround(stokes);
    const step = () => {
      const { iterations } = stokes.solve();
      model.tracker.time += 0.5;
      return iterations;
    };
    return { model, v, p, step };
  };
  const many = make(new Model({ comm }));
  // One rank is enough to solve it alone.
  const alone = comm.rank === 0 ? make(new Model()) : null, single = alone?.step() ?? 0;
  const known = comm.bcast(Float64Array.of(single, ...alone?.v.data ?? []));
  const iterations = many.step(), kept = many.model.saveState();
  assert(iterations <= 1.2 * known[0] + 1, `${iterations} iterations, ${known[0]} on one rank`);
  const ids = many.v.globalDofIds, size = many.v.norm();
  many.v.data.forEach((value, k) => {
    const one = known[1 + 2 * ids[k >> 1] + k % 2];
    assert(Math.abs(value - one) < 1e-5 * size, `${value}, ${one} on one rank`);
  });
  many.step();
  const expected = [many.v.data.slice(), many.p.data.slice()];
  many.model.loadState(kept);
  many.step();
  assertSameBytes(many.v.data, expected[0]);
  assertSameBytes(many.p.data, expected[1]);
}
