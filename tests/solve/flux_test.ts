import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { StateSchemaError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { ScalarFunction, VectorFunction } from "../../src/mesh/points.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { sides } from "./_fields.ts";

const { PI, exp, sin, cos } = Math;

/** The file beside this folder's data. */
function mesh(file: string) {
  return readGmsh(new Model(), new URL(`../data/${file}`, import.meta.url).pathname);
}

Deno.test("around a cylinder what comes in, with sources, cancels: Dirichlet, Neumann and Robin", () => {
  for (const degree of [1, 2] as const) {
    const u = new MeshVariable(mesh("channel_cylinder.msh"), "u", { degree });
    const poisson = new Poisson(u, { diffusivity: 2, source: 1 });
    poisson.addDirichlet("inlet", 1);
    poisson.addNeumann("outlet", 0.3);
    poisson.addRobin("cylinder", 5, 0.2);
    poisson.solve();
    const one = new MeshVariable(u.mesh, "one");
    one.set(1);
    const exchanged = 5 * (0.2 * (one.integrate("cylinder") as number)) -
      5 * (u.integrate("cylinder") as number);
    // Nothing is asked of the walls, so nothing passes them. To the tolerance of the solver, 1e-10.
    assertAlmostEquals(poisson.flux("cylinder") as number, exchanged, 1e-9);
    const others = ["inlet", "outlet", "cylinder"].map((b) => poisson.flux(b) as number);
    const sum = others.reduce((a, b) => a + b, one.integrate() as number);
    // All unknowns count, each with the solver's 1e-10.
    assertAlmostEquals(sum, 0, 1e-8);
  }
});

Deno.test("through a coarse shell the flux is that of a + b / r, Dirichlet inside and Robin outside", () => {
  const u = new MeshVariable(mesh("shell3d.msh"), "u");
  const poisson = new Poisson(u);
  poisson.addDirichlet("inner", 1);
  poisson.addRobin("outer", 2, 0);
  poisson.solve();
  // a + b / 0.55 = 1 and b = 2 (a + b) at the outer radius 1: 4 pi b passes. 3038 cells: 2 per cent.
  const b = 2 / (1 - 2 + 2 / 0.55);
  assertAlmostEquals(poisson.flux("inner") as number, 4 * Math.PI * b, 0.02 * 4 * Math.PI * b);
  assertAlmostEquals(poisson.flux("inner") as number, -(poisson.flux("outer") as number), 1e-7);
});

Deno.test("fluxes of components with conditions of their own, and of functions of time", () => {
  const model = new Model();
  const box = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [4, 2] });
  const u = new MeshVariable(box, "u", { components: 2 });
  const diffusion = new Diffusion(u, { diffusivity: 1 });
  diffusion.addNeumann("right", (_x, y, _z, t) => y * t, { component: 1 });
  diffusion.addRobin("right", (_x, y) => 2 * y, [3, 5]);
  u.set((x, _y, _z, out) => out.set([1, x]));
  model.tracker.time = 4;
  const [first, second] = diffusion.flux("right") as Float64Array;
  // 2 y (3 - 1); 4 y + 2 y (5 - 2).
  assertAlmostEquals(first, 2, 1e-12);
  assertAlmostEquals(second, 2 + 3, 1e-12);
});

Deno.test("what flows in over time is what the field gains", () => {
  const model = new Model();
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] }), "T");
  const diffusion = new Diffusion(T, { diffusivity: 0.3 });
  diffusion.addNeumann("left", (_x, _y, _z, t) => t);
  diffusion.addRobin("top", 2, 1);
  let gained = 0;
  for (let n = 0; n < 5; n++) {
    const { dt } = diffusion.solve({ dt: 0.1 });
    model.tracker.time += dt;
    // Implicit Euler: fluxes count at the new time, which also shows that conditions are taken there.
    for (const side of ["left", "top"]) gained += dt * (diffusion.flux(side) as number);
    assertAlmostEquals(T.integrate() as number, gained, 1e-9);
  }
  assert(gained > 0.2);
});

/** u and its derivatives in time and space; the diffusivity is 0.3 + 0.15 x. */
const exact = {
  u: (x: number, y: number, t: number) =>
    exp(-t) * cos(1.3 * x + 0.3) * exp(0.7 * y) + x * y * y * t,
  t: (x: number, y: number, t: number) => x * y * y - exp(-t) * cos(1.3 * x + 0.3) * exp(0.7 * y),
  x: (x: number, y: number, t: number) =>
    y * y * t - 1.3 * exp(-t) * sin(1.3 * x + 0.3) * exp(0.7 * y),
  y: (x: number, y: number, t: number) =>
    2 * x * y * t + 0.7 * exp(-t) * cos(1.3 * x + 0.3) * exp(0.7 * y),
  laplace: (x: number, y: number, t: number) =>
    2 * x * t - 1.2 * exp(-t) * cos(1.3 * x + 0.3) * exp(0.7 * y),
};

/** A cell of convection: no flow through the walls. */
const flow: VectorFunction = (x, y, _z, out) => {
  out[0] = sin(PI * x) * cos(PI * y);
  out[1] = -cos(PI * x) * sin(PI * y);
};

/** The fluxes by name at t; midpoint sums of 1000 pieces, to 1e-7. */
function exactFluxes(t: number): Record<string, number> {
  const mean = (f: (s: number) => number) => {
    let sum = 0;
    for (let i = 0; i < 1000; i++) sum += f((i + 0.5) / 1000);
    return sum / 1000;
  };
  return {
    left: -mean((y) => 0.3 * exact.x(0, y, t)),
    right: mean((y) => 0.45 * exact.x(1, y, t)),
    bottom: -mean((x) => (0.3 + 0.15 * x) * exact.y(x, 0, t)),
    top: mean((x) => (0.3 + 0.15 * x) * exact.y(x, 1, t)),
  };
}

