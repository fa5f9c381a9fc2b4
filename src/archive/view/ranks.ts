/**
 * The view of a snapshot that several ranks wrote: each has a piece, and the wrapper joins the
 * pieces.
 *
 * @module
 */
import { ranksKey } from "../../snapshot/file/rank_keys.ts";
import { PIECES, type View } from "./view.ts";
import type { Whereabouts } from "./contents.ts";
import { joinedView } from "./plan.ts";
import type { FileLink } from "../../snapshot/file/write_contents.ts";

/** The description of a rank's piece for the wrapper; it consists of plain values. */
export interface WrittenPiece {
  readonly view: Omit<View, "own">;
  /** The file of the rank. */
  readonly file: string;
  /** The files of a base that contain some of the datasets, by path. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/** Describes a piece whose arrays are on the disk. */
export function writtenPiece(
  { own: _, ...view }: View,
  file: string,
  links: readonly FileLink[],
): WrittenPiece {
  const targets = new Set(
    view.virtual.flatMap(({ sources }) => sources.map(({ target }) => target)),
  );
  const linked = links.filter(({ path }) => targets.has(path));
  const elsewhere = Object.fromEntries(linked.map(({ path, file }) => [path, file]));
  return { view, file, elsewhere };
}

/**
 * The view of a wrapper, and the files of its datasets; `linkTo` returns the links to other files.
 */
export function viewOfPieces(
  linkTo: (file: string) => string,
  pieces: readonly WrittenPiece[],
): { readonly view: View; readonly fileOf: Whereabouts } {
  const fileOf: Whereabouts = (target) => {
    const rank = rankOf(target);
    if (rank === null) return null;
    const { file, elsewhere } = pieces[rank];
    return linkTo(elsewhere[target] ?? file);
  };
  return { view: joinedView(pieces.map(({ view }) => view)), fileOf };
}

const roots = new RegExp(`^(/${ranksKey}|${PIECES})/(\\d+)/`);

/** The rank whose file contains a dataset; null if the wrapper contains it. */
function rankOf(path: string): number | null {
  const found = roots.exec(path);
  return found === null ? null : Number(found[2]);
}
