/**
 * Which cells of a mesh that is divided among ranks can become one. The first rank finds it from two bytes for each.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { toFirst } from "../gather_whole.ts";
import type { Geometry } from "../geometry.ts";
import { isFirstPart, mergedTops } from "./merged_tops.ts";

/** What can become one cell. */
export interface PartMerges {
  /** For each cell that this rank owns: as `mergedTops`. */
  readonly tops: Uint16Array;
  /** The rank that owns the first part of what it becomes a part of. */
  readonly ranks: Int32Array;
  /** Whether any cells can, and whether parts of one are on several ranks; on all ranks alike. */
  readonly isAny: boolean;
  readonly isSpread: boolean;
}

/**
 * Finds which cells can become one. Collective; the first rank has two bytes and a few numbers for each cell.
 *
 * @param undoings how many of its halvings each owned cell allows to be undone.
 */
export function mergesOf(geometry: Geometry, undoings: Uint8Array, comm: Comm): PartMerges {
  const { forest, rankMesh } = geometry.topology, { ids, owned, globalCount } = rankMesh!.cells;
  const own = ids.slice(0, owned), first = toFirst(comm);
  const counts = comm.allgather(owned), all = first.allgatherv(own);
  const levels = first.allgatherv(forest!.levels.slice(0, owned));
  const wants = first.allgatherv(undoings), answers: Int32Array[] = [];
  if (comm.rank === 0) {
    const inOrder = (bytes: Uint8Array) => {
      const out = new Uint8Array(globalCount);
      for (let i = 0; i < all.length; i++) out[all[i]] = bytes[i];
      return out;
    };
    const tops = mergedTops(inOrder(levels), inOrder(wants)), owners = new Int32Array(globalCount);
    let at = 0;
    counts.forEach((count, rank) => {
      for (let i = 0; i < count; i++) owners[all[at++]] = rank;
    });
    for (let c = 1; c < globalCount; c++) if (!isFirstPart(tops[c])) owners[c] = owners[c - 1];
    at = 0;
    for (const count of counts) {
      const out = new Int32Array(2 * count);
      for (let i = 0; i < count; i++, at++) {
        out[2 * i] = tops[all[at]];
        out[2 * i + 1] = owners[all[at]];
      }
      answers.push(out);
    }
  }
  const none = new Int32Array(0);
  const answer = comm.alltoallv(Array.from({ length: comm.size }, (_, r) => answers[r] ?? none))[0];
  const tops = new Uint16Array(owned), ranks = new Int32Array(owned);
  let state = 0;
  for (let c = 0; c < owned; c++) {
    tops[c] = answer[2 * c];
    ranks[c] = answer[2 * c + 1];
    if (!isFirstPart(tops[c])) state = Math.max(state, 1);
    if (ranks[c] !== comm.rank) state = 2;
  }
  const most = comm.allreduce(state, "max");
  return { tops, ranks, isAny: most > 0, isSpread: most > 1 };
}
