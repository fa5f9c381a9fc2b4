/** Thousands of changed states of every kind of object: `deno task test:long`. */
import { assert } from "@std/assert";
import { assertHostileStates } from "./_hostile_checks.ts";
import { hostileScenes } from "./_hostile_models.ts";

for (const name of Object.keys(hostileScenes)) {
  Deno.test(`a changed state of ${name} is refused with one error and nothing changed, or is a state like others`, async () => {
    const { refused, taken } = await assertHostileStates(name, 13, 5);
    assert(refused > 50 && taken > 5, `${refused} refused, ${taken} taken`);
  });
}
