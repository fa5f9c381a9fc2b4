import { assertEquals, assertThrows } from "@std/assert";
import { ModelBusyError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import type { Registrable } from "../../src/model/model_options.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { assertSameSnapshots, build } from "./_sim.ts";

/** A bearer whose state runs `read` when it is read and `write` when it is set. */
function nosy(read: () => void, write: () => void = () => {}): Registrable {
  return {
    name: "nosy",
    get state() {
      read();
      return { schemaVersion: 1 };
    },
    set state(_state) {
      write();
    },
  };
}

Deno.test("a state that saves, loads, registers or forgets while it is read is an error", () => {
  const acts: Record<string, (model: Model, token: Snapshot) => void> = {
    "saveState was called inside saveState": (model) => void model.saveState(),
    "loadState was called inside saveState": (model, token) => model.loadState(token),
    "register was called inside saveState": (model) => {
      model.register({ state: { schemaVersion: 1 } });
    },
    "unregister was called inside saveState": (model) => {
      model.unregister(model.bearers.get("nosy")!);
    },
  };
  for (const [message, act] of Object.entries(acts)) {
    const { model } = build();
    using token = model.saveState();
    let calm = false;
    const bearer = nosy(() => calm || act(model, token));
    model.register(bearer);
    assertThrows(() => model.saveState(), ModelBusyError, message);
    calm = true;
    model.unregister(bearer);
    using after = model.saveState();
    assertSameSnapshots(token, after);
  }
});

Deno.test("a setter that loads is an error, and everything is as before", () => {
  const { model, T } = build();
  let again = false;
  model.register(nosy(() => {}, () => again && model.loadState(token)));
  using token = model.saveState();
  T.set(7);
  using before = model.saveState();
  again = true;
  assertThrows(
    () => model.loadState(token),
    ModelBusyError,
    "loadState was called inside loadState",
  );
  again = false;
  using after = model.saveState();
  assertSameSnapshots(before, after);
});

Deno.test("an object is registered once", () => {
  const model = new Model();
  const bearer = { state: { schemaVersion: 1 } };
  model.register(bearer);
  assertThrows(() => model.register(bearer), RangeError, "already, as 'Object_0'");
  assertEquals([...model.bearers.keys()], ["Object_0"]);
});
