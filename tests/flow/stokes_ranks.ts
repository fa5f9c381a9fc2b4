/**
 * Stokes flow whose unknowns are divided among ranks, against the same on one. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { ConvergenceError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { swarmFit } from "../../src/flow/swarm_fit.ts";
import { swarmMeans } from "../../src/flow/swarm_means.ts";
import type { StokesResult } from "../../src/flow/stokes_options.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runChecks } from "../_rank_checks.ts";
import { unitBox } from "../solve/_fields.ts";
import { annulusFlow, cubeFlow, discs, slipAround, stirred, stokesOn } from "./_flows.ts";
import { shell, shellFlow } from "./_shells.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [
    pairs,
    circles,
    shells,
    inSpace,
    forces,
    topography,
    planes,
    laws,
    putBack,
    inertia,
    failures,
  ]);
}

/** The same problem on all ranks and on one. */
function both<R>(comm: Comm, solve: (model: Model) => R): [R, R] {
  return [solve(new Model({ comm })), solve(new Model())];
}

/** A solved problem. */
interface Solved {
  readonly v: MeshVariable;
  readonly p: MeshVariable;
  readonly result: StokesResult;
}

/** Fields and iterations are those of one rank, within what tolerances allow. */
function assertAlike(comm: Comm, [many, alone]: [Solved, Solved], what: string): void {
  for (const name of ["v", "p"] as const) {
    const u = many[name], one = alone[name], { components } = u, ids = u.globalDofIds;
    const size = one.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let worst = 0;
    for (let i = 0; i < ids.length; i++) {
      for (let a = 0; a < components; a++) {
        const d = u.data[i * components + a] - one.data[ids[i] * components + a];
        worst = Math.max(worst, Math.abs(d));
      }
    }
    // Both stop at 1e-10 of the right-hand side.
    assert(worst <= 1e-6 * size, `${what}: ${name} is ${worst / size} apart`);
  }
  const { iterations } = many.result, single = alone.result.iterations;
  assert(
    iterations <= 1.2 * single + 1,
    `${what}: ${iterations} iterations, ${single} on one rank`,
  );
  assertEquals(comm.allreduce(iterations, "max"), iterations);
  assertEquals(many.result.isPressureFree, alone.result.isPressureFree);
  assertEquals(many.result.freeMotions, alone.result.freeMotions);
}

function pairs(comm: Comm): void {
  for (const degrees of [[2, 1], [2, 0], [1, 1]] as const) {
    const found = both(comm, (model) => {
      const { v, p, stokes } = stokesOn(unitBox(8, 2, model), {
        viscosity: discs(1e3),
        bodyForce: [(_x, y) => y, (x) => x * x],
        rtol: 1e-10,
      }, degrees);
      stokes.addDirichlet("bottom", 0);
      stokes.addFreeSlip("left");
      stokes.addFreeSlip("top");
      stokes.addNeumann("right", [-1, 0]);
      return { v, p, result: stokes.solve() };
    });
    assertAlike(comm, found, `P${degrees[0]}-P${degrees[1]}`);
  }
}

function circles(comm: Comm): void {
  const found = both(comm, (model) => {
    const mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 });
    const options = { viscosity: 1, bodyForce: annulusFlow.force, rtol: 1e-10 };
    const { v, p, stokes } = stokesOn(mesh, options);
    slipAround(stokes);
    return { v, p, result: stokes.solve() };
  });
  assertEquals(found[0].result.freeMotions, 1);
  assertAlike(comm, found, "annulus");
}

function shells(comm: Comm): void {
  const found = both(comm, (model) => {
    const options = { viscosity: 1, bodyForce: shellFlow.force, rtol: 1e-10 };
    const { v, p, stokes } = stokesOn(shell(2, 1, 1, model), options);
    slipAround(stokes);
    return { v, p, result: stokes.solve() };
  });
  assertEquals(found[0].result.freeMotions, 3);
  assertEquals(found[0].result.isPressureFree, true);
  assertAlike(comm, found, "shell");
}

function inSpace(comm: Comm): void {
  const found = both(comm, (model) => {
    const options = { viscosity: 2, bodyForce: cubeFlow.force, rtol: 1e-10 };
    const { v, p, stokes } = stokesOn(unitBox(3, 3, model), options);
    slipAround(stokes);
    return { v, p, result: stokes.solve() };
  });
  assertAlike(comm, found, "cube");
}

function forces(comm: Comm): void {
  const [many, alone] = both(comm, (model) => {
    const mesh = unitBox(6, 2, model);
    const { stokes } = stokesOn(mesh, {
      viscosity: (x) => 1 + x,
      bodyForce: [1, (x, y) => x * y],
      rtol: 1e-11,
    });
    stokes.addDirichlet("bottom", 0);
    stokes.addFreeSlip("left");
    stokes.solve();
    const rate = new MeshVariable(mesh, "rate");
    stokes.invariant("strainRate", rate);
    return [
      ...["left", "right", "bottom", "top"].flatMap((side) => stokes.traction(side)),
      stokes.dissipation(),
      stokes.estimateDt(),
      rate.integrate() as number,
    ];
  });
  many.forEach((value, k) => assertAlmostEquals(value, alone[k], 1e-7, `${k}`));
}

