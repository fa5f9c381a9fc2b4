import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import type { ParticleMean } from "../../src/flow/swarm_means.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { bounded, powerLaw } from "../../src/materials/laws.ts";
import { Materials } from "../../src/materials/materials.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { unitBox } from "../solve/_fields.ts";
import { slipAround } from "../flow/_flows.ts";

/** A box with particles of two materials, the second one below a line. */
function layered(
  options: { fields?: "means" | "fits"; perCell?: number; cells?: number } = {},
  model = new Model(),
) {
  const mesh = unitBox(options.cells ?? 4, 2, model),
    swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: options.perCell ?? 8 });
  const materials = new Materials(swarm, {
    rock: { density: 3, viscosity: 10 },
    salt: { density: 1, viscosity: "0.1 + 0 * x" },
  }, { fields: options.fields });
  materials.assign("salt", (x, y) => y < 0.4 + 0.1 * x);
  return { model, mesh, swarm, materials };
}

/** Values of an expression at the vertices of the cells. */
function evaluated(mesh: Swarm["mesh"], formula: ReturnType<typeof expression>): MeshVariable {
  const field = new MeshVariable(mesh, "value", { degree: 1, continuous: false });
  field.set(formula);
  mesh.removeVariable(field);
  return field;
}

Deno.test("shares are between 0 and 1 and add up to 1, by means and by fits", () => {
  for (const fields of ["means", "fits"] as const) {
    const { materials } = layered({ fields });
    materials.update();
    const rock = materials.field("rock"), salt = materials.field("salt");
    assertEquals([rock.min(), rock.max(), salt.min(), salt.max()], [0, 1, 0, 1]);
    // One rounding or two for each sum of shares.
    rock.data.forEach((share, i) => assertAlmostEquals(share + salt.data[i], 1, 1e-12));
    // The line at y = 0.4 + 0.1 x has 0.45 below it; a particle stands for a 256th.
    assertAlmostEquals(salt.integrate() as number, 0.45, 4 / 256);
  }
});

Deno.test("means over materials are what they are called", () => {
  const { mesh, materials } = layered();
  const [rock, salt] = ["rock", "salt"].map((name) => materials.field(name));
  rock.set(0.25);
  salt.set(0.75);
  const cases: [ParticleMean, number][] = [
    ["arithmetic", 0.25 * 10 + 0.75 * 0.1],
    ["harmonic", 1 / (0.25 / 10 + 0.75 / 0.1)],
    ["geometric", 10 ** 0.25 * 0.1 ** 0.75],
  ];
  for (const [mean, value] of cases) {
    const { data } = evaluated(mesh, materials.coefficient("viscosity", mean));
    // Some roundings of logarithms and powers.
    data.forEach((found) => assertAlmostEquals(found, value, 1e-14 * 10));
  }
  assertEquals(
    `${materials.coefficient("viscosity")}`,
    `${materials.coefficient("viscosity", "harmonic")}`,
  );
  assertEquals(`${materials.coefficient("density")}`, "rock * 3 + salt * 1");
});

Deno.test("a property that all materials share is that, whatever the shares", () => {
  const { swarm } = layered();
  const more = new Materials(swarm, { a: { c: "1 + x" }, b: { c: "1 + x" } }, { index: "kind" });
  assertEquals(`${more.coefficient("c", "harmonic")}`, "1 + x");
});

Deno.test("buoyancy is density times gravity, less the weight of the reference", () => {
  const { mesh, materials } = layered();
  materials.update();
  const [x, y] = materials.buoyancy([0, -2], { reference: 1 });
  assertEquals(x, 0);
  const { data } = evaluated(mesh, y as ReturnType<typeof expression>);
  const rock = materials.field("rock").data;
  // Each is -2 (3 r + (1 - r) - 1) = -4 r, by a few roundings.
  data.forEach((value, i) => assertAlmostEquals(value, -4 * rock[Math.floor(i / 3)], 1e-13));
});

Deno.test("properties follow parameters of the model and fields by name", () => {
  const { model, mesh, swarm } = layered();
  model.parameters.define("heavy", 5);
  const T = new MeshVariable(mesh, "T");
  T.set((x) => x);
  const more = new Materials(swarm, {
    wet: { density: "heavy * (1 - 0.5 * T)" },
    dry: { density: expression("heavy") },
  }, { index: "kind" });
  more.assign("dry", expression("x > 0.5"));
  more.update();
  const density = more.coefficient("density");
  const at = (x: number) => {
    const field = evaluated(mesh, density);
    return field.evaluate([[x, 0.3]]).get(0, 0);
  };
  assertAlmostEquals(at(0.2), 4.5, 1e-12);
  assertAlmostEquals(at(0.8), 5, 1e-12);
  model.parameters.set("heavy", 2);
  assertAlmostEquals(at(0.2), 1.8, 1e-12);
});

