import { assert, assertEquals, assertThrows } from "@std/assert";
import { fc } from "../_fast_check.ts";
import { assertSameBytes } from "../_helpers.ts";
import { arrayKinds, bytesOf, type TypedArray } from "../../src/arrays.ts";
import { SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import { BackendSink } from "../../src/snapshot/sink.ts";
import { BackendSource } from "../../src/snapshot/source.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { boxSwarm, rotation, scattered } from "./_setup.ts";

/** All arrays of a swarm, copied. */
function numbersOf(swarm: Swarm): [string, TypedArray][] {
  return [
    ["coordinates", swarm.coordinates.data.slice()],
    ["ids", swarm.ids.slice()],
    ...[...swarm.variables].map(([name, v]) => [name, v.data.slice()] as [string, TypedArray]),
  ];
}

function assertSame(swarm: Swarm, expected: [string, TypedArray][]): void {
  const found = numbersOf(swarm);
  assertEquals(found.map(([name]) => name), expected.map(([name]) => name));
  found.forEach(([name, data], i) => assertSameBytes(data, expected[i][1], name));
}

/** A swarm with a variable of every type, filled with all kinds of bytes. */
function filled(count: number) {
  const it = boxSwarm({ n: 3 });
  for (const dtype of arrayKinds) it.swarm.addVariable(dtype, { dtype, components: 3 });
  it.swarm.addParticles(scattered(count, 2));
  let seed = 1;
  for (const v of it.swarm.variables.values()) {
    const bytes = bytesOf(v.data);
    for (let i = 0; i < bytes.length; i++) bytes[i] = seed = (seed * 167 + 13) & 255;
  }
  return it;
}

Deno.test("the entries have the keys, shapes and attributes of the file format", () => {
  const { swarm } = boxSwarm({ boundary: "clamp" });
  swarm.addVariable("a/b", { dtype: "int32" });
  swarm.addVariable("stress", { components: 3 });
  swarm.addParticles([[0, 0], [5, 0]]);
  const backend = new MemoryBackend();
  swarm.capture(new BackendSink(backend, "swarms/s"));
  assertEquals([...backend.keys()], [
    "swarms/s",
    "swarms/s/coordinates",
    "swarms/s/ids",
    "swarms/s/variables",
    "swarms/s/variables/a%2Fb",
    "swarms/s/variables/stress",
  ]);
  assertEquals(backend.get("swarms/s")!.attributes, {
    count: 2,
    population_generation: swarm.populationGeneration,
    mesh_name: "Mesh_0",
    boundary: "clamp",
    next_id: 2n,
    lost: 0,
  });
  const shape = (path: string) => backend.get(`swarms/s/${path}`)!.shape;
  assertEquals(shape("coordinates"), [2, 2]);
  assertEquals([shape("ids"), shape("variables/a%2Fb")], [[2], [2]]);
  assertEquals(shape("variables/stress"), [2, 3]);
  assertEquals(backend.get("swarms/s/variables")!.keys, ["a/b", "stress"]);
});

Deno.test("restore gives back every byte, of zero, one and many particles, every type", () => {
  for (const count of [0, 1, 100, 1000]) {
    const { model, swarm } = filled(count);
    const before = numbersOf(swarm), { lost } = swarm;
    using token = model.saveState();
    swarm.populate({ perCell: 7 });
    swarm.removeParticles((i) => i % 3 === 0);
    for (const v of swarm.variables.values()) bytesOf(v.data).fill(77);
    swarm.advect(rotation, 2);
    assert(swarm.lost > lost);
    model.loadState(token);
    assertSame(swarm, before);
    assertEquals([swarm.count, swarm.lost], [count, lost]);
  }
});

Deno.test("a restored swarm goes on with the bytes of one that never stopped", () => {
  const step = (swarm: Swarm, k: number) => {
    swarm.advect(rotation, 0.2, { order: 4 });
    swarm.addParticles([[0.9, 0.1 * (k % 10)], [0, 0]]);
    if (k % 3 === 0) swarm.removeParticles((i) => i % 5 === 4);
  };
  const a = boxSwarm(), b = boxSwarm();
  for (const { swarm } of [a, b]) {
    swarm.addVariable("v");
    swarm.populate({ perCell: 2 });
  }
  for (let k = 0; k < 12; k++) {
    step(a.swarm, k);
    using token = b.model.saveState();
    for (let j = 0; j < k % 4; j++) step(b.swarm, j + 1);
    b.model.loadState(token);
    step(b.swarm, k);
    assertSame(b.swarm, numbersOf(a.swarm));
  }
});

Deno.test("any sequence of changes is undone, tokens in any order", () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), n: fc.nat(200) }),
    fc.record({ kind: fc.constant("remove" as const), n: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("move" as const), n: fc.integer({ min: -3, max: 3 }) }),
    fc.record({ kind: fc.constant("load" as const), n: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
      const { model, swarm } = boxSwarm({ n: 2 });
      const v = swarm.addVariable("v", { components: 2, dtype: "float32" });
      const kept = [{ token: model.saveState(), numbers: numbersOf(swarm) }];
      for (const { kind, n } of changes) {
        if (kind === "add") swarm.addParticles(scattered(n, 2));
        else if (kind === "remove") swarm.removeParticles((i) => i % n === 0);
        else if (kind === "move") swarm.advect(rotation, n / 3);
        else {
          const { token, numbers } = kept[n % kept.length];
          model.loadState(token);
          assertSame(swarm, numbers);
        }
        for (let i = 0; i < v.data.length; i++) v.data[i] += i;
        kept.push({ token: model.saveState(), numbers: numbersOf(swarm) });
      }
      for (const { token, numbers } of kept.reverse()) {
        model.loadState(token);
        assertSame(swarm, numbers);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("a token shares no memory with the swarm", () => {
  const { model, swarm } = filled(10);
  const before = numbersOf(swarm);
  using token = model.saveState();
  for (const [, view] of [["x", swarm.coordinates.data] as const, ...numbersOf(swarm)]) {
    bytesOf(view).fill(1);
  }
  model.loadState(token);
  swarm.coordinates.data.fill(0.25);
  model.loadState(token);
  assertSame(swarm, before);
});

Deno.test("steady saving and restoring allocates no rows", () => {
  const { model, swarm } = filled(500);
  const { buffer } = swarm.coordinates.data;
  for (let k = 0; k < 5; k++) {
    using token = model.saveState();
    swarm.removeParticles((i) => i > 400);
    model.loadState(token);
    assert(swarm.coordinates.data.buffer === buffer);
  }
});

Deno.test("a fresh swarm takes the state of another of its kind", () => {
  const a = filled(50), b = filled(0);
  a.swarm.removeParticles((i) => i < 3);
  b.model.loadState(a.model.saveState());
  assertSame(b.swarm, numbersOf(a.swarm));
  assertEquals(b.swarm.addParticles([[0, 0]]), a.swarm.addParticles([[0, 0]]));
});

Deno.test("a snapshot that does not fit is refused in sentences that name both sides", () => {
  const make = () => {
    const { model, swarm } = boxSwarm();
    const v = swarm.addVariable("v");
    swarm.addParticles(scattered(5, 2));
    return { model, swarm, v };
  };
  // A token of the model itself would take variables that came or went back.
  const token = make().model.saveState(), { model, swarm, v } = make();
  const refused = (...parts: string[]) => {
    const before = numbersOf(swarm);
    const error = assertThrows(() => model.loadState(token), SnapshotInvalidatedError);
    for (const part of parts) assert(error.message.includes(part), error.message);
    assertSame(swarm, before);
  };
  const w = swarm.addVariable("w");
  refused("'w' is live and was not captured", "captured 'v'", "live 'v', 'w'");
  swarm.removeVariable(w);
  swarm.removeVariable(v);
  refused("'v' was captured and is not live", "captured 'v'; live none");
  const u = swarm.addVariable("v", { dtype: "float32" });
  refused("captured as 1 x float64 and is 1 x float32 now");
  swarm.removeVariable(u);
  swarm.addVariable("v", { components: 2 });
  refused("captured as 1 x float64 and is 2 x float64 now");
});

Deno.test("another boundary rule or mesh is refused; so are damaged entries", () => {
  const build = (boundary: "lose" | "clamp", meshName: string) => {
    const model = new Model();
    for (const name of ["a", "b"]) {
      boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name });
    }
    // deno-lint-ignore no-explicit-any -- the map holds meshes
    const swarm = new Swarm(model.meshes.get(meshName) as any, { boundary, name: "s" });
    swarm.populate({ perCell: 1 });
    return { model, swarm };
  };
  const { model } = build("lose", "a");
  const token = model.saveState();
  assertThrows(
    () => build("clamp", "a").model.loadState(token),
    SnapshotInvalidatedError,
    "boundary rule was captured as 'lose' and is 'clamp' now",
  );
  assertThrows(
    () => build("lose", "b").model.loadState(token),
    SnapshotInvalidatedError,
    "mesh was captured as 'a' and is 'b' now",
  );
  const { swarm } = build("lose", "a");
  const problems: string[] = [];
  swarm.plan(new BackendSource(new MemoryBackend(), "swarms/s", problems));
  assertEquals(problems.length, 1);
  const backend = new MemoryBackend();
  const attributes = { count: 9, mesh_name: "a", boundary: "lose", next_id: 9n, lost: 0 };
  const sink = new BackendSink(backend, "swarms/s");
  sink.group("", attributes);
  sink.array("coordinates", new Float64Array(4), [2, 2]);
  problems.length = 0;
  swarm.plan(new BackendSource(backend, "swarms/s", problems));
  assertEquals(problems.length, 2);
  assert(problems[0].includes("18 numbers"), problems[0]);
});

Deno.test("a transaction that fails takes back variables and population", () => {
  const { model, swarm } = boxSwarm();
  const v = swarm.addVariable("v");
  swarm.addParticles(scattered(100, 2));
  v.set((x) => x);
  const before = numbersOf(swarm);
  assertThrows(
    () =>
      model.transaction(() => {
        swarm.addVariable("w", { components: 4 });
        swarm.removeVariable(v);
        swarm.populate({ perCell: 50 });
        swarm.removeParticles((i) => i % 2 === 0);
        throw new Error("no");
      }),
    Error,
    "no",
  );
  assertSame(swarm, before);
  assert(swarm.variables.get("v") === v);
  swarm.populate({ perCell: 50 });
  assertEquals(v.data.length, swarm.count);
});
