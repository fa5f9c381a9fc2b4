import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { assertSameSnapshots, build, type Sim, step } from "./_sim.ts";

/** What may happen between a save and a restore; restore undoes each of them. */
const disruptions: Record<string, (sim: Sim) => void> = {
  "an absurd step": (sim) => step(sim, 500),
  "particles moved": ({ swarm }) => swarm.coordinates.data.fill(0.25),
  "particles lost": ({ swarm }) => {
    swarm.coordinates.data.fill(99);
    swarm.migrate();
    assertEquals(swarm.count, 0);
  },
  "particles added": ({ swarm }) => {
    swarm.populate({ perCell: 7 });
  },
  "particles removed": ({ swarm }) => {
    swarm.removeParticles((i) => i % 3 > 0);
  },
  "particles in another order": ({ swarm }) => {
    const { data } = swarm.coordinates;
    const copy = data.slice();
    swarm.removeParticles(() => true);
    swarm.addParticles(copy.reverse());
  },
  "fields overwritten": ({ T, v }) => {
    T.data.fill(NaN);
    v.set(7);
  },
  "the mesh deformed": ({ mesh }) => mesh.deform(mesh.coordinates.data.map((x) => 3 * x)),
  "parameters and clock changed": ({ model }) => {
    model.parameters.set("kick", 5);
    model.parameters.define("late", 1);
    model.tracker.time = 77;
    model.tracker.late = "x";
    delete model.tracker.trace;
  },
  "random numbers drawn": ({ model }) => {
    model.random.normal();
    model.random.int(0, 9);
  },
};

for (const [what, disrupt] of Object.entries(disruptions)) {
  Deno.test(`restore undoes ${what}, and the run goes on to the same bytes`, () => {
    for (const dim of [2, 3] as const) {
      const control = build(dim), sim = build(dim);
      step(control, 0.1);
      step(sim, 0.1);
      using before = sim.model.saveState();
      disrupt(sim);
      sim.model.loadState(before);
      using after = sim.model.saveState();
      assertSameSnapshots(before, after);
      for (let k = 0; k < 3; k++) {
        step(control, 0.05);
        step(sim, 0.05);
      }
      using expected = control.model.saveState();
      using found = sim.model.saveState();
      assertSameSnapshots(expected, found);
    }
  });
}

Deno.test("several tokens come back in any order", () => {
  const sim = build();
  const tokens: Snapshot[] = [];
  for (let k = 0; k < 4; k++) {
    tokens.push(sim.model.saveState());
    step(sim, 0.3);
    if (k === 1) sim.mesh.deform(sim.mesh.coordinates.data.map((x) => 1.5 * x));
  }
  for (const k of [2, 0, 3, 1, 0, 2]) {
    sim.model.loadState(tokens[k]);
    using now = sim.model.saveState();
    assertSameSnapshots(tokens[k], now);
  }
});

Deno.test("NaN payloads, signalling NaNs, -0 and infinities pass untouched", () => {
  const { model, T, swarm } = build();
  const stress = swarm.variables.get("stress")!;
  const words = new Uint32Array(T.data.buffer, T.data.byteOffset, 10);
  words.set([1, 0x7ff00000, 5, 0xfff80000, 0, 0x80000000, 0, 0x7ff00000, 3, 0x7ff80000]);
  const short = new Uint32Array((stress.data as Float32Array).buffer, 0, 3);
  short.set([0x7f800001, 0x80000000, 0xffc00007]);
  const expected = [T.data.slice(), stress.data.slice()];
  using token = model.saveState();
  T.data.fill(1);
  stress.set(1);
  model.loadState(token);
  assertSameBytes(T.data, expected[0] as Float64Array, "T");
  assertSameBytes(swarm.variables.get("stress")!.data, expected[1] as Float32Array, "stress");
});

Deno.test("mesh variables are restored in place: a held view stays valid", () => {
  const { model, T } = build();
  const held = T.data;
  using token = model.saveState();
  held.fill(3);
  model.loadState(token);
  assertStrictEquals(T.data, held);
  assert(held[0] !== 3);
});

Deno.test("a variable that nobody had touched is untouched again after the restore", () => {
  const { model, mesh } = build();
  const lazy = new MeshVariable(mesh, "lazy");
  using empty = model.saveState();
  lazy.set(3);
  using full = model.saveState();
  model.loadState(empty);
  assertEquals(lazy.allocated, false);
  model.loadState(full);
  assertEquals([lazy.allocated, lazy.max()], [true, 3]);
});

Deno.test("swarms of no particles and of one come back", () => {
  for (const points of [[], [[0.5, 0.5]]]) {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
    const swarm = new Swarm(mesh);
    const mark = swarm.addVariable("mark", { dtype: "uint8" });
    swarm.addParticles(points);
    mark.data.fill(9);
    using token = model.saveState();
    swarm.populate({ perCell: 3 });
    model.loadState(token);
    assertEquals([swarm.count, mark.data.length], [points.length, points.length]);
    assertEquals([...mark.data], points.map(() => 9));
  }
});

