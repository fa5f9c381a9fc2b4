/** The part of `@std/assert` that the tests use, over `node:assert`. @module */
import nodeAssert from "node:assert";

/** What a failed assertion throws. */
export const AssertionError = nodeAssert.AssertionError;

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) fail(message || "expected a truthy value");
}

/** Always fails. */
export function fail(message = "failed"): never {
  throw new AssertionError({ message });
}

/** Deep, strict equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, message);
}

/** Deep, strict inequality. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, message);
}

/** `Object.is` equality. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): void {
  nodeAssert.strictEqual(actual, expected, message);
}

/** Equality to within `tolerance`, by default 1e-7 relative to `expected`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Math.abs(expected) * 1e-7 || 1e-7,
  message = "",
): void {
  if (Object.is(actual, expected)) return;
  if (!(Math.abs(actual - expected) <= tolerance)) {
    fail(message || `expected ${expected} to within ${tolerance}, got ${actual}`);
  }
}

/** `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message = ""): void {
  if (!(actual > expected)) fail(message || `expected more than ${expected}, got ${actual}`);
}

/** `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message = ""): void {
  if (!(actual < expected)) fail(message || `expected less than ${expected}, got ${actual}`);
}

/** `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message = ""): void {
  if (!actual.includes(expected)) fail(message || `expected "${actual}" to contain "${expected}"`);
}

/** `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message = ""): void {
  if (!expected.test(actual)) fail(message || `expected "${actual}" to match ${expected}`);
}

/** `actual` is an instance of `type`. */
// deno-lint-ignore no-explicit-any -- any constructor, as in the package this stands for
export function assertInstanceOf<T extends abstract new (...args: any[]) => any>(
  actual: unknown,
  type: T,
  message = "",
): asserts actual is InstanceType<T> {
  if (!(actual instanceof type)) fail(message || `expected an instance of ${type.name}`);
}

// deno-lint-ignore no-explicit-any -- as above
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** `body` throws, optionally an error of a class whose message contains a text; returns the error. */
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  type?: ErrorClass<E>,
  includes?: string,
  message = "",
): E {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  return checked(thrown, type, includes, message);
}

/** The promise of `body` rejects; otherwise as `assertThrows`. */
export async function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  includes?: string,
  message = "",
): Promise<E> {
  let thrown: unknown;
  try {
    await body();
  } catch (error) {
    thrown = error;
  }
  return checked(thrown, type, includes, message);
}

function checked<E extends Error>(
  thrown: unknown,
  type: ErrorClass<E> | undefined,
  includes: string | undefined,
  message: string,
): E {
  if (thrown === undefined) fail(message || "expected an error, and there was none");
  if (!(thrown instanceof Error)) fail(message || `expected an Error, got ${thrown}`);
  if (type && !(thrown instanceof type)) {
    fail(message || `expected ${type.name}, got ${thrown.name}: ${thrown.message}`);
  }
  if (includes && !thrown.message.includes(includes)) {
    fail(message || `expected the message to contain "${includes}", got "${thrown.message}"`);
  }
  return thrown as E;
}
