/**
 * What paths lead to on the disk. Links are resolved by the system. A `..` is removed only from a path without
 * links, since behind a link it is the folder above the link's target, while Deno takes it out of the text.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import { baseOf, directoryOf, isAbsolute, joinPath, relativePath } from "./paths.ts";

/**
 * The real place of a name: its folder without links and `..`, then the name itself, which need not exist and
 * may be a link.
 *
 * @throws {Error} the system's error, when the folder does not exist or may not be read.
 */
export function placeOfName(layer: FileLayer, path: string): string {
  const folder = layer.realPath(directoryOf(path));
  if (folder !== null) return joinPath(folder, baseOf(path));
  throw new Deno.errors.NotFound(`there is no folder "${directoryOf(path)}"`);
}

/** The real place of the file at `path`, following a link; where there is no file, that of its name. */
export function realPlace(layer: FileLayer, path: string): string {
  return layer.realPath(path) ?? placeOfName(layer, path);
}

/** Whether both paths lead to one file, or to the place where it would be. */
export function sameFile(layer: FileLayer, a: string, b: string): boolean {
  return realPlace(layer, a) === realPlace(layer, b);
}

/** Makes links for the file at `path`, which need not exist yet: the relative paths from its folder to others. */
export function linksFrom(layer: FileLayer, path: string): (file: string) => string {
  const home = directoryOf(placeOfName(layer, path));
  return (file) => relativePath(home, realPlace(layer, file));
}

/**
 * The file that `link` names in the snapshot at `holder`, where a relative link starts at the folder of the
 * snapshot itself, also if `holder` is a link to it.
 */
export function linkedPath(layer: FileLayer, holder: string, link: string): string {
  if (isAbsolute(link)) return link;
  const entry = layer.lstat(holder);
  const home = directoryOf(entry?.isSymlink ? layer.realPath(holder) ?? holder : holder);
  return joinPath(link.startsWith("../") ? layer.realPath(home) ?? home : home, link);
}
