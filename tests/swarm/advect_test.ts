import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { rungeKuttaScheme } from "../../src/swarm/scheme.ts";
import { boxSwarm, rotation, scattered } from "./_setup.ts";

type Order = 1 | 2 | 4;

/** The slope of log error over log dt, by least squares. */
function slopeOf(steps: readonly number[], errors: readonly number[]): number {
  const x = steps.map((n) => -Math.log(n)), y = errors.map(Math.log);
  const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length;
  const mx = mean(x), my = mean(y);
  const up = x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0);
  return up / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

const refinements = [8, 16, 32, 64];

Deno.test("advect with a function has the order it is asked for", () => {
  for (const order of [1, 2, 4] as const) {
    const errors = refinements.map((n) => {
      const { model, swarm } = boxSwarm();
      swarm.addParticles([[0.5, 0.1], [-0.2, 0.4]]);
      for (let i = 0; i < n; i++) {
        swarm.advect(rotation, 1 / n, { order });
        model.tracker.time += 1 / n;
      }
      const [x, y] = swarm.coordinates.data;
      const c = Math.cos(1), s = Math.sin(1);
      return Math.hypot(x - (0.5 * c - 0.1 * s), y - (0.5 * s + 0.1 * c));
    });
    assertAlmostEquals(slopeOf(refinements, errors), order, 0.1);
  }
});

Deno.test("advect gives functions the times of the stages", () => {
  for (const order of [1, 2, 4] as const) {
    const errors = refinements.map((n) => {
      const { model, swarm } = boxSwarm();
      model.tracker.time = 0.3;
      swarm.addParticles([[0, 0]]);
      for (let i = 0; i < n; i++) {
        swarm.advect((_x, _y, _z, out, t) => void (out[0] = Math.cos(5 * t)), 1 / n, { order });
        model.tracker.time += 1 / n;
      }
      return Math.abs(swarm.coordinates.get(0, 0) - (Math.sin(6.5) - Math.sin(1.5)) / 5);
    });
    assertAlmostEquals(slopeOf(refinements, errors), order, 0.15);
  }
});

Deno.test("advect with a P2 mesh variable has the order it is asked for", () => {
  for (const order of [1, 2, 4] as const) {
    // Quadratic, hence exact in P2: x' = x^2 + y, y' = -x.
    const swarmOf = () => {
      const it = boxSwarm({ n: 4 });
      const velocity = new MeshVariable(it.mesh, "v", { components: 2, degree: 2 });
      velocity.set((x: number, y: number, _z: number, out: Float64Array) => {
        out[0] = x * x + y;
        out[1] = -x;
      });
      it.swarm.addParticles([[0.3, 0.2]]);
      return { ...it, velocity };
    };
    const run = (n: number, with_: Order) => {
      const { swarm, velocity } = swarmOf();
      for (let i = 0; i < n; i++) swarm.advect(velocity, 1 / n, { order: with_ });
      return swarm.coordinates.data;
    };
    const exact = run(1000, 4);
    const errors = refinements.map((n) => {
      const [x, y] = run(n, order);
      return Math.hypot(x - exact[0], y - exact[1]);
    });
    assertAlmostEquals(slopeOf(refinements, errors), order, 0.15);
  }
});

Deno.test("advect takes every kind of mesh variable, in 2-D and 3-D", () => {
  for (const dim of [2, 3] as const) {
    for (const [degree, continuous] of [[0, false], [1, true], [1, false], [2, true]] as const) {
      const { mesh, swarm } = boxSwarm({ dim, n: 3, boundary: "clamp" });
      const velocity = new MeshVariable(mesh, "v", { components: dim, degree, continuous });
      velocity.set(dim === 2 ? [0.5, -0.25] : [0.5, -0.25, 0.125]);
      const points = scattered(50, dim, 0.4);
      swarm.addParticles(points);
      swarm.advect(velocity, 0.5, { order: 4 });
      for (let i = 0; i < points.length; i++) {
        const v = [0.5, -0.25, 0.125][i % dim];
        // The shape functions sum to 1 up to rounding.
        assertAlmostEquals(swarm.coordinates.data[i], points[i] + 0.5 * v, 1e-14);
      }
    }
  }
});

