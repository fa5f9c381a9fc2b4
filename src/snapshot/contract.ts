/**
 * The contract between what has state and what keeps it. A snapshot is a flat list of entries, each
 * under a key like `meshes/Mesh_0/variables/T`; capture puts entries, restore gets them. This floor
 * knows no mesh and no swarm: those implement {@link Payload}.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";

/** What an attribute of an entry can be; all of it immutable. */
export type Scalar = number | string | boolean | bigint | null;

/** Scalars by name. */
export type Attributes = Readonly<Record<string, Scalar>>;

/**
 * What an entry stands for. `group` and `array` are written by payloads; the others are how a value
 * of a bearer's state is spelled: a plain object, a list, a list of numbers only, a list of texts,
 * booleans and nulls only (as JSON), a typed array, an array with a shape, a date (ISO 8601), a
 * symbolic expression.
 */
export type EntryKind =
  | "group"
  | "array"
  | "record"
  | "list"
  | "numbers"
  | "texts"
  | "ndarray"
  | "date"
  | "expression";

/** One node of a snapshot. */
export interface Entry {
  /** What the entry stands for. */
  readonly kind: EntryKind;
  /** The numbers, row-major; null where the entry has none. */
  readonly data: TypedArray | null;
  /** The extents of `data`; empty where there is none. */
  readonly shape: readonly number[];
  /** Scalars that belong to the entry; for a record or a list, its scalar fields. */
  readonly attributes: Attributes;
  /** Names of the children in order, for groups; names of all fields in order, for records. */
  readonly keys?: readonly string[];
  /** The class whose state this is, on the root entry of a bearer's state. */
  readonly className?: string;
}

/**
 * Whether a backend must copy the data (somebody may write into it later) or may keep the array
 * itself (it is replaced, never written).
 */
export type Sharing = "copy" | "share";

/** Where a walk puts entries and gets them back: memory, an HDF5 file, a message to another rank. */
export interface CheckpointBackend {
  /** Keeps an entry under a key that is new to this backend. */
  put(key: string, entry: Entry, sharing: Sharing): void;
  /** The entry under `key`; its data is read-only. */
  get(key: string): Entry | undefined;
  /** All keys, parents before children, in the order of capture. */
  keys(): Iterable<string>;
}

/** `parent/name`, with `%` and `/` of the name escaped so that any name is one step of the path. */
export function childKey(parent: string, name: string): string {
  const step = escapable.test(name) ? name.replaceAll("%", "%25").replaceAll("/", "%2F") : name;
  return parent === "" ? step : `${parent}/${step}`;
}
const escapable = /[%/]/;

/** The names along a key, unescaped. */
export function namesOf(key: string): string[] {
  return key.split("/").map((step) => step.replaceAll("%2F", "/").replaceAll("%25", "%"));
}

/**
 * Something with numbers of its own (a mesh, a swarm) that the walk captures and restores.
 *
 * `plan` checks everything and writes nothing; what it finds wrong goes to `source.refuse`, so that
 * one error can list it all. It returns the writing half, which must not fail.
 */
export interface Payload {
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
   * @param parts The entries of each rank that captured, whole, by rank.
   * @param key Where this payload stands in them.
   * @throws {SnapshotInvalidatedError} when they do not belong together, or to this object.
   */
  redistribute?(parts: readonly CheckpointBackend[], key: string, sink: CaptureSink): void;
}

/** Writes entries below one key. Paths are relative, made with {@link childKey} where names are free. */
export interface CaptureSink {
  /** A node without numbers; `keys` names its children where restore has to list them. */
  group(path: string, attributes: Attributes, keys?: readonly string[]): void;
  /** Numbers that somebody may write into later: copied. */
  array(path: string, data: TypedArray, shape: readonly number[], attributes?: Attributes): void;
  /** Numbers that are replaced, never written: kept as they are. */
  frozen(path: string, data: TypedArray, shape: readonly number[], attributes?: Attributes): void;
  /** A sink for everything below `path`. */
  below(path: string): CaptureSink;
}

/** Reads entries below one key, and collects reasons to refuse. */
export interface CaptureSource {
  /** The key this source stands at. */
  readonly key: string;
  /** The entry at `path` (`""` is the source's own). */
  get(path: string): Entry | undefined;
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
  | Scalar
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
  /** Plain values and names only, never handles to meshes, variables or matrices. */
  state: S;
  /** The class by which states are known in files and migrations; the constructor's name when left out. */
  readonly stateClass?: string;
  /**
   * Throws where `state` could not take this value, and writes nothing. A bearer that has it lets
   * restore check everything before the first write; for one that has not, restore keeps an undo copy.
   */
  checkState?(state: S): void;
}

/** The three kinds of things a model keeps by name. */
export type MemberKind = "mesh" | "swarm" | "bearer";

/** What the floors below the model know of it. */
export interface ModelHost {
  /** Names the run. */
  readonly name: string;
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** The time, step and step size that `tracker` holds now. */
  readonly tracker: { time: number; step: number; dt: number | null };
  /** Values of parameters by name, for expressions; undefined where there is none. */
  readonly parameters: { has(name: string): boolean; get(name: string): StateValue };
  /** Meshes by name. */
  readonly meshes: ReadonlyMap<string, Payload>;
  /** Swarms by name. */
  readonly swarms: ReadonlyMap<string, Payload>;
  /**
   * Registers `member` and returns its name: `wanted`, or `${className}_${n}` counted per class.
   * Called last in a constructor, so that one that throws leaves nothing behind.
   *
   * @throws {TypeError} when `wanted` is not a non-empty string.
   * @throws {RangeError} when a member of that kind has the name already.
   */
  adopt(
    kind: MemberKind,
    member: Payload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string;
  /**
   * Runs `work` as one indivisible thing: saving or loading inside it is an error.
   *
   * @throws {Error} whatever `work` throws.
   */
  indivisible<R>(what: string, work: () => R): R;
}
