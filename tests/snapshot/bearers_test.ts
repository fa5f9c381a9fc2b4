import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ModelBusyError, SnapshotInvalidatedError, StateSchemaError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import type { SnapshottableState } from "../../src/snapshot/contract.ts";
import { registerMigration } from "../../src/snapshot/migrations.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";

interface GaugeState extends SnapshottableState {
  readonly level: number;
}

/** A bearer that derives something from its state, and can be told to refuse. */
class Gauge {
  refuses = false;
  doubled = 0;
  #level = 0;
  readonly name?: string;
  constructor(name?: string) {
    this.name = name;
  }
  get state(): GaugeState {
    return { schemaVersion: 1, level: this.#level };
  }
  set state(state: GaugeState) {
    if (this.refuses) throw new Error("the gauge is stuck");
    this.#level = state.level;
    this.doubled = 2 * state.level;
  }
}

/** The same, able to say beforehand what it thinks of a state. */
class CheckedGauge extends Gauge {
  checks = 0;
  checkState(state: GaugeState): void {
    this.checks++;
    if (state.level > 10) throw new StateSchemaError(this.name ?? "", "level above 10");
  }
}

Deno.test("a bearer's state comes back, and what it derives with it", () => {
  const model = new Model();
  const gauge = new Gauge("inlet");
  model.register(gauge);
  gauge.state = { schemaVersion: 1, level: 3 };
  using token = model.saveState();
  gauge.state = { schemaVersion: 1, level: 4 };
  model.loadState(token);
  assertEquals([gauge.state.level, gauge.doubled], [3, 6]);
});

Deno.test("names are counted per class, and unique", () => {
  const model = new Model();
  assertEquals([model.register(new Gauge()), model.register(new Gauge())], ["Gauge_0", "Gauge_1"]);
  assertEquals(model.register(new CheckedGauge()), "CheckedGauge_0");
  assertThrows(() => model.register(new Gauge("Gauge_1")), RangeError, "'Gauge_1' is registered");
  assertEquals(model.register(new Gauge()), "Gauge_2");
  assertThrows(() => model.register({} as Gauge), TypeError, "state");
  assertThrows(() => model.register(null as unknown as Gauge), TypeError, "state");
  assertThrows(() => model.register(new Gauge("")), TypeError, "name");
});

Deno.test("a bearer that throws last leaves everything as it was", () => {
  const model = new Model();
  const [first, last] = [new Gauge("first"), new Gauge("last")];
  model.register(first);
  model.register(last);
  using token = model.saveState();
  first.state = last.state = { schemaVersion: 1, level: 8 };
  model.tracker.time = 5;
  model.parameters.define("k", 1);
  model.random.next();
  using before = model.saveState();
  last.refuses = true;
  const error = assertThrows(
    () => model.loadState(token),
    SnapshotInvalidatedError,
    "'last' (Gauge) does not take its state: the gauge is stuck",
  );
  assert(error.cause instanceof Error);
  assertEquals([first.state.level, first.doubled, last.doubled], [8, 16, 16]);
  using after = model.saveState();
  assertSameTokens(before, after);
});

Deno.test("a bearer with checkState refuses before anything is written", () => {
  const model = new Model();
  const gauge = new CheckedGauge("g");
  model.register(gauge);
  gauge.state = { schemaVersion: 1, level: 11 };
  using token = model.saveState();
  model.tracker.time = 1;
  gauge.state = { schemaVersion: 1, level: 1 };
  assertThrows(() => model.loadState(token), StateSchemaError, "level above 10");
  assertEquals([gauge.checks, gauge.state.level, model.tracker.time], [1, 1, 1]);
});

Deno.test("bearers on one side only, or of another class, are refused with both lists", () => {
  const first = new Model(), model = new Model();
  first.register(new Gauge("a"));
  first.register(new Gauge("b"));
  using token = first.saveState();
  model.register(new Gauge("c"));
  model.register(new CheckedGauge("b"));
  const error = assertThrows(() => model.loadState(token), SnapshotInvalidatedError);
  assertEquals(error.problems.length, 2);
  assert(error.message.includes("captured 'a', 'b'; live 'c', 'b'"), error.message);
  assert(error.message.includes("no longer registered: 'a'"), error.message);
  assert(error.message.includes("unknown to the snapshot: 'c'"), error.message);
  assert(error.message.includes("captured as a Gauge and is a CheckedGauge now"), error.message);
});

Deno.test("quantities and parameters that came after the snapshot go away", () => {
  const model = new Model();
  model.tracker.kept = 1;
  using token = model.saveState();
  model.tracker.added = 1;
  delete model.tracker.kept;
  model.parameters.define("late", 1);
  model.loadState(token);
  assertEquals(model.tracker.state, { time: 0, step: 0, dt: null, kept: 1 });
  assertEquals(model.parameters.names(), []);
});

Deno.test("a token is independent of the model, and of others", () => {
  const model = new Model();
  model.tracker.u = Float64Array.of(1, 2);
  const first = model.saveState();
  model.tracker.u[0] = 5;
  const second = model.saveState();
  model.tracker.u[0] = 6;
  model.loadState(first);
  model.tracker.u[1] = 7;
  model.loadState(second);
  assertEquals([...model.tracker.u], [5, 2]);
  model.loadState(first);
  assertEquals([...model.tracker.u], [1, 2]);
});

Deno.test("released buffers serve the next token, and a released token is refused", () => {
  const model = new Model();
  model.tracker.u = new Float64Array(1000).fill(1);
  const token = model.saveState();
  token.release();
  token.release();
  assert(token.released);
  assertThrows(() => model.loadState(token), SnapshotInvalidatedError, "was released");
  model.tracker.u.fill(2);
  using next = model.saveState();
  model.tracker.u.fill(3);
  model.loadState(next);
  assertEquals(model.tracker.u[999], 2);
});

Deno.test("a save that is refused leaves the pool and the model usable", () => {
  const model = new Model();
  model.tracker.u = new Float64Array(1000);
  model.tracker.callback = () => 1;
  assertThrows(() => model.saveState(), Error, "tracker.callback: a function cannot be saved");
  delete model.tracker.callback;
  using token = model.saveState();
  assertStrictEquals(token.released, false);
});

Deno.test("anything but a token is a TypeError", () => {
  const model = new Model();
  for (const wrong of [null, undefined, 3, {}, new Float64Array(1)]) {
    assertThrows(() => model.loadState(wrong as unknown as Snapshot), TypeError, "loadState takes");
  }
});

Deno.test("saving and loading inside an indivisible act is an error", () => {
  const model = new Model();
  using token = model.saveState();
  model.indivisible("solve of Poisson_0", () => {
    assertThrows(() => model.saveState(), ModelBusyError, "inside solve of Poisson_0");
    assertThrows(() => model.loadState(token), ModelBusyError);
  });
  model.loadState(token);
});

Deno.test("name counters are put back", () => {
  const model = new Model();
  using token = model.saveState();
  const late = new Gauge();
  model.register(late);
  model.unregister(late);
  model.loadState(token);
  assertEquals(model.register(new Gauge()), "Gauge_0");
});

Deno.test("migrations lift an old state step by step, and a missing step is named", () => {
  class Old {
    name = "x";
    state: SnapshottableState & Record<string, unknown> = { schemaVersion: 1, gain: 2 };
  }
  Object.defineProperty(Old, "name", { value: "Lifted" });
  registerMigration("Lifted", 1, (old) => ({ ...old, gain: (old.gain as number) * 10 }));
  const model = new Model();
  const bearer = new Old();
  model.register(bearer);
  using token = model.saveState();
  bearer.state = { schemaVersion: 2, gain: 0 };
  model.loadState(token);
  assertEquals(bearer.state, { schemaVersion: 2, gain: 20 });
  bearer.state = { schemaVersion: 3, gain: 0 };
  assertThrows(() => model.loadState(token), StateSchemaError, "no migration from 2 to 3");
  registerMigration(Old, 2, (old) => ({ ...old, offset: 1 }));
  model.loadState(token);
  assertEquals(bearer.state, { schemaVersion: 3, gain: 20, offset: 1 });
  assertThrows(() => registerMigration("Lifted", 1, (old) => old), RangeError, "already");
});

Deno.test("a state of a newer version, or without one, is refused by name", () => {
  class Dial {
    readonly name = "dial";
    readonly stateClass = "Dial";
    value = 1;
    constructor(readonly version: number | undefined) {}
    get state(): SnapshottableState {
      return { schemaVersion: this.version, value: this.value } as SnapshottableState;
    }
    set state(state: SnapshottableState) {
      this.value = (state as unknown as Dial).value;
    }
  }
  const modelOf = (version: number | undefined) => {
    const model = new Model(), dial = new Dial(version);
    model.register(dial);
    return { model, dial };
  };
  const live = modelOf(2), newer = modelOf(3), none = modelOf(undefined);
  newer.dial.value = 7;
  using token = newer.model.saveState();
  const refused = (work: () => void, words: string) => {
    const error = assertThrows(work, StateSchemaError, words);
    assert(error.message.includes("Dial") && error.message.includes("'dial'"), error.message);
    assertEquals(live.dial.value, 1);
  };
  refused(() => live.model.loadState(token), "version 3 of Dial, and the class is at 2");
  assertThrows(() => none.model.saveState(), Error, "schemaVersion: undefined");
  none.dial.state = { schemaVersion: 1 };
  const bare = modelOf(0.5);
  using odd = bare.model.saveState();
  refused(() => live.model.loadState(odd), "without a schemaVersion");
});

Deno.test("an array with properties that are not elements is refused with its path", () => {
  for (const list of [[1, 2], ["a", true], [1, "a", { b: 2 }], Float64Array.of(1, 2)]) {
    const model = new Model();
    Object.assign(model.tracker, { kept: { list } });
    using fine = model.saveState();
    assert(fine.keys().length > 0);
    Object.assign(list, { note: "gone" });
    const error = assertThrows(() => model.saveState(), Error, "'note'");
    assert(error.message.includes("tracker.kept.list"), error.message);
  }
});

Deno.test("a key is written once", () => {
  const backend = new MemoryBackend();
  const entry = { kind: "group", data: null, shape: [], attributes: {} } as const;
  backend.put("a", entry, "share");
  assertThrows(() => backend.put("a", entry, "share"), RangeError, '"a" is used twice');
});

function assertSameTokens(a: Snapshot, b: Snapshot): void {
  assertEquals(a.keys(), b.keys());
  for (const key of a.keys()) assertEquals(a.read(key), b.read(key), key);
}
