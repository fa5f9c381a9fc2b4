/**
 * Finds the snapshots in a folder. Users can give a snapshot any name, and rename it, so that every file is looked
 * at; only the names of the toolkit's own small files are known to be none.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import { directoryOf, joinPath } from "./paths.ts";
import { endsLikeSnapshot, readTail, type Tail } from "./tail_reader.ts";
import { temporaryOf } from "./temporary_names.ts";

/** Records, transcripts, locks and notes, of which a folder of checkpoints has many. */
const SMALL_FILES = /\.(snap\.json|run\.json|log(\.1)?\.jsonl|lock|journal|needed)$/;

/** Whether {@link snapshotsIn} looks at a file of this name. */
export function isLookedAt(name: string): boolean {
  return !SMALL_FILES.test(name) && temporaryOf(name) === null;
}

/** The intact snapshots in a folder, each with its tail. Links to others in the same folder are left out. */
export function* snapshotsIn(
  layer: FileLayer,
  directory: string,
  without: (name: string) => boolean = () => false,
): Generator<{ readonly name: string; readonly path: string; readonly tail: Tail }> {
  for (const name of layer.list(directory)) {
    if (!isLookedAt(name) || without(name)) continue;
    const path = joinPath(directory, name);
    const tail = isElsewhere(layer, path) ? tailOf(layer, path) : null;
    if (tail !== null) yield { name, path, tail };
  }
}

/** The tail of a file; null if it is not an intact snapshot, which needs and lists nothing. */
export function tailOf(layer: FileLayer, path: string): Tail | null {
  let file;
  try {
    // Opening a pipe would wait for its writer.
    if (!layer.stat(path)?.isFile) return null;
    file = layer.open(path, "read");
    return endsLikeSnapshot(file) ? readTail(path, file) : null;
  } catch {
    return null;
  } finally {
    file?.close();
  }
}

/** False for a link within its own folder, since its target is looked at itself. */
function isElsewhere(layer: FileLayer, path: string): boolean {
  if (!layer.lstat(path)?.isSymlink) return true;
  const real = layer.realPath(path);
  return real !== null && directoryOf(real) !== layer.realPath(directoryOf(path));
}