Deno.test("ids given out after a restore are those of a run that never went astray", () => {
  const { model, swarm } = build();
  using token = model.saveState();
  const first = swarm.addParticles([[0, 0], [0.1, 0]]);
  model.loadState(token);
  swarm.populate({ perCell: 1 });
  model.loadState(token);
  assertEquals([...swarm.addParticles([[0, 0], [0.1, 0]])], [...first]);
});

Deno.test("versions only grow, and a deform is never a reason to refuse", () => {
  const { model, mesh } = build();
  using token = model.saveState();
  mesh.deform(mesh.coordinates.data.map((x) => 2 * x));
  const version = mesh.geometryVersion;
  const radius = mesh.minRadius;
  model.loadState(token);
  assert(mesh.geometryVersion > version);
  assertRounding(mesh.minRadius, radius / 2, 4);
});

Deno.test("a token holds no memory of the live model", () => {
  const sim = build();
  using token = sim.model.saveState();
  const kept = token.keys().map((key) => token.read(key));
  step(sim, 0.5);
  sim.T.data.fill(5);
  sim.mesh.deform(sim.mesh.coordinates.data.map((x) => 2 * x));
  sim.swarm.coordinates.data.fill(0);
  token.keys().forEach((key, i) => assertEquals(token.read(key), kept[i], key));
});

Deno.test("a restore refused for any object leaves every byte as it was", () => {
  const refusals: Record<string, (sim: Sim) => void> = {
    "another topology": ({ model }) => {
      model.unregister(model.swarms.get("Swarm_0")!);
      model.unregister(model.meshes.get("Mesh_0")!);
      const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name: "Mesh_0" });
      new Swarm(mesh, { name: "Swarm_0" });
    },
    "a late variable": ({ mesh }) => void new MeshVariable(mesh, "late"),
    "a late swarm variable": ({ swarm }) => void swarm.addVariable("late"),
    "a swarm that went": ({ model, swarm }) => model.unregister(swarm),
    "a variable that went": ({ mesh, T }) => mesh.removeVariable(T),
    "a late bearer": ({ model }) => void model.bindState({ a: 1 }, { name: "late" }),
    "another shape": ({ mesh, T }) => {
      mesh.removeVariable(T);
      new MeshVariable(mesh, "T", { degree: 1 });
    },
  };
  for (const [what, change] of Object.entries(refusals)) {
    // A token of the model itself would take the change back.
    const sim = build();
    using token = build().model.saveState();
    step(sim, 0.2);
    change(sim);
    using before = sim.model.saveState();
    const error = assertThrows(() => sim.model.loadState(token), SnapshotInvalidatedError);
    assert(error.problems.length > 0 && error.message.includes(error.problems[0]), what);
    using after = sim.model.saveState();
    assertSameSnapshots(before, after);
  }
});

Deno.test("a model built again by the same script takes the token", () => {
  const first = build(), second = build();
  step(first, 0.1);
  using token = first.model.saveState();
  second.model.loadState(token);
  using again = second.model.saveState();
  assertSameSnapshots(token, again);
});

Deno.test("released tokens are reused, so a steady loop asks for no memory", () => {
  const sim = build();
  sim.model.saveState().release();
  const sizes = new Set<number>();
  for (let k = 0; k < 20; k++) {
    using token = sim.model.saveState();
    step(sim, 0.01);
    sim.model.loadState(token);
    sizes.add(token.bytes);
  }
  assertEquals(sizes.size, 1);
});

Deno.test("variables and swarms made inside a rolled-back transaction are gone, names free", () => {
  const sim = build();
  using before = sim.model.saveState();
  assertThrows(
    () =>
      sim.model.transaction(() => {
        new MeshVariable(sim.mesh, "scratch").set(1);
        sim.swarm.addVariable("scratch");
        sim.mesh.removeVariable(sim.T);
        new Swarm(sim.mesh);
        boxMesh(sim.model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
        throw new Error("planted");
      }),
    Error,
    "planted",
  );
  using after = sim.model.saveState();
  assertSameSnapshots(before, after);
  assertEquals(new Swarm(sim.mesh).name, "Swarm_1");
  new MeshVariable(sim.mesh, "scratch");
  sim.swarm.addVariable("scratch");
});

Deno.test("what is written into copies of nodes and cells stays in the copies", () => {
  const { model, mesh } = build();
  const nodes = mesh.coordinates.data.slice(), cells = mesh.cells.data.slice();
  using token = model.saveState();
  const copy = mesh.coordinates;
  copy.data.fill(7);
  mesh.cells.data.fill(7);
  assertThrows(() => mesh.deform(copy), RangeError);
  assertEquals(mesh.coordinates.data, nodes);
  model.loadState(token);
  assertEquals(mesh.coordinates.data, nodes);
  assertEquals(mesh.cells.data, cells);
});
