/**
 * Linear systems solved by PETSc, under an MPI that has one. Anywhere else asking for it is refused on all
 * ranks and the usual solver is ours. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { ConvergenceError, PetscError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { petscFor } from "../../src/solve/petsc/petsc_ranks.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import type { SolverOptions } from "../../src/solve/solver_types.ts";
import { runChecks } from "../_rank_checks.ts";
import { unitBox } from "./_fields.ts";

type Choice = SolverOptions["solver"];

/** Runs all checks that this machine allows; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const found = petscFor(comm);
  if (found instanceof PetscError) {
    refusedTogether(comm, found.message);
    if (comm.rank === 0) console.log(`  PETSc took no part: ${found.message}`);
    return 1;
  }
  return runChecks(comm, [
    agreesWithOurs,
    isTheUsualOne,
    tellsOfFailure,
    servesEmptyRanks,
    continuesToTheSameBytes,
    givesTheSameBytesColdAndWarm,
    forgetsWhatIsNotUsed,
  ]);
}

function refusedTogether(comm: Comm, why: string): void {
  const model = new Model({ comm });
  const u = new MeshVariable(unitBox(3, 2, model), "u");
  const error = assertThrows(() => new Poisson(u, { solver: "petsc" }), PetscError);
  assertStringIncludes(error.message, 'solver "petsc" cannot be used');
  assertStringIncludes(error.message, why);
  // Nothing was registered, and the name is free.
  assertEquals(model.bearers.size, 0);
  const poisson = new Poisson(u, { source: 1 });
  poisson.addDirichlet("left", 0);
  poisson.solve();
  assertEquals(poisson.name, "Poisson_0");
}

function poissonOf(comm: Comm, choice: Choice, [n, dim, degree]: readonly [number, 2 | 3, 1 | 2]) {
  const u = new MeshVariable(unitBox(n, dim, new Model({ comm })), "u", { degree });
  const diffusivity = (x: number, y: number) => 1 + x * y;
  const solver = new Poisson(u, { source: (x) => 1 + x, diffusivity, solver: choice });
  solver.addDirichlet("left", (_x, y) => y);
  solver.addNeumann("right", (_x, y) => y);
  solver.addRobin("top", 2, 1);
  return { u, solver };
}

function neumannOf(comm: Comm, choice: Choice) {
  const u = new MeshVariable(unitBox(12, 2, new Model({ comm })), "u", { degree: 2 });
  return { u, solver: new Poisson(u, { source: (x) => Math.cos(Math.PI * x), solver: choice }) };
}

function projectionOf(comm: Comm, choice: Choice) {
  const u = new MeshVariable(unitBox(9, 2, new Model({ comm })), "u", { components: 2 });
  const source = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = Math.sin(3 * x);
    out[1] = x * y;
  };
  return { u, solver: new Projection(u, { source, solver: choice }) };
}

function agreesWithOurs(comm: Comm): void {
  const problems = [
    (choice: Choice) => poissonOf(comm, choice, [24, 2, 1]),
    (choice: Choice) => poissonOf(comm, choice, [12, 2, 2]),
    (choice: Choice) => poissonOf(comm, choice, [6, 3, 1]),
    (choice: Choice) => poissonOf(comm, choice, [3, 3, 2]),
    (choice: Choice) => neumannOf(comm, choice),
    (choice: Choice) => projectionOf(comm, choice),
  ];
  for (const [i, problem] of problems.entries()) {
    const [a, b] = [problem("petsc"), problem("timestash")];
    const result = a.solver.solve(), ours = b.solver.solve();
    let worst = 0;
    for (let k = 0; k < a.u.data.length; k++) {
      worst = Math.max(worst, Math.abs(a.u.data[k] - b.u.data[k]));
    }
    // Both stop at 1e-10 of the right-hand side; ghosts as well as owned values.
    assert(worst < 2e-8, `problem ${i}: ${worst} apart`);
    assert(result.residual <= 1e-10, `problem ${i}: residual ${result.residual}`);
    const most = ours.iterations + 5;
    assert(result.iterations <= most, `problem ${i}: ${result.iterations} iterations`);
    assertEquals(comm.allreduce(result.iterations, "max"), result.iterations);
  }
}

/** With MPI and PETSc there, leaving the option out gives the same bytes as asking for it. */
function isTheUsualOne(comm: Comm): void {
  const runs = [undefined, "petsc", "timestash"].map((choice) => {
    const { u, solver } = poissonOf(comm, choice as Choice, [16, 2, 1]);
    solver.solve();
    return [...u.data];
  });
  assertEquals(runs[0], runs[1]);
  const differs = runs[0].some((value, i) => value !== runs[2][i]);
  assertEquals(comm.allreduce(differs ? 1 : 0, "max"), 1);
}

