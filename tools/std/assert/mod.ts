/** The part of `@std/assert` that the tests use: same names, same verdicts. @module */
import { inspect } from "node:util";
import { equal } from "./equal.ts";

export { equal };

/** What a failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) throw new AssertionError(message);
}

/** Fails unless `value` is falsy. */
export function assertFalse(value: unknown, message = ""): asserts value is false {
  if (value) throw new AssertionError(message);
}

/** Always fails. */
export function fail(message?: string): never {
  throw new AssertionError(`Failed assertion${suffix(message)}`);
}

/** Deep equality; 0 and -0 are equal, and so are two NaN. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffix(message)}\n  actual:   ${show(actual)}\n  expected: ${
      show(expected)
    }`,
  );
}

/** Deep inequality. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} not to be: ${show(expected)}${suffix(message)}`,
  );
}

/** `Object.is` equality. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw new AssertionError(
    `Values are not strictly equal${suffix(message)}\n  actual:   ${show(actual)}\n  expected: ${
      show(expected)
    }`,
  );
}

/** Not the same by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  if (!Object.is(actual, expected)) return;
  throw new AssertionError(
    `Expected "actual" to not be strictly equal to: ${show(actual)}${suffix(message)}`,
  );
}

/** Neither null nor undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to not be null or undefined${suffix(message)}`,
  );
}

/** Equality to within `tolerance`, by default 1e-7 relative to `expected`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (delta <= tolerance) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" is greater than "${tolerance}"${
      suffix(message)
    }`,
  );
}

/** `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (actual > expected) return;
  throw new AssertionError(`Expect ${show(actual)} > ${show(expected)}${suffix(message)}`);
}

/** `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (actual >= expected) return;
  throw new AssertionError(`Expect ${show(actual)} >= ${show(expected)}${suffix(message)}`);
}

/** `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (actual < expected) return;
  throw new AssertionError(`Expect ${show(actual)} < ${show(expected)}${suffix(message)}`);
}

/** `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (actual <= expected) return;
  throw new AssertionError(`Expect ${show(actual)} <= ${show(expected)}${suffix(message)}`);
}

/** `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${suffix(message)}`,
  );
}

/** `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to match: "${expected}"${suffix(message)}`,
  );
}

/** `actual` does not match `expected`. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to not match: "${expected}"${suffix(message)}`,
  );
}

// deno-lint-ignore no-explicit-any -- any constructor, as in the package this stands for
type AnyClass = abstract new (...args: any[]) => any;

/** `actual` is an instance of `type`. */
export function assertInstanceOf<T extends AnyClass>(
  actual: unknown,
  type: T,
  message?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof type) return;
  throw new AssertionError(
    `Expected object to be an instance of "${type.name}" but was ${show(actual)}${suffix(message)}`,
  );
}

// deno-lint-ignore no-explicit-any -- as above
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** `body` throws; returns what it threw. */
export function assertThrows(body: () => unknown, message?: string): unknown;
/** `body` throws an error of a class, with a text in its message; returns it. */
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  type: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows(
  body: () => unknown,
  ...wanted: Wanted
): unknown {
  const { type, includes, message } = readWanted(wanted);
  try {
    body();
  } catch (error) {
    return checked(error, "thrown", type, includes, message);
  }
  throw new AssertionError(`Expected function to throw${suffix(message)}`);
}

/** The promise of `body` rejects; resolves to the reason. */
export function assertRejects(body: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** The promise of `body` rejects with an error of a class, with a text in its message. */
export function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  type: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  body: () => PromiseLike<unknown>,
  ...wanted: Wanted
): Promise<unknown> {
  const { type, includes, message } = readWanted(wanted);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = body();
  } catch { /* a synchronous throw is no rejection: the check below says so */ }
  if (typeof promise?.then !== "function") {
    throw new AssertionError(`Function throws when expected to reject${suffix(message)}`);
  }
  try {
    await promise;
  } catch (error) {
    return checked(error, "rejected", type, includes, message);
  }
  throw new AssertionError(`Expected function to reject${suffix(message)}`);
}

type Wanted = [typeOrMessage?: ErrorClass<Error> | string, includes?: string, message?: string];

function readWanted([first, includes, message]: Wanted) {
  return typeof first === "string"
    ? { type: undefined, includes: undefined, message: first }
    : { type: first, includes, message };
}

function checked(
  error: unknown,
  how: string,
  type: ErrorClass<Error> | undefined,
  includes: string | undefined,
  message: string | undefined,
): unknown {
  if (type === undefined) return error;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${how}${suffix(message)}`);
  }
  const fits: boolean = error instanceof type;
  if (!fits) {
    throw new AssertionError(
      `Expected error to be instance of "${type.name}", but was "${error.name}: ${error.message}"${
        suffix(message)
      }`,
      { cause: error },
    );
  }
  if (includes && !error.message.includes(includes)) {
    throw new AssertionError(
      `Expected error message to include "${includes}", but got "${error.message}"${
        suffix(message)
      }`,
      { cause: error },
    );
  }
  return error;
}

function suffix(message: string | undefined): string {
  return message ? `: ${message}` : ".";
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, maxArrayLength: 40, breakLength: 100 });
}
