/**
 * How snapshot files are written and read.
 *
 * @module
 */
import type { FileLayer } from "../snapshot/file/file_layer.ts";

/** How a snapshot file is written. */
export interface FileOptions {
  /** `single` (the default): one file. `sidecars`: one more file for each mesh and swarm. */
  readonly layout?: "single" | "sidecars";
  /** `gzip` makes files smaller and slower; `none` is the default. */
  readonly compression?: "none" | "gzip";
  /** An earlier snapshot: what has not changed since is linked, not written again. */
  readonly base?: string | URL;
  /**
   * What ParaView shows. True (the default): a view inside the file, mostly links to data that is there anyway.
   * `beside`: in addition small files beside it, `step42.hdf` for a double click. False: none.
   */
  readonly view?: boolean | "beside";
}

/** How a snapshot file is read. */
export interface LoadOptions {
  /** With `false`, checksums are not checked: reads a file that another program has changed. */
  readonly verify?: boolean;
}

/** What writers take beyond what users see. */
export interface WriteOptions extends FileOptions {
  /** The file system; tests put another one here. */
  readonly layer?: FileLayer;
}

/** What readers take beyond what users see. */
export interface ReadOptions extends LoadOptions {
  /** The file system; tests put another one here. */
  readonly layer?: FileLayer;
  /** Where the memory for numbers comes from: warm buffers of a pool take half the time of new ones. */
  readonly take?: (bytes: number) => ArrayBuffer;
}

/** @throws {TypeError} when an option is not one of those allowed. */
export function checkFileOptions(
  { layout = "single", compression = "none", view = true }: FileOptions,
): void {
  if (typeof view !== "boolean" && view !== "beside") {
    throw new TypeError(`view must be true, false or "beside", not ${JSON.stringify(view)}`);
  }
  if (layout !== "single" && layout !== "sidecars") {
    throw new TypeError(`layout must be "single" or "sidecars", not ${JSON.stringify(layout)}`);
  }
  if (compression !== "none" && compression !== "gzip") {
    throw new TypeError(
      `compression must be "none" or "gzip", not ${JSON.stringify(compression)}`,
    );
  }
}
