/**
 * The contract between what has state and what keeps it. A snapshot is a flat list of entries, each
 * under a key like `section/member/field`; capture puts entries, restore gets them. What stands under
 * which key is the business of those who implement {@link SnapshotPayload}.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";

/** What an attribute of an entry can be; all of it immutable. */
export type SnapshotScalar = number | string | boolean | bigint | null;

/** Scalars by name. */
export type SnapshotAttributes = Readonly<Record<string, SnapshotScalar>>;

/**
 * What an entry stands for. `group` and `array` are written by payloads; the others are how a value
 * of a bearer's state is spelled: a plain object, a list, a list of numbers only, a list of texts,
 * booleans and nulls only (as JSON), a typed array, an array with a shape, a date (ISO 8601), a
 * symbolic expression, or one of these again that stands earlier in the same state (`of`: its path below the
 * state).
 */
export type SnapshotEntryKind =
  | "group"
  | "array"
  | "record"
  | "list"
  | "numbers"
  | "texts"
  | "ndarray"
  | "date"
  | "expression"
  | "alias";

/** One node of a snapshot. */
export interface SnapshotEntry {
  /** What the entry stands for. */
  readonly kind: SnapshotEntryKind;
  /** The numbers, row-major; null where the entry has none. */
  readonly data: TypedArray | null;
  /** The extents of `data`; empty where there is none. */
  readonly shape: readonly number[];
  /** Scalars that belong to the entry; for a record or a list, its scalar fields. */
  readonly attributes: SnapshotAttributes;
  /** Names of the children in order, for groups; names of all fields in order, for records. */
  readonly keys?: readonly string[];
  /** The class whose state this is, on the root entry of a bearer's state. */
  readonly className?: string;
}

/**
 * Whether a backend must copy the data (it may be written into later) or may keep the array
 * itself (it is replaced, never written).
 */
export type SnapshotSharing = "copy" | "share";

/** The entries of one rank, to be read. */
export type RankEntries = Pick<CheckpointBackend, "get">;

/** Where a walk puts entries and gets them back: memory, an HDF5 file, a message to another rank. */
export interface CheckpointBackend {
  /** Keeps an entry under a key that is new to this backend. */
  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void;
  /** The entry under `key`; its data is read-only. */
  get(key: string): SnapshotEntry | undefined;
  /** All keys, parents before children, in the order of capture. */
  keys(): Iterable<string>;
}

/** Entries by key, to be read. */
export type EntrySource = Pick<CheckpointBackend, "keys" | "get">;

/** `parent/name`, with `%` and `/` of the name escaped so that any name is one step of the path. */
export function childKey(parent: string, name: string): string {
  const step = escapable.test(name) ? name.replaceAll("%", "%25").replaceAll("/", "%2F") : name;
  return parent === "" ? step : `${parent}/${step}`;
}
const escapable = /[%/]/;

/** The names along a key, unescaped. */
export function namesOf(key: string): string[] {
  return key.split("/").map(unescaped);
}

function unescaped(step: string): string {
  return step.replaceAll("%2F", "/").replaceAll("%25", "%");
}

/** Where an entry stands: in which section, at or below which of its members. */
export interface MemberPlace {
  /** The first step of the key. */
  readonly section: string;
  /** The second step, unescaped. */
  readonly name: string;
  /** The key of the member itself. */
  readonly root: string;
  /** The rest of the key, escaped as it stands there; empty for the member's own entry. */
  readonly path: string;
}

/** The place of an entry; null for a key of one step, which belongs to no member. */
export function memberPlaceOf(key: string): MemberPlace | null {
  const first = key.indexOf("/");
  if (first < 0) return null;
  const second = key.indexOf("/", first + 1), end = second < 0 ? key.length : second;
  return {
    section: key.slice(0, first),
    name: unescaped(key.slice(first + 1, end)),
    root: key.slice(0, end),
    path: key.slice(end + 1),
  };
}

/**
 * Something with numbers of its own that the walk captures and restores.
 *
 * `plan` checks everything and writes nothing; what it finds wrong goes to `source.refuse`, so that
 * one error can list it all. It returns the writing half, which must not fail.
 */