Deno.test("a variable without values moves nothing and gets no memory", () => {
  const { mesh, swarm } = boxSwarm();
  const velocity = new MeshVariable(mesh, "v", { components: 2 });
  const points = scattered(20, 2);
  swarm.addParticles(points);
  swarm.advect(velocity, 1);
  assertSameBytes(swarm.coordinates.data, points);
  assertEquals(velocity.allocated, false);
});

Deno.test("negative dt traces back", () => {
  const { swarm } = boxSwarm();
  swarm.addParticles([[0.5, 0.1]]);
  swarm.advect(rotation, 0.01, { order: 4 });
  swarm.advect(rotation, -0.01, { order: 4 });
  // There and back leave the error of RK4, 0.01^5 / 120 each, and rounding.
  assertAlmostEquals(swarm.coordinates.get(0, 0), 0.5, 1e-12);
});

Deno.test("many particles move as each of them alone, in any order, whatever the hints", () => {
  const build = () => {
    const it = boxSwarm({ boundary: "reflect", n: 6 });
    const velocity = new MeshVariable(it.mesh, "v", { components: 2 });
    velocity.set((x: number, y: number, _z: number, out: Float64Array) => {
      out[0] = 1 - 3 * y;
      out[1] = x + 0.3;
    });
    return { ...it, velocity };
  };
  const points = scattered(2500, 2);
  const all = build();
  all.swarm.addParticles(points);
  for (let k = 0; k < 3; k++) all.swarm.advect(all.velocity, 0.3);
  const backwards = build();
  const rows = Array.from({ length: 2500 }, (_, i) => [points[2 * i], points[2 * i + 1]]);
  backwards.swarm.addParticles([...rows].reverse(), { migrate: false });
  for (let k = 0; k < 3; k++) backwards.swarm.advect(backwards.velocity, 0.3);
  const x = all.swarm.coordinates.data, y = backwards.swarm.coordinates.data;
  for (let i = 0; i < 2500; i++) {
    assertSameBytes(x.slice(2 * i, 2 * i + 2), y.slice(2 * (2499 - i), 2 * (2499 - i) + 2));
  }
});

Deno.test("stepLimit divides the step by the largest speed", () => {
  const { mesh, swarm } = boxSwarm();
  const limit = 0.75;
  const calls: number[] = [];
  swarm.addParticles([[0, 0], [0.5, 0]]);
  const f = (x: number, _y: number, _z: number, out: Float64Array, t: number) => {
    if (x < 0.25) calls.push(t);
    out[1] = x < 0.25 ? 0 : 2;
  };
  swarm.advect(f, 0.2, { order: 1, stepLimit: limit });
  const steps = Math.ceil(0.4 / (limit * mesh.minRadius));
  assert(steps > 3);
  const times = [...new Set(calls)];
  assertEquals(times.length, steps);
  assertRounding(times.at(-1)!, 0.2 * (steps - 1) / steps, 4);
  assertRounding(swarm.coordinates.get(1, 1), 0.4, 4);
  // A limit that allows the whole step changes no bit.
  const one = boxSwarm().swarm, other = boxSwarm().swarm;
  for (const it of [one, other]) it.addParticles(scattered(30, 2, 0.5));
  one.advect(rotation, 0.1);
  other.advect(rotation, 0.1, { stepLimit: 1e6 });
  assertSameBytes(one.coordinates.data, other.coordinates.data);
});

Deno.test("a stage outside takes the value at the clamped point of the last cell", () => {
  const { mesh, swarm } = boxSwarm({ n: 1, boundary: "clamp" });
  const velocity = new MeshVariable(mesh, "v", { components: 2 });
  velocity.set((x: number, _y: number, _z: number, out: Float64Array) => void (out[0] = x));
  swarm.addParticles([[0.5, 0]]);
  // The middle stage is at x = 0.5 + 2 * 0.5 = 1.5: outside. The value there is bounded by the nodes' 1.
  swarm.advect(velocity, 4);
  assertEquals(swarm.coordinates.data[0], 1);
  swarm.coordinates.set(0, 0, 0.5);
  swarm.advect(velocity, 4, { order: 4 });
  assert(Number.isFinite(swarm.coordinates.data[0]));
});

