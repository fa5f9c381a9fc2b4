import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import {
  AdvectionDiffusion,
  type AdvectionDiffusionOptions,
} from "../../src/solve/advection_diffusion.ts";
import type { TransportHistory } from "../../src/solve/transport_history.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { errorOf, faces, fittedOrder, sides, unitBox } from "./_fields.ts";

const { PI, sin, cos, exp } = Math;

/** A cell of convection: no flow through the walls, no divergence. */
const flow = (x: number, y: number) => [sin(PI * x) * cos(PI * y), -cos(PI * x) * sin(PI * y)];
const k = 0.02;
const exact = (x: number, y: number, t: number) => cos(2 * x - t) * exp(y) * (1 + t * t);

function source(x: number, y: number, _z: number, t: number): number {
  const s = sin(2 * x - t), c = cos(2 * x - t), g = exp(y), a = 1 + t * t;
  const [vx, vy] = flow(x, y);
  const rate = s * g * a + c * g * 2 * t;
  return rate + vx * (-2 * s * g * a) + vy * (c * g * a) - k * (-4 * c * g * a + c * g * a);
}

/** Error at t = 0.6 with `n` cells a side and as many steps as it takes at dt = 1.2 h. */
function manufactured(
  n: number,
  degree: 1 | 2,
  speedOfTime: number,
  order: number | undefined,
): number {
  const model = new Model();
  const u = new MeshVariable(unitBox(n, 2, model), "u", { degree });
  u.set((x, y) => exact(x, y, 0));
  const solver = new AdvectionDiffusion(u, {
    // The velocity depends on time, too, so that its extrapolation counts.
    velocity: (x, y, _z, out) => out.set(flow(x, y)),
    diffusivity: k,
    source,
    order,
  });
  for (const side of sides) solver.addDirichlet(side, (x, y, _z, t: number) => exact(x, y, t));
  const dt = speedOfTime / n, steps = Math.round(0.6 / dt);
  for (let i = 0; i < steps; i++) {
    solver.solve({ dt });
    model.tracker.time += dt;
  }
  return errorOf(u, (x, y) => exact(x, y, model.tracker.time));
}

for (const degree of [1, 2] as const) {
  for (const order of [undefined, 2]) {
    const scheme = order === undefined ? "Crank-Nicolson" : `BDF${order}`;
    Deno.test(`second order in time and space on P${degree} with ${scheme}, dt going with h`, () => {
      const counts = [8, 16, 32];
      const errors = counts.map((n) => manufactured(n, degree, 1.2, order));
      assertAlmostEquals(fittedOrder(counts.map((n) => 1 / n), errors), 2, 0.2);
    });
  }
}

Deno.test("components, fluxes and exchange: a uniform field that everything keeps stays", () => {
  const model = new Model();
  const mesh = unitBox(8, 2, model);
  const T = new MeshVariable(mesh, "T", { components: 2, degree: 2 });
  const exactly = (t: number) => [1 + t, 2 - t];
  T.set((_x, _y, _z, out) => out.set(exactly(0)));
  const solver = new AdvectionDiffusion(T, {
    velocity: (x, y, _z, out) => out.set(flow(x, y)),
    diffusivity: 0.1,
    source: [1, -1],
  });
  solver.addDirichlet("left", (_x, _y, _z, out, t) => out.set(exactly(t)));
  solver.addRobin("right", 3, (_x, _y, _z, out, t) => out.set(exactly(t)));
  for (let i = 0; i < 3; i++) {
    solver.solve({ dt: 0.2 });
    model.tracker.time += 0.2;
  }
  const [a, b] = T.integrate() as Float64Array;
  // The rate is settled by the tolerance of the linear solver, 1e-10.
  assertAlmostEquals(a, 1.6, 1e-8);
  assertAlmostEquals(b, 1.4, 1e-8);
});

