/**
 * Small JSON files that are replaced in one step, like snapshots.
 *
 * @module
 */
import { type FileLayer, readFully, writeFully } from "../snapshot/file/file_layer.ts";
import { replaceFile } from "../snapshot/file/pending_file.ts";

/** Writes a value to a file: whoever looks finds the old one or the new one, whole. */
export function writeJson(layer: FileLayer, path: string, value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n");
  replaceFile(layer, path, (file) => writeFully(file, bytes, 0));
}

/** The value in a file; undefined where there is none, or it is no JSON. */
export function readJson(layer: FileLayer, path: string): unknown {
  if (!layer.stat(path)?.isFile) return undefined;
  const file = layer.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    const count = readFully(file, bytes, 0);
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, count)));
  } catch (error) {
    // Damaged: the same as lost. What cannot be read at all is another matter.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}
