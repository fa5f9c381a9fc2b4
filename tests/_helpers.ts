/** What tests of several floors share. @module */
import { AssertionError } from "@std/assert";
import { join } from "@std/path";
import { bytesOf, kindOf, sameBytes, type TypedArray } from "../src/arrays.ts";

/** A folder that is removed, with all that is in it, when its scope ends. */
export interface TempDir extends Disposable {
  /** Where it is. */
  readonly path: string;
  /** A path inside it. */
  join(...parts: string[]): string;
}

/** A new, empty folder: `using dir = tempDir();`. */
export function tempDir(): TempDir {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "timestash_" }));
  return {
    path,
    join: (...parts) => join(path, ...parts),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/** Fails unless both arrays are of one kind and hold the same bytes; the message has the first that differs. */
export function assertSameBytes(
  actual: TypedArray,
  expected: TypedArray,
  what = "the arrays",
): void {
  if (kindOf(actual) !== kindOf(expected)) {
    throw new AssertionError(`${what}: a ${kindOf(actual)} array, not ${kindOf(expected)}`);
  }
  if (actual.length !== expected.length) {
    throw new AssertionError(`${what}: ${actual.length} elements, not ${expected.length}`);
  }
  if (sameBytes(actual, expected)) return;
  const a = bytesOf(actual), b = bytesOf(expected);
  const byte = a.findIndex((value, i) => value !== b[i]);
  const at = Math.floor(byte / actual.BYTES_PER_ELEMENT);
  throw new AssertionError(
    `${what}: byte ${byte} differs: element ${at} of ${actual.length} is ` +
      `${describe(actual, at)}, not ${describe(expected, at)}`,
  );
}

/**
 * Fails unless two numbers differ by rounding alone: by at most one unit in the last place of `magnitude` for
 * each operation. Errors of an approximation, or of a solver that stops early, need a tolerance of their own.
 *
 * @param operations How many roundings lie on the way, counted generously.
 * @param magnitude The largest number on the way. Defaults to 1.
 */
export function assertRounding(
  actual: number,
  expected: number,
  operations: number,
  magnitude = 1,
): void {
  const bound = Number.EPSILON * operations * magnitude;
  // Written so that NaN fails.
  if (Math.abs(actual - expected) <= bound) return;
  throw new AssertionError(
    `${actual} is not ${expected}: ${
      Math.abs(actual - expected)
    } apart, and ${operations} roundings of ` +
      `numbers up to ${magnitude} explain ${bound}`,
  );
}

/** An element, and its bytes in memory order: NaN payloads show in no other way. */
function describe(array: TypedArray, at: number): string {
  const size = array.BYTES_PER_ELEMENT;
  const value = array[at];
  const digits = bytesOf(array).slice(at * size, (at + 1) * size).toHex();
  return `${Object.is(value, -0) ? "-0" : value} (${digits})`;
}

/** A permission: `true` for all of it, or one program, address or path. */
type Scope = true | string;

/** What a test needs beyond `--allow-read --allow-write`. */
export interface Needs {
  /** Starting other programs: `true`, or the path or name of one. */
  readonly run?: Scope;
  /** The network: `true`, or a host with or without a port. */
  readonly net?: Scope;
  /** Native libraries: `true`, or the path of one. */
  readonly ffi?: Scope;
  /** Environment variables: `true`, or the name of one. */
  readonly env?: Scope;
  /** Modules from the network: `true`, or a host with or without a port. */
  readonly import?: Scope;
  /** Programs that must be installed; looking for them needs `run`, so they ask for it too. */
  readonly programs?: readonly string[];
}

/**
 * A test that `deno test --allow-read --allow-write` reports as ignored, because it needs more. The
 * same file runs whole under a task that grants the rest, e.g. `deno task test:url`. Its name says
 * what it needs.
 */
export function testNeeding(
  needs: Needs,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = missingOf(needs);
  Deno.test({ name: `${name} [needs ${wordsOf(needs)}]`, ignore: missing.length > 0, fn });
}

/** What of `needs` is not there, in words; empty when the test can run. */
export function missingOf(needs: Needs): string[] {
  const run = needs.run ?? (needs.programs ? true : undefined);
  const missing = descriptorsOf({ ...needs, run })
    .filter((descriptor) => Deno.permissions.querySync(descriptor).state !== "granted")
    .map((descriptor) => `--allow-${descriptor.name}`);
  if (missing.length > 0) return missing;
  return (needs.programs ?? []).filter((program) => !isInstalled(program));
}

function descriptorsOf(
  { run, net, ffi, env, import: modules }: Needs,
): Deno.PermissionDescriptor[] {
  const all: Deno.PermissionDescriptor[] = [];
  if (run) all.push(run === true ? { name: "run" } : { name: "run", command: run });
  if (net) all.push(net === true ? { name: "net" } : { name: "net", host: net });
  if (ffi) all.push(ffi === true ? { name: "ffi" } : { name: "ffi", path: ffi });
  if (env) all.push(env === true ? { name: "env" } : { name: "env", variable: env });
  if (modules) {
    all.push(modules === true ? { name: "import" } : { name: "import", host: modules });
  }
  return all;
}

function wordsOf({ programs = [], ...needs }: Needs): string {
  const flags = Object.entries(needs).map(([name, scope]) =>
    scope === true ? `--allow-${name}` : `--allow-${name}=${scope}`
  );
  return [...flags, ...programs].join(" ");
}

/** Started rather than looked up: PATH would need one more permission. */
function isInstalled(program: string): boolean {
  try {
    new Deno.Command(program, {
      args: ["--version"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
