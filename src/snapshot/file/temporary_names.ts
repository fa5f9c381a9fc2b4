/**
 * The names of temporary files: `.step42.snap.h5.<id>.tmp` beside `step42.snap.h5`. The id belongs
 * to one save and is also part of its sidecars' names, so the temporary file identifies all of
 * them.
 *
 * @module
 */
import { baseOf, directoryOf, hashOfText, joinPath } from "./paths.ts";

/** The bytes that file systems allow in a name, less those that are added to one here. */
const LONGEST_NAME = 255 - "..01234567-89ab-4cde-8f01-23456789abcd.tmp".length;

const TEMPORARY =
  /^\.(.+)\.([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.tmp$/;

/** The temporary file of a save. */
export function temporaryPath(path: string, id: string): string {
  return joinPath(directoryOf(path), `.${shortName(baseOf(path))}.${id}.tmp`);
}

/** The hidden file beside a snapshot that names those in other folders that need it. */
export function notePath(path: string): string {
  return joinPath(directoryOf(path), `.${shortName(baseOf(path))}.needed`);
}

/** A name as it stands in hidden names: itself, or its start and a hash where it is too long. */
export function shortName(name: string): string {
  if (new TextEncoder().encode(name).length <= LONGEST_NAME) return name;
  const start = new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, 150));
  return `${start.replaceAll("\ufffd", "")}~${hashOfText(name)}`;
}

/** Whether a name was shortened, so that the whole of it is not known. */
export function isShortened(name: string): boolean {
  return /~[0-9a-f]{16}$/.test(name);
}

/** The target (see {@link shortName}) and id in the name of a temporary file; null for every other name. */
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
