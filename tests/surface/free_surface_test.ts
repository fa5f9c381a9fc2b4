import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConvergenceError, MeshTangledError, PeriodicMeshError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import type { FreeSurfaceOptions } from "../../src/surface/surface_options.ts";
import { assertSameBytes } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { heightsAfter, layer, ordersOf, relax, relaxationTime, waveHeight } from "./_surfaces.ts";

Deno.test("a wave on a layer relaxes as the analytic one, and the volume is kept", () => {
  for (const interior of ["vertical", "laplace"] as const) {
    const made = layer({ n: 16, amplitude: 0.01, scheme: "rk4", interior });
    const before = waveHeight(made.surface), volume = made.surface.volume();
    relax(made, relaxationTime / 2, 2);
    // The error of the mesh is 0.08 percent, and that of the steps as well.
    const found = waveHeight(made.surface) / before;
    assertAlmostEquals(found, Math.exp(-1), 0.0025 * Math.exp(-1), interior);
    // The flow is solved to 1e-11 of the weight.
    assertAlmostEquals(made.surface.volume(), volume, 1e-12, interior);
  }
});

Deno.test("explicit Euler is of order 1, rk2 and midpoint of order 2, rk4 of order 4", () => {
  const exact = heightsAfter("rk4", 32);
  for (const [scheme, order] of [["euler", 1], ["rk2", 2], ["midpoint", 2], ["rk4", 4]] as const) {
    const found = ordersOf(scheme, [4, 8], exact);
    // Four halvings, in `surface_orders_long.ts`, show that the order is approached from above.
    assert(found[0] > order - 0.1 && found[0] < order + 0.35, `${scheme}: ${found}`);
  }
});

Deno.test("a stabilised step shrinks a wave by 1 - z / (1 + theta z), beyond the limit of explicit ones", () => {
  const factor = (z: number, options: FreeSurfaceOptions) => {
    const made = layer({ n: 16, amplitude: 1e-4, rtol: 1e-10, ...options });
    const before = waveHeight(made.surface);
    relax(made, z * relaxationTime);
    return waveHeight(made.surface) / before;
  };
  const stabilised = (z: number, theta: number) => factor(z, { scheme: "stabilised", theta });
  const predicted = (z: number, theta: number) => 1 - z / (1 + theta * z);
  // What the mesh adds to the rate is 0.1 percent; the factors are differences of numbers near 1.
  for (const [z, theta] of [[3, 0], [3, 0.5], [3, 1], [10, 0.5], [10, 1]]) {
    assertAlmostEquals(stabilised(z, theta), predicted(z, theta), 0.003, `z = ${z}, ${theta}`);
  }
  assertAlmostEquals(factor(3, { scheme: "euler" }), -2, 0.003);
  assertAlmostEquals(factor(10, { scheme: "midpoint" }), predicted(10, 0.5), 0.003);
  assertAlmostEquals(
    factor(10, { scheme: "stabilised", theta: 1, weight: 1 }),
    predicted(10, 1),
    0.003,
  );
});

Deno.test("a traction that stands for the weight of the topography moves it as the weight does", () => {
  for (const scheme of ["rk2", "stabilised", "midpoint"] as const) {
    const [whole, apart] = [
      layer({ n: 8, amplitude: 1e-3, scheme }),
      layer({
        n: 8,
        amplitude: 1e-3,
        scheme,
        weight: 1,
      }),
    ];
    apart.stokes.bodyForce = 0;
    apart.stokes.addNeumann("top", [0, (_x, y) => 1 - y]);
    for (const made of [whole, apart]) relax(made, relaxationTime / 2, 2);
    // They differ by squares of the height.
    const [a, b] = [waveHeight(whole.surface), waveHeight(apart.surface)];
    assertAlmostEquals(b / a, 1, 1e-3, scheme);
  }
});