Deno.test("stable at Courant 5", () => {
  const model = new Model();
  const T = new MeshVariable(unitBox(24, 2, model), "T");
  T.set((x, y) => exp(-40 * ((x - 0.3) ** 2 + (y - 0.5) ** 2)));
  const solver = new AdvectionDiffusion(T, {
    velocity: (x, y, _z, out) => out.set(flow(x, y)),
    diffusivity: 1e-5,
  });
  for (let i = 0; i < 30; i++) {
    solver.solve({ dt: 5 / 24 });
    model.tracker.time += 5 / 24;
  }
  // Quadratic interpolation of a hill of 5 cells may overshoot by some percent; what grows would do so 30 times.
  assertLess(T.max(), 1.02);
  assertLess(-0.05, T.min());
  // A regression pin of what the interpolation leaves of the hill, which was 1; without the flow it would be 0.998.
  assertLess(0.6, T.max());
});

function start(
  dim: 2 | 3,
  degree: 1 | 2,
  make?: (T: MeshVariable, v: MeshVariable) => TransportHistory,
) {
  const model = new Model();
  const mesh = unitBox(dim === 2 ? 6 : 3, dim, model);
  const T = new MeshVariable(mesh, "T", { degree });
  const v = new MeshVariable(mesh, "v", { components: dim });
  T.set((x, y, z) => cos(PI * x) * y + z);
  const options: AdvectionDiffusionOptions = { velocity: v, diffusivity: 0.05, source: 1 };
  const solver = new AdvectionDiffusion(T, { ...options, history: make?.(T, v) });
  solver.addDirichlet("left", (_x, y, _z, t: number) => y * cos(t));
  solver.addRobin("right", 1, 0.5);
  const step = (dt: number) => {
    const now = 1 + model.tracker.time;
    v.set((x, y, _z, out) => out.set(flow(x, y).map((value) => value * now)));
    for (const swarm of model.swarms.values()) {
      if (!swarm.name.endsWith("_swarm")) swarm.advect(v, dt);
    }
    const result = solver.solve({ dt });
    model.tracker.time += dt;
    return result;
  };
  return { model, T, v, solver, step };
}

const histories = {
  "its own history": undefined,
  "SemiLagrangianDDt of order 3": (T: MeshVariable, velocity: MeshVariable) =>
    new SemiLagrangianDDt(T, { velocity, order: 3 }),
  "EulerianDDt": (T: MeshVariable, velocity: MeshVariable) =>
    new EulerianDDt(T, { velocity, order: 2 }),
  "LagrangianDDt": (T: MeshVariable, velocity: MeshVariable) =>
    new LagrangianDDt(T, { velocity, order: 2 }),
  "LagrangianSwarmDDt": (T: MeshVariable) => {
    const swarm = new Swarm(T.mesh, { boundary: "clamp" });
    const carried = swarm.addVariable("carried");
    swarm.populate({ perCell: T.mesh.dim === 2 ? 10 : 15 });
    carried.set((x, y, z) => cos(PI * x) * y + z);
    return new LagrangianSwarmDDt(carried, { order: 2 });
  },
};

for (const [name, make] of Object.entries(histories)) {
  for (const dim of [2, 3] as const) {
    for (const degree of [1, 2] as const) {
      Deno.test(`restored equals uninterrupted in ${dim}-D on P${degree} with ${name}`, () => {
        const { model, T, step } = start(dim, degree, make);
        for (const dt of [0.01, 0.02]) step(dt);
        using token = model.saveState();
        const finish = () => {
          for (const dt of [0.01, 0.03]) step(dt);
          return T.data.slice();
        };
        const uninterrupted = finish();
        model.loadState(token);
        assertSameBytes(finish(), uninterrupted);
        model.loadState(token);
        step(0.01 * 5000);
        model.loadState(token);
        assertSameBytes(finish(), uninterrupted);
      });
    }
  }
}

