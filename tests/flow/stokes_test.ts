import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { boxData } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { slipAround, stokesOn, unitCells } from "./_flows.ts";

Deno.test("pairs that are not stable are refused by name, with those that work", () => {
  const mesh = unitCells(2);
  const variable = (name: string, components: number, degree: 0 | 1 | 2, continuous = true) =>
    new MeshVariable(mesh, name, { components, degree, continuous });
  const v1 = variable("v1", 2, 1), v2 = variable("v2", 2, 2), v3 = variable("v3", 3, 2);
  const p0 = variable("p0", 1, 0), p2 = variable("p2", 1, 2);
  const broken = variable("broken", 1, 1, false);
  const make = (v: MeshVariable, p: MeshVariable) => () => new Stokes(v, p, { viscosity: 1 });
  assertThrows(make(v1, p0), TypeError, "P1-P0; use P2-P1");
  assertThrows(make(v2, p2), TypeError, "P2-P2; use P2-P1");
  assertThrows(make(v2, broken), TypeError, "P2-P1 discontinuous; use P2-P1");
  assertThrows(make(v3, p2), TypeError, "a velocity of 2 components");
  const other = new MeshVariable(unitCells(2), "p");
  assertThrows(make(v2, other), TypeError, "both have to be on one mesh");
  assertThrows(
    () => new Stokes(v2, p0, { viscosity: 1, solver: "petsc" }),
    RangeError,
    "leave out solver",
  );
  assertEquals((mesh.model as Model).bearers.size, 0);
});

// deno-lint-ignore no-explicit-any -- calls that a script without a type check can make
const wrong = (value: unknown) => value as any;

testWrongCalls("Stokes", () => {
  const { v, p, stokes } = stokesOn(unitCells(2), { viscosity: 1 });
  v.set(0);
  return {
    model: v.mesh.model as Model,
    calls: {
      "no variables": [
        () => new Stokes(wrong("v"), p, { viscosity: 1 }),
        TypeError,
        "velocity and pressure",
      ],
      "no options": [() => new Stokes(v, p, wrong(undefined)), TypeError, "Stokes takes { "],
      "a misspelt option": [
        () => new Stokes(v, p, wrong({ viscosity: 1, bodyforce: 1 })),
        TypeError,
        "did you mean 'bodyForce'",
      ],
      "no viscosity": [() => new Stokes(v, p, wrong({})), TypeError, "viscosity"],
      "a mean that is not known": [
        () => new Stokes(v, p, wrong({ viscosity: 1, averaging: "mean" })),
        RangeError,
        '"harmonic"',
      ],
      "a misspelt boundary": [() => stokes.addFreeSlip("lift"), RangeError, 'no boundary "lift"'],
      "a normal that is a number": [
        () => stokes.addFreeSlip("left", { normal: wrong(1) }),
        TypeError,
        "normal is a function",
      ],
      "a negative Courant number": [
        () => stokes.estimateDt({ courant: -1 }),
        RangeError,
        "courant is -1",
      ],
    },
  };
});

Deno.test("a viscosity that is not positive is an error that says where", () => {
  const { v, stokes } = stokesOn(unitCells(2), { viscosity: (x) => x - 0.9, bodyForce: [0, 1] });
  slipAround(stokes);
  assertThrows(() => stokes.solve(), RangeError, "Stokes_0: the viscosity is -0.");
  assertThrows(() => stokes.solve(), RangeError, " at (");
  assert(!v.allocated);
  assertThrows(() => stokes.viscosity = 0, RangeError, "the viscosity is 0");
});

Deno.test("an open channel has the parabola, and its pressure needs no constant", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [6, 4] });
  const { v, p, stokes } = stokesOn(mesh, { viscosity: 3 });
  stokes.addDirichlet("bottom", 0);
  stokes.addDirichlet("top", 0);
  stokes.addDirichlet("left", [(_x, y) => 4 * y * (1 - y), 0]);
  // sigma n = (-p, 2 viscosity dv/dx) with the shear of the parabola.
  stokes.addNeumann("right", [-7, (_x, y) => 3 * 4 * (1 - 2 * y)]);
  const { isPressureFree, freeMotions } = stokes.solve();
  assertEquals({ isPressureFree, freeMotions }, { isPressureFree: false, freeMotions: 0 });
  // P2-P1 has this solution: what remains is the tolerance of 1e-8.
  const at = v.evaluate([[1.3, 0.3]]);
  assertAlmostEquals(at.get(0, 0), 0.84, 1e-6);
  assertAlmostEquals(at.get(0, 1), 0, 1e-6);
  assertAlmostEquals(p.evaluate([[1.5, 0.3]]).get(0, 0), 7 + 3 * 8 * 0.5, 1e-4);
});

