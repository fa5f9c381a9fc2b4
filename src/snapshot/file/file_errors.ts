/**
 * Errors of the file system with the path and a remedy in them, of the same class as before.
 *
 * @module
 */

/** Which half of the work met the error. */
export type Doing = "save" | "load";

/**
 * The same kind of error (class, `code`) with a message for people; the original is its `cause`.
 * Errors that are not the system's come back as they are.
 */
export function explained(error: unknown, path: string, doing: Doing): unknown {
  if (!(error instanceof Error)) return error;
  const remedy = remedyOf(error, doing);
  if (remedy === null) return error;
  const act = doing === "save" ? "cannot save the snapshot" : "cannot load the snapshot";
  const message = `${act} "${path}": ${error.message}. ${remedy}`;
  const better = new (error.constructor as ErrorConstructor)(message, { cause: error });
  const code = (error as { code?: string }).code;
  if (code !== undefined && !("code" in better)) Object.assign(better, { code });
  return better;
}

function remedyOf(error: Error, doing: Doing): string | null {
  const { code } = error as { code?: string };
  const kept = doing === "save" ? " What was there before is untouched." : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return `The disk is full: make room or save elsewhere.${kept}`;
  }
  if (error instanceof Deno.errors.NotFound) {
    return doing === "save"
      ? "The folder does not exist: create it first."
      : "There is no such file: check the path.";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Deno was not allowed to: start it with --allow-read and --allow-write for this folder.${kept}`;
  }
  if (error instanceof Deno.errors.PermissionDenied || code === "EROFS") {
    return doing === "save"
      ? `The folder cannot be written to: change its permissions or save elsewhere.${kept}`
      : "The file cannot be read: change its permissions.";
  }
  if (code === "EIO") return `The disk failed.${kept}`;
  return code === undefined ? null : kept.trim();
}
