/**
 * Paths of files as text, and the safe short names of what is in a snapshot file.
 *
 * @module
 */
import { namesOf } from "../contract.ts";

/** The folder of a path, without a slash at the end; `.` for a bare name. */
export function directoryOf(path: string): string {
  const cut = lastSlash(path);
  if (cut < 0) return ".";
  return cut === 0 ? path[0] : path.slice(0, cut);
}

/** The last name of a path. */
export function baseOf(path: string): string {
  return path.slice(lastSlash(path) + 1);
}

function lastSlash(path: string): number {
  const back = Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1;
  return Math.max(path.lastIndexOf("/"), back);
}

/** `directory/name`, without a leading `./`. */
export function joinPath(directory: string, name: string): string {
  if (directory === ".") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** A path as text, from a text or a `file:` URL. */
export function pathOf(path: string | URL): string {
  if (path instanceof URL || /^file:/.test(path)) return fromFileUrl(new URL(path));
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`a path must be a non-empty string or a file URL, not ${String(path)}`);
  }
  return path;
}

function fromFileUrl(url: URL): string {
  if (url.protocol !== "file:") {
    throw new TypeError(`snapshots are read and written on disk only, not at ${url.href}`);
  }
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

/** `target` (relative to `directory`'s parent or absolute) with `.` and `..` taken out. */
export function normalize(path: string): string {
  const absolute = /^[/\\]/.test(path);
  const steps: string[] = [];
  for (const step of path.split(/[/\\]/)) {
    if (step === "" || step === ".") continue;
    if (step === ".." && steps.length > 0 && steps.at(-1) !== "..") steps.pop();
    else if (step !== ".." || !absolute) steps.push(step);
  }
  const joined = steps.join("/");
  return absolute ? `/${joined}` : joined === "" ? "." : joined;
}

/** True for a path that does not depend on the working folder. */
export function isAbsolute(path: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(path);
}

/** The same place as an absolute path where the working folder may be known, otherwise as it is. */
export function absolutePath(path: string): string {
  if (isAbsolute(path)) return normalize(path);
  try {
    return normalize(`${Deno.cwd()}/${path}`);
  } catch {
    return normalize(path);
  }
}

/** True when both paths lead to the same place, as far as the paths show. */
export function samePath(a: string, b: string): boolean {
  return normalize(a) === normalize(b) || absolutePath(a) === absolutePath(b);
}

/**
 * The way from a folder to a file; where there is none (a relative start above the working folder, an
 * absolute goal on another drive), the goal itself.
 */
export function relativePath(fromDirectory: string, to: string): string {
  const mixed = isAbsolute(fromDirectory) !== isAbsolute(to);
  const start = mixed ? absolutePath(fromDirectory) : normalize(fromDirectory);
  const goal = mixed ? absolutePath(to) : normalize(to);
  if (isAbsolute(start) !== isAbsolute(goal) || start.startsWith("..")) return goal;
  const a = start === "." ? [] : start.split("/"), b = goal.split("/");
  let common = 0;
  while (common < a.length && common < b.length - 1 && a[common] === b[common]) common++;
  return [...a.slice(common).map(() => ".."), ...b.slice(common)].join("/");
}

/** The file that `link` names, seen from the folder of `holder`. */
export function resolvePath(holder: string, link: string): string {
  return isAbsolute(link) ? link : normalize(joinPath(directoryOf(holder), link));
}

/** The name of a snapshot without its endings: `step42` of `run/step42.snap.h5`. */
export function stemOf(path: string): string {
  return baseOf(path).replace(/(\.snap)?\.(h5|hdf5|hdf)$/i, "") || "snapshot";
}

/** The folder for the sidecars of a snapshot: `run/step42.snap.bulk`. */
export function bulkDirectoryOf(path: string): string {
  return joinPath(directoryOf(path), `${stemOf(path)}.snap.bulk`);
}

const plainName = /^[A-Za-z0-9_]([A-Za-z0-9_ .+=-]{0,62}[A-Za-z0-9_+=-])?$/;
const reservedRoots = new Set(["metadata", "VTKHDF", "VTKHDF_parts"]);

/**
 * A name for a group, dataset or file that every program can show: the real one where it is plain,
 * otherwise its plain characters and a hash. The same name always gives the same result.
 */
export function safeName(name: string): string {
  if (plainName.test(name)) return name;
  const shown = name.replace(/[^A-Za-z0-9_]+/g, "_").slice(0, 32);
  return `${shown}~${hashOfText(name)}`;
}

/** Where the entry with this key stands in the file: its steps as plain names. */
export function hdf5PathOf(key: string): string {
  if (key === "") return "/root~";
  const names = namesOf(key);
  const steps = names.map(safeName);
  if (reservedRoots.has(steps[0])) steps[0] = `${steps[0]}~`;
  return `/${steps.join("/")}`;
}

/**
 * 64 bits as 16 hex digits, of the UTF-16 units, by two FNV-1a hashes. Not XXH64: files that were written before
 * have names made by it.
 */
function hashOfText(text: string): string {
  let a = 0x811c9dc5, b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x85ebca6b);
    b ^= b >>> 13;
  }
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
  return hex(a) + hex(b);
}
