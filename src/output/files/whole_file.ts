/**
 * Files that are read and written as a whole.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import { explained } from "../../snapshot/file/file_errors.ts";
import { denoLayer, readFully, writeFully } from "../../snapshot/file/file_layer.ts";
import { absolutePath } from "../../snapshot/file/paths.ts";
import { replaceFile } from "../../snapshot/file/pending_file.ts";

/** Writes a file, which gets its name when all of it is on the disk. */
export function writeBytes(path: string | URL, bytes: Uint8Array): void {
  const target = absolutePath(path);
  try {
    replaceFile(denoLayer, target, (file) => writeFully(file, bytes, 0));
  } catch (error) {
    throw explained(error, target, "write");
  }
}

/** Reads a file. */
export function readBytes(path: string | URL): Uint8Array<ArrayBuffer> {
  const file = denoLayer.open(absolutePath(path), "read");
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, readFully(file, bytes, 0));
  } finally {
    file.close();
  }
}

/** The values of a field, 0 where it has none yet: reading `data` would give it memory, which is state. */
export function presentValues(variable: MeshVariable): Float64Array {
  const { allocated, components, dofCount } = variable;
  return allocated ? variable.data : new Float64Array(dofCount * components);
}

/**
 * Refuses what is divided among ranks.
 *
 * @throws {RangeError} when there are several.
 */
export function requireOneRank(what: string, comm: Comm): void {
  if (comm.size === 1) return;
  throw new RangeError(
    `${what} is for models on one rank, and this one has ${comm.size}; save a snapshot, which holds all parts, ` +
      "and export that: Model.fromSnapshot in a script of one rank, or `timestash export`",
  );
}