Deno.test("stages from a snapshot give the bytes of stages by hand, without snapshots", () => {
  for (const interior of ["vertical", "laplace"] as const) {
    const a = layer({ n: 4, scheme: "rk4", interior }), b = layer({ n: 4, interior });
    const dt = 0.3 * relaxationTime;
    for (let step = 0; step < 2; step++) {
      relax(a, dt);
      // By hand: copies of the flow, and places.
      const { mesh, v, p, stokes, surface, model } = b, from = mesh.coordinates.data.slice();
      const places = (speeds: Float64Array, factor: number) => {
        const out = from.slice();
        for (let i = 0; i < speeds.length; i++) out[2 * i + 1] += factor * speeds[i];
        return out;
      };
      const start = [v.data.slice(), p.data.slice()], { time } = model.tracker;
      let first = start;
      const sum = new Float64Array(mesh.nodeCount), mean = new Float64Array(v.data.length);
      [0, 0.5, 0.5, 1].reduce<Float64Array | null>((last, node, s) => {
        if (last !== null) {
          v.data.set(start[0]);
          p.data.set(start[1]);
          mesh.deform(places(last, node * dt));
          model.tracker.time = time + node * dt;
        }
        stokes.solve();
        if (s === 0) first = [v.data.slice(), p.data.slice()];
        const speeds = surface.nodeSpeeds(), weight = [1 / 6, 1 / 3, 1 / 3, 1 / 6][s];
        speeds.forEach((speed, i) => sum[i] += weight * speed);
        v.data.forEach((value, i) => mean[i] += weight * value);
        return speeds;
      }, null);
      mesh.deform(places(sum, dt));
      model.tracker.time = time + dt;
      v.data.set(first[0]);
      p.data.set(first[1]);
      assertSameBytes(a.mesh.coordinates.data, mesh.coordinates.data, `${interior}: nodes`);
      assertSameBytes(a.v.data, v.data, `${interior}: v`);
      assertSameBytes(a.p.data, p.data, `${interior}: p`);
      assertSameBytes(a.surface.velocity.data, mean, `${interior}: mean velocity`);
    }
  }
});

Deno.test("a step that tangles the mesh is refused with a typed error, and taken back whole", async () => {
  for (const scheme of ["euler", "rk4"] as const) {
    const { model, mesh, surface } = layer({ n: 4, amplitude: 0.3, scheme });
    using before = model.saveState();
    const error = assertThrows(() => surface.step({ dt: 1e4 }), MeshTangledError, "take a smaller");
    assertEquals([error.mesh, error.dt], [mesh.name, 1e4]);
    using after = model.saveState();
    assertEquals(diffSnapshots(before, after), [], scheme);
    // `advance` takes a smaller step instead.
    const report = await model.advance({
      until: 1,
      dt: 1,
      step: (dt: number) => void surface.step({ dt: dt > 0.4 ? 1e4 : dt }),
    });
    const { takenBack } = report.steps[0];
    assert(takenBack[0].includes("the mesh tangles"), `${takenBack}`);
  }
});

Deno.test("a midpoint that does not converge is refused, and taken back whole", () => {
  const { model, surface } = layer({ n: 4, scheme: "midpoint", maxIterations: 1 });
  using before = model.saveState();
  const error = assertThrows(() => surface.step({ dt: 5 }), ConvergenceError, "midpoint of a step");
  assertEquals(error.history.length, 1);
  using after = model.saveState();
  assertEquals(diffSnapshots(before, after), []);
});

Deno.test("a surface that is held later does not rest in silence", () => {
  const { stokes, surface } = layer({ n: 4 });
  stokes.addFreeSlip("top");
  assertThrows(() => surface.step({ dt: 1 }), RangeError, 'a slip condition on "top"');
});

Deno.test("a surface in space relaxes as one in the plane", () => {
  for (const interior of ["vertical", "laplace"] as const) {
    const made = layer({ dim: 3, n: 8, amplitude: 0.01, scheme: "rk2", interior, rtol: 1e-10 });
    const before = waveHeight(made.surface), volume = made.surface.volume();
    relax(made, relaxationTime / 4, 2);
    // The time scheme gives 0.6104, exp(-1/2) is 0.6065; the error of this mesh is about 1 percent.
    assertAlmostEquals(waveHeight(made.surface) / before, 0.6104, 0.012, interior);
    assertAlmostEquals(made.surface.volume(), volume, 1e-11, interior);
  }
});

