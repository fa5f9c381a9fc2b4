/**
 * What every rank does for `fingerprints_long.ts` and `make_fingerprints.ts`.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { lazyRounds } from "../_rank_suite.ts";
import { roundOf } from "../_rank_programs.ts";
import { allCases, saved } from "./_fingerprint_cases.ts";
import { type CaseDigests, digestOf, digestsOf, type Recorded } from "./_fingerprints.ts";

/**
 * Leaves digests in `folder` as JSON: of all cases, or of what one gets from the files that `from` ranks have left
 * there. Returns how many cases there were.
 */
export async function main(comm: Comm, folder: string, from: number | null): Promise<number> {
  const digests = from === null
    ? { ...digestsOf(comm, allCases), ...await save(comm, folder) }
    : await load(comm, folder, from);
  if (comm.rank === 0) {
    Deno.writeTextFileSync(jsonOf(folder, comm.size, from), JSON.stringify(digests));
  }
  return Object.keys(digests).length;
}

async function save(comm: Comm, folder: string): Promise<CaseDigests> {
  const { model, goOn } = saved(comm);
  goOn();
  await model.saveState({ file: `${folder}/saved${comm.size}.snap.h5` });
  return { "a run that is saved": digestOf(comm, model, {}) };
}

async function load(comm: Comm, folder: string, from: number): Promise<CaseDigests> {
  const { model, goOn } = saved(comm);
  await model.loadState(`${folder}/saved${from}.snap.h5`);
  const loaded = digestOf(comm, model, {});
  goOn();
  return {
    [`loaded from ${from} ranks`]: loaded,
    [`loaded from ${from} ranks, and a step later`]: digestOf(comm, model, {}),
  };
}

function jsonOf(folder: string, ranks: number, from: number | null): string {
  return `${folder}/${ranks}_${from}.json`;
}

/** Ranks, and whose files they load. */
const rounds = [
  ...[1, 2, 3, 4].map((ranks) => [ranks, null] as const),
  ...([[4, 2], [2, 4], [1, 3], [3, 2], [2, 2]] as const),
];

/** Runs everything on 1 to 4 workers. */
export async function allDigests(): Promise<Recorded> {
  const folder = Deno.makeTempDirSync({ prefix: "timestash_" });
  const path = new URL(import.meta.url).pathname.split("/tests/").at(-1)!;
  try {
    await lazyRounds(
      rounds.map(([ranks, from]) => roundOf(ranks, [{ path: `./${path}`, args: [folder, from] }])),
    )();
    const out: Recorded = {};
    for (const [ranks, from] of rounds) {
      const digests = JSON.parse(Deno.readTextFileSync(jsonOf(folder, ranks, from)));
      out[ranks] = { ...out[ranks], ...digests };
    }
    return out;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
