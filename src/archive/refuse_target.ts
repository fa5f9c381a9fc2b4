import { SnapshotFormatError } from "../errors.ts";
import { requireReplaceable } from "../snapshot/file/commit.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { sameFile } from "../snapshot/file/places.ts";

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