function laws(comm: Comm): void {
  const law = expression("y < 0.4 ? 0.1 : 0.1 + 1 / (0.01 + 2 * edot / max(3 + 0.5 * p, 0.1))");
  const found = both(comm, (model) => {
    const { v, p, stokes } = stokesOn(unitBox(4, 2, model), {
      viscosity: law,
      bodyForce: [0, -10],
      nonlinear: { tolerance: 1e-9 },
    });
    stokes.addFreeSlip("bottom");
    stokes.addDirichlet("left", 1, { component: 0 });
    stokes.addDirichlet("right", -1, { component: 0 });
    return { v, p, result: stokes.solve() };
  });
  assertAlike(comm, found, "law");
  const [many, alone] = found.map(({ result }) => result.nonlinear!.methods);
  assertEquals(many, alone);
}

/** Values at nodes of boundaries are those of one rank, each node on the rank that owns it. */
function topography(comm: Comm): void {
  for (const dim of [2, 3] as const) {
    const [many, alone] = both(comm, (model) => {
      const mesh = dim === 2
        ? annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.25 })
        : unitBox(3, 3, model);
      const force = dim === 2 ? annulusFlow.force : cubeFlow.force;
      const { stokes } = stokesOn(mesh, { viscosity: 1, bodyForce: force, rtol: 1e-11 });
      slipAround(stokes);
      stokes.solve();
      const boundary = dim === 2 ? "outer" : "top";
      assertThrows(() => stokes.normalStress("nowhere"), RangeError);
      return stokes.dynamicTopography(boundary, { density: 2, gravity: 3 });
    });
    const key = ({ points }: typeof alone, k: number) =>
      Array.from({ length: dim }, (_, d) => points.get(k, d).toFixed(6)).join();
    const known = new Map([...alone.values].map((value, k) => [key(alone, k), value]));
    many.values.forEach((value, k) => assertAlmostEquals(value, known.get(key(many, k))!, 1e-6));
    assertEquals(comm.allreduce(many.values.length), alone.values.length);
  }
}

/** Linear functions nearest to particles are those of one rank, in ghost cells too. */
function planes(comm: Comm): void {
  const [many, alone] = both(comm, (model) => {
    const mesh = unitBox(5, 2, model), swarm = new Swarm(mesh), a = swarm.addVariable("a");
    swarm.populate({ perCell: 5 });
    a.set((x, y) => 1 + x * x + Math.sin(3 * y));
    const plane = new MeshVariable(mesh, "plane", { continuous: false });
    swarmFit(a, plane, { mean: "geometric" });
    return plane;
  });
  const ids = many.globalDofIds;
  many.data.forEach((value, i) => assertAlmostEquals(value, alone.data[ids[i]], 1e-13));
}

/** Convection with particles, one step at a time. */
function convection(mesh: Mesh): { step: (count: number) => void; bytes: () => Float64Array[] } {
  const T = new MeshVariable(mesh, "T"), eta = new MeshVariable(mesh, "eta", { degree: 0 });
  T.set((x, y) => 1 - y + 0.1 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y));
  const swarm = new Swarm(mesh, { boundary: "clamp" }), mark = swarm.addVariable("mark");
  swarm.populate({ perCell: 4 });
  mark.set(discs(50));
  const { v, p, stokes } = stokesOn(mesh, { viscosity: eta, bodyForce: [0, T] });
  slipAround(stokes);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);
  const step = (count: number) => {
    for (let k = 0; k < count; k++) {
      swarmMeans(mark, eta, "harmonic");
      stokes.solve();
      swarm.advect(v, 0.01);
      heat.solve({ dt: 0.01 });
      mesh.model.tracker.time += 0.01;
    }
  };
  return { step, bytes: () => [v.data.slice(), p.data.slice(), T.data.slice()] };
}

function putBack(comm: Comm): void {
  const make = () => {
    const model = new Model({ comm });
    return { model, ...convection(unitBox(4, 2, model)) };
  };
  const u = make();
  u.step(3);
  const b = make();
  b.step(1);
  const kept = b.model.saveState();
  b.step(1);
  b.model.loadState(kept);
  b.step(2);
  for (const [k, values] of b.bytes().entries()) assertSameBytes(values, u.bytes()[k]);
}

/** Steps in time are those of one rank, and go on with the same bytes where they are put back. */
function inertia(comm: Comm): void {
  const run = (model: Model) => {
    const box = stirred(model), { v, p, stokes } = box;
    box.step(3);
    const result = stokes.solve({ dt: 0.02 });
    model.tracker.time += 0.02;
    return { ...box, v, p, result, force: stokes.traction("bottom") };
  };
  const [many, alone] = both(comm, run);
  // Each step stops at 1e-8.
  assertAlike(comm, [many, alone], "inertia");
  many.force.forEach((value, d) => assertAlmostEquals(value, alone.force[d], 1e-6));
  const kept = many.model.saveState();
  many.step(2);
  const expected = many.bytes();
  many.model.loadState(kept);
  many.step(2);
  for (const [k, values] of many.bytes().entries()) assertSameBytes(values, expected[k]);
}

function failures(comm: Comm): void {
  const model = new Model({ comm }), mesh = unitBox(6, 2, model);
  const { v, p, stokes } = stokesOn(mesh, {
    viscosity: (x) => Math.exp(6 * x),
    bodyForce: [0, (x) => x],
    maxIterations: 2,
  });
  slipAround(stokes);
  v.set(0.5);
  p.set(1);
  const before = [v.data.slice(), p.data.slice()];
  assertThrows(() => stokes.solve(), ConvergenceError, "did not converge");
  // Not positive on some ranks only: all of them throw.
  stokes.viscosity = (x, y) => x < 0.1 && y < 0.1 ? -1 : 1;
  assertThrows(() => stokes.solve(), RangeError, "has to be positive");
  assertSameBytes(v.data, before[0]);
  assertSameBytes(p.data, before[1]);
}