Deno.test("a step that does not converge leaves every byte, on the first step and later", () => {
  const { model, T, v, solver, step } = start(2, 2);
  let fail = true;
  // Not finite on the right only while solving: the history has been updated by then.
  solver.addNeumann("top", () => (fail ? NaN : 0));
  v.set(0.1);
  const bytes = () =>
    [...T.mesh.variables.values()].filter((x) => x.allocated).map((x) => x.data.slice());
  for (let i = 0; i < 2; i++) {
    const before = bytes(), { state } = solver.history;
    assertThrows(() => solver.solve({ dt: 0.1 }), RangeError, "flux");
    const after = bytes();
    assertEquals(after.length, before.length);
    after.forEach((data, j) => assertSameBytes(data, before[j]));
    assertEquals(solver.history.state, state);
    fail = false;
    step(0.1);
    fail = true;
    v.set(0.1);
  }
  fail = false;
  const T2 = new MeshVariable(T.mesh, "T2", { degree: 2 });
  const strict = new AdvectionDiffusion(T2, {
    velocity: v,
    diffusivity: 1,
    source: 1,
    rtol: 1e-14,
    maxIterations: 1,
  });
  assertThrows(() => strict.solve({ dt: 1 }), ConvergenceError, strict.name);
  assert(!T2.allocated);
  assertEquals(model.tracker.time, 0.2);
});

Deno.test("the order climbs, drops while steps keep growing, and says so", () => {
  const velocity = (T: MeshVariable, v: MeshVariable) =>
    new SemiLagrangianDDt(T, { velocity: v, order: 2 });
  const { step } = start(2, 1, velocity);
  assertEquals([step(1e-4), step(1e-4)].map((r) => [r.order, r.reduced]), [
    [1, "start"],
    [2, null],
  ]);
  step(4e-4);
  const grown = step(16e-4);
  assertEquals([grown.order, grown.reduced, grown.dt], [1, "step growth", 16e-4]);
});

Deno.test("estimateDt is the smaller of what flow and diffusion take to cross a cell", () => {
  const mesh = unitBox(10);
  const make = (speed: number, diffusivity: number) => {
    const T = new MeshVariable(mesh, `T${mesh.variables.size}`);
    const velocity = (_x: number, _y: number, _z: number, out: Float64Array) => out.fill(speed);
    return new AdvectionDiffusion(T, { velocity, diffusivity });
  };
  const width = 2 * mesh.minRadius;
  const flow = width / (3 * Math.SQRT2), diffusion = width ** 2 / 8;
  assertRounding(make(3, 0).estimateDt(), flow, 4000);
  assertRounding(make(0, 2).estimateDt(), diffusion, 4000);
  assertEquals(make(0, 0).estimateDt(), Infinity);
  const both = make(3, 2);
  assertRounding(both.estimateDt(), diffusion, 4000);
  assertRounding(both.estimateDt({ advection: true }), flow, 4000);
  assertRounding(both.estimateDt({ diffusion: false }), flow, 4000);
  assertRounding(both.estimateDt({ diffusion: true }), diffusion, 4000);
  assertRounding(both.estimateDt({ advection: true, diffusion: true }), diffusion, 4000);
  const wrong = (options: object) => () => both.estimateDt(options);
  assertThrows(wrong({ advection: false, diffusion: false }), RangeError, "nothing limits");
  assertThrows(wrong({ advecton: true }), TypeError, "advection");
  assertThrows(wrong({ advection: 1 }), TypeError, "true or false");
});

