/**
 * Periodic meshes on several ranks, against the same on one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { gradientJumps, recoveryError } from "../../src/mesh/error_indicators.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { runFileChecks, wholeOf } from "../_rank_checks.ts";
import { assertSameBytes } from "../_helpers.ts";

const tau = 2 * Math.PI;
const wave = (x: number, y: number) => Math.sin(tau * x) * Math.cos(tau * y) + x * x;

/** Runs all checks; as `tests/archive/files_ranks.ts` for the folder. */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  return runFileChecks(
    comm,
    [fields, solves, flow, transport, hill, adapted, putBack, files],
    folder,
    earlier,
    onlyEarlier,
  );
}

function box(comm: Comm, dim: 2 | 3 = 2) {
  const model = new Model({ comm });
  const mesh = dim === 2
    ? boxMesh(model, { min: [0, 0], max: [1, 1], cellSize: 0.12, periodic: ["x", "y"] })
    : boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [4, 3, 3], periodic: ["x", "z"] });
  const fields = ([[1, true], [2, true], [0, false], [2, false]] as const).map(
    ([degree, continuous], i) => {
      const field = new MeshVariable(mesh, `u${i}`, { degree, continuous });
      field.set(wave);
      return field;
    },
  );
  return { model, mesh, fields };
}

/** Places, values, values at points and indicators are those of one rank. */
function fields(comm: Comm): void {
  for (const dim of [2, 3] as const) {
    const here = box(comm, dim), alone = box(new SelfComm(), dim);
    const points = Array.from(
      { length: 40 },
      (_, i) => [i * 0.77 - 9, i * 0.31, 0.4].slice(0, dim),
    );
    here.fields.forEach((field, i) => {
      const other = alone.fields[i], ids = field.globalDofIds;
      const rows = (all: Float64Array, width: number) =>
        Float64Array.from(
          { length: ids.length * width },
          (_, k) => all[ids[Math.floor(k / width)] * width + k % width],
        );
      assertSameBytes(field.data, rows(other.data, 1), `values of ${field.name}`);
      assertSameBytes(
        field.coordinates.data as Float64Array,
        rows(other.coordinates.data as Float64Array, dim),
      );
      assertSameBytes(
        field.evaluate(points).data as Float64Array,
        other.evaluate(points).data as Float64Array,
      );
      const cells = here.mesh.globalCellIds;
      for (const indicator of field.degree === 0 ? [] : [gradientJumps, recoveryError]) {
        const all = indicator(other), own = indicator(field);
        assert(own.every((value, c) => Math.abs(value - all[cells[c]]) < 1e-13));
      }
    });
  }
}

function solves(comm: Comm): void {
  const solve = ({ model, fields: [u, v] }: ReturnType<typeof box>) => {
    const source = (x: number, y: number) => Math.sin(tau * x) * Math.cos(tau * y);
    const iterations = [u, v].map((field) =>
      new Poisson(field, { source, tolerance: 1e-12 }).solve().iterations
    );
    new Diffusion(v, { diffusivity: 0.3, tolerance: 1e-12 }).solve({ dt: 0.01 });
    return { iterations, model };
  };
  const here = box(comm), alone = box(new SelfComm());
  const many = solve(here).iterations, one = solve(alone).iterations;
  // As many as without sides in a tolerance of 1e-12, or none where all is one dense level.
  assert(many.every((n) => n < 25), `${many} iterations, ${one} on one rank`);
  for (const i of [0, 1]) {
    const { data, globalDofIds } = here.fields[i], all = alone.fields[i].data;
    // The tolerance of the solver, times the condition of the matrix.
    assert(data.every((value, dof) => Math.abs(value - all[globalDofIds[dof]]) < 1e-9));
  }
}

/** Flow that nothing holds, on a torus. */
function flow(comm: Comm): void {
  const solve = (comm: Comm) => {
    const { mesh } = box(comm);
    const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
    const p = new MeshVariable(mesh, "p");
    new Stokes(v, p, {
      viscosity: 1,
      bodyForce: (x, y, _z, out) => {
        out[0] = Math.sin(tau * y);
        out[1] = Math.cos(tau * x) * Math.sin(tau * y);
      },
    }).solve();
    return v;
  };
  const here = solve(comm), alone = solve(new SelfComm()), ids = here.globalDofIds;
  // The tolerance is 1e-8 of the force, which is 1.
  here.data.forEach((value, i) => {
    assert(Math.abs(value - alone.data[2 * ids[i >> 1] + (i & 1)]) < 1e-8);
  });
}

/** Particles and histories that go around carry the bytes of one rank. */
/** A hill that is carried once around the torus is what it was, as closely as on one rank. */
function hill(comm: Comm): void {
  const top = (x: number, y: number) => Math.exp(2 * (Math.cos(tau * x) + Math.cos(tau * y) - 2));
  const off = (comm: Comm) => {
    const { mesh, model } = box(comm), T = new MeshVariable(mesh, "T", { degree: 2 });
    const velocity = new MeshVariable(mesh, "v", { components: 2 });
    velocity.set([1, 1]);
    T.set(top);
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0, order: 2 });
    for (let s = 0; s < 4; s++) {
      solver.solve({ dt: 0.25 });
      model.tracker.time += 0.25;
    }
    const before = new MeshVariable(mesh, "before", { degree: 2 });
    before.set(top);
    const most = T.data.reduce((worst, u, i) => Math.max(worst, Math.abs(u - before.data[i])), 0);
    return comm.allreduce(most, "max");
  };
  const here = off(comm), alone = off(new SelfComm());
  assert(alone > 0 && alone < 0.02, `alone: ${alone}`);
  assert(Math.abs(here - alone) < 1e-6, `${here} on ${comm.size} ranks, ${alone} on one`);
}