function tellsOfFailure(comm: Comm): void {
  const u = new MeshVariable(unitBox(20, 2, new Model({ comm })), "u");
  const solver = new Poisson(u, { source: 1, maxIterations: 2, solver: "petsc" });
  solver.addDirichlet("left", 0);
  const error = assertThrows(() => solver.solve(), ConvergenceError);
  assertStringIncludes(error.message, "Poisson_0 did not converge");
  assertEquals(error.history.length, 3);
  assertEquals(u.data.every((value) => value === 0), true);
  solver.source = (x) => (x > 0.5 ? NaN : 1);
  assertThrows(() => solver.solve(), RangeError, "");
  assertThrows(
    () => new Poisson(u, { solver: "mumps" as unknown as "petsc" }),
    RangeError,
    '"petsc"',
  );
}

function servesEmptyRanks(comm: Comm): void {
  const solve = (choice: Choice) => {
    const mesh = boxMesh(new Model({ comm }), { min: [0, 0], max: [1, 1], cells: [1, 1] });
    const u = new MeshVariable(mesh, "u");
    const solver = new Poisson(u, { source: 1, solver: choice });
    solver.addDirichlet("left", 0);
    solver.solve();
    return u.data;
  };
  const [a, b] = [solve("petsc"), solve("timestash")];
  // Both stop at 1e-10 of the right-hand side.
  for (let i = 0; i < a.length; i++) assert(Math.abs(a[i] - b[i]) < 1e-9);
}

/** A model in motion: an implicit solve of transport and one of diffusion, warm starts in both. */
function simulation(comm: Comm) {
  const model = new Model({ comm });
  const mesh = unitBox(14, 2, model);
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const c = new MeshVariable(mesh, "c");
  T.set((x, y) => Math.exp(-30 * ((x - 0.3) ** 2 + (y - 0.5) ** 2)));
  c.set((x) => x);
  const heat = new Diffusion(T, { diffusivity: 0.02, order: 2, solver: "petsc" });
  heat.addDirichlet("left", 0);
  const velocity = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = y * (1 - y);
    out[1] = x * (1 - x) * 0.2;
  };
  const history = new EulerianDDt(c, { order: 2, velocity });
  const flow = new AdvectionDiffusion(c, { velocity, diffusivity: 0.05, history, solver: "petsc" });
  flow.addDirichlet("left", 1);
  const step = (dt: number) => {
    heat.solve({ dt });
    flow.solve({ dt });
    model.tracker.time += dt;
    model.tracker.step += 1;
  };
  return { model, step };
}

const steps = [0.01, 0.02, 0.01, 0.015];

function continuesToTheSameBytes(comm: Comm): void {
  const never = simulation(comm), stashed = simulation(comm);
  for (const { step } of [never, stashed]) for (const dt of steps) step(dt);
  const token = stashed.model.saveState();
  stashed.step(50);
  stashed.model.loadState(token);
  for (const { step } of [never, stashed]) for (const dt of steps) step(dt);
  assertEquals(diffSnapshots(never.model.saveState(), stashed.model.saveState()), []);
}

function givesTheSameBytesColdAndWarm(comm: Comm): void {
  const warm = simulation(comm), cold = simulation(comm);
  for (const dt of steps) warm.step(dt);
  cold.model.loadState(warm.model.saveState());
  for (const { step } of [warm, cold]) for (const dt of steps) step(dt);
  assertEquals(diffSnapshots(warm.model.saveState(), cold.model.saveState()), []);
}

/** More matrices than are kept, in turn; one rank's rows may be known where another's are not. */
function forgetsWhatIsNotUsed(comm: Comm): void {
  const run = () => {
    const { model, step } = simulation(comm);
    for (let k = 0; k < 12; k++) step(0.01 * (1 + k % 5));
    return model.saveState();
  };
  assertEquals(diffSnapshots(run(), run()), []);
}
