/**
 * Adds the path and a remedy to file system errors, keeping their class.
 *
 * @module
 */

import { SnapshotInvalidatedError, StateSchemaError, TimestashError } from "../../errors.ts";

/** Errors that already have an explanation; they are passed on unchanged. */
const done = new WeakSet<Error>();

/**
 * The operation that failed; `settle` follows after the new file has its name, `write` is for other files, `look` for
 * what may be a snapshot or a folder of them.
 */
export type Doing = "save" | "write" | "settle" | "load" | "look";

/**
 * Returns an error of the same kind (class, `code`) with a readable message; the original is its
 * `cause`. A refusal of what a file holds names the file. Other errors that do not come from the
 * system are returned unchanged.
 */
export function explained(error: unknown, path: string, doing: Doing): unknown {
  if (!(error instanceof Error) || done.has(error)) return error;
  if (error instanceof TimestashError) return doing === "load" ? refusalNaming(error, path) : error;
  const remedy = remedyOf(error, path, doing);
  if (remedy === null) return error;
  const message = `${acts[doing]} "${path}": ${error.message}. ${remedy}`;
  const better = new (error.constructor as ErrorConstructor)(message, { cause: error });
  const code = (error as { code?: string }).code;
  if (code !== undefined && !("code" in better)) Object.assign(better, { code });
  done.add(better);
  return better;
}

/** Whoever checks a state does not know where it came from; here it came from a file. */
function refusalNaming(error: TimestashError, path: string): TimestashError {
  const message = `"${path}": ${error.message}`;
  // The cause of the refusal, where it has one, says more than the refusal itself would.
  const options = error.cause === undefined ? {} : { cause: error.cause };
  let named: TimestashError;
  if (error instanceof SnapshotInvalidatedError) {
    named = new SnapshotInvalidatedError(message, error.problems, options);
  } else if (error instanceof StateSchemaError) {
    named = new StateSchemaError(error.bearer, message, options);
  } else return error;
  done.add(named);
  return named;
}

const acts: Readonly<Record<Doing, string>> = {
  save: "cannot save the snapshot",
  write: "cannot write the file",
  settle: "cannot flush the folder of the snapshot",
  load: "cannot load the snapshot",
  look: "cannot look at",
};

function remedyOf(error: Error, path: string, doing: Doing): string | null {
  const { code } = error as { code?: string };
  if (doing === "settle") return "It is saved, but may be lost if the power goes now: save again.";
  const writes = doing === "save" || doing === "write";
  const kept = writes ? " What was there before is untouched." : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return `The disk is full: make room or save elsewhere.${kept}`;
  }
  if (error instanceof Deno.errors.NotFound) {
    return writes
      ? "The folder does not exist: create it first."
      : `There is no such file${doing === "look" ? " or folder" : ""}: check the path.`;
  }
  if (error instanceof Deno.errors.NotCapable && /^\/(proc|sys|dev)\//.test(path)) {
    return `Deno opens files there only with --allow-all; snapshots belong into a folder on a disk.${kept}`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Deno is not allowed to do that: start it with --allow-read and --allow-write for this folder.${kept}`;
  }
  if (error instanceof Deno.errors.PermissionDenied || code === "EROFS") {
    return writes
      ? `The folder cannot be written to: change its permissions or save elsewhere.${kept}`
      : "The file cannot be read: change its permissions.";
  }
  if (code === "EIO") return `The disk failed.${kept}`;
  return code === undefined ? null : kept.trim();
}