function transport(comm: Comm): void {
  const carried = (comm: Comm) => {
    const { mesh, model } = box(comm), T = new MeshVariable(mesh, "T");
    const velocity = new MeshVariable(mesh, "v", { components: 2 });
    velocity.set((x, y, _z, out) => {
      out[0] = 3 + Math.sin(tau * y);
      out[1] = -2 + Math.cos(tau * x);
    });
    const swarm = new Swarm(mesh, { wraps: true });
    swarm.populate({ perCell: 2 });
    T.set(wave);
    const histories = [SemiLagrangianDDt, LagrangianDDt].map((History) =>
      new History(T, { velocity, order: 2 })
    );
    for (let s = 0; s < 3; s++) {
      for (const history of histories) history.updatePreSolve(0.2);
      for (const history of histories) history.updatePostSolve(0.2);
      swarm.advect(velocity, 0.2, { order: 4 });
      model.tracker.time += 0.2;
    }
    for (const history of histories) history.updatePreSolve(0.2);
    return { T, swarm, terms: histories.map((history) => history.historyTerms()) };
  };
  const here = carried(comm), alone = carried(new SelfComm());
  const { ids, coordinates, wraps } = alone.swarm;
  const rowOf = new Map(Array.from(ids, (id, row) => [id, row]));
  here.swarm.ids.forEach((id, i) => {
    const row = rowOf.get(id)!;
    for (let d = 0; d < 2; d++) {
      assertEquals(here.swarm.wraps.data[2 * i + d], wraps.data[2 * row + d]);
      assertEquals(here.swarm.coordinates.data[2 * i + d], coordinates.data[2 * row + d]);
    }
  });
  assertEquals(comm.allreduce(here.swarm.count), alone.swarm.count);
  const dofs = here.T.globalDofIds;
  here.terms.forEach((terms, h) => {
    assertSameBytes(terms, Float64Array.from(dofs, (dof) => alone.terms[h][dof]), `history ${h}`);
  });
}

/** Cells and values after changes are those of one rank. */
function adapted(comm: Comm): void {
  const change = ({ mesh, fields }: ReturnType<typeof box>) => {
    mesh.adapt((x, y) => (Math.hypot(x - 0.1, y) < 0.3 ? 2 : 0));
    mesh.adapt({ indicator: recoveryError(fields[0]), share: 0.3 });
    mesh.coarsen((x) => (x < 0.2 ? -2 : 0));
  };
  const here = box(comm), alone = box(new SelfComm());
  change(here);
  change(alone);
  assertEquals(here.mesh.globalCellCount, alone.mesh.cellCount);
  assertSameBytes(
    wholeOf(here.mesh).topology.twins!.get("x")!,
    wholeOf(alone.mesh).topology.twins!.get("x")!,
  );
  here.fields.forEach((field, i) => {
    const { data } = alone.fields[i];
    assertSameBytes(field.data, Float64Array.from(field.globalDofIds, (dof) => data[dof]));
  });
}

/** A run with diffusion, particles and a mesh that moves. */
function run(comm: Comm) {
  const { model, mesh, fields } = box(comm);
  const swarm = new Swarm(mesh, { wraps: true });
  swarm.populate({ perCell: 1 });
  const flow = (_x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = 30 + y;
    out[1] = 20;
  };
  const solvers = fields.slice(0, 2).map((field) =>
    new Diffusion(field, { diffusivity: 0.1, order: 2 })
  );
  const steps = (count: number) => {
    for (let s = 0; s < count; s++) {
      mesh.adapt({ indicator: recoveryError(fields[0]), share: 0.2, maxCells: 400 });
      for (const solver of solvers) solver.solve({ dt: 0.01 });
      swarm.advect(flow, 0.01);
    }
    return model.saveState();
  };
  return { model, mesh, steps };
}

function putBack(comm: Comm): void {
  const never = run(comm), back = run(comm);
  const expected = never.steps(4);
  const token = back.steps(2);
  const { mesh, model } = back, x = mesh.coordinates.data;
  mesh.deform(x.map((value, i) => i % 2 === 0 ? value * 2 : value));
  assertEquals([...mesh.periods.data], [2, 0, 0, 1]);
  back.steps(1);
  model.loadState(token);
  const torn = x.map((value, i) => value + (comm.rank === 0 && i === 0 ? 1e-3 : 0));
  if (comm.size > 1) assertThrows(() => mesh.deform(torn), RangeError, "twins move alike");
  const after = back.steps(2);
  assertEquals(diffSnapshots(after, expected), []);
}

/** Files of this number of ranks load again in every byte, and those of others with every value. */
async function files(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const name = (ranks: number) => `${folder}/periodic_${ranks}.snap.h5`;
  const first = run(comm);
  first.steps(2);
  await first.model.saveState({ file: name(comm.size) });
  const expected = first.steps(2);
  const again = run(comm);
  await again.model.loadState(name(comm.size));
  assertEquals(diffSnapshots(again.steps(2), expected), []);
  for (const ranks of earlier) {
    const live = run(comm);
    await live.model.loadState(name(ranks));
    const saved = await Model.fromSnapshot(name(ranks));
    const mesh = [...saved.meshes.values()][0] as typeof live.mesh;
    for (const [variable, { data, globalDofIds }] of live.mesh.variables) {
      const all = mesh.variables.get(variable)!.data;
      assert(data.every((value, dof) => value === all[globalDofIds[dof]]), variable);
    }
  }
}
