/**
 * Solvers whose rows are divided among ranks, against the same on one. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { ConvergenceError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { assertSameBytes } from "../_helpers.ts";
import { sides, unitBox } from "./_fields.ts";
import { runChecks } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [
    poisson,
    pureNeumann,
    robinAndFlux,
    diffusion,
    projection,
    advection,
    failures,
    emptyRanks,
    turns,
  ];
  return runChecks(comm, checks);
}

/** Ghosts and owned values are those of one rank, within what the tolerance of the solver allows. */
function assertClose(u: MeshVariable, alone: MeshVariable, tolerance: number): void {
  const ids = u.globalDofIds, { components } = u;
  let worst = 0;
  for (let i = 0; i < ids.length; i++) {
    for (let a = 0; a < components; a++) {
      const d = u.data[i * components + a] - alone.data[ids[i] * components + a];
      worst = Math.max(worst, Math.abs(d));
    }
  }
  assert(worst <= tolerance, `${worst} apart`);
}

/** The same problem on all ranks and on one. */
function both<R>(comm: Comm, solve: (model: Model) => R): [R, R] {
  return [solve(new Model({ comm })), solve(new Model())];
}

function poisson(comm: Comm): void {
  for (const [n, dim, degree] of [[24, 2, 1], [12, 2, 2], [5, 3, 1]] as const) {
    const [a, b] = both(comm, (model) => {
      const u = new MeshVariable(unitBox(n, dim, model), "u", { degree });
      const solver = new Poisson(u, { source: (x) => 1 + x, diffusivity: (x, y) => 1 + x * y });
      solver.addDirichlet("left", (_x, y) => y);
      solver.addDirichlet("top", 1);
      solver.addNeumann("right", (_x, y) => y);
      return { u, result: solver.solve() };
    });
    // Both stop at 1e-8 of the right-hand side.
    assertClose(a.u, b.u, 2e-7);
    const { iterations } = a.result, alone = b.result.iterations;
    // Sweeps end where a rank ends, which costs one or two.
    assert(iterations <= alone + 2, `${iterations} iterations, ${alone} on one rank`);
    assertEquals(comm.allreduce(iterations, "max"), iterations);
  }
}

function pureNeumann(comm: Comm): void {
  const [a, b] = both(comm, (model) => {
    const u = new MeshVariable(unitBox(16, 2, model), "u");
    const solver = new Poisson(u, { source: (x) => Math.cos(Math.PI * x) });
    solver.solve();
    return u;
  });
  // Both stop at 1e-10 of the right-hand side; the mean is taken off at the end.
  assertClose(a, b, 1e-7);
  assertAlmostEquals(a.integrate() as number, 0, 1e-12);
  const unbalanced = new Poisson(a, { source: 1, name: "unbalanced" });
  assertThrows(() => unbalanced.solve(), RangeError, "no solution");
}

function robinAndFlux(comm: Comm): void {
  const [a, b] = both(comm, (model) => {
    const u = new MeshVariable(unitBox(10, 2, model), "u", { components: 2 });
    const solver = new Poisson(u, { source: [1, 2] });
    solver.addRobin("left", 2, [0, 1]);
    solver.addDirichlet("right", 0);
    solver.solve();
    return { u, flux: ["left", "right"].map((side) => solver.flux(side) as Float64Array) };
  });
  // Both stop at 1e-10; gradients have that over a cell, and fluxes are sums of many.
  assertClose(a.u, b.u, 1e-7);
  a.flux.forEach((flux, i) => {
    flux.forEach((value, k) => assertAlmostEquals(value, b.flux[i][k], 1e-5));
  });
}

/** Steps of BDF2; restore, and the same steps again give the same bytes. */
function diffusion(comm: Comm): void {
  const [a, b] = both(comm, (model) => {
    const u = new MeshVariable(unitBox(16, 2, model), "u", { degree: 2 });
    u.set((x, y) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y));
    const solver = new Diffusion(u, { diffusivity: 1, order: 2 });
    for (const side of sides) solver.addDirichlet(side, 0);
    const steps = (n: number) => {
      for (let i = 0; i < n; i++) {
        solver.solve({ dt: 0.01 });
        model.tracker.time += 0.01;
      }
    };
    steps(2);
    const token = model.saveState();
    steps(2);
    return { model, u, token, steps, dt: solver.estimateDt() };
  });
  assertEquals(a.dt, b.dt);
  // Four solves, each to 1e-10.
  assertClose(a.u, b.u, 1e-7);
  using control = a.model.saveState();
  a.model.loadState(a.token);
  a.steps(2);
  using again = a.model.saveState();
  assertEquals(diffSnapshots(control, again).slice(0, 3), []);
}

