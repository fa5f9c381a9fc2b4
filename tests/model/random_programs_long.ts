/** Random programs over all kinds of objects end in the same bytes, however often they are put back on the way. @module */
import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { TimestashError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { type Choices, operations, Skip } from "./_random_programs.ts";

type Program = readonly { readonly name: string; readonly choices: Choices }[];

/** mulberry32: the same programs in every run. */
function numbers(seed: number): () => number {
  let a = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function programOf(next: () => number, length: number): Program {
  const names = Object.keys(operations);
  // Solves and moves come more often than each of the rest.
  names.push("solve", "solve", "solve", "solve", "advect", "adapt", "field", "field", "set");
  return Array.from({ length }, () => ({
    name: names[Math.floor(next() * names.length)],
    choices: Array.from({ length: 6 }, next),
  }));
}

/** What a refusal must not look like: the language's own words for a fault of ours. */
const raw = /undefined|is not a function|is not iterable|Cannot |Invalid |out of bounds|private/;

/** Runs a program; what is refused is refused by a typed error in words, and changes nothing. */
function run(model: Model, program: Program, what: string, isChecked = false): string[] {
  return program.map(({ name, choices }) => {
    using before = isChecked ? model.saveState() : null;
    try {
      operations[name](model, choices);
      return name;
    } catch (error) {
      if (error instanceof Skip) return `${name}: skipped`;
      const where = `${what}, ${name}: ${error}`;
      const isTyped = error instanceof TypeError || error instanceof RangeError;
      assert(error instanceof TimestashError || (isTyped && !raw.test(error.message)), where);
      // Those that make several objects are not meant to be one thing.
      if (before !== null && !["flow", "materials", "swarm"].includes(name)) {
        using after = model.saveState();
        assertEquals(diffSnapshots(before, after), [], where);
      }
      return `${name}: ${error.message}`;
    }
  });
}

Deno.test("250 random programs end in the same bytes after any detour that was put back", () => {
  let done = 0;
  for (let seed = 0; seed < 250; seed++) {
    const next = numbers(seed), what = `program ${seed}`;
    const start: Program = ["mesh", "field", "field"].map((name) => ({
      name,
      choices: Array.from({ length: 6 }, next),
    }));
    const before = [...start, ...programOf(next, 8 + Math.floor(16 * next()))];
    const after = programOf(next, 4 + Math.floor(8 * next()));
    const straight = new Model({ name: "m", seed }), put = new Model({ name: "m", seed });
    run(straight, before, what, true);
    const log = run(straight, after, what);
    using end = straight.saveState();
    run(put, before, what);
    using token = put.saveState();
    for (let k = 0; k < 2; k++) {
      run(put, programOf(next, 1 + Math.floor(6 * next())), `${what}, detour ${k}`);
      put.loadState(token);
      using back = put.saveState();
      assertEquals(diffSnapshots(token, back), [], `${what}: put back`);
      assertEquals(run(put, after, what), log, what);
      using other = put.saveState();
      assertEquals(diffSnapshots(end, other), [], what);
    }
    done += log.filter((line) => !line.includes(":")).length;
  }
  assert(done > 1000, `only ${done} operations of the ends were done`);
});