testWrongCalls("free surfaces on periodic meshes", () => {
  const model = new Model(), box = { min: [0, 0], max: [1, 1], cells: [3, 2] };
  const mesh = boxMesh(model, { ...box, periodic: ["x"] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const flow = new Stokes(v, new MeshVariable(mesh, "p"), { viscosity: 1 });
  return {
    model,
    calls: { "a surface": [() => new FreeSurface(flow), PeriodicMeshError, "FreeSurface"] },
  };
});

testWrongCalls("free surfaces", () => {
  const { model, mesh, stokes, surface } = layer({ n: 4, scheme: "stabilised" });
  const make = (options: FreeSurfaceOptions) => () => new FreeSurface(stokes, options);
  const v = new MeshVariable(mesh, "v2", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p2"), free = new Stokes(v, p, { viscosity: 1 });
  const quick = new Stokes(v, p, { viscosity: 1, density: 1 });
  const elasticRate = new MeshVariable(mesh, "rate", { components: 3 });
  const elastic = new Stokes(v, p, { viscosity: 1, elasticRate });
  return {
    model,
    calls: {
      "no solver": [() => new FreeSurface(mesh as never), TypeError, "a Stokes solver first"],
      "no options at all": [make(null as never), TypeError, "FreeSurface takes {"],
      "a misspelt option": [make({ sceme: "rk2" } as never), TypeError, "did you mean 'scheme'"],
      "an unknown scheme": [make({ scheme: "rk3" as never }), RangeError, '"rk2", "rk4"'],
      "a scheme that is no text": [make({ scheme: 2 as never }), TypeError, "the number 2"],
      "an unknown interior": [make({ interior: "linear" as never }), RangeError, '"laplace"'],
      "theta above 1": [make({ theta: 1.5 }), RangeError, "from 0 to 1, got 1.5"],
      "theta as a text": [make({ theta: "1" as never }), TypeError, "theta is a number"],
      "a negative weight": [make({ weight: -1 }), RangeError, "weight is positive"],
      "a tolerance of 0": [make({ tolerance: 0 }), RangeError, "between 0 and 1"],
      "half an iteration": [make({ maxIterations: 0.5 }), RangeError, "whole number from 1"],
      "no such boundary": [make({ boundary: "topp" }), RangeError, 'no boundary "topp"'],
      "a boundary that is no name": [
        make({ boundary: 3 as never }),
        TypeError,
        "name of a boundary",
      ],
      "no such base": [() => new FreeSurface(free, { base: "floor" }), RangeError, '"floor"'],
      "a base that is not below": [
        () => new FreeSurface(free, { base: "left" }),
        RangeError,
        '"left" is not above or below',
      ],
      "one boundary twice": [make({ base: "top" }), RangeError, "both move and stay"],
      "flow with inertia": [() => new FreeSurface(quick), RangeError, "Stokes_2 has inertia"],
      "flow with elastic stress": [
        () => new FreeSurface(elastic),
        RangeError,
        "Stokes_3 has elastic stress",
      ],
      "an upright surface": [
        () => new FreeSurface(free, { boundary: "left" }),
        RangeError,
        "stands upright",
      ],
      "a second surface": [make({}), RangeError, "a solver has one surface"],
      "a surface that is held": [
        () => new FreeSurface(stokes, { boundary: "bottom", base: "top" }),
        RangeError,
        "has a dirichlet condition",
      ],
      "a name that is taken": [
        () => new FreeSurface(free, { name: surface.name }),
        RangeError,
        surface.name,
      ],
      "no step": [() => surface.step(), TypeError, "step({ dt })"],
      "a negative step": [() => surface.step({ dt: -1 }), RangeError, "positive and finite"],
      "a step as a text": [() => surface.step({ dt: "1" as never }), TypeError, "needs a step"],
      "an unknown option": [() => surface.step({ Dt: 1 } as never), TypeError, "'dt'"],
      "an unknown scheme of a step": [
        () => surface.step({ dt: 1, scheme: "rk5" as never }),
        RangeError,
        "one of",
      ],
      "an unknown scheme later": [
        () => void (surface.scheme = "ab2" as never),
        RangeError,
        "one of",
      ],
      "heights as a text": [() => surface.setHeights("1" as never), TypeError, "the string"],
      "a height that is not finite": [() => surface.setHeights(() => NaN), RangeError, "is NaN"],
      "heights below the base": [() => surface.setHeights(-1), RangeError, "inverted"],
      "nothing that presses": [
        () => {
          stokes.bodyForce = [0, 1];
          try {
            surface.step({ dt: 1 });
          } finally {
            stokes.bodyForce = [0, -1];
          }
        },
        RangeError,
        "give the surface a weight",
      ],
    },
  };
});
