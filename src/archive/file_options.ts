/**
 * Options for writing and reading snapshot files.
 *
 * @module
 */
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { SnapshotFormatError } from "../errors.ts";
import { requireReplaceable } from "../snapshot/file/commit.ts";
import { sameFile } from "../snapshot/file/places.ts";

/** Options for writing a snapshot file. */
export interface FileOptions {
  /**
   * `single` (the default) writes one file; `sidecars` writes an additional file for each mesh and
   * swarm.
   */
  readonly layout?: "single" | "sidecars" | undefined;
  /** `gzip` makes files smaller but is slower; defaults to `none`. */
  readonly compression?: "none" | "gzip" | undefined;
  /** An earlier snapshot; data that has not changed since is linked instead of written again. */
  readonly base?: string | URL | undefined;
  /**
   * What ParaView can show. True (the default) stores a small view in the file, nearly all of it links to data
   * that is stored anyway: quadratic fields by their values at the nodes, discontinuous ones not at all. `full`
   * shows all of them as they are, and stores the points and cells that this needs. `beside` also writes small
   * files beside it, such as `step42.hdf`, that open the full view with a double click. False stores no view.
   */
  readonly view?: boolean | "full" | "beside" | undefined;
}

/** Options for reading a snapshot file. */
export interface LoadOptions {
  /**
   * If `false`, checksums are not verified, so that a file changed by another program can be read.
   */
  readonly verify?: boolean | undefined;
}

/** Internal options of the writers, in addition to the public ones. */
export interface WriteOptions extends FileOptions {
  /** The file system; tests substitute another one. */
  readonly layer?: FileLayer | undefined;
}

/** Internal options of the readers, in addition to the public ones. */
export interface ReadOptions extends LoadOptions {
  /** The file system; tests substitute another one. */
  readonly layer?: FileLayer | undefined;
  /** Allocates the memory for numbers; warm buffers from a pool take half the time of new ones. */
  readonly take?: ((bytes: number) => ArrayBuffer) | undefined;
}

/** How much a file shows to ParaView. */
export function viewDetailOf({ view }: FileOptions): "full" | "small" {
  return view === "full" || view === "beside" ? "full" : "small";
}

/** @throws {TypeError} when an option is not one of those allowed. */
export function checkFileOptions(
  { layout = "single", compression = "none", view = true }: FileOptions,
): void {
  if (typeof view !== "boolean" && view !== "full" && view !== "beside") {
    throw new TypeError(
      `view must be true, false, "full" or "beside", not ${JSON.stringify(view)}`,
    );
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

/** Refuses to replace a folder, the base itself, or a snapshot that others need. */
export function refuseTarget(
  layer: FileLayer,
  path: string,
  options: { readonly base?: string | undefined },
): void {
  if (options.base !== undefined && sameFile(layer, options.base, path)) {
    throw new RangeError(`the base of "${path}" must be another file: save under another name`);
  }
  if (layer.stat(path)?.isDirectory) {
    throw new SnapshotFormatError(path, `"${path}" is a folder: give the path of a file in it`);
  }
  requireReplaceable(layer, path);
}
