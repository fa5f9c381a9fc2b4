import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";

/** A model, with `grown` one that has a field, a solver, a particle's variable and values more. */
function build(grown = false) {
  const model = new Model({ name: "heat", seed: 2 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => x + 2 * y);
  const swarm = new Swarm(mesh);
  const age = swarm.addVariable("age");
  swarm.populate({ perCell: 2 });
  age.set((x) => x);
  const poisson = new Poisson(T, { diffusivity: 2 });
  poisson.addDirichlet("left", 1);
  model.parameters.define("kappa", 1);
  if (!grown) return { model, mesh, T, swarm, age, poisson };
  const D = new MeshVariable(mesh, "D"), d = new Poisson(D, { source: 3 });
  D.set(7);
  d.addDirichlet("left", 0);
  const stress = swarm.addVariable("stress", { components: 2 });
  stress.set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  model.parameters.define("nu", 5, { units: "m" });
  model.tracker.energy = 11;
  return { model, mesh, T, swarm, age, poisson, D, d, stress };
}

function step({ model, T, swarm, age }: ReturnType<typeof build>): void {
  for (let i = 0; i < T.data.length; i++) T.data[i] += model.random.normal();
  swarm.removeParticles(Uint8Array.from(swarm.ids, (id) => id === 3n ? 1 : 0));
  swarm.addParticles([[0.5, 0.25]]);
  age.data.forEach((_, i) => age.data[i] += 1);
  model.parameters.set("kappa", 4);
  model.tracker.step++;
}

Deno.test("a model that has grown loads what was saved before, keeps what is new, and goes on", async () => {
  using dir = tempDir();
  const old = build(), file = dir.join("old.snap.h5");
  step(old);
  await old.model.saveState({ file });
  using saved = old.model.saveState();
  for (const from of ["token", "file"] as const) {
    const now = build(true), { model, D, stress, swarm } = now;
    const load = (options?: object) =>
      from === "token" ? model.loadState(saved, options) : model.loadState(file, options);
    const ids = Array.from(swarm.ids), before = stress!.data.slice();
    using present = model.saveState();
    const refused = async () => void await load();
    const error = await assertRejects(refused, SnapshotInvalidatedError);
    assertStringIncludes(error.message, 'missing: "keep"');
    using unchanged = model.saveState();
    assertEquals(present.keys(), unchanged.keys());

    await load({ missing: "keep" });
    assertSameBytes(now.T.data, old.T.data);
    assertSameBytes(now.age.data, old.age.data);
    assertEquals([model.tracker.step, model.tracker.energy, model.parameters.get("kappa")], [
      1,
      11,
      4,
    ]);
    assertEquals([model.parameters.get("nu"), model.parameters.units("nu")], [5, "m"]);
    assert(D!.data.every((value) => value === 7));
    // By id: what the particles have that were there; 0 for those that were not.
    const rows = Array.from(swarm.ids, (id) => ids.indexOf(id));
    const expected = rows.flatMap((row) =>
      row < 0 ? [0, 0] : [...before.slice(2 * row, 2 * row + 2)]
    );
    assertEquals(Array.from(stress!.data), expected);
    assert(rows.includes(-1) && rows.some((row) => row >= 0));
    now.d!.solve();
    // Names that are made later do not collide.
    assertEquals(new Poisson(new MeshVariable(now.mesh, "E"), {}).name, "Poisson_2");
    using token = model.saveState();
    model.loadState(token);
    // What both sides have goes on with the same numbers.
    assertEquals(
      model.random.next(),
      (() => {
        const twin = build();
        twin.model.loadState(saved);
        return twin.model.random.next();
      })(),
    );
  }
});

Deno.test("what a model lacks is taken over with the snapshot, and saved again with the same bytes", async () => {
  using dir = tempDir();
  const old = build(true), file = dir.join("grown.snap.h5");
  old.d!.solve();
  await old.model.saveState({ file });
  const now = build(), { model } = now;
  const error = await assertRejects(() => model.loadState(file), SnapshotInvalidatedError);
  assertStringIncludes(error.message, 'extra: "keep"');
  assertEquals(now.mesh.variables.has("D"), false);
  await model.loadState(file, { extra: "keep" });
  assertSameBytes(now.mesh.variables.get("D")!.data, old.D!.data);
  assertSameBytes(now.swarm.variables.get("stress")!.data, old.stress!.data);
  assertEquals(model.parameters.get("nu"), 5);
  const again = dir.join("again.snap.h5");
  await model.saveState({ file: again });
  const third = build(true);
  third.D!.set(0);
  await third.model.loadState(again);
  assertSameBytes(third.D!.data, old.D!.data);
  assertEquals(third.d!.state, old.d!.state);
});

Deno.test("a refusal takes away again what was made for it", () => {
  const old = build(true), now = build();
  const other = boxMesh(now.model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name: "other" });
  using saved = old.model.saveState();
  assertThrows(
    () => now.model.loadState(saved, { extra: "keep" }),
    SnapshotInvalidatedError,
    "other",
  );
  assertEquals([...now.mesh.variables.keys()], ["T"]);
  assertEquals([...now.model.bearers.keys()], ["Poisson_0"]);
  now.model.loadState(saved, { extra: "keep", missing: "keep" });
  assertEquals(other.cellCount, 8);
});
