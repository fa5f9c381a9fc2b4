/**
 * The names of temporary files: `.step42.snap.h5.<id>.tmp` beside `step42.snap.h5`. The id belongs
 * to one save and is also part of its sidecars' names, so the temporary file identifies all of
 * them.
 *
 * @module
 */
import { baseOf, directoryOf, joinPath } from "./paths.ts";

const TEMPORARY =
  /^\.(.+)\.([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.tmp$/;

/** The temporary file of a save. */
export function temporaryPath(path: string, id: string): string {
  return joinPath(directoryOf(path), `.${baseOf(path)}.${id}.tmp`);
}

/** The target and id in the name of a temporary file; null for every other name. */
export function temporaryOf(name: string): { readonly target: string; readonly id: string } | null {
  const match = TEMPORARY.exec(name);
  return match === null ? null : { target: match[1], id: match[2] };
}

/** Whether a name is one that sidecars have: `kind_Name_0.0123abcd-4567.h5`. */
export function isSidecarName(name: string): boolean {
  return /^[a-z]+_.*\.[0-9a-f]{8}-[0-9a-f]{4}\.h5$/.test(name);
}

/** The ending of the sidecar names of a save. */
export function sidecarEnding(id: string): string {
  return `.${id.slice(0, 13)}.h5`;
}