Deno.test("cells are assigned by functions, expressions, lists and all at once", () => {
  const { swarm, materials } = layered();
  const { data } = materials.index;
  const count = () => data.reduce((sum, value) => sum + value, 0);
  materials.assign("rock");
  assertEquals(count(), 0);
  materials.assign("salt", Array.from({ length: swarm.count }, (_, i) => i < 5));
  assertEquals(count(), 5);
  materials.assign("salt", (x) => Number(x < 0.25));
  const some = count();
  materials.assign("rock");
  materials.assign("salt", expression("x < 0.25"));
  materials.assign("salt", (_x, _y, _z, _t) => false);
  assert(count() > 0 && some >= count());
});

Deno.test("population control keeps the proportions of materials", () => {
  const { swarm, materials } = layered({ perCell: 12, cells: 8 });
  materials.update();
  const before = materials.field("salt").integrate() as number;
  swarm.advect(
    (x, y, _z, out) => {
      out[0] = 0.3 * Math.sin(Math.PI * x) * Math.cos(Math.PI * y);
      out[1] = -0.3 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
    },
    1,
    { order: 4, stepLimit: 1 },
  );
  materials.update();
  const moved = materials.field("salt").integrate() as number;
  const { added, removed } = swarm.balance({ fewest: 11, most: 13 });
  materials.update();
  const after = materials.field("salt").integrate() as number;
  assert(added > 10 && removed > 10, `${added} came, ${removed} went`);
  // Of 1,536 particles; 2e-3 and 1e-3 are found.
  assertAlmostEquals(moved, before, 5e-3);
  assertAlmostEquals(after, moved, 5e-3);
});

/** Salt that rises through rock. */
function rising(model = new Model()) {
  const { mesh, swarm, materials } = layered({}, model);
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const stokes = new Stokes(v, p, {
    viscosity: materials.coefficient("viscosity"),
    bodyForce: materials.buoyancy([0, -1]),
  });
  slipAround(stokes);
  const step = (count: number) => {
    for (let k = 0; k < count; k++) {
      materials.update();
      stokes.solve();
      swarm.advect(v, 0.5);
      swarm.balance({ fewest: 6, most: 10 });
      model.tracker.step++;
    }
  };
  return { model, mesh, swarm, materials, stokes, v, step };
}

Deno.test("materials that are put back, from memory and from a file, go on with the same bytes", async () => {
  using dir = tempDir();
  const u = rising();
  u.step(4);
  const b = rising();
  b.step(2);
  const token = b.model.saveState(), path = await b.model.saveState({ file: dir.join("m.h5") });
  b.materials.setProperty("salt", "density", 7);
  b.materials.assign("salt");
  b.step(1);
  b.model.loadState(token);
  assertEquals(b.materials.property("salt", "density"), 1);
  b.step(2);
  const c = rising();
  c.materials.setProperty("rock", "density", 99);
  await c.model.loadState(path);
  assertEquals(c.materials.property("rock", "density"), 3);
  c.step(2);
  for (const { v, swarm, materials } of [b, c]) {
    assertSameBytes(v.data, u.v.data);
    assertSameBytes(swarm.coordinates.data, u.swarm.coordinates.data);
    assertSameBytes(materials.index.data, u.materials.index.data);
    assertSameBytes(materials.field("salt").data, u.materials.field("salt").data);
  }
  const alone = await Model.fromSnapshot(path);
  assertEquals((alone.bearers.get("Materials_0") as unknown as Materials).state.names, [
    "rock",
    "salt",
  ]);
});

Deno.test("a material may follow a law: its coefficient is one, and is solved for", () => {
  const { mesh, swarm } = layered();
  const more = new Materials(swarm, {
    ice: { viscosity: bounded(powerLaw({ prefactor: 1, exponent: 3 }), { max: 100 }) },
    till: { viscosity: 0.5 },
  }, { index: "kind" });
  more.assign("till", (_x, y) => y < 0.3);
  more.update();
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const stokes = new Stokes(v, p, {
    viscosity: more.coefficient("viscosity"),
    bodyForce: [2, 0],
  });
  for (const side of ["bottom", "top"]) stokes.addDirichlet(side, 0);
  for (const side of ["left", "right"]) stokes.addDirichlet(side, 0, { component: 1 });
  const { nonlinear } = stokes.solve();
  assert(nonlinear!.methods.includes("newton"));
  // Where there is ice alone, its law holds at the flow that was found.
  const eta = new MeshVariable(mesh, "eta", { degree: 0 }),
    rate = new MeshVariable(mesh, "e", { degree: 0 });
  stokes.invariant("viscosity", eta);
  stokes.invariant("strainRate", rate);
  const { data: ice } = more.field("ice");
  const fast = 0.5 * (rate.max() as number);
  const cells = [...ice.keys()].filter((cell) => ice[cell] === 1 && rate.data[cell] > fast);
  assert(cells.length >= 4);
  for (const cell of cells) {
    const law = 1 / (2 * rate.data[cell] ** (2 / 3) + 0.01);
    // The mean of the law over a cell beside the law of the mean.
    assertAlmostEquals(eta.data[cell] / law, 1, 0.2);
  }
});

