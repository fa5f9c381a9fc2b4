/** A small sample of what hostile_long.ts does, and of files. */
import { assert } from "@std/assert";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { tempDir } from "../_helpers.ts";
import { metadata, sourceOf } from "./_entries.ts";
import { assertHostileStates, assertRefusal, entriesOf, fingerprintOf } from "./_hostile_checks.ts";
import { editsOf } from "./_hostile_edits.ts";
import { hostileScenes } from "./_hostile_models.ts";

Deno.test("a changed state is refused with one error and nothing changed, or is a state like others (sample)", async () => {
  for (const name of ["records", "adapted"]) {
    const { refused, taken } = await assertHostileStates(name, 89, 7);
    assert(refused > 10 && taken > 0, `${name}: ${refused} refused, ${taken} taken`);
  }
});

Deno.test("files of changed states name themselves where they are refused (sample)", async () => {
  using dir = tempDir();
  const path = dir.join("hostile.snap.h5"), { model } = hostileScenes.records();
  const file = entriesOf(model);
  let refused = 0, n = 0;
  for (const edit of editsOf(file)) {
    if (n++ % 401 !== 3) continue;
    await writeEntries(path, sourceOf(edit.apply(file)), metadata, { view: false });
    const before = fingerprintOf(model);
    const error = await model.loadState(path).then(() => null, (error: unknown) => error);
    if (error === null) continue;
    refused++;
    assertRefusal(error, edit.what);
    assert((error as Error).message.includes(path), String(error));
    assert(fingerprintOf(model) === before, edit.what);
  }
  assert(refused > 1, `${refused} were refused`);
});
