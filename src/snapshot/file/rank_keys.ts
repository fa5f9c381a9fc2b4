/** The key under which a file of several ranks has theirs. */
export const ranksKey = "ranks";

/** The key below which one rank's entries stand. */
export function rankRoot(rank: number): string {
  return `${ranksKey}/${rank}`;
}
