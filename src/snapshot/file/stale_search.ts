/**
 * When to look for what interrupted saves have left. A look lists the whole folder, which takes longer the more
 * is in it; a save into a large one therefore looks only now and then, so that on the average each save pays the
 * same.
 *
 * @module
 */
import { removeStale } from "./deletion.ts";
import type { FileLayer } from "./file_layer.ts";

/** Folders with fewer names than this are searched at each save. */
const SMALL = 64;

/** How many saves into a folder still go without a search. */
const credit = new Map<string, number>();

/** Deletes the files of interrupted saves in a folder, unless a recent save has searched it. */
export function removeStaleInTurn(layer: FileLayer, directory: string): void {
  const left = credit.get(directory) ?? 0;
  if (left > 0) {
    credit.set(directory, left - 1);
    return;
  }
  const names = removeStale(layer, directory);
  const saves = Math.floor(names / SMALL);
  if (saves > 0) credit.set(directory, saves);
  else credit.delete(directory);
}
