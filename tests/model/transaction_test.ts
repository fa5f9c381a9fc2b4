import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Model } from "../../src/model/model.ts";

Deno.test("a transaction that returns is kept, and gives its result", () => {
  const model = new Model();
  assertEquals(model.transaction(() => model.tracker.time = 2), 2);
  assertEquals(model.tracker.time, 2);
});

Deno.test("a transaction that throws leaves no trace, and the error goes on", () => {
  const model = new Model();
  const error = new Error("blew up");
  const caught = assertThrows(() =>
    model.transaction(() => {
      model.tracker.time = 2;
      model.parameters.define("k", 1);
      model.random.next();
      throw error;
    })
  );
  assertEquals(caught, error);
  assertEquals([model.tracker.time, model.parameters.names(), model.random.draws], [0, [], 0]);
});

Deno.test("an inner roll-back returns to the inner start", () => {
  const model = new Model();
  model.transaction(() => {
    model.tracker.time = 1;
    assertThrows(() =>
      model.transaction(() => {
        model.tracker.time = 2;
        throw new Error("inner");
      })
    );
    assertEquals(model.tracker.time, 1);
  });
  assertEquals(model.tracker.time, 1);
});

Deno.test("async transactions keep and take back when their promise settles", async () => {
  const model = new Model();
  const later = async (time: number, fails: boolean) => {
    await Promise.resolve();
    model.tracker.time = time;
    await Promise.resolve();
    if (fails) throw new Error("late");
    return time;
  };
  assertEquals(await model.transaction(() => later(3, false)), 3);
  await assertRejects(() => model.transaction(() => later(4, true)), Error, "late");
  assertEquals(model.tracker.time, 3);
});

Deno.test("two async transactions at once are an error, not a mix", async () => {
  const model = new Model();
  const slow = model.transaction(() => new Promise<void>((done) => setTimeout(done, 5)));
  const fast = model.transaction(() => Promise.resolve());
  await fast;
  await slow;
  const first = model.transaction(() => Promise.resolve());
  const second = model.transaction(() => new Promise<void>((done) => setTimeout(done, 1)));
  await assertRejects(() => first, RangeError, "await inner ones");
  await second;
});

Deno.test("bearers made or forgotten inside a rolled-back transaction are as before", () => {
  const model = new Model();
  const bearer = () => ({ state: { schemaVersion: 1 } });
  const old = bearer();
  model.register(old);
  assertThrows(() =>
    model.transaction(() => {
      model.unregister(old);
      model.register(bearer());
      throw new Error("no");
    })
  );
  assertEquals([...model.bearers.values()], [old]);
  assertEquals(model.register(bearer()), "Object_1");
});

Deno.test("an attempt tells whether it was kept", async () => {
  const model = new Model();
  const move = () => model.tracker.time += 1;
  assertEquals(model.attempt(move, (time) => time > 1), false);
  assertEquals(model.tracker.time, 0);
  assertEquals(model.attempt(move, (time) => time === 1), true);
  assertEquals(model.tracker.time, 1);
  assertEquals(await model.attempt(() => Promise.resolve(move()), () => false), false);
  assertEquals(await model.attempt(move, () => Promise.resolve(true)), true);
  assertEquals(model.tracker.time, 2);
  assertThrows(
    () => model.attempt(move, () => 1 as unknown as boolean),
    TypeError,
    "true or false",
  );
  assertThrows(() => model.attempt(() => model.random.int(0, 0), () => true), RangeError);
  assertEquals(model.tracker.time, 2);
});

Deno.test("a roll-back that fails tells both reasons, and the next transaction works", () => {
  const model = new Model();
  let stubborn = false;
  model.register({
    name: "stubborn",
    get state() {
      return { schemaVersion: 1 };
    },
    set state(_state) {
      if (stubborn) throw new Error("no way back");
    },
  });
  const error = assertThrows(
    () =>
      model.transaction(() => {
        stubborn = true;
        throw new Error("planted");
      }),
    AggregateError,
    "planted; then:",
  ) as AggregateError;
  assertEquals(error.errors[0].message, "planted");
  stubborn = false;
  assertEquals(model.transaction(() => 5), 5);
});
