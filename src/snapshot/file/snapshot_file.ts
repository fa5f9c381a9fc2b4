/**
 * Reads a snapshot on disk: entries by key, following links into sidecars and bases.
 *
 * @module
 */
import { SnapshotCorruptError, TimestashError } from "../../errors.ts";
import type { ReadDescription } from "../../deps/h5wasm.ts";
import type { EntryHead } from "../captured_parts.ts";
import type { SnapshotEntry, SnapshotScalar } from "../contract.ts";
import {
  type AttributeMark,
  CHECKSUM,
  decodeScalar,
  type EntryMark,
  fromText,
  MARK,
} from "./attribute_codec.ts";
import { asKind, kindStored } from "./element_types.ts";
import { explained } from "./file_errors.ts";
import type { FileLayer, LayerFile } from "./file_layer.ts";
import { Hdf5Input } from "./hdf5_input.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { elementsOf } from "./hdf5_types.ts";
import { keysFrom, markFrom, requireSound } from "./entry_check.ts";
import { FORMAT, SCHEMA_VERSION, VIEW_DETAIL, VIEW_ROOT } from "./format.ts";
import { hdf5PathOf } from "./paths.ts";
import { linkedPath } from "./places.ts";
import { SizeLimits } from "./size_limits.ts";
import { SourceFile, type StoredRows } from "./source_file.ts";
import {
  damaged,
  foreign,
  incomplete,
  newerSchema,
  openForReading,
  readFailure,
  readTail,
  type Tail,
} from "./tail_reader.ts";

/** State shared by all files of one snapshot while they are read. */
export interface Reading {
  readonly library: Hdf5Library;
  readonly layer: FileLayer;
  readonly verify: boolean;
  /** Allocates memory for numbers. */
  readonly take?: ((bytes: number) => ArrayBuffer) | undefined;
  /** The most bytes of compressed arrays of a file that are kept in memory; defaults to as many as are worth it. */
  readonly keptBytes?: number | undefined;
  /** All files opened so far, by path. */
  readonly files: Map<string, SnapshotFile>;
}

/** An object and the file that contains it. */
export interface Located {
  readonly holder: SnapshotFile;
  readonly path: string;
}

/** What is known of an entry before its numbers are read. */
interface Head {
  readonly entry: SnapshotEntry;
  /** Null if it has no numbers. */
  readonly found: ReadDescription | null;
  readonly elementType: string | undefined;
}

const ours = new Set([MARK, CHECKSUM, "real_name", "element_type"]);

/** One file of a snapshot. */
export class SnapshotFile {
  readonly path: string;
  readonly tail: Tail | null;
  readonly #reading: Reading;
  readonly #source: SourceFile;
  readonly #input: Hdf5Input;
  readonly #limits: SizeLimits;
  readonly #located = new Map<string, Located>();

  private constructor(reading: Reading, path: string, tail: Tail | null, source: SourceFile) {
    this.path = path;
    this.tail = tail;
    this.#reading = reading;
    this.#source = source;
    this.#input = new Hdf5Input(reading.library, source);
    this.#limits = new SizeLimits(source.size());
  }

  /**
   * Opens a file; with `verify`, its structure is first compared with its checksums.
   *
   * @throws {SnapshotFormatError} when it is not a snapshot, or its version is too new.
   * @throws {SnapshotCorruptError} when it is damaged.
   */
  static open(reading: Reading, path: string): SnapshotFile {
    const place = reading.layer.realPath(path) ?? path;
    const known = reading.files.get(place);
    if (known) return known;
    const file = openForReading(reading.layer, path);
    try {
      const opened = SnapshotFile.#opened(reading, path, file);
      reading.files.set(place, opened);
      return opened;
    } catch (error) {
      file.close();
      throw error instanceof TimestashError ? error : readFailure(error, path);
    }
  }