Deno.test("positions that are not finite are an error that names the particle; nothing changes", () => {
  const { mesh, model, swarm } = boxSwarm();
  swarm.addParticles(scattered(3000, 2, 0.9));
  swarm.removeParticles((i) => i < 10);
  const velocity = new MeshVariable(mesh, "v", { components: 2, degree: 0 });
  velocity.set([0.1, 0]);
  const cell = mesh.locate(swarm.coordinates).cells[2500];
  const before = swarm.coordinates.data.slice();
  const generation = swarm.populationGeneration;
  velocity.data[2 * cell] = NaN;
  const first = mesh.locate(before).cells.indexOf(cell);
  const refused = [
    () => swarm.advect(velocity, 0.01),
    () => swarm.advect(velocity, 0.01, { order: 1 }),
    () => swarm.advect(velocity, 0.01, { stepLimit: 1 }),
  ];
  for (const work of refused) {
    assertThrows(work, RangeError, `particle ${swarm.ids[first]} (index ${first})`);
  }
  for (const order of [1, 2, 4] as const) {
    for (const value of [NaN, Infinity, 1e308]) {
      const f = (x: number, y: number, _z: number, out: Float64Array) => {
        if (x === before[100] && y === before[101]) out[1] = value;
      };
      assertThrows(() => swarm.advect(f, 1e3, { order }), RangeError, "(index 50)");
    }
  }
  assertSameBytes(swarm.coordinates.data, before);
  swarm.coordinates.set(7, 1, -Infinity);
  const bytes = swarm.coordinates.data.slice();
  for (
    const work of [
      () => swarm.advect(rotation, 0.1),
      () => swarm.migrate(),
      () => swarm.addParticles([[0, 0]]),
    ]
  ) assertThrows(work, RangeError, "particle 17 (index 7)");
  assertSameBytes(swarm.coordinates.data, bytes);
  assertEquals([swarm.count, swarm.lost, swarm.populationGeneration], [2990, 0, generation]);
  assertEquals(model.tracker.time, 0);
});

Deno.test("a velocity function that throws changes nothing, nor may it change the population", () => {
  const { model, swarm } = boxSwarm();
  swarm.addParticles(scattered(2000, 2));
  const before = swarm.coordinates.data.slice();
  let calls = 0;
  assertThrows(
    () =>
      swarm.advect((_x, _y, _z, out) => {
        out[0] = 0.1;
        if (++calls > 1500) throw new Error("stop");
      }, 1),
    Error,
    "stop",
  );
  assertThrows(() => swarm.advect(() => void swarm.populate({ perCell: 1 }), 1), Error, "populate");
  assertThrows(() => swarm.advect(() => void model.saveState(), 1), Error, "saveState");
  assertSameBytes(swarm.coordinates.data, before);
  swarm.advect(rotation, 0.01);
});

Deno.test("bad arguments of advect are errors", () => {
  const { mesh, model, swarm } = boxSwarm();
  swarm.addParticles([[0.5, 0.5]]);
  // deno-lint-ignore no-explicit-any -- wrong types on purpose
  const bad = (value: unknown) => value as any;
  for (const dt of [NaN, Infinity, -Infinity]) {
    assertThrows(() => swarm.advect(rotation, dt), RangeError, "finite");
  }
  assertThrows(() => swarm.advect(rotation, bad("0.1")), TypeError, "number");
  assertThrows(() => swarm.advect(bad([1, 0]), 0.1), TypeError, "mesh variable");
  assertThrows(() => swarm.advect(bad((x: number, y: number) => [-y, x]), 0.1), TypeError, "out");
  for (const order of [0, 3, 5, "2"]) {
    assertThrows(() => swarm.advect(rotation, 0.1, { order: bad(order) }), RangeError, "order");
  }
  for (const stepLimit of [0, -1, NaN, Infinity]) {
    assertThrows(() => swarm.advect(rotation, 0.1, { stepLimit }), RangeError, "stepLimit");
  }
  assertThrows(() => swarm.advect(rotation, 1, { stepLimit: 1e-9 }), RangeError, "sub-steps");
  const one = new MeshVariable(mesh, "one");
  assertThrows(() => swarm.advect(one, 0.1), RangeError, "components");
  const other = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [2, 2] });
  const elsewhere = new MeshVariable(other, "v", { components: 2 });
  assertThrows(() => swarm.advect(elsewhere, 0.1), RangeError, "same mesh");
  assertEquals([...swarm.coordinates.data], [0.5, 0.5]);
  assertThrows(() => rungeKuttaScheme(bad(3)), RangeError);
  assert(geometryOf(mesh).minRadius > 0);
});