export interface SnapshotPayload {
  /** Stable, unique among its kind in the model. */
  readonly name: string;
  /** Hands every array and scalar that can change the future to `sink`. */
  capture(sink: CaptureSink): void;
  /** Checks `source` against the live object; returns what puts it back. */
  plan(source: CaptureSource): () => void;
  /**
   * Writes to `sink` what this rank would have captured, from what ranks of another number have: everything
   * exactly once, matched by global id.
   *
   * @param captures The entries of each rank that captured, whole, by rank.
   * @param key Where this payload stands in them.
   * @throws {SnapshotInvalidatedError} when they do not belong together, or to this object.
   */
  redistribute?(captures: readonly CheckpointBackend[], key: string, sink: CaptureSink): void;
  /**
   * Whether `plan` could not put back what this rank captured without knowing what all ranks have: what is divided
   * among them was then another one.
   */
  needsWhole?(source: CaptureSource): boolean;
  /**
   * Learns what all ranks that captured have together, before `redistribute` or `plan`; changes nothing yet.
   *
   * @param whole Everything once, as one rank would have captured it.
   * @param captures What each of them has; `key` is where this payload stands there.
   * @throws {SnapshotInvalidatedError} when the captures do not belong together.
   */
  takeWhole?(
    whole: CaptureSource,
    captures: readonly Pick<CheckpointBackend, "get">[],
    key: string,
  ): void;
}

/** Writes entries below one key. Paths are relative, made with {@link childKey} where names are free. */
export interface CaptureSink {
  /** A node without numbers; `keys` names its children where restore has to list them. */
  group(path: string, attributes: SnapshotAttributes, keys?: readonly string[]): void;
  /** Numbers that may be written into later: copied. */
  array(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes?: SnapshotAttributes,
  ): void;
  /** Numbers that are replaced, never written: kept as they are. */
  frozen(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes?: SnapshotAttributes,
  ): void;
  /** A sink for everything below `path`. */
  below(path: string): CaptureSink;
}

/** Reads entries below one key, and collects reasons to refuse. */
export interface CaptureSource {
  /** The key this source stands at. */
  readonly key: string;
  /** The entry at `path` (`""` is the source's own). */
  get(path: string): SnapshotEntry | undefined;
  /** The data at `path`; where it is absent, or of another kind or length, refuses and returns null. */
  data<T extends TypedArray>(
    path: string,
    like: { new (length: number): T },
    length: number,
  ): T | null;
  /** A reason why this snapshot cannot be put back here, as one sentence. */
  refuse(problem: string): void;
  /** A source for everything below `path`. */
  below(path: string): CaptureSource;
}

/** A value that state may hold; see {@link SnapshottableState}. */
export type StateValue =
  | SnapshotScalar
  | Date
  | TypedArray
  | ShapedArray
  | ExpressionValue
  | readonly StateValue[]
  | { readonly [name: string]: StateValue };

/** What an NdArray shows of itself; any layout, read through `get`. */
export interface ShapedArray {
  /** The elements, in any order. */
  readonly data: unknown;
  /** Extents. */
  readonly shape: number[];
  /** How far apart neighbours are along each axis. */
  readonly stride: number[];
  /** Where the first element is. */
  readonly offset: number;
}

/** What a symbolic expression shows of itself. */
export interface ExpressionValue {
  /** The text form from which an equal expression can be made. */
  toJSON(): string;
}

/** A plain object of state values with the version of its layout. */
export interface SnapshottableState {
  /** Grows by one whenever fields change meaning; migrations lift old ones. */
  readonly schemaVersion: number;
}

/**
 * An object whose `state` can be read and put back: a time history, a solver, anything of a user's
 * own. Reading gives plain values; writing validates and derives again whatever is derived.
 */
export interface Snapshottable<S extends SnapshottableState = SnapshottableState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** Plain values and names only, never handles to live objects. */
  state: S;
  /** The class by which states are known in files and migrations; defaults to the constructor's name. */
  readonly stateClass?: string;
  /**
   * Throws where `state` could not take this value, and writes nothing. A bearer that has it lets
   * restore check everything before the first write; for one that has not, restore keeps an undo copy.
   */
  checkState?(state: S): void;
}