Deno.test("materials go with all that they made, and others are refused in their place", () => {
  const { model, mesh, swarm, materials } = layered();
  const { state } = materials;
  assertThrows(
    () => materials.state = { ...state, names: ["rock", "sand"] },
    StateSchemaError,
    "rock, sand",
  );
  assertThrows(
    () => materials.state = { ...state, schemaVersion: 2 },
    StateSchemaError,
    "version 2",
  );
  model.unregister(materials);
  assertEquals([...mesh.variables.keys(), ...swarm.variables.keys()], []);
});

testWrongCalls("Materials", () => {
  const { model, mesh, swarm, materials } = layered();
  new MeshVariable(mesh, "taken");
  // deno-lint-ignore no-explicit-any -- a script without a type check can pass anything
  const wrong = (value: unknown) => value as any;
  const fresh = (table: unknown, options?: object) => () => {
    new Materials(swarm, wrong(table), { index: "other", ...options });
  };
  return {
    model,
    calls: {
      "a mesh": [() => new Materials(wrong(mesh), { a: {} }), TypeError, "a swarm first"],
      "no table": [fresh(3), TypeError, "materials with their properties"],
      "no material": [fresh({}), RangeError, "from 1 to 255"],
      "a name with a space": [fresh({ "hot rock": {} }), RangeError, "'hot rock'"],
      "a name that is taken": [fresh({ taken: {} }), RangeError, "taken"],
      "a name of bearers that is taken": [
        fresh({ a: {} }, { name: "Materials_0" }),
        RangeError,
        "Materials_0",
      ],
      "an index that is taken": [fresh({ a: {} }, { index: "material" }), RangeError, "'material'"],
      "an infinite property": [fresh({ a: { c: Infinity } }), RangeError, "a.c"],
      "a property of another kind": [fresh({ a: { c: null } }), TypeError, "a.c"],
      "an unknown option": [fresh({ a: {} }, { field: "means" }), TypeError, "'fields'"],
      "unknown fields": [fresh({ a: {} }, { fields: "best" }), RangeError, '"fits"'],
      "an index that is no text": [fresh({ a: {} }, { index: 5 }), TypeError, "the number 5"],
      "an index without a name": [fresh({ a: {} }, { index: "" }), TypeError, "index"],
      "an index with the name of a material": [fresh({ other: {} }), RangeError, "'other'"],
      "no means": [fresh({ a: {} }, { means: null }), TypeError, "means"],
      "a mean of what no material has": [
        fresh({ a: { c: 1 } }, { means: { d: "harmonic" } }),
        RangeError,
        "means names d",
      ],
      "a material called as a coordinate": [fresh({ x: {} }), RangeError, "'x' means something"],
      "a material called as a constant": [fresh({ pi: {} }), RangeError, "'pi' means something"],
      "a material called as a function": [fresh({ sin: {} }), RangeError, "'sin' means something"],
      "a material called as the strain rate": [fresh({ edot: {} }), RangeError, "'edot' means"],
      "a property with a space": [
        () => materials.setProperty("salt", "a b", 1),
        RangeError,
        "'a b'",
      ],
      "a property of every object": [
        () => materials.property("salt", "toString"),
        RangeError,
        "has no toString",
      ],
      "a coefficient of every object": [
        () => materials.coefficient("constructor"),
        RangeError,
        "has no constructor",
      ],
      "a choice that is not a number": [
        () => materials.assign("salt", () => NaN),
        RangeError,
        "where is NaN at",
      ],
      "no gravity": [() => materials.buoyancy(wrong(undefined)), TypeError, "of gravity"],
      "a misspelt reference": [
        () => materials.buoyancy([0, -1], wrong({ refrence: 3 })),
        TypeError,
        "'reference'",
      ],
      "a reference as a text": [
        () => materials.buoyancy([0, -1], wrong({ reference: "3" })),
        TypeError,
        "reference is a number",
      ],
      "an unknown mean": [fresh({ a: {} }, { means: { c: "best" } }), RangeError, '"harmonic"'],
      "an unknown material": [() => materials.field("sand"), RangeError, "rock, salt"],
      "a missing property": [() => materials.coefficient("color"), RangeError, "has no color"],
      "a list that is too short": [() => materials.assign("salt", [1]), RangeError, "1 entries"],
      "a text": [() => materials.assign("salt", wrong("x < 1")), TypeError, "where"],
      "gravity in 3-D": [() => materials.buoyancy([0, 0, 1]), RangeError, "2 components"],
      "a mean of coefficient": [
        () => materials.coefficient("density", wrong("most")),
        RangeError,
        '"harmonic"',
      ],
      "an unknown name": [
        () => materials.assign("salt", expression("nothing")),
        RangeError,
        "nothing",
      ],
    },
  };
});

Deno.test("a particle of a material that there is not is an error that says so", () => {
  const { materials } = layered();
  materials.index.data[3] = 2;
  assertThrows(() => materials.update(), RangeError, "material 2, and there are 2: 0 rock, 1 salt");
});