Deno.test("one name for all sides of a box: corners hold both components", () => {
  const data = boxData({ min: [0, 0], max: [1, 1], cells: [4, 4] });
  const all = [...data.boundaries.values()].flatMap((nodes) => [...nodes]);
  const meshes = [
    new Mesh(new Model(), { ...data, boundaries: new Map([["wall", Int32Array.from(all)]]) }),
    unitCells(4),
  ];
  const found = meshes.map((mesh, isPlain) => {
    const { v, stokes } = stokesOn(mesh, {
      viscosity: 1,
      bodyForce: [0, (x, y) => Math.sin(Math.PI * y) * Math.cos(Math.PI * x)],
    });
    if (!isPlain) slipAround(stokes);
    else {
      for (const side of ["left", "right"]) stokes.addDirichlet(side, 0, { component: 0 });
      for (const side of ["bottom", "top"]) stokes.addDirichlet(side, 0, { component: 1 });
    }
    stokes.solve();
    return v.data.slice();
  });
  assertSameBytes(found[0], found[1]);
});

Deno.test("free slip on a tilted box is free slip on the box, turned", () => {
  const angle = 0.4, c = Math.cos(angle), s = Math.sin(angle);
  const force = (x: number, y: number) => Math.sin(Math.PI * y) * Math.cos(Math.PI * x);
  const plain = stokesOn(unitCells(6), { viscosity: 1, bodyForce: [0, force] });
  slipAround(plain.stokes);
  plain.stokes.solve();
  const mesh = unitCells(6), at = mesh.coordinates;
  for (let i = 0; i < mesh.nodeCount; i++) {
    const x = at.get(i, 0), y = at.get(i, 1);
    at.set(i, 0, c * x - s * y);
    at.set(i, 1, s * x + c * y);
  }
  mesh.deform(at);
  const tilted = stokesOn(mesh, {
    viscosity: 1,
    bodyForce: (x, y, _z, out) => {
      const f = force(c * x + s * y, c * y - s * x);
      out[0] = -s * f;
      out[1] = c * f;
    },
  });
  slipAround(tilted.stokes);
  const { freeMotions } = tilted.stokes.solve();
  assertEquals(freeMotions, 0);
  for (let i = 0; i < plain.v.dofCount; i++) {
    const x = plain.v.data[2 * i], y = plain.v.data[2 * i + 1];
    // Velocities of 0.05, both to the solver's tolerance.
    assertAlmostEquals(tilted.v.data[2 * i], c * x - s * y, 1e-8);
    assertAlmostEquals(tilted.v.data[2 * i + 1], s * x + c * y, 1e-8);
  }
});

Deno.test("a body that nothing holds: rigid motions go, forces that do not balance are refused", () => {
  const mesh = unitCells(4);
  const { v, stokes } = stokesOn(mesh, { viscosity: 2, bodyForce: [0, 0] });
  // Stretched along x: sigma = (1, 0; 0, 0), so that v = (1/8 x, -1/8 y) about the middle, p = -1/2.
  stokes.addNeumann("left", [-1, 0]);
  stokes.addNeumann("right", [1, 0]);
  const { freeMotions } = stokes.solve();
  assertEquals(freeMotions, 3);
  const at = v.evaluate([[1, 1]]);
  assertAlmostEquals(at.get(0, 0), 1 / 16, 1e-7);
  assertAlmostEquals(at.get(0, 1), -1 / 16, 1e-7);
  assertAlmostEquals(stokes.pressure.evaluate([[0.5, 0.2]]).get(0, 0), -0.5, 1e-6);
  stokes.bodyForce = [0, 1];
  const before = v.data.slice();
  assertThrows(() => stokes.solve(), RangeError, "do not balance");
  assertSameBytes(v.data, before);
});

