/**
 * The contract between objects that have state and the backends that keep it. A snapshot is a flat
 * list of entries, each under a key like `section/member/field`. Capture puts entries and restore
 * gets them. Each {@link SnapshotPayload} decides what it stores under its keys.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { CapturedParts } from "./captured_parts.ts";

/** The possible types of an entry's attribute; all of them are immutable. */
export type SnapshotScalar = number | string | boolean | bigint | null;

/** Scalars by name. */
export type SnapshotAttributes = Readonly<Record<string, SnapshotScalar>>;

/**
 * What an entry represents. `group` and `array` are written by payloads. The other kinds represent
 * values in a bearer's state: a plain object, a list, a list of numbers only, a list of only texts,
 * booleans and nulls (as JSON), a typed array, an array with a shape, a date (ISO 8601), a symbolic
 * expression, or a reference to one of these that occurs earlier in the same state (`of` is its
 * path below the state).
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
  /** What the entry represents. */
  readonly kind: SnapshotEntryKind;
  /** The numbers, row-major; null if the entry has none. */
  readonly data: TypedArray | null;
  /** The extents of `data`; empty if there is no data. */
  readonly shape: readonly number[];
  /** The scalars that belong to the entry; for a record or a list, its scalar fields. */
  readonly attributes: SnapshotAttributes;
  /** The names, in order, of a group's children or of all fields of a record. */
  readonly keys?: readonly string[] | undefined;
  /** The class whose state this is, on the root entry of a bearer's state. */
  readonly className?: string | undefined;
}

/**
 * Whether a backend must copy the data (because it may be modified later) or may keep the array
 * itself (because it is replaced, never modified).
 */
export type SnapshotSharing = "copy" | "share";

/** Read access to the entries of one rank. */
export type RankEntries = Pick<CheckpointBackend, "get">;

/** Where entries are put and read back: memory, an HDF5 file, or a message to another rank. */
export interface CheckpointBackend {
  /** Stores an entry under a key that this backend does not have yet. */
  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void;
  /** The entry under `key`; its data is read-only. */
  get(key: string): SnapshotEntry | undefined;
  /** All keys, parents before children, in the order of capture. */
  keys(): Iterable<string>;
}

/** Read access to entries by key. */
export type EntrySource = Pick<CheckpointBackend, "keys" | "get">;

/** Returns `parent/name`, with `%` and `/` in the name escaped to keep it one step of the path. */
export function childKey(parent: string, name: string): string {
  const step = escapable.test(name) ? name.replaceAll("%", "%25").replaceAll("/", "%2F") : name;
  return parent === "" ? step : `${parent}/${step}`;
}
const escapable = /[%/]/;

/** Whether a key is `start`, or that of something below it. */
export function isWithin(key: string, start: string): boolean {
  return key === start || key.startsWith(`${start}/`);
}

/** The unescaped names along a key. */
export function namesOf(key: string): string[] {
  return key.split("/").map(unescaped);
}

function unescaped(step: string): string {
  return step.replaceAll("%2F", "/").replaceAll("%25", "%");
}

/** The position of an entry: its section, its member, and the path below that member. */
export interface MemberPlace {
  /** The first step of the key. */
  readonly section: string;
  /** The second step, unescaped. */
  readonly name: string;
  /** The key of the member itself. */
  readonly root: string;
  /** The rest of the key, still escaped; empty for the member's own entry. */
  readonly path: string;
}

/** The position of an entry; null for a key with one step, which does not belong to a member. */
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
 * An object with numerical data that the walk captures and restores.
 *
 * `plan` checks everything and writes nothing. It reports problems to `source.refuse`, so that one
 * error can list them all. It returns a function that does the writing and must not fail.
 */