  static #opened(reading: Reading, path: string, file: LayerFile): SnapshotFile {
    const tail = reading.verify ? readTail(path, file) : null;
    const source = new SourceFile(path, file, tail, reading.keptBytes);
    const opened = new SnapshotFile(reading, path, tail, source);
    try {
      opened.#checkRoot();
    } catch (error) {
      opened.#input.close();
      throw error;
    }
    return opened;
  }

  #checkRoot(): void {
    const names = this.#input.attributeNames("/");
    if (!names.includes("format") || this.#input.attribute("/", "format") !== FORMAT) {
      throw foreign(this.path);
    }
    const version = Number(this.#input.attribute("/", "schema_version"));
    if (!(version >= 1)) throw damaged(this.path, "its schema version is missing");
    if (version > SCHEMA_VERSION) throw newerSchema(this.path, `schema version ${version}`);
  }

  /** The keys of all entries, in the order of capture. */
  keys(): string[] {
    return this.#guarded(() => keysFrom(String(this.#input.attribute("/", "keys_json"))));
  }

  /** The attributes of `/metadata`. */
  metadata(): Record<string, SnapshotScalar> {
    return this.#guarded(() => {
      const mark = this.#mark("/metadata");
      return { schema_version: SCHEMA_VERSION, ...this.#attributes("/metadata", mark) };
    });
  }

  /** The names of the grids in the view for ParaView; empty if there is no view. */
  viewGrids(): string[] {
    return this.#guarded(() => {
      if (!this.#input.has(VIEW_ROOT)) return [];
      // The file of one rank has numbers there that only its wrapper displays.
      if (!this.#input.attributeNames(VIEW_ROOT).includes("parts_json")) return [];
      return keysFrom(String(this.#input.attribute(VIEW_ROOT, "parts_json")));
    });
  }

  /** Whether the view for ParaView leaves out what would make the file much larger. */
  get hasSmallView(): boolean {
    return this.#guarded(() =>
      this.#input.has(VIEW_ROOT) &&
      this.#input.attributeNames(VIEW_ROOT).includes(VIEW_DETAIL) &&
      this.#input.attribute(VIEW_ROOT, VIEW_DETAIL) === "small"
    );
  }

  /**
   * The entry under `key`, with its numbers in new memory.
   *
   * @throws {SnapshotCorruptError} when it is missing or damaged, here or in a linked file.
   */
  entry(key: string): SnapshotEntry {
    const { holder, path } = this.locate(hdf5PathOf(key));
    return holder.#guarded(() => {
      const entry = holder.#entryAt(path);
      requireSound(entry, path);
      return entry;
    });
  }

  /**
   * The entry under `key` without its numbers, and the type of these.
   *
   * @throws {SnapshotCorruptError} when it is missing or damaged, here or in a linked file.
   */
  head(key: string): EntryHead {
    const { holder, path } = this.locate(hdf5PathOf(key));
    return holder.#guarded(() => {
      const { entry, found, elementType } = holder.#headAt(path);
      return { ...entry, elements: found && kindStored(found, elementType) };
    });
  }

  /** Where the numbers under `key` are, if they can be read in parts; null for those that have to be read whole. */
  storedRows(key: string): StoredRows | null {
    const { holder, path } = this.locate(hdf5PathOf(key));
    return holder.#guarded(() => {
      const found = holder.#input.description(path);
      if (found === null || found.chunks !== null || !found.littleEndian) return null;
      const stored = holder.#source.storedRows(path);
      return stored?.bytes === elementsOf(found.shape ?? []) * found.size ? stored : null;
    });
  }

  /**
   * Reads compressed numbers under `key` from byte `first` on, whole rows, as many as `into` holds; what they are made
   * of was compared with its checksums when the file was opened.
   *
   * @returns false for numbers that are not compressed, or are not divided at these bytes.
   */
  readCompressed(key: string, into: Uint8Array, first: number): boolean {
    const { holder, path } = this.locate(hdf5PathOf(key));
    return holder.#guarded(() => {
      const found = holder.#input.description(path);
      return found?.chunks != null && holder.#input.rows(path, found, into, first);
    });
  }

  /** The file and path where the object at `path` is actually stored. */
  locate(path: string): Located {
    if (path === "" || path === "/") return { holder: this, path };
    if (this.tail?.manifest.files.length === 0) return { holder: this, path };
    const known = this.#located.get(path);
    if (known) return known;
    const cut = path.lastIndexOf("/");
    const parent = this.locate(path.slice(0, cut));
    const located = parent.holder.#follow(`${parent.path}${path.slice(cut)}`);
    this.#located.set(path, located);
    return located;
  }

  /** Closes this file and all other files of the same snapshot. */
  closeAll(): void {
    for (const file of this.#reading.files.values()) {
      file.#input.close();
      file.#source.close();
    }
    this.#reading.files.clear();
  }

  #follow(path: string): Located {
    const link = this.#guarded(() => this.#input.externalLink(path));
    if (link === null) return { holder: this, path };
    return this.#linkedFile(link.file).locate(link.path);
  }

  #linkedFile(link: string): SnapshotFile {
    const linked = this.tail?.manifest.files.find(({ file }) => file === link);
    if (this.tail !== null && linked === undefined) {
      throw damaged(this.path, `it links to "${link}", which its trailer does not list`);
    }
    const path = linkedPath(this.#reading.layer, this.path, link);
    const file = this.#openLinked(path, linked?.role);
    if (linked !== undefined && file.tail?.trailer.digest !== linked.digest) {
      throw damaged(
        this.path,
        `"${path}", which holds a part of it, is not the file it was saved with (it was saved again?)`,
      );
    }
    return file;
  }

  /** Opens without checking for existence first, since the file could be removed in between. */
  #openLinked(path: string, role?: "sidecar" | "base"): SnapshotFile {
    try {
      return SnapshotFile.open(this.#reading, path);
    } catch (error) {
      throw error instanceof Deno.errors.NotFound ? incomplete(this.path, path, role) : error;
    }
  }

  #entryAt(path: string): SnapshotEntry {
    const { entry, found, elementType } = this.#headAt(path);
    if (found === null) return entry;
    const data = asKind(this.#input.dataset(path, found, this.#reading.take), elementType);
    const fits = elementsOf(entry.shape) === data.length;
    return { ...entry, data, shape: fits ? entry.shape : [...found.shape!] };
  }

  /** An entry without its numbers, and how these are stored. */
  #headAt(path: string): Head {
    if (!this.#input.has(path)) {
      throw new SnapshotCorruptError(this.path, `"${this.path}" has nothing at ${path}`, [path]);
    }
    const found = this.#input.description(path);
    const mark = this.#mark(path);
    const attributes = this.#attributes(path, mark);
    const rest = {
      ...(mark?.keys && { keys: mark.keys }),
      ...(mark?.className !== undefined && { className: mark.className }),
    };
    const elementType = mark?.elementType;
    if (found === null) {
      const entry = { kind: mark?.kind ?? "group", data: null, shape: [], attributes, ...rest };
      return { entry, found, elementType };
    }
    this.#limits.requireDataset(path, found, this.#input.isFiltered(path, found));
    const marked = mark?.shape;
    const fits = marked !== undefined && elementsOf(marked) === elementsOf(found.shape ?? []);
    const shape = [...(fits ? marked : found.shape) ?? []];
    const entry = { kind: mark?.kind ?? "array", data: null, shape, attributes, ...rest };
    return { entry, found, elementType };
  }

  /** The mark on the object at `path`; null if it was written by another program. */
  #mark(path: string): EntryMark | null {
    if (!this.#input.attributeNames(path).includes(MARK)) return null;
    return markFrom(String(this.#input.attribute(path, MARK)), path);
  }

  /** The attributes in the order of the mark, followed by any that another program added. */
  #attributes(path: string, mark: EntryMark | null): Record<string, SnapshotScalar> {
    const present = new Set(this.#input.attributeNames(path));
    const marks: AttributeMark[] = [...mark?.attributes ?? []];
    const known = new Set(marks.map(([name, , stored]) => stored ?? name));
    const values: [string, SnapshotScalar][] = [];
    for (const [name, code, stored = name] of marks) {
      if (!present.has(stored)) continue;
      const raw = this.#input.attribute(path, stored);
      if (raw !== undefined) values.push([name, decodeScalar(raw, code)]);
    }
    for (const [name, code, text] of mark?.more ?? []) {
      values.push([name, decodeScalar(fromText(code, text), code)]);
    }
    for (const name of present) {
      if (ours.has(name) || known.has(name)) continue;
      const raw = this.#input.attribute(path, name);
      if (raw !== undefined) values.push([name, decodeScalar(raw)]);
    }
    return Object.fromEntries(values);
  }

  /** Runs `work`; reports failures as a damaged file or as the layer's own error. */
  #guarded<R>(work: () => R): R {
    try {
      return work();
    } catch (error) {
      if (error instanceof TimestashError) throw error;
      const { failure, damagedDatasets } = this.#source;
      if (failure !== null) throw explained(failure, this.path, "load");
      if (damagedDatasets.size === 0) throw readFailure(error, this.path);
      const names = [...damagedDatasets];
      throw damaged(this.path, `${names.join(", ")} does not match its checksum`, names);
    }
  }
}
