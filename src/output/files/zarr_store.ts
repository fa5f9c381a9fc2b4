/**
 * A folder in the Zarr storage specification, version 2 (zarr-specs.readthedocs.io), with consolidated metadata:
 * arrays of which each time is a chunk of its own. A reader that takes the consolidated metadata sees a time when
 * all of it is there, and not before.
 *
 * @module
 */
import { bytesOf, kindOf, type TypedArray } from "../../arrays.ts";
import { denoLayer, writeFully } from "../../snapshot/file/file_layer.ts";
import { explained } from "../../snapshot/file/file_errors.ts";
import { absolutePath, directoryOf, joinPath } from "../../snapshot/file/paths.ts";
import { readBytes, writeBytes } from "./whole_file.ts";

/** The attributes of an array or of the whole. */
export type ZarrAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** An array to write. */
export interface ZarrArray {
  readonly name: string;
  readonly data: TypedArray;
  readonly shape: readonly number[];
  /** The names of its directions, without that of time. */
  readonly dimensions: readonly string[];
  readonly attributes?: ZarrAttributes;
}

/** The description of an array; `.zarray`. */
interface ArrayMetadata {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly dtype: string;
  readonly [other: string]: unknown;
}

/** NumPy's names of the kinds that fields and numbers have. */
const dtypes = new Map([["float64", "<f8"], ["int32", "<i4"], ["int64", "<i8"]]);

/** The direction of time. */
const TIME = "time";

/** The folder of a series; nothing is written before {@link ZarrStore.commit}. */
export class ZarrStore {
  readonly #path: string;
  readonly #metadata: Map<string, unknown>;

  /** Opens a folder; it need not exist. */
  constructor(path: string | URL) {
    this.#path = absolutePath(path);
    this.#metadata = this.#read();
  }

  /** Whether a series is there. */
  get exists(): boolean {
    return this.#metadata.has(".zgroup");
  }

  /** A file in the folder that belongs to no series; null where there is none. */
  get foreign(): string | null {
    const isForeign = (name: string) =>
      !name.startsWith(".z") && denoLayer.stat(this.#join(name))?.isFile === true;
    return denoLayer.list(this.#path).find(isForeign) ?? null;
  }

  /** The attributes of the whole. */
  get attributes(): ZarrAttributes {
    return (this.#metadata.get(".zattrs") ?? {}) as ZarrAttributes;
  }

  /** The numbers of all times of an array `[times]`; null if there is no such array. */
  times(name: string): number[] | null {
    const found = this.#array(name);
    if (found === null) return null;
    return Array.from({ length: found.shape[0] }, (_, i) => {
      const bytes = readBytes(this.#join(`${name}/${i}`));
      return new DataView(bytes.buffer).getFloat64(0, true);
    });
  }

  /** The shape of an array; null if there is none of that name. */
  shapeOf(name: string): readonly number[] | null {
    return this.#array(name)?.shape ?? null;
  }

  /** Begins a series, or gives it other attributes. */
  describe(attributes: ZarrAttributes): void {
    this.#metadata.set(".zgroup", { zarr_format: 2 });
    this.#metadata.set(".zattrs", attributes);
  }

  /** Writes an array that does not depend on time. */
  fixed(array: ZarrArray): void {
    this.#describe(array, array.shape, array.shape, array.dimensions);
    const key = array.shape.length === 0 ? "0" : array.shape.map(() => 0).join(".");
    this.#write(`${array.name}/${key}`, array.data);
  }

  /** Writes an array at one time, the last of it. */
  at(index: number, array: ZarrArray): void {
    const shape = [index + 1, ...array.shape], chunks = [1, ...array.shape];
    this.#describe(array, shape, chunks, [TIME, ...array.dimensions]);
    this.#write(`${array.name}/${[index, ...array.shape.map(() => 0)].join(".")}`, array.data);
  }

  /** Makes all arrays over time as long as the longest, or shorter; what is missing has no value. */
  resize(times: number): void {
    for (const [key, value] of this.#metadata) {
      if (!key.endsWith("/.zarray") || !this.#overTime(key)) continue;
      const found = value as ArrayMetadata;
      this.#metadata.set(key, { ...found, shape: [times, ...found.shape.slice(1)] });
    }
  }

  /** Writes the metadata, after which readers see what was written. */
  commit(): void {
    const metadata = Object.fromEntries([...this.#metadata].sort());
    const whole = { metadata, zarr_consolidated_format: 1 };
    writeBytes(this.#join(".zmetadata"), jsonBytes(whole));
    for (const [key, value] of this.#metadata) this.#writeJson(key, value);
  }

  #read(): Map<string, unknown> {
    if (denoLayer.stat(this.#join(".zmetadata")) === null) return new Map();
    const text = new TextDecoder().decode(readBytes(this.#join(".zmetadata")));
    const read = JSON.parse(text) as { metadata?: Record<string, unknown> };
    return new Map(Object.entries(read.metadata ?? {}));
  }

  #array(name: string): ArrayMetadata | null {
    return (this.#metadata.get(`${name}/.zarray`) ?? null) as ArrayMetadata | null;
  }

  #overTime(key: string): boolean {
    const attributes = this.#metadata.get(key.replace(/zarray$/, "zattrs")) as {
      _ARRAY_DIMENSIONS?: readonly string[];
    };
    return attributes._ARRAY_DIMENSIONS?.[0] === TIME;
  }

  #describe(
    { name, data, attributes = {} }: ZarrArray,
    shape: readonly number[],
    chunks: readonly number[],
    dimensions: readonly string[],
  ): void {
    const dtype = dtypes.get(kindOf(data))!;
    this.#metadata.set(`${name}/.zarray`, {
      zarr_format: 2,
      shape,
      chunks,
      dtype,
      compressor: null,
      filters: null,
      order: "C",
      // Readers take numbers that are equal to it for missing ones, so integers have none.
      fill_value: dtype === "<f8" ? "NaN" : null,
    });
    this.#metadata.set(`${name}/.zattrs`, { _ARRAY_DIMENSIONS: dimensions, ...attributes });
  }

  #write(key: string, data: TypedArray): void {
    this.#writePlain(key, bytesOf(data));
  }

  #writeJson(key: string, value: unknown): void {
    this.#writePlain(key, jsonBytes(value));
  }

  /** Not flushed: what readers go by is written last. */
  #writePlain(key: string, bytes: Uint8Array): void {
    const path = this.#join(key);
    let file;
    try {
      denoLayer.makeDirectory(directoryOf(path));
      file = denoLayer.open(path, "create");
      file.truncate(0);
      writeFully(file, bytes, 0);
    } catch (error) {
      throw explained(error, path, "write");
    } finally {
      file?.close();
    }
  }

  #join(key: string): string {
    return joinPath(this.#path, key);
  }
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, null, 1) + "\n");
}
