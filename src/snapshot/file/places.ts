/**
 * Resolves paths on the disk. The system resolves links. A `..` is removed only from a path without
 * links: behind a link it means the folder above the link's target, but Deno removes it textually.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import { baseOf, directoryOf, isAbsolute, joinPath, relativePath } from "./paths.ts";

/**
 * The real path of a name: its folder without links and `..`, followed by the name itself, which
 * need not exist and may be a link.
 *
 * @throws {Error} the system's error, when the folder does not exist or cannot be read.
 */
export function placeOfName(layer: FileLayer, path: string): string {
  const folder = layer.realPath(directoryOf(path));
  if (folder !== null) return joinPath(folder, baseOf(path));
  throw new Deno.errors.NotFound(`there is no folder "${directoryOf(path)}"`);
}

/** The real path of the file at `path`, following a link; if there is none, that of its name. */
export function realPlace(layer: FileLayer, path: string): string {
  return layer.realPath(path) ?? placeOfName(layer, path);
}

/** Whether both paths refer to one file, or to the location where it would be. */
export function sameFile(layer: FileLayer, a: string, b: string): boolean {
  return realPlace(layer, a) === realPlace(layer, b);
}

/** Returns a function that makes relative links from the folder of `path`, which need not exist. */
export function linksFrom(layer: FileLayer, path: string): (file: string) => string {
  const home = directoryOf(placeOfName(layer, path));
  return (file) => relativePath(home, realPlace(layer, file));
}

/**
 * The file that `link` refers to in the snapshot at `holder`. A relative link starts at the folder
 * of the snapshot itself, even if `holder` is a link to the snapshot.
 */
export function linkedPath(layer: FileLayer, holder: string, link: string): string {
  if (isAbsolute(link)) return link;
  const entry = layer.lstat(holder);
  const home = directoryOf(entry?.isSymlink ? layer.realPath(holder) ?? holder : holder);
  return joinPath(link.startsWith("../") ? layer.realPath(home) ?? home : home, link);
}
