/**
 * Tables of wrong calls: what each must say, and that it changes nothing.
 *
 * @module
 */
import { assert, assertEquals, AssertionError } from "@std/assert";
import { diffSnapshots } from "../src/archive/diff.ts";
import { TimestashError } from "../src/errors.ts";
import type { Model } from "../src/model/model.ts";

/** A wrong call, the class of its error, and words that the message has to have. */
export type WrongCall = readonly [
  call: () => unknown,
  error: ErrorConstructor | (abstract new (...args: never[]) => Error),
  says: string,
];

/**
 * One test for a table of wrong calls, by what is wrong with them: each is refused with a TypeError, a RangeError or
 * a TimestashError that says what it should, and leaves every byte of the model and every member as they were.
 */
export function testWrongCalls(
  name: string,
  build: () => { readonly model: Model; readonly calls: Readonly<Record<string, WrongCall>> },
): void {
  Deno.test(`wrong calls of ${name} are refused, and change nothing`, async () => {
    const { model, calls } = build();
    const before = model.saveState(), members = membersOf(model);
    for (const [wrong, [call, type, says]] of Object.entries(calls)) {
      const error = await errorOf(call, wrong);
      assert(error instanceof type, `${wrong}: ${error}`);
      assert(
        error instanceof TypeError || error instanceof RangeError ||
          error instanceof TimestashError,
        `${wrong}: ${error}`,
      );
      assert(error.message.includes(says), `${wrong}: "${error.message}" does not say "${says}"`);
      assertEquals(membersOf(model), members, wrong);
      using after = model.saveState();
      assertEquals(diffSnapshots(before, after), [], wrong);
    }
    before[Symbol.dispose]();
  });
}

function membersOf({ meshes, swarms, bearers }: Model): string[][] {
  return [meshes, swarms, bearers].map((members) => [...members.keys()]);
}

async function errorOf(call: () => unknown, wrong: string): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new AssertionError(`${wrong}: it was not refused`);
}
