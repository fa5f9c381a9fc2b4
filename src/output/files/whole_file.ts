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
import { tailOf } from "../../snapshot/file/neighbours.ts";
import { PendingFile, replaceFile } from "../../snapshot/file/pending_file.ts";

/**
 * Writes a file, which gets its name when all of it is on the disk.
 *
 * @throws {RangeError} when a snapshot has the name.
 */
export function writeBytes(path: string | URL, bytes: Uint8Array): void {
  const target = absolutePath(path);
  try {
    requireNoSnapshot(target);
    replaceFile(denoLayer, target, (file) => writeFully(file, bytes, 0));
  } catch (error) {
    throw explained(error, target, "write");
  }
}

/**
 * Writes a text of any length as {@link writeBytes} writes bytes.
 *
 * @param work Is given what writes the next piece.
 * @throws {RangeError} when a snapshot has the name.
 * @throws {Error} what `work` throws; nothing is written then.
 */
export async function writePieces(
  path: string | URL,
  work: (write: (text: string) => void) => void | Promise<void>,
): Promise<void> {
  const target = absolutePath(path), encoder = new TextEncoder();
  let pending: PendingFile | null = null, at = 0;
  try {
    requireNoSnapshot(target);
    const { file } = pending = PendingFile.create(denoLayer, target);
    await work((text) => {
      const bytes = encoder.encode(text);
      writeFully(file, bytes, at);
      at += bytes.length;
    });
    pending.commit();
  } catch (error) {
    pending?.discard();
    throw explained(error, target, "write");
  }
}

/** Nothing but a save replaces a snapshot, its sidecars or its base, which may be what is written from. */
function requireNoSnapshot(path: string): void {
  if (tailOf(denoLayer, path) === null) return;
  throw new RangeError(
    `"${path}" is a snapshot, or a part of one, which writing would destroy; choose another name`,
  );
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
