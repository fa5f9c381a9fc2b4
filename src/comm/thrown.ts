/**
 * Passes errors from one thread to another. Structured cloning turns every class that it does not know into
 * a plain `Error`; here the toolkit's own classes and their fields are kept.
 *
 * @module
 */
import * as own from "../errors.ts";

/** An error as data. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Own fields, beyond those above, that can be cloned. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: Thrown | null;
}

/** What was thrown, as data; anything that is not an `Error` becomes one. */
export function pack(error: unknown, depth = 0): Thrown {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: "", fields: {}, cause: null };
  }
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(error)) {
    if (reserved.has(name)) continue;
    try {
      fields[name] = structuredClone(value);
    } catch {
      // A field that cannot be cloned is dropped; the message and the stack still say what happened.
    }
  }
  const cause = error.cause === undefined || depth > 8 ? null : pack(error.cause, depth + 1);
  const { name, message, stack = "" } = error;
  return { name, message, stack, fields, cause };
}

/** The error that was packed: of the same class if that is one of the toolkit's or the language's. */
export function unpack(thrown: Thrown): Error {
  const known = classes.get(thrown.name) ?? Error;
  // Constructed by Error, so that it is a real one, with the prototype of its class; the fields follow.
  const error = Reflect.construct(Error, [thrown.message], known) as Error;
  const define = (name: string, value: unknown, enumerable: boolean) =>
    Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
  if (error.name !== thrown.name) define("name", thrown.name, false);
  if (thrown.stack !== "") define("stack", thrown.stack, false);
  if (thrown.cause !== null) define("cause", unpack(thrown.cause), false);
  for (const [name, value] of Object.entries(thrown.fields)) define(name, value, true);
  return error;
}

const reserved = new Set(["name", "message", "stack", "cause"]);

// deno-lint-ignore ban-types -- classes with constructors of any shape, abstract ones among them
const classes = new Map<string, Function>([
  ...[TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError].map((known) =>
    [known.name, known] as const
  ),
  ...Object.entries(own),
  ...Object.entries(Deno.errors),
]);
