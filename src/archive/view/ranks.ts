/**
 * The view of a snapshot that several ranks wrote: each has a piece, and the wrapper puts them together.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { inTurn, overRanks } from "../lockstep.ts";
import { directoryOf, relativePath } from "../../snapshot/file/paths.ts";
import { rankRoot, ranksKey } from "../../snapshot/file/rank_keys.ts";
import { PIECES, type View } from "./parts.ts";
import type { EntryMap } from "./survey.ts";
import { joinedView, pieceOf, viewOf } from "./view.ts";
import type { Whereabouts } from "./write.ts";
import type { PartLink } from "../../snapshot/file/write_part.ts";

/** This rank's piece. Collective. */
export function pieceOfRank(comm: Comm, entries: EntryMap): View {
  return overRanks(comm, pieceOf(entries, comm.rank, `${rankRoot(comm.rank)}/`));
}

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
  links: readonly PartLink[],
): WrittenPiece {
  const targets = new Set(
    view.virtual.flatMap(({ sources }) => sources.map(({ target }) => target)),
  );
  const linked = links.filter(({ path }) => targets.has(path));
  const elsewhere = Object.fromEntries(linked.map(({ path, file }) => [path, file]));
  return { view, file, elsewhere };
}

/** The view of the wrapper at `path`, and where its datasets are. */
export function viewOfPieces(
  path: string,
  pieces: readonly WrittenPiece[],
): { readonly view: View; readonly where: Whereabouts } {
  const where: Whereabouts = (target) => {
    const rank = rankOf(target);
    if (rank === null) return null;
    const { file, elsewhere } = pieces[rank];
    return { file: relativePath(directoryOf(path), elsewhere[target] ?? file), path: target };
  };
  return { view: joinedView(pieces.map(({ view }) => view)), where };
}

/** The view of a file that holds all entries itself: those of one rank, or of several. */
export function viewOfEntries(entries: EntryMap): View {
  const ranks = entries.get(ranksKey)?.keys?.length;
  if (ranks === undefined) return viewOf(entries);
  const pieces = inTurn(Array.from({ length: ranks }, (_, rank) => {
    const root = `${rankRoot(rank)}/`;
    const own = [...entries].filter(([key]) => key.startsWith(root));
    return pieceOf(new Map(own.map(([key, e]) => [key.slice(root.length), e])), rank, root);
  }));
  const view = joinedView(pieces);
  return { ...view, own: [...view.own, ...pieces.flatMap(({ own }) => own)] };
}

const roots = new RegExp(`^(/${ranksKey}|${PIECES})/(\\d+)/`);

/** The rank in whose file a dataset stands; null for the wrapper's own. */
function rankOf(path: string): number | null {
  const found = roots.exec(path);
  return found === null ? null : Number(found[2]);
}