Deno.test("the scheme is said in options, by the solver and in its state", () => {
  const model = new Model(), mesh = unitBox(2, 2, model);
  const v = new MeshVariable(mesh, "v", { components: 2 });
  const make = (options: Partial<AdvectionDiffusionOptions> = {}) => {
    const T = new MeshVariable(mesh, `T${mesh.variables.size}`);
    return new AdvectionDiffusion(T, { velocity: v, diffusivity: 1, ...options });
  };
  const said = ({ scheme, order, state }: AdvectionDiffusion) => {
    assertEquals([state.scheme, state.order], [scheme, order]);
    return `${scheme} ${order}`;
  };
  assertEquals(said(make()), "crank-nicolson 2");
  assertEquals(said(make({ scheme: "crank-nicolson" })), "crank-nicolson 2");
  assertEquals(said(make({ scheme: "bdf" })), "bdf 2");
  assertEquals(said(make({ order: 3 })), "bdf 3");
  assertEquals(said(make({ scheme: "bdf", order: 1 })), "bdf 1");
  const T = new MeshVariable(mesh, "T");
  const history = new SemiLagrangianDDt(T, { velocity: v, order: 3 });
  const ok = { velocity: v, diffusivity: 1, history };
  assertEquals(said(new AdvectionDiffusion(T, ok)), "bdf 3");
  const count = model.bearers.size;
  const cn = "crank-nicolson";
  assertThrows(() => make({ scheme: cn, order: 2 }), RangeError, 'order belongs to scheme "bdf"');
  assertThrows(
    () => new AdvectionDiffusion(T, { ...ok, scheme: cn }),
    RangeError,
    "history belongs",
  );
  assertThrows(() => make({ scheme: "euler" as "bdf" }), RangeError, '"crank-nicolson", "bdf"');
  assertEquals(model.bearers.size, count);
  const { state } = make({ scheme: "bdf" });
  const other = make();
  assertThrows(
    () => other.checkState({ ...other.state, scheme: "bdf" }),
    StateSchemaError,
    '"bdf"',
  );
  assertThrows(() => other.checkState({ ...state, rate: null }), StateSchemaError, "scheme");
});

Deno.test("bad arguments are errors, and another arrangement is refused", () => {
  const mesh = unitBox(2);
  const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
  const ok = { velocity: v, diffusivity: 1 };
  assertThrows(() => new AdvectionDiffusion(T, { ...ok, velocity: T }), RangeError, "components");
  const none = { diffusivity: 1 } as AdvectionDiffusionOptions;
  assertThrows(() => new AdvectionDiffusion(T, none), TypeError, "velocity");
  const number = { ...ok, velocity: 1 as unknown as MeshVariable };
  assertThrows(() => new AdvectionDiffusion(T, number), TypeError, "velocity");
  assertThrows(() => new AdvectionDiffusion(T, { ...ok, order: 4 }), RangeError, "order");
  const nothing = {} as TransportHistory;
  assertThrows(() => new AdvectionDiffusion(T, { ...ok, history: nothing }), TypeError, "history");
  const other = new EulerianDDt(new MeshVariable(mesh, "u"), { velocity: v });
  assertThrows(() => new AdvectionDiffusion(T, { ...ok, history: other }), RangeError, "'u'");
  const low = new EulerianDDt(T, { velocity: v });
  assertThrows(
    () => new AdvectionDiffusion(T, { ...ok, history: low, order: 2 }),
    RangeError,
    "keeps",
  );
  const solver = new AdvectionDiffusion(T, ok);
  assertEquals(solver.name, "AdvectionDiffusion_0");
  assertEquals(solver.state.history, solver.history.name);
  assertThrows(() => solver.checkState({ ...solver.state, order: 1 }), StateSchemaError, "order");
  assertThrows(() => solver.solve(), TypeError, "dt");
  for (const face of faces.slice(0, 4)) solver.addDirichlet(face, 0);
});

Deno.test("Dirichlet values that change in time flow in with second order", () => {
  // u_t + u_x = 0 with u = g(t - x).
  const g = (s: number) => Math.sin(4 * s);
  for (const order of [undefined, 2]) {
    const errors = [10, 40].map((steps) => {
      const model = new Model();
      const mesh = boxMesh(model, { min: [0, 0], max: [1, 0.125], cells: [32, 4] });
      const u = new MeshVariable(mesh, "u", { degree: 2 });
      u.set((x) => g(-x));
      const velocity = (_x: number, _y: number, _z: number, out: Float64Array) =>
        void out.set([1, 0]);
      const solver = new AdvectionDiffusion(u, { velocity, diffusivity: 0, order });
      solver.addDirichlet("left", (_x, _y, _z, t: number) => g(t));
      for (let k = 0; k < steps; k++) {
        const { dt } = solver.solve({ dt: 0.5 / steps });
        model.tracker.time += dt;
      }
      const { coordinates } = u;
      return u.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - g(0.5 - coordinates.get(i, 0)))),
        0,
      );
    });
    assert(Math.log2(errors[0] / errors[1]) / 2 > 1.8, `order ${order}: ${errors}`);
  }
});