Deno.test("a closed box into which more flows than out is refused", () => {
  const { stokes } = stokesOn(unitCells(4), { viscosity: 1 });
  stokes.addFreeSlip("left", { value: -1 });
  for (const side of ["right", "top", "bottom"]) stokes.addFreeSlip(side);
  assertThrows(() => stokes.solve(), RangeError, "more in than out, and no boundary is open");
  stokes.addFreeSlip("right", { value: 1 });
  stokes.solve();
  assertAlmostEquals(stokes.variable.evaluate([[0.4, 0.6]]).get(0, 0), 1, 1e-6);
});

Deno.test("Robin conditions brake: v . n as the law says", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const { v, stokes } = stokesOn(mesh, { viscosity: 1, bodyForce: [2, 0] });
  stokes.addDirichlet("bottom", 0);
  // Shear stress dv/dy = -h v at the top: v = a y - y^2 with a - 2 = -h (a - 1).
  const h = 4, a = (2 + h) / (1 + h);
  stokes.addRobin("top", h, 0, { component: 0 });
  for (const side of ["left", "right", "top"]) stokes.addDirichlet(side, 0, { component: 1 });
  stokes.solve();
  assertAlmostEquals(v.evaluate([[0.5, 0.5]]).get(0, 0), a / 2 - 0.25, 1e-6);
});

Deno.test("a solve that does not converge leaves velocity and pressure as they were", () => {
  const { v, p, stokes } = stokesOn(unitCells(6), {
    viscosity: (x) => Math.exp(8 * x),
    bodyForce: [0, (x) => x],
    maxIterations: 3,
  });
  slipAround(stokes);
  v.set(0.25);
  p.set((x) => x);
  const before = [v.data.slice(), p.data.slice()];
  assertThrows(() => stokes.solve(), ConvergenceError, "Stokes_0 did not converge");
  assertSameBytes(v.data, before[0]);
  assertSameBytes(p.data, before[1]);
});

/** Convection with a viscosity that depends on temperature. */
function convection(): {
  model: Model;
  step: (count: number) => void;
  bytes: () => Float64Array[];
} {
  const mesh = unitCells(6), model = mesh.model as Model;
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => 1 - y + 0.1 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y));
  model.parameters.define("b", 3);
  const { v, p, stokes } = stokesOn(mesh, {
    viscosity: expression("exp(-b * T)"),
    bodyForce: [0, expression("1e4 * T")],
  });
  slipAround(stokes);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);
  const step = (count: number) => {
    for (let k = 0; k < count; k++) {
      stokes.solve();
      const dt = Math.min(1e-3, 0.5 * stokes.estimateDt());
      heat.solve({ dt });
      model.tracker.time += dt;
    }
  };
  return { model, step, bytes: () => [T.data.slice(), v.data.slice(), p.data.slice()] };
}

Deno.test("put back, and put back after a failure, it goes on as if never interrupted", async () => {
  using dir = tempDir();
  const u = convection();
  u.step(5);
  const expected = u.bytes();
  const b = convection();
  b.step(2);
  const kept = b.model.saveState();
  const file = await b.model.saveState({ file: dir.join("flow.snap.h5") });
  b.step(1);
  b.model.loadState(kept);
  b.step(3);
  // After a step that failed: a viscosity that is negative where it is hot.
  b.model.loadState(kept);
  b.model.parameters.set("b", NaN);
  assertThrows(() => b.step(1), RangeError);
  b.model.loadState(kept);
  b.step(3);
  const fresh = convection();
  await fresh.model.loadState(file);
  fresh.step(3);
  for (const run of [b, fresh]) {
    for (const [k, values] of run.bytes().entries()) assertSameBytes(values, expected[k]);
  }
});

Deno.test("the state has conditions and coefficients, and refuses another arrangement", () => {
  const { stokes } = stokesOn(unitCells(2), { viscosity: 2, bodyForce: [0, 1] });
  stokes.addFreeSlip("left", { value: 3 });
  stokes.addDirichlet("right", 0);
  const { state } = stokes;
  stokes.viscosity = 5;
  stokes.addFreeSlip("left", { value: 4 });
  stokes.state = state;
  assertEquals(stokes.viscosity, 2);
  assertEquals(stokes.state, state);
  stokes.addFreeSlip("top");
  assertThrows(() => stokes.state = state, StateSchemaError, "slip on top");
});

