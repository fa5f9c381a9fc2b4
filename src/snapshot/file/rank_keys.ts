/** The key for the ranks in a file of several ranks. */
export const ranksKey = "ranks";

/** The key below which the entries of one rank are stored. */
export function rankRoot(rank: number): string {
  return `${ranksKey}/${rank}`;
}
