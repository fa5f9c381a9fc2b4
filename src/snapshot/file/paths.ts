/**
 * File paths as text, and safe short names for the contents of a snapshot file. `places.ts`
 * determines the target of a path, since links and `..` cannot be resolved in the text.
 *
 * @module
 */
import { namesOf } from "../contract.ts";

const isWindows = Deno.build.os === "windows";

/** The folder of a path, without a trailing slash; `.` for a bare name. */
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
  return Math.max(path.lastIndexOf("/"), isWindows ? path.lastIndexOf("\\") : -1);
}

/** `directory/name`, without a leading `./`. */
export function joinPath(directory: string, name: string): string {
  if (directory === ".") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/**
 * Converts a text or a `file:` URL to a path.
 *
 * @throws {TypeError} when it is neither, or the URL does not refer to this machine.
 */
export function pathOf(path: string | URL): string {
  if (path instanceof URL || /^file:\/\//i.test(path)) return fromFileUrl(new URL(path));
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`a path must be a non-empty string or a file URL, not ${String(path)}`);
  }
  return path;
}

function fromFileUrl(url: URL): string {
  if (url.protocol !== "file:" || (url.host !== "" && !isWindows)) {
    throw new TypeError(`snapshots are read and written on disk only, not at ${url.href}`);
  }
  if (url.search !== "" || url.hash !== "") {
    // Without this, run#1 and run#2 would be one file.
    const [sign, code] = url.search !== "" ? ["?", "%3F"] : ["#", "%23"];
    throw new TypeError(
      `${url.href} is not the URL of a file: in a URL a "${sign}" begins what is not part of the path. Write ${code} ` +
        "for it, or give the path without file://",
    );
  }
  const path = decodedPath(url);
  // A network folder of Windows: //server/share/...
  if (url.host !== "") return `//${url.host}${path}`;
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function decodedPath({ pathname, href }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch (cause) {
    throw new TypeError(
      `${href} is not the URL of a file: a "%" in it does not stand before the code of a character. Write %25 for ` +
        "the sign itself, or give the path without file://",
      { cause },
    );
  }
}

/** Whether a path is independent of the working folder. */
export function isAbsolute(path: string): boolean {
  return isWindows ? /^([/\\]|[A-Za-z]:[/\\])/.test(path) : path.startsWith("/");
}

/**
 * Makes a relative path absolute, starting from the current working folder.
 *
 * @throws {Deno.errors.NotFound} when that was deleted.
 */
export function absolutePath(path: string | URL): string {
  const text = pathOf(path);
  return isAbsolute(text) ? text : joinPath(workingFolder(text), text);
}

function workingFolder(path: string): string {
  try {
    return Deno.cwd();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(
      `"${path}" is relative to the working folder, which does not exist any more: go to another one with ` +
        "Deno.chdir, or give an absolute path",
      { cause },
    );
  }
}

/**
 * A path that goes on meaning the same file when the working folder changes, for calls that touch the file only after
 * they have waited for something. What is not a path stays as it is, and is refused where it is used.
 */
export function anchored<P extends string | URL>(path: P): P | string {
  try {
    return absolutePath(path);
  } catch {
    return path;
  }
}

/**
 * A path without doubled slashes, `.` steps and slashes at its end. The two slashes before the server of a network
 * folder stay, and so does `..`, since behind a link it means the folder above the link's target.
 */
export function normalize(path: string): string {
  const server = isWindows ? /^[/\\]{2}(?![/\\])/ : /^\/{2}(?!\/)/;
  const steps = path.replace(isWindows ? /[/\\]+/g : /\/+/g, (slashes) => slashes[0])
    .split(isWindows ? /(?<=[/\\])/ : /(?<=\/)/)
    .filter((step) => step !== "." && step !== "./" && !(isWindows && step === ".\\"));
  const plain = (server.test(path) ? path[0] : "") + steps.join("");
  return plain.replace(isWindows ? /(?<=[^:/\\])[/\\]$/ : /(?<=[^/])\/$/, "") || ".";
}

/** The absolute path of a folder, in one spelling. */
export function folderPathOf(path: string | URL): string {
  return normalize(absolutePath(path));
}

/**
 * The relative path from a folder to a file. Both paths must be real ones (see `places.ts`):
 * absolute, and without links, `.` and `..`.
 *
 * @returns the relative path with forward slashes; `to` itself if it is on another drive.
 */
export function relativePath(fromDirectory: string, to: string): string {
  const a = stepsOf(fromDirectory), b = stepsOf(to);
  if (isWindows && a[0]?.toLowerCase() !== b[0]?.toLowerCase()) return to;
  let common = 0;
  while (common < a.length && common < b.length - 1 && a[common] === b[common]) common++;
  return [...a.slice(common).map(() => ".."), ...b.slice(common)].join("/");
}

function stepsOf(path: string): string[] {
  return path.split(isWindows ? /[/\\]/ : "/").filter((step) => step !== "");
}

/** The name of a snapshot without its extensions: `step42` for `run/step42.snap.h5`. */
export function stemOf(path: string): string {
  return baseOf(path).replace(/(\.snap)?\.(h5|hdf5|hdf)$/i, "") || "snapshot";
}

const SNAPSHOT_ENDING = ".snap.h5";

/**
 * The folder for the sidecars of a snapshot: `run/step42.snap.bulk` for `run/step42.snap.h5`. For a
 * different extension, the folder name includes the full file name, so that two snapshots never
 * share one: `run/step42.h5.sidecars`.
 */
export function bulkDirectoryOf(path: string): string {
  const name = baseOf(path);
  const usual = name.endsWith(SNAPSHOT_ENDING) && name !== SNAPSHOT_ENDING;
  const folder = usual ? `${name.slice(0, -SNAPSHOT_ENDING.length)}.snap.bulk` : `${name}.sidecars`;
  return joinPath(directoryOf(path), folder);
}

const plainName = /^[A-Za-z0-9_]([A-Za-z0-9_ .+=-]{0,62}[A-Za-z0-9_+=-])?$/;
const reservedRoots = new Set(["metadata", "VTKHDF", "VTKHDF_parts"]);

/**
 * A name for a group, dataset or file that every program can display: the real name if it is plain,
 * otherwise its plain characters and a hash. The same name always gives the same result.
 */
export function safeName(name: string): string {
  if (plainName.test(name)) return name;
  const shown = name.replace(/[^A-Za-z0-9_]+/g, "_").slice(0, 32);
  return `${shown}~${hashOfText(name)}`;
}

/** The path of the entry with this key in the file: its steps as plain names. */
export function hdf5PathOf(key: string): string {
  if (key === "") return "/root~";
  const names = namesOf(key);
  const steps = names.map(safeName);
  if (reservedRoots.has(steps[0])) steps[0] = `${steps[0]}~`;
  return `/${steps.join("/")}`;
}

/**
 * A 64-bit hash of the UTF-16 units as 16 hex digits, made of two FNV-1a hashes. It cannot be
 * replaced by XXH64, because names in existing files were made with it.
 */
export function hashOfText(text: string): string {
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