type Scheme = (u: MeshVariable, options: { diffusivity: ScalarFunction; source: ScalarFunction }) =>
  | Diffusion
  | AdvectionDiffusion;

const schemes: Record<string, { make: Scheme; velocity: boolean }> = {
  "BDF2": { make: (u, o) => new Diffusion(u, { ...o, order: 2 }), velocity: false },
  "Crank-Nicolson": { make: (u, o) => new Diffusion(u, { ...o, theta: 0.5 }), velocity: false },
  "Crank-Nicolson along paths": {
    make: (u, o) => new AdvectionDiffusion(u, { ...o, velocity: flow }),
    velocity: true,
  },
  "BDF2 along paths": {
    make: (u, o) => new AdvectionDiffusion(u, { ...o, velocity: flow, order: 2 }),
    velocity: true,
  },
};

/** The greatest error of a flux at t = 0.4 with n cells a side and n steps. */
function fluxError(name: string, n: number, degree: 1 | 2, walls: readonly string[]): number {
  const { make, velocity } = schemes[name];
  const model = new Model();
  const u = new MeshVariable(
    boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n] }),
    "u",
    { degree },
  );
  u.set((x, y) => exact.u(x, y, 0));
  const v = new Float64Array(2);
  const solver = make(u, {
    diffusivity: (x) => 0.3 + 0.15 * x,
    source: (x, y, _z, t) => {
      flow(x, y, 0, v, t);
      const carried = velocity ? v[0] * exact.x(x, y, t) + v[1] * exact.y(x, y, t) : 0;
      const diffused = (0.3 + 0.15 * x) * exact.laplace(x, y, t) + 0.15 * exact.x(x, y, t);
      return exact.t(x, y, t) + carried - diffused;
    },
  });
  for (const wall of walls) solver.addDirichlet(wall, (x, y, _z, t: number) => exact.u(x, y, t));
  if (walls.length === 2) {
    solver.addNeumann("left", (_x, y, _z, t: number) => -0.3 * exact.x(0, y, t));
    solver.addNeumann("right", (_x, y, _z, t: number) => 0.45 * exact.x(1, y, t));
  }
  for (let i = 0; i < n; i++) {
    const { dt } = solver.solve({ dt: 0.4 / n });
    model.tracker.time += dt;
  }
  const expected = exactFluxes(model.tracker.time);
  return Math.max(...walls.map((b) => Math.abs((solver.flux(b) as number) - expected[b])));
}

for (const name of Object.keys(schemes)) {
  Deno.test(`fluxes that keep Dirichlet values are of second order in time and space: ${name}`, () => {
    for (const walls of [["bottom", "top"], sides]) {
      for (const degree of [1, 2] as const) {
        // P2 along paths reaches its order on the finer meshes only.
        const sizes = degree === 1 ? [8, 16] : [12, 24];
        const [coarse, fine] = sizes.map((n) => fluxError(name, n, degree, walls));
        const words = `P${degree}, ${walls}: ${coarse}, ${fine}`;
        assert(Math.log2(coarse / fine) > 1.7, words);
        // Measured: 4e-4 to 1.5e-3 on P1, 1.2e-5 to 1.8e-4 on P2.
        assert(fine < (degree === 1 ? 1.8e-3 : 2.2e-4), words);
      }
    }
  });
}

Deno.test("what flows in through Dirichlet boundaries over time is what the field gains", () => {
  for (const walls of [["left", "top"], ["left", "right"], sides]) {
    const model = new Model();
    const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] }), "T");
    const diffusion = new Diffusion(T, { diffusivity: (x) => 0.3 + x, source: 0.7 });
    for (const wall of walls) {
      diffusion.addDirichlet(wall, (x, y, _z, t: number) => t * (1 + x * y));
    }
    let gained = 0;
    for (let n = 0; n < 4; n++) {
      const { dt } = diffusion.solve({ dt: 0.1 });
      model.tracker.time += dt;
      for (const wall of walls) gained += dt * (diffusion.flux(wall) as number);
      gained += dt * 0.7;
      assertAlmostEquals(T.integrate() as number, gained, 1e-9);
    }
  }
});

Deno.test("the flux of a step is state, and belongs to the field that the step left", () => {
  const model = new Model();
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] }), "T");
  const diffusion = new Diffusion(T, { diffusivity: 1, theta: 0.5 });
  diffusion.addDirichlet("left", 1);
  diffusion.addDirichlet("right", 0);
  const step = () => {
    const { dt } = diffusion.solve({ dt: 0.01 });
    model.tracker.time += dt;
    return diffusion.flux("left") as number;
  };
  step();
  const flux = step();
  using token = model.saveState();
  const next = step();
  assert(next !== flux);
  model.loadState(token);
  assertEquals(diffusion.flux("left"), flux);
  assertEquals(step(), next);
  // Another field: from its gradient, which is exact for it.
  T.set((x) => 1 - x);
  assertAlmostEquals(diffusion.flux("left") as number, 1, 1e-12);
  const { state } = diffusion;
  for (const bad of [undefined, 1, {}, { ...state.fluxes, sums: [1] }]) {
    const wrong = { ...state, fluxes: bad } as typeof state;
    assertThrows(() => diffusion.checkState(wrong), StateSchemaError, "fluxes");
  }
});

Deno.test("a transfer coefficient that is negative somewhere is refused", () => {
  const u = new MeshVariable(
    boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] }),
    "u",
  );
  const poisson = new Poisson(u);
  for (const side of sides) poisson.addRobin(side, (x) => x - 0.5, 1);
  assertThrows(() => poisson.solve(), RangeError, ">= 0");
  assert(!u.allocated);
});
