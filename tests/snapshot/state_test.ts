import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allocate,
  type ArrayKind,
  arrayKinds,
  bytesOf,
  type TypedArray,
} from "../../src/arrays.ts";
import { ndarray } from "../../src/deps/ndarray.ts";
import { SnapshotSerializationError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Model } from "../../src/model/model.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import { decodeState } from "../../src/snapshot/state_decode.ts";
import { encodeState } from "../../src/snapshot/state_encode.ts";
import { statesEqual } from "../../src/snapshot/states_equal.ts";
import { fc } from "../_fast_check.ts";

function roundTrip(value: unknown): unknown {
  const backend = new MemoryBackend();
  encodeState(backend, "tracker", { value }, "tracker");
  return (decodeState(backend, "tracker") as Record<string, unknown>).value;
}

function refusal(value: unknown): string {
  const error = assertThrows(() => roundTrip(value), SnapshotSerializationError);
  assert(error.message.startsWith(error.path));
  return error.message;
}

/** Every byte pattern, so that quiet and signalling NaNs with payloads are among them. */
const typedArray: fc.Arbitrary<TypedArray> = fc
  .tuple(fc.constantFrom(...arrayKinds), fc.uint8Array({ maxLength: 64 }))
  .map(([kind, bytes]: [ArrayKind, Uint8Array]) => {
    const array = allocate(kind, 1);
    const whole = bytes.slice(0, bytes.length - bytes.length % array.BYTES_PER_ELEMENT);
    const out = allocate(kind, whole.length / array.BYTES_PER_ELEMENT);
    bytesOf(out).set(whole);
    return out;
  });

const { value: stateValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.bigInt(),
    fc.constantFrom(null, -0, NaN, Infinity, "", "\ud800", "a\0b"),
    fc.date({ noInvalidDate: false }),
    typedArray,
    fc.array(fc.double()),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4 }),
  ),
}));

Deno.test("every value that state may hold comes back the same in every byte", () => {
  fc.assert(fc.property(stateValue, (value) => {
    const back = roundTrip(value);
    assert(statesEqual(back, value), Deno.inspect({ value, back }));
  }));
});

Deno.test("one object in two places comes back as one object", () => {
  const list = [1, 2], mixed = [1, "a", [2]], record = { q: 1 }, array = Float64Array.of(1, 2);
  const shaped = ndarray(Float64Array.of(1, 2), [2, 1]);
  for (const shared of [list, mixed, record, array, shaped, ["a"]]) {
    const live = { a: shared, b: [{ c: shared }], d: structuredClone(list) };
    const back = roundTrip(live) as { a: unknown; b: { c: unknown }[]; d: unknown };
    assert(statesEqual(back, live));
    assert(back.a === back.b[0].c && back.a !== back.d && back.a !== shared);
  }
  const odd = { "a/b": record, "": [record], "%2F": record };
  const back = roundTrip(odd) as typeof odd;
  assert(back["a/b"] === back[""][0] && back["a/b"] === back["%2F"]);
});

Deno.test("two arrays over one memory are refused with both paths, since a restore would make two", () => {
  const array = Float64Array.of(1, 2, 3, 4);
  const views = [array.subarray(3), new Uint8Array(array.buffer, 31, 1), ndarray(array, [2, 2])];
  for (const other of views) {
    const message = refusal({ a: array, b: other });
    assert(message.startsWith("tracker.value.b: it shares memory with tracker.value.a"), message);
  }
  // Neighbours in one buffer are two arrays.
  const apart = { a: array.subarray(0, 2), b: array.subarray(2) };
  assert(statesEqual(roundTrip(apart), apart));
});

Deno.test("records keep the order of their fields, odd names included", () => {
  const record = JSON.parse('{"b": 1, "a/b": [1, "x"], "__proto__": {"q": 1}, "%2F": 2, "": 3}');
  const back = roundTrip(record) as object;
  assertEquals(Object.keys(back), ["b", "a/b", "__proto__", "%2F", ""]);
  assert(statesEqual(back, record));
  assertEquals(Object.getPrototypeOf(back), Object.prototype);
});

Deno.test("a restored state shares no memory with what was saved", () => {
  const live = { u: Float64Array.of(1), nested: [{ v: Float64Array.of(2) }] };
  const backend = new MemoryBackend();
  encodeState(backend, "s", live, "s");
  live.u[0] = 9;
  live.nested[0].v[0] = 9;
  const first = decodeState(backend, "s") as unknown as typeof live;
  first.u[0] = 7;
  const second = decodeState(backend, "s") as unknown as typeof live;
  assertEquals([second.u[0], second.nested[0].v[0]], [1, 2]);
});

