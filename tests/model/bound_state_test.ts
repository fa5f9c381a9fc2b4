import { assertEquals, assertThrows } from "@std/assert";
import { StateSchemaError, TimestashError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { resumable, type ResumableBody } from "../../src/model/resumable.ts";
import { assertSameSnapshots, build as buildSim } from "./_sim.ts";

Deno.test("a plain object becomes managed state in one line", () => {
  const model = new Model();
  const holder = { count: 1, trace: Float64Array.of(1), note: "kept", extra: () => 1 };
  assertEquals(model.bindState(holder, { fields: ["count", "trace"] }), "Object_0");
  using token = model.saveState();
  holder.count = 5;
  holder.trace[0] = 5;
  holder.note = "changed";
  model.loadState(token);
  assertEquals([holder.count, holder.trace[0], holder.note], [1, 1, "changed"]);
});

Deno.test("bindings name their class, refuse other fields, and are checked at once", () => {
  const model = new Model();
  class Counter {
    n = 0;
  }
  assertEquals(model.bindState(new Counter()), "Counter_0");
  assertThrows(() => model.bindState({}, { fields: ["n"] }), TypeError, "no field n");
  assertThrows(() => model.bindState(3 as unknown as object), TypeError, "takes an object");
  assertThrows(() => model.bindState({}, { schemaVersion: 0.5 }), RangeError, "schema version");
  const readOnly = {
    get n() {
      return 1;
    },
  };
  assertThrows(() => model.bindState(readOnly), TypeError, "'n'");
  const [older, newer] = [new Model(), new Model()];
  older.bindState({ a: 1 }, { name: "x", schemaVersion: 1 });
  newer.bindState({ a: 1 }, { name: "x", schemaVersion: 2 });
  using token = older.saveState();
  assertThrows(
    () => newer.loadState(token),
    StateSchemaError,
    "at schema version 1, the class is at 2, and no migration from 1 to 2",
  );
});

function build() {
  const model = new Model();
  let begun = 0;
  const run = resumable(model, function* (progress) {
    progress.once(() => {
      begun++;
      model.tracker.sum = 100;
    });
    for (const k of progress.count(5)) {
      model.tracker.sum += k;
      yield k;
    }
  });
  return { model, run, begun: () => begun };
}

Deno.test("a generator goes on after the last yielded step, without beginning again", () => {
  const whole = build();
  assertEquals([...whole.run], [0, 1, 2, 3, 4]);

  const first = build();
  const steps = first.run[Symbol.iterator]();
  assertEquals([steps.next().value, steps.next().value], [0, 1]);
  using token = first.model.saveState();

  const second = build();
  second.model.tracker.sum = 0;
  second.model.loadState(token);
  assertEquals([...second.run], [2, 3, 4]);
  assertEquals(second.begun(), 0);
  assertEquals(second.model.tracker.sum, whole.model.tracker.sum);
  assertEquals([...second.run], []);
});

Deno.test("a generator that is put back while it runs goes on from there", () => {
  const { model, run } = build();
  const seen: number[] = [];
  let token = null;
  for (const k of run) {
    seen.push(k);
    if (k === 1 && token === null) token = model.saveState();
    else if (k === 3 && seen.length === 4) model.loadState(token!);
  }
  assertEquals(seen, [0, 1, 2, 3, 2, 3, 4]);
  assertEquals(model.tracker.sum, 110);
});

Deno.test("steps without a yield are counted when the next begins", () => {
  const model = new Model();
  const run = resumable(model, function* (progress) {
    for (const k of progress.count(6)) if (k % 2 === 1) yield k;
  });
  assertEquals([...run], [1, 3, 5]);
});

Deno.test("counts inside counts, and counts that are no number, are refused", () => {
  const model = new Model();
  const nested = resumable(model, function* (progress) {
    for (const _ of progress.count(2)) for (const k of progress.count(2)) yield k;
  });
  assertThrows(() => [...nested], RangeError, "called twice");
  const odd = resumable(model, function* (progress) {
    for (const k of progress.count(0.5)) yield k;
  });
  assertThrows(() => [...odd], RangeError, "whole number");
  assertThrows(
    () => odd.state = { schemaVersion: 2, begun: true, next: 0 },
    StateSchemaError,
  );
});

Deno.test("an object that can no longer be written refuses, and nothing changes", () => {
  const frozen = { a: 1 };
  const stubborn = {
    get a() {
      return 1;
    },
    set a(_value: number) {
      throw new Error("stubborn");
    },
  };
  for (const holder of [frozen, stubborn]) {
    const { model, T } = buildSim();
    model.bindState(holder, { name: "holder" });
    using token = model.saveState();
    T.set(7);
    Object.freeze(frozen);
    using before = model.saveState();
    assertThrows(() => model.loadState(token), TimestashError, "holder");
    using after = model.saveState();
    assertSameSnapshots(before, after);
  }
});

Deno.test("a field that is named twice is one field", () => {
  const model = new Model();
  const holder = { a: 1 };
  model.bindState(holder, { fields: ["a", "a"] });
  using token = model.saveState();
  holder.a = 2;
  model.loadState(token);
  assertEquals(holder.a, 1);
});

Deno.test("a generator that would lose or repeat something when resumed is refused", () => {
  const bodies: Record<string, ResumableBody<number>> = {
    "once: called twice": function* (progress) {
      progress.once(() => {});
      progress.once(() => {});
      yield 1;
    },
    "count: called twice": function* (progress) {
      for (const k of progress.count(2)) yield k;
      for (const k of progress.count(3)) yield k;
    },
    "yield exactly once in each turn": function* (progress) {
      for (const k of progress.count(2)) {
        yield k;
        yield k;
      }
    },
    "and nowhere else": function* () {
      yield 0;
    },
  };
  for (const [message, body] of Object.entries(bodies)) {
    assertThrows(() => [...resumable(new Model(), body)], RangeError, message);
  }
});
