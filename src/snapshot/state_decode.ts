/**
 * Decodes entries into a bearer's state: plain objects and new arrays that share nothing with the
 * snapshot.
 *
 * @module
 */
import { ndarray } from "../deps/ndarray.ts";
import { SnapshotInvalidatedError } from "../errors.ts";
import { decodeExpression } from "../expression/contract.ts";
import {
  type CheckpointBackend,
  childKey,
  type SnapshotEntry,
  type StateValue,
} from "./contract.ts";

/**
 * Returns the value that was stored under `key`.
 *
 * @throws {SnapshotInvalidatedError} when the snapshot does not contain the entry.
 */
export function decodeState(backend: CheckpointBackend, key: string): StateValue {
  return decodeValue({ backend, root: key, made: new Map() }, key);
}

/** A state being decoded; `made` holds objects by key, since an object may occur in two places. */
interface Decoding {
  readonly backend: CheckpointBackend;
  readonly root: string;
  readonly made: Map<string, StateValue>;
}

function decodeValue(decoding: Decoding, key: string): StateValue {
  const { backend, root, made } = decoding;
  const entry = backend.get(key);
  if (entry === undefined) {
    throw new SnapshotInvalidatedError(`the snapshot has no entry "${key}", and should have one`);
  }
  if (entry.kind === "alias") {
    const value = made.get(`${root}/${entry.attributes["of"]}`);
    if (value !== undefined) return value;
    throw new SnapshotInvalidatedError(
      `the entry "${key}" names "${entry.attributes["of"]}" again, which does not stand before it`,
    );
  }
  const value = madeValue(decoding, key, entry);
  made.set(key, value);
  return value;
}

function madeValue(decoding: Decoding, key: string, entry: SnapshotEntry): StateValue {
  switch (entry.kind) {
    case "record":
      return decodeRecord(decoding, key, entry);
    case "list":
      return entry.keys!.map((name) => field(decoding, key, entry, name));
    case "numbers":
      return Array.from(entry.data as Float64Array);
    case "texts":
      return JSON.parse(entry.attributes["json"] as string);
    case "array":
      return entry.data!.slice();
    case "ndarray":
      return ndarray(entry.data!.slice() as Float64Array, entry.shape.slice());
    case "date":
      return new Date(entry.attributes["iso"] as string);
    case "expression":
      return formula(key, entry.attributes["text"] as string);
    default:
      throw new SnapshotInvalidatedError(
        `the entry "${key}" is a ${entry.kind}, not a state value`,
      );
  }
}

/** A file may hold any text; what the reader of formulas says of it is the cause. */
function formula(key: string, text: string): StateValue {
  try {
    return decodeExpression(text);
  } catch (error) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new SnapshotInvalidatedError(
      `the entry "${key}" should be a formula, and "${shown}" is not one that can be read`,
      [],
      { cause: error },
    );
  }
}

function decodeRecord(decoding: Decoding, key: string, entry: SnapshotEntry): StateValue {
  const record: Record<string, StateValue> = {};
  for (const name of entry.keys!) {
    const value = field(decoding, key, entry, name);
    if (name === "__proto__") define(record, name, value);
    else record[name] = value;
  }
  return record;
}

/** Defines a field; plain assignment to `__proto__` would set the prototype instead. */
function define(record: object, name: string, value: StateValue): void {
  Object.defineProperty(record, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function field(
  decoding: Decoding,
  key: string,
  entry: SnapshotEntry,
  name: string,
): StateValue {
  return Object.hasOwn(entry.attributes, name)
    ? entry.attributes[name]
    : decodeValue(decoding, childKey(key, name));
}
