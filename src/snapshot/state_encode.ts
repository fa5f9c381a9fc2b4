/**
 * Encodes a bearer's state as entries. Every value either becomes an entry or an attribute, or is
 * refused with its path; nothing is skipped.
 *
 * @module
 */
import { isTypedArray, type TypedArray } from "../arrays.ts";
import { SnapshotSerializationError } from "../errors.ts";
import { isExpression } from "../expression/contract.ts";
import {
  type CheckpointBackend,
  childKey,
  type SnapshotAttributes,
  type SnapshotScalar,
} from "./contract.ts";
import { OwnedObjects } from "./owned_objects.ts";
import { isShaped, packed } from "./shaped.ts";

/** Other properties are not looked for in longer arrays, because that would take longer than saving. */
const LONGEST_LOOK = 1024;

/** The position of an encoder: its backend, the enclosing objects, and the path for messages. */
interface Walk {
  readonly backend: CheckpointBackend;
  readonly around: object[];
  readonly owned: OwnedObjects;
  readonly path: string[];
  readonly root: string;
}

/**
 * Stores `state` under `key`: scalar fields as attributes, everything else as entries below it.
 *
 * @param path The name of the root in error messages, e.g. `tracker`.
 * @param className The class name to record on the root entry.
 * @throws {SnapshotSerializationError} when a value cannot be saved; the message starts with its
 *   path.
 */
export function encodeState(
  backend: CheckpointBackend,
  key: string,
  state: object,
  path: string,
  className?: string,
): void {
  if (typeof state !== "object" || state === null) {
    throw new SnapshotSerializationError(
      path,
      `its state is ${state === null ? "null" : `a ${typeof state}`}; a plain object is needed`,
    );
  }
  const walk = { backend, around: [], owned: new OwnedObjects(), path: [path], root: key };
  encodeRecord(walk, key, state, className);
}

function encodeRecord(walk: Walk, key: string, record: object, className?: string): void {
  requirePlain(walk, record);
  enter(walk, record);
  const attributes: Record<string, SnapshotScalar> = Object.create(null);
  const keys = Object.keys(record);
  let children: string[] | null = null;
  for (const name of keys) {
    const field = Object.getOwnPropertyDescriptor(record, name)!;
    walk.path.push(`.${name}`);
    if (field.get !== undefined) refuse(walk, "an accessor cannot be saved; store its value");
    if (isScalar(field.value)) attributes[name] = field.value;
    else {
      requireSavable(walk, field.value);
      (children ??= []).push(name);
    }
    walk.path.pop();
  }
  walk.backend.put(
    key,
    { kind: "record", data: null, shape: [], attributes, keys, className },
    "share",
  );
  if (children !== null) {
    const fields = record as Record<string, object>;
    for (const name of children) {
      walk.path.push(`.${name}`);
      encodeObject(walk, childKey(key, name), fields[name]);
      walk.path.pop();
    }
  }
  walk.around.pop();
}

function encodeObject(walk: Walk, key: string, value: object): void {
  if (encodeAlias(walk, key, value)) return;
  if (isTypedArray(value)) {
    requireAttached(walk, value);
    requireOwnMemory(walk, value);
    requireElementsOnly(walk, value, value.length);
    walk.backend.put(
      key,
      { kind: "array", data: value, shape: [value.length], attributes: {} },
      "copy",
    );
  } else if (Array.isArray(value)) encodeList(walk, key, value);
  else if (value instanceof Date) {
    const iso = Number.isNaN(value.getTime()) ? "invalid" : value.toISOString();
    put(walk, key, "date", { iso });
  } else if (isExpression(value)) put(walk, key, "expression", { text: value.toJSON() });
  else if (isShaped(value)) {
    if (isTypedArray(value.data)) {
      requireAttached(walk, value.data);
      requireOwnMemory(walk, value.data);
    }
    const data = packed(value);
    if (data === null) {
      refuse(walk, "an NdArray over a plain array cannot be saved; use a typed one");
    }
    walk.backend.put(
      key,
      { kind: "ndarray", data, shape: value.shape.slice(), attributes: {} },
      "share",
    );
  } else encodeRecord(walk, key, value);
}

function put(
  walk: Walk,
  key: string,
  kind: "date" | "expression" | "texts" | "alias",
  a: SnapshotAttributes,
): void {
  walk.backend.put(key, { kind, data: null, shape: [], attributes: a }, "share");
}