function projection(comm: Comm): void {
  const [a, b] = both(comm, (model) => {
    const u = new MeshVariable(unitBox(9, 2, model), "u", { degree: 2 });
    const solver = new Projection(u, { source: (x, y) => Math.exp(x - y) });
    solver.solve();
    return u;
  });
  // Both stop at 1e-10 of the right-hand side.
  assertClose(a, b, 1e-7);
}

/** Semi-Lagrangian and Eulerian transport with diffusion; paths and gradients cross ranks. */
function advection(comm: Comm): void {
  for (const scheme of ["semi-lagrangian", "eulerian"] as const) {
    const [a, b] = both(comm, (model) => {
      const mesh = unitBox(12, 2, model);
      const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
      T.set((x, y) => Math.exp(-20 * ((x - 0.3) ** 2 + (y - 0.5) ** 2)));
      v.set((x, y, _z, out) => {
        out[0] = 0.5 - y;
        out[1] = x - 0.5;
      });
      const history = scheme === "eulerian"
        ? new EulerianDDt(T, { order: 2, velocity: v })
        : new SemiLagrangianDDt(T, { order: 2, velocity: v });
      const dt = scheme === "eulerian" ? 0.02 : 0.4;
      const steps = (n: number) => {
        for (let i = 0; i < n; i++) {
          history.updatePreSolve(dt);
          const lead = history.leadingCoefficient();
          T.set(history.historyTerms().map((h) => -h / lead));
          history.updatePostSolve(dt);
          model.tracker.time += dt;
        }
      };
      steps(2);
      const token = model.saveState();
      steps(2);
      return { model, T, token, steps };
    });
    // Pure transport does not sum: the same operations on the same numbers.
    assertClose(a.T, b.T, 0);
    using control = a.model.saveState();
    a.model.loadState(a.token);
    a.steps(2);
    using again = a.model.saveState();
    assertEquals(diffSnapshots(control, again).slice(0, 3), []);
  }
  const [a, b] = both(comm, (model) => {
    const T = new MeshVariable(unitBox(12, 2, model), "T");
    T.set((x) => x);
    const velocity = (x: number, y: number, _z: number, out: Float64Array) => {
      out[0] = 0.5 - y;
      out[1] = x - 0.5;
    };
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01 });
    solver.addDirichlet("left", 0);
    for (let i = 0; i < 2; i++) {
      solver.solve({ dt: 0.1 });
      model.tracker.time += 0.1;
    }
    return { T, dt: solver.estimateDt() };
  });
  // Two steps, each to 1e-10.
  assertClose(a.T, b.T, 1e-7);
  assertEquals(a.dt, b.dt);
}

/** No convergence, and an error in a function on one rank, are errors on all. */
function failures(comm: Comm): void {
  const u = new MeshVariable(unitBox(8, 2, new Model({ comm })), "u");
  const solver = new Poisson(u, { source: 1, maxIterations: 1, rtol: 1e-14 });
  solver.addDirichlet("left", 0);
  assertThrows(() => solver.solve(), ConvergenceError);
  const bad = new Poisson(u, {
    diffusivity: (x) => (comm.rank === comm.size - 1 ? -1 : x + 1),
    name: "bad",
  });
  bad.addDirichlet("left", 0);
  assertThrows(() => bad.solve(), RangeError, "diffusivity");
}

function emptyRanks(comm: Comm): void {
  const [a, b] = both(comm, (model) => {
    const u = new MeshVariable(unitBox(1, 2, model), "u", { degree: 2 });
    const solver = new Poisson(u, { source: 1 });
    solver.addDirichlet("left", 0);
    solver.solve();
    return u;
  });
  // Both stop at 1e-10 of the right-hand side.
  assertClose(a, b, 1e-8);
}

/** A coefficient that changes on one rank and back again: levels that the ranks did not make together are not mixed. */
function turns(comm: Comm): void {
  const mesh = unitBox(8, 2, new Model({ comm })), u = new MeshVariable(mesh, "u");
  const diffusivity = new MeshVariable(mesh, "k", { degree: 0 });
  const solver = new Poisson(u, { source: 1, diffusivity });
  solver.addDirichlet("left", 0);
  const solved = (inCorner: number) => {
    diffusivity.set((x, y) => x < 0.2 && y < 0.2 ? inCorner : 1);
    u.set(0);
    solver.solve();
    return u.data.slice();
  };
  const first = solved(1);
  solved(1e4);
  assertSameBytes(solved(1), first);
}