Deno.test("a solve with kept matrices gives the same bytes as one that builds them", () => {
  const run = (isKept: boolean) => {
    const { v, stokes } = stokesOn(unitCells(5), { viscosity: 1, bodyForce: [0, (x) => x] });
    slipAround(stokes);
    stokes.solve();
    if (!isKept) {
      stokes.viscosity = 7;
      stokes.solve();
      stokes.viscosity = 8;
      stokes.solve();
      stokes.viscosity = 1;
    }
    v.set(0);
    stokes.pressure.set(0);
    const { iterations } = stokes.solve();
    assertLess(0, iterations);
    return v.data.slice();
  };
  assertSameBytes(run(true), run(false));
});

Deno.test("put back behind a deformation and a refinement, in 2-D and 3-D, it goes on with the same bytes", async () => {
  using dir = tempDir();
  for (const dim of [2, 3] as const) {
    const make = () => {
      const mesh = unitCells(2, dim);
      const T = new MeshVariable(mesh, "T", { degree: 0 });
      T.set((x, y) => x * y);
      const { v, p, stokes } = stokesOn(mesh, {
        viscosity: (x) => 1 + x,
        bodyForce: dim === 2 ? [0, expression("100 * T")] : [0, 0, expression("100 * T")],
      });
      slipAround(stokes);
      const bent = (from: number) => {
        const at = mesh.coordinates;
        for (let i = 0; i < mesh.nodeCount; i++) {
          const y = at.get(i, 1);
          at.set(i, 1, y + from * at.get(i, 0) * y);
        }
        mesh.deform(at);
      };
      const model = mesh.model as Model;
      return { model, mesh, stokes, bent, bytes: () => [v.data.slice(), p.data.slice()] };
    };
    const u = make();
    u.stokes.solve();
    u.bent(0.1);
    u.stokes.solve();
    u.mesh.refine();
    u.stokes.solve();
    const b = make();
    b.stokes.solve();
    const first = b.model.saveState();
    b.mesh.refine();
    b.bent(0.3);
    b.stokes.solve();
    b.model.loadState(first);
    b.bent(0.1);
    b.stokes.solve();
    const file = await b.model.saveState({ file: dir.join(`bent${dim}.snap.h5`) });
    b.mesh.refine();
    b.stokes.solve();
    const c = make();
    await c.model.loadState(file);
    c.mesh.refine();
    c.stokes.solve();
    for (const run of [b, c]) {
      for (const [k, values] of run.bytes().entries()) assertSameBytes(values, u.bytes()[k]);
    }
  }
});

Deno.test("a divergence that is given is that of the flow, and the solution is exact where elements have it", () => {
  // v = (x^2, x y), div v = 3 x, and with p = x - 1/2 the force is (-4, 0).
  const options = {
    viscosity: 1,
    bodyForce: [-4, 0],
    divergence: expression("3 * x"),
    rtol: 1e-12,
  };
  const { v, p, stokes } = stokesOn(unitCells(4), options);
  const exact = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = x * x;
    out[1] = x * y;
  };
  for (const side of v.mesh.boundaries.keys()) stokes.addDirichlet(side, exact);
  stokes.solve();
  const points = [[0.3, 0.2], [0.71, 0.9], [0.5, 0.5]];
  const values = v.evaluate(points), pressures = p.evaluate(points);
  points.forEach(([x, y], i) => {
    // The tolerance of the solver, relative to the largest values.
    assertAlmostEquals(values.get(i, 0), x * x, 1e-9);
    assertAlmostEquals(values.get(i, 1), x * y, 1e-9);
    assertAlmostEquals(pressures.get(i, 0), x - 0.5, 1e-8);
  });
  const before = v.data.slice();
  stokes.divergence = 1;
  assertThrows(() => stokes.solve(), RangeError, "the prescribed velocities and the divergence");
  assertSameBytes(v.data, before);
  // In a channel that is open, what is given off flows out.
  const open = stokesOn(unitCells(4), { viscosity: 1, divergence: 2, rtol: 1e-12 });
  open.stokes.addDirichlet("left", 0, { component: 0 });
  for (const side of ["bottom", "top"]) open.stokes.addFreeSlip(side);
  open.stokes.solve();
  assertAlmostEquals(open.v.evaluate([[1, 0.5]]).get(0, 0), 2, 1e-8);
});