/** Encodes numbers as one array and texts as JSON; only mixed lists need an entry per element. */
function encodeList(walk: Walk, key: string, list: readonly unknown[]): void {
  // The prototype of a plain list is itself a list in any realm; that of a subclass is not.
  if (!Array.isArray(Object.getPrototypeOf(list))) {
    refuse(walk, `an instance of ${list.constructor?.name} cannot be saved; use a plain list`);
  }
  requireElementsOnly(walk, list, list.length + 1);
  enter(walk, list);
  if (hasOnlyNumbers(list)) {
    const data = Float64Array.from(list);
    const shape = [list.length];
    walk.backend.put(key, { kind: "numbers", data, shape, attributes: {} }, "share");
  } else if (hasOnlyTexts(list)) put(walk, key, "texts", { json: JSON.stringify(list) });
  else encodeMixedList(walk, key, list);
  walk.around.pop();
}

/** Uses a loop, since `every` would skip the holes of a sparse list, which cannot be saved. */
function hasOnlyNumbers(list: readonly unknown[]): list is number[] {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "number") return false;
  return list.length > 0;
}

function hasOnlyTexts(list: readonly unknown[]): boolean {
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (item !== null && typeof item !== "string" && typeof item !== "boolean") return false;
  }
  return true;
}

function encodeMixedList(walk: Walk, key: string, list: readonly unknown[]): void {
  const attributes: Record<string, SnapshotScalar> = Object.create(null);
  const keys: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    keys.push(String(i));
    if (isScalar(item)) attributes[i] = item;
    else {
      walk.path.push(`[${i}]`);
      requireSavable(walk, item);
      walk.path.pop();
    }
  }
  walk.backend.put(key, { kind: "list", data: null, shape: [], attributes, keys }, "share");
  for (let i = 0; i < list.length; i++) {
    if (keys[i] in attributes) continue;
    walk.path.push(`[${i}]`);
    encodeObject(walk, childKey(key, keys[i]), list[i] as object);
    walk.path.pop();
  }
}

function isScalar(value: unknown): value is SnapshotScalar {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
    case "bigint":
      return true;
    default:
      return value === null;
  }
}

/** Refuses everything that is neither a scalar nor an object. */
function requireSavable(walk: Walk, value: unknown): asserts value is object {
  if (typeof value === "object") return;
  if (value === undefined) refuse(walk, "undefined cannot be saved; use null or delete it");
  refuse(walk, `a ${typeof value} cannot be saved`);
}

function requireAttached(walk: Walk, { buffer }: TypedArray): void {
  if (!("detached" in buffer && buffer.detached)) return;
  refuse(walk, "an array whose memory was transferred to another thread cannot be saved");
}

function requirePlain(walk: Walk, value: object): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    const name = prototype.constructor?.name ?? "a class";
    refuse(
      walk,
      `an instance of ${name} cannot be saved; use plain objects, lists, numbers, strings, dates ` +
        "and typed arrays",
    );
  }
  if (Reflect.ownKeys(value).length !== Object.keys(value).length) refuseHidden(walk, value);
}

/** Refuses an object with fields that are not enumerable or are named by a symbol. */
function refuseHidden(walk: Walk, value: object): never {
  const names = Reflect.ownKeys(value);
  if (names.some((name) => typeof name === "symbol")) {
    refuse(walk, "a field whose name is a symbol cannot be saved; name it with a string");
  }
  const hidden = names.find((name) => !Object.keys(value).includes(String(name)));
  refuse(walk, `the field '${String(hidden)}' is hidden (not enumerable) and cannot be saved`);
}

/** Refuses an array with properties that are not elements, such as `list.note`. */
function requireElementsOnly(walk: Walk, array: ArrayLike<unknown>, expected: number): void {
  if (array.length > LONGEST_LOOK) return;
  const names = Reflect.ownKeys(array);
  if (names.length <= expected) return;
  const other = names.find((name) => name !== "length" && !/^(0|[1-9]\d*)$/.test(String(name)));
  if (other === undefined) return;
  refuse(walk, `the property '${String(other)}' of an array cannot be saved; use a plain object`);
}

function enter(walk: Walk, value: object): void {
  if (walk.around.includes(value)) refuse(walk, "an object that contains itself cannot be saved");
  walk.around.push(value);
}

/** Stores a repeated object as a reference, so that restore makes one object for both keys. */
function encodeAlias(walk: Walk, key: string, value: object): boolean {
  if (value instanceof Date || isExpression(value) || walk.around.includes(value)) return false;
  const earlier = walk.owned.addObject(value, key);
  if (earlier === null) return false;
  put(walk, key, "alias", { of: earlier.slice(walk.root.length + 1) });
  return true;
}

function requireOwnMemory(walk: Walk, array: TypedArray): void {
  const earlier = walk.owned.addArray(array, walk.path.join(""));
  if (earlier === null) return;
  refuse(
    walk,
    `it shares memory with ${earlier}, and a restore would make two arrays of it; keep one of them, or a copy`,
  );
}

function refuse(walk: Walk, reason: string): never {
  throw new SnapshotSerializationError(walk.path.join(""), reason);
}
