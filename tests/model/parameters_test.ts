import { assertEquals, assertThrows } from "@std/assert";
import { SnapshotSerializationError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { Parameters } from "../../src/model/parameters.ts";

function parameters(): { clock: { step: number; time: number }; p: Parameters } {
  const clock = { step: 0, time: 0 };
  return { clock, p: new Parameters(() => clock) };
}

Deno.test("each change is kept with its step, time, old and new value", () => {
  const { clock, p } = parameters();
  p.define("kappa", 1, { units: "m^2/s" });
  clock.step = 3;
  clock.time = 0.5;
  p.set("kappa", 2);
  p.set("kappa", 2);
  assertEquals(p.history, [{ name: "kappa", step: 3, time: 0.5, old: 1, new: 2 }]);
  assertEquals([p.get("kappa"), p.first("kappa"), p.units("kappa")], [2, 1, "m^2/s"]);
});

Deno.test("the first value is kept even when an array parameter is written into", () => {
  const { p } = parameters();
  p.define("levels", Float64Array.of(1, 2));
  p.get("levels")[0] = 9;
  assertEquals(p.first("levels"), Float64Array.of(1, 2));
});

Deno.test("-0 after 0 is a change, NaN after NaN is none", () => {
  const { p } = parameters();
  p.define("a", 0);
  p.set("a", -0);
  p.define("b", NaN);
  p.set("b", NaN);
  assertEquals(p.history.length, 1);
});

Deno.test("bad names and values are refused and change nothing", () => {
  const { p } = parameters();
  p.define("a", 1);
  assertThrows(() => p.define("a", 2), RangeError, "defined already");
  assertThrows(() => p.define("", 2), TypeError);
  assertThrows(() => p.get("b"), RangeError, "the defined ones are: 'a'");
  assertThrows(() => p.set("b", 1), RangeError, "parameter 'b' is not defined");
  const error = assertThrows(
    () => p.define("f", (() => 1) as unknown as number),
    SnapshotSerializationError,
    "a function cannot be saved",
  );
  assertEquals(error.path, "parameters.f");
  assertThrows(() => p.set("a", undefined as unknown as number), SnapshotSerializationError);
  assertEquals([p.names(), p.get("a"), p.history.length], [["a"], 1, 0]);
});

Deno.test("a parameter and its history share no memory with what was given", () => {
  const { p } = parameters();
  const given = [1, 2];
  p.define("levels", given);
  given.push(3);
  const held = p.get("levels");
  p.set("levels", [9]);
  held.push(4);
  assertEquals([p.get("levels"), p.history[0].old, p.history[0].new], [[9], [1, 2], [9]]);
  p.get("levels").push(5);
  assertEquals(p.history[0].new, [9]);
});

Deno.test("units that are no string are refused where they are given", () => {
  const { p } = parameters();
  assertThrows(() => p.define("a", 1, { units: 5 as unknown as string }), TypeError, "units");
  assertEquals(p.names(), []);
});

Deno.test("parameters and tracker values may have the names of Object.prototype", () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "1"]) {
    const model = new Model();
    model.parameters.define(name, { constructor: 1 });
    model.tracker[name] = 0.5;
    const before = model.saveState();
    model.parameters.set(name, 2);
    model.tracker[name] = 3;
    model.loadState(before);
    assertEquals([model.parameters.get(name), model.tracker[name]], [{ constructor: 1 }, 0.5]);
    assertThrows(() =>
      model.transaction(() => {
        model.tracker.time = 77;
        throw new RangeError("taken back");
      }), RangeError);
    assertEquals(model.tracker.time, 0);
  }
});