export interface SnapshotPayload {
  /** A stable name that is unique among payloads of the same kind in the model. */
  readonly name: string;
  /** Passes every array and scalar that can affect later results to `sink`. */
  capture(sink: CaptureSink): void;
  /** Checks `source` against the live object and returns a function that restores it. */
  plan(source: CaptureSource): () => void;
  /**
   * Whether another number of ranks captured the cells (or what else `takeWhole` is for) that are live here. What an
   * earlier `takeWhole` gave is forgotten. Collective.
   *
   * @param key The key of this payload in the captures.
   * @throws {SnapshotInvalidatedError} when the captures do not belong together.
   */
  isDividedAnew?(parts: CapturedParts, key: string): boolean;
  /**
   * Writes to `sink` what this rank would have captured, from captures by a different number of
   * ranks. Everything is written exactly once and matched by global id. Collective.
   *
   * @param parts The captures, of which each rank reads its share.
   * @param key The key of this payload in those captures.
   * @throws {SnapshotInvalidatedError} when the captures do not belong together or to this object.
   */
  redistribute?(parts: CapturedParts, key: string, sink: CaptureSink): void;
  /**
   * Whether `plan` needs the captures of all ranks to restore what this rank captured, because the
   * distribution among the ranks was different at the time of capture.
   */
  needsWhole?(source: CaptureSource): boolean;
  /**
   * Receives the combined captures of all ranks before `redistribute` or `plan`, on the first rank; changes nothing
   * yet. Collective.
   *
   * @param whole Everything once, as a single rank would have captured it; null on all ranks but the first.
   * @param captures The capture of each rank, and none where `whole` is null; `key` is the key of this payload in it.
   * @throws {SnapshotInvalidatedError} when the captures do not belong together.
   */
  takeWhole?(
    whole: CaptureSource | null,
    captures: readonly Pick<CheckpointBackend, "get">[],
    key: string,
  ): void;
}

/** Writes entries below one key. Paths are relative; use {@link childKey} for arbitrary names. */
export interface CaptureSink {
  /** Adds a node without numbers; `keys` names its children if restore has to list them. */
  group(path: string, attributes: SnapshotAttributes, keys?: readonly string[]): void;
  /** Adds numbers that may be modified later; they are copied. */
  array(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes?: SnapshotAttributes,
  ): void;
  /** Adds numbers that are replaced, never modified; the array itself is kept. */
  frozen(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes?: SnapshotAttributes,
  ): void;
  /** Returns a sink for everything below `path`. */
  below(path: string): CaptureSink;
}

/** Reads entries below one key and collects reasons to refuse the snapshot. */
export interface CaptureSource {
  /** The key below which this source reads. */
  readonly key: string;
  /** The entry at `path`; `""` is the source's own entry. */
  get(path: string): SnapshotEntry | undefined;
  /** The data at `path`; if it is absent or has another kind or length, refuses, returning null. */
  data<T extends TypedArray>(
    path: string,
    like: { new (length: number): T },
    length: number,
  ): T | null;
  /** Records why this snapshot cannot be restored here, as one sentence. */
  refuse(problem: string): void;
  /** Returns a source for everything below `path`. */
  below(path: string): CaptureSource;
}

/** A value that a state may contain; see {@link SnapshottableState}. */
export type StateValue =
  | SnapshotScalar
  | Date
  | TypedArray
  | ShapedArray
  | ExpressionValue
  | readonly StateValue[]
  | { readonly [name: string]: StateValue };

/** The public properties of an NdArray, which may have any layout and is read through `get`. */
export interface ShapedArray {
  /** The elements, in any order. */
  readonly data: unknown;
  /** Extents. */
  readonly shape: number[];
  /** The distance between neighbouring elements along each axis. */
  readonly stride: number[];
  /** The position of the first element. */
  readonly offset: number;
}

/** The public interface of a symbolic expression. */
export interface ExpressionValue {
  /** Returns a text form from which an equal expression can be made. */
  toJSON(): string;
}

/** A plain object of state values with the version of its layout. */
export interface SnapshottableState {
  /** Increases by one whenever fields change meaning; migrations convert older states. */
  readonly schemaVersion: number;
}

/**
 * An object whose `state` can be read and restored, e.g. a time history, a solver or a user's own
 * object. Reading returns plain values. Writing validates the values and recomputes derived ones.
 */
export interface Snapshottable<S extends SnapshottableState = SnapshottableState> {
  /** A stable name that is unique among the bearers of the model. */
  readonly name: string;
  /** Plain values and names only, without handles to live objects. */
  state: S;
  /** The class name used for states in files and migrations; defaults to the constructor's name. */
  readonly stateClass?: string;
  /** True for an object that keeps states of other classes as they are, whatever their version. */
  readonly takesAnyVersion?: boolean;
  /**
   * What a script sets when it makes the object, by name. When a run is resumed it is compared with what the run
   * began with; where `state` has a field of the name, the script's own value can be put there.
   */
  readonly setup?: Readonly<Record<string, StateValue>>;
  /**
   * Throws if `state` could not take this value, and writes nothing. With this method, restore can
   * check everything before the first write; without it, restore keeps an undo copy.
   */
  checkState?(state: S): void;
  /**
   * Remembers what is code and not state, such as which conditions there are and their functions; calling the
   * result makes it so again. Going back to a token or a transaction's start in this process calls it before
   * `state` is set.
   */
  markCode?(): () => void;
}
