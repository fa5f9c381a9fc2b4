/**
 * The view of a snapshot that several ranks wrote: each has a piece, and the wrapper puts them together.
 *
 * @module
 */
import { ranksKey } from "../../snapshot/file/rank_keys.ts";
import { PIECES, type View } from "./view.ts";
import type { Whereabouts } from "./contents.ts";
import { joinedView } from "./plan.ts";
import type { FileLink } from "../../snapshot/file/write_contents.ts";

/** What the wrapper has to know of a rank's piece; plain values. */
export interface WrittenPiece {
  readonly view: Omit<View, "own">;
  /** The rank's file. */
  readonly file: string;
  /** Other files, of a base, for what stands there. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/** A piece whose numbers are on the disk. */
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

/** The view of a wrapper, and where its datasets are; `linkTo` gives the links from it to other files. */
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

/** The rank in whose file a dataset stands; null for the wrapper's own. */
function rankOf(path: string): number | null {
  const found = roots.exec(path);
  return found === null ? null : Number(found[2]);
}
