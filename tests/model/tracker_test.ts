import { assert, assertEquals, assertThrows } from "@std/assert";
import { newTracker } from "../../src/model/tracker.ts";

Deno.test("a new tracker has time 0, step 0 and no dt", () => {
  const tracker = newTracker();
  assertEquals(Object.keys(tracker), ["time", "step", "dt"]);
  assertEquals([tracker.time, tracker.step, tracker.dt], [0, 0, null]);
});

Deno.test("assignment, in, keys and delete work as on a plain object", () => {
  const tracker = newTracker();
  tracker._hidden = 1;
  Reflect.set(tracker, "toString", "mine");
  assert("_hidden" in tracker && !("other" in tracker));
  assertEquals(Object.keys(tracker).slice(3), ["_hidden", "toString"]);
  assertEquals(Object.entries(tracker)[4], ["toString", "mine"]);
  delete tracker._hidden;
  assertEquals(tracker._hidden, undefined);
});

Deno.test("a tracker prints its values, and an object prototype's names stay callable", () => {
  const tracker = newTracker();
  tracker.energy = [1, 2];
  assert(Deno.inspect(tracker).includes("energy: [ 1, 2 ]"), Deno.inspect(tracker));
  assertEquals(`${tracker}`, "[object Object]");
});

Deno.test("time, step and dt refuse what is no clock, and nothing changes", () => {
  const tracker = newTracker();
  assertThrows(
    () => tracker.time = NaN,
    RangeError,
    "tracker.time must be a finite number, got NaN",
  );
  assertThrows(() => tracker.dt = Infinity, RangeError, "tracker.dt");
  assertThrows(() => tracker.step = 0.5, RangeError, "whole number");
  assertThrows(() => tracker.time = "3" as unknown as number, TypeError, "got string");
  assertThrows(() => tracker.step = null as unknown as number, TypeError);
  assertThrows(
    () => delete (tracker as Record<string, unknown>).time,
    TypeError,
    "part of every tracker",
  );
  assertEquals({ ...tracker }, { time: 0, step: 0, dt: null });
});

Deno.test("state is the whole record, and reserved for it", () => {
  const tracker = newTracker();
  assertThrows(() => tracker.state = { phase: "solid" }, TypeError, "reserved");
  assertThrows(() => tracker.state = 5 as unknown as object, TypeError, "reserved");
  tracker.state = { time: 2, step: 1, dt: 2, extra: "x" };
  assertEquals([tracker.time, tracker.extra], [2, "x"]);
  assertEquals(tracker.state, { time: 2, step: 1, dt: 2, extra: "x" });
});

Deno.test("a tracker cannot be frozen, since a restore has to write into it", () => {
  const tracker = newTracker();
  assertThrows(() => Object.freeze(tracker), TypeError, "cannot be frozen");
  tracker.time = 1;
  assertEquals(Object.keys(tracker), ["time", "step", "dt"]);
});