Deno.test("NdArrays of any layout come back row-major with their shape and bytes", () => {
  const data = new Float64Array(24);
  // A signalling NaN: reading it as a number could quiet it.
  new Uint32Array(data.buffer).set([1, 0x7ff00000], 10);
  for (let i = 0; i < 24; i++) if (i !== 5) data[i] = i;
  const cube = ndarray(data, [2, 3, 4]);
  for (const view of [cube, cube.transpose(2, 0, 1), cube.step(1, -1, 2), cube.pick(1)]) {
    const back = roundTrip(view) as typeof cube;
    assertEquals(back.shape, view.shape);
    assert(statesEqual(back, view));
  }
  const turned = roundTrip(cube.transpose(2, 1, 0)) as typeof cube;
  const words = new Uint32Array((turned.data as Float64Array).buffer);
  const at = (5 % 4) * 6 + 1 * 2 + 0;
  assertEquals([words[2 * at], words[2 * at + 1]], [1, 0x7ff00000]);
});

Deno.test("an expression comes back as an equal expression", () => {
  const flux = expression("kappa * sin(pi * x)");
  assert(statesEqual(roundTrip([flux]), [flux]));
});

Deno.test("what cannot be saved is refused by its path", () => {
  assertEquals(refusal(() => 1), "tracker.value: a function cannot be saved");
  assertEquals(refusal([1, { cb: Symbol("s") }]), "tracker.value[1].cb: a symbol cannot be saved");
  assert(refusal({ a: undefined }).includes("tracker.value.a: undefined cannot be saved"));
  assert(refusal(new Map()).includes("an instance of Map cannot be saved"));
  assert(
    refusal({ deep: [new Error("x")] }).includes("tracker.value.deep[0]: an instance of Error"),
  );
  // deno-lint-ignore no-sparse-arrays -- the hole is what is tested
  assert(refusal([1, , 3]).includes("tracker.value[1]: undefined"));
  assert(refusal({ [Symbol("k")]: 1 }).includes("symbol"));
  assert(
    refusal({
      get now() {
        return 1;
      },
    }).includes("tracker.value.now: an accessor"),
  );
  const loop: Record<string, unknown> = {};
  loop.self = { loop };
  assert(refusal(loop).includes("tracker.value.self.loop: an object that contains itself"));
  assert(
    refusal(ndarray([1, 2] as unknown as Float64Array)).includes("NdArray over a plain array"),
  );
  assert(refusal(new DataView(new ArrayBuffer(2))).includes("DataView"));
});

Deno.test("one object in two places is saved twice, not refused", () => {
  const shared = { a: 1 };
  assert(statesEqual(roundTrip([shared, { shared }]), [shared, { shared }]));
});

Deno.test("statesEqual tells kinds, lengths, signs and names apart", () => {
  const different: [unknown, unknown][] = [
    [0, -0],
    [1, 1n],
    [[], {}],
    [null, {}],
    [Float64Array.of(1), Float32Array.of(1)],
    [Float64Array.of(1), [1]],
    [new Date(0), new Date(1)],
    [new Date(0), {}],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [expression("x"), expression("y")],
    [ndarray(new Float64Array(4), [2, 2]), ndarray(new Float64Array(4), [4, 1])],
  ];
  for (const [a, b] of different) {
    assert(!statesEqual(a, b), Deno.inspect([a, b]));
    assert(!statesEqual(b, a), Deno.inspect([b, a]));
  }
});

Deno.test("hidden fields and subclasses of lists are refused: a restore would lose them", () => {
  const hidden = Object.defineProperty({ a: 1 }, "b", { value: 2 });
  class Steps extends Array<number> {}
  const cases: [unknown, string][] = [
    [hidden, "the field 'b' is hidden"],
    [Steps.of(1, 2), "an instance of Steps"],
  ];
  for (const [value, message] of cases) {
    const model = new Model();
    model.tracker.value = { inner: value };
    assertThrows(
      () => model.saveState(),
      SnapshotSerializationError,
      `tracker.value.inner: ${message}`,
    );
  }
});

Deno.test("arrays over shared memory and of subclasses are copied, within NdArrays too", () => {
  class Mine extends Uint8Array {
    // As node's Buffer does: a view, where a copy is expected.
    override slice(from?: number, to?: number): Mine {
      return this.subarray(from, to) as Mine;
    }
  }
  const model = new Model();
  const shared = new Float64Array(new SharedArrayBuffer(16)), mine = new Mine([1, 2, 3, 4]);
  model.tracker.shared = shared;
  model.tracker.grid = ndarray(mine as unknown as Float64Array, [2, 2]);
  using token = model.saveState();
  shared[0] = 9;
  mine[0] = 9;
  model.loadState(token);
  assertEquals([model.tracker.shared[0], model.tracker.grid.data[0]], [0, 1]);
  assertEquals(model.tracker.shared.buffer instanceof ArrayBuffer, true);
});

Deno.test("an array whose memory went to a worker is refused by its path", () => {
  const gone = new Float64Array(4);
  structuredClone(gone, { transfer: [gone.buffer] });
  for (const value of [gone, ndarray(gone, [0])]) {
    const model = new Model();
    model.tracker.value = { gone: value };
    assertThrows(
      () => model.saveState(),
      SnapshotSerializationError,
      "tracker.value.gone: an array",
    );
  }
});
