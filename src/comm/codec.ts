/**
 * Encodes messages as bytes: a typed array as its own bytes, a number as eight bytes, everything else as
 * JSON. Nothing is rounded: NaN payloads of arrays, and -0, NaN and Infinity inside JSON values, arrive as
 * they were sent.
 *
 * @module
 */
import { allocate, arrayKinds, bytesOf, isTypedArray, kindOf, type TypedArray } from "../arrays.ts";
import type { CommMessage, JsonValue } from "./comm.ts";

/** The kind of a message as a small integer: an index into `arrayKinds`, or one of the two below. */
export type KindCode = number;

/** A plain number. */
export const numberCode: KindCode = arrayKinds.length;
/** A JSON value. */
export const jsonCode: KindCode = arrayKinds.length + 1;

/** An encoded message. */
export interface Encoded {
  readonly code: KindCode;
  /** For arrays a view of the sender's memory: copied before the call returns. */
  readonly bytes: Uint8Array;
}

/** The code of an array's element type. */
export function codeOf(array: TypedArray): KindCode {
  return arrayKinds.indexOf(kindOf(array));
}

/** The name of a kind of message, for errors. */
export function codeName(code: KindCode): string {
  return code === numberCode ? "number" : code === jsonCode ? "JSON value" : arrayKinds[code];
}

/**
 * The bytes of a message.
 *
 * @throws {TypeError} when JSON cannot hold the value, or one inside it.
 */
export function encode(value: unknown, what: string): Encoded {
  if (isTypedArray(value)) return { code: codeOf(value), bytes: bytesOf(value) };
  if (typeof value === "number") {
    return { code: numberCode, bytes: new Uint8Array(Float64Array.of(value).buffer) };
  }
  const escapes = inspect(value, what, 0);
  const text = JSON.stringify(value, escapes ? escape : undefined);
  return { code: jsonCode, bytes: new TextEncoder().encode(text) };
}

/** New memory that will receive the bytes of a message. */
export function roomFor(code: KindCode, byteLength: number): TypedArray {
  if (code === numberCode) return new Float64Array(1);
  if (code === jsonCode) return new Uint8Array(byteLength);
  const kind = arrayKinds[code];
  return allocate(kind, byteLength / allocate(kind, 0).BYTES_PER_ELEMENT);
}

/** The message whose bytes are in `room`. */
export function decode(code: KindCode, room: TypedArray): CommMessage {
  if (code === numberCode) return room[0] as number;
  if (code !== jsonCode) return room;
  const text = new TextDecoder().decode(room as Uint8Array<ArrayBuffer>);
  return JSON.parse(text, text.includes("\\u0001") ? unescape : undefined) as JsonValue;
}

/** An independent copy of a message, the same as if it had been sent. */
export function copyOf<T>(value: T, what: string): T {
  if (typeof value === "number") return value;
  const { code, bytes } = encode(value, what);
  const room = roomFor(code, bytes.length);
  bytesOf(room).set(bytes);
  return decode(code, room) as T;
}

/** Throws if JSON would lose something; returns true if numbers or strings must be escaped. */
function inspect(value: unknown, path: string, depth: number): boolean {
  switch (typeof value) {
    case "string":
      return value.startsWith(mark);
    case "boolean":
      return false;
    case "number":
      return !Number.isFinite(value) || Object.is(value, -0);
    case "object":
      if (value === null) return false;
      break;
    default:
      throw new TypeError(
        `${path}: ${typeof value} cannot be sent; send typed arrays, or what JSON holds`,
      );
  }
  if (depth > 200) throw new TypeError(`${path}: nested too deep, or it contains itself`);
  let escapes = false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (inspect(value[i], `${path}[${i}]`, depth + 1)) escapes = true;
    }
    return escapes;
  }
  const proto = Object.getPrototypeOf(value);
  if (proto !== null && Object.getPrototypeOf(proto) !== null) {
    throw new TypeError(
      `${path}: a ${proto.constructor?.name ?? "class"} cannot be sent; ` +
        `send typed arrays by themselves, or what JSON holds`,
    );
  }
  for (const [name, inner] of Object.entries(value)) {
    if (inspect(inner, `${path}.${name}`, depth + 1)) escapes = true;
  }
  return escapes;
}

/** JSON does not have -0, NaN and Infinity: they are sent as strings that begin with this mark. */
const mark = "\u0001";

function escape(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(mark) ? mark + value : value;
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return mark + (Object.is(value, -0) ? "-0" : String(value));
}

function unescape(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(mark)) return value;
  return value[1] === mark ? value.slice(1) : Number(value.slice(1));
}
