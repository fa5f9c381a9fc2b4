/**
 * The programs of ranks, and how a test runs them: all in the same threads, which are started once, because a new
 * thread is slow for its first seconds.
 *
 * @module
 */
import { runRanks } from "../src/comm/workers/run_ranks.ts";
import { type RankProgram, type RankRound, roundOf } from "./_rank_programs.ts";

/** What a program shows, and in how many checks. */
export interface ListedProgram {
  readonly path: string;
  readonly shows: string;
  readonly checks: number | ((ranks: number) => number);
  /** It leaves files in a folder for other numbers of ranks; so many of its checks are made to take up theirs. */
  readonly files?: number;
}

/** All programs that `tests/ranks_test.ts` runs; `deno task test:mpi` finds them by their names. */
export const programs: readonly ListedProgram[] = [
  {
    path: "./comm/collectives_ranks.ts",
    shows: "every collective gives the obvious result",
    checks: 13,
  },
  {
    path: "./mesh/partition_ranks.ts",
    shows: "a divided mesh is the mesh of one rank, in parts",
    checks: 4,
  },
  {
    path: "./mesh/scatter_ranks.ts",
    shows: "meshes that the first rank reads or makes are those of one rank, in parts",
    checks: 10,
  },
  {
    path: "./mesh/periodic_ranks.ts",
    shows: "periodic meshes are the same on any number of ranks, and put back in every byte",
    checks: 8,
    files: 1,
  },
  {
    path: "./mesh/curved_ranks.ts",
    shows: "curved cells are those of one rank, and put back in every byte, from files too",
    checks: 4,
    files: 1,
  },
  {
    path: "./swarm/swarm_ranks.ts",
    shows: "particles move and migrate as on one rank",
    checks: 6,
  },
  {
    path: "./swarm/travel_ranks.ts",
    shows:
      "particles travel across ranks within a step, and what goes wrong there is the error of all",
    checks: 6,
  },
  {
    path: "./swarm/population_ranks.ts",
    shows: "whatever changes the population, no particle is lost or doubled",
    checks: 6,
  },
  {
    path: "./ddt/histories_ranks.ts",
    shows: "histories carry the same bytes as on one rank, and restore them",
    checks: 8,
  },
  {
    path: "./solve/solvers_ranks.ts",
    shows: "solvers give what they give on one rank",
    checks: 9,
  },
  {
    path: "./flow/stokes_ranks.ts",
    shows: "flows are those of one rank, in as many iterations, and go on with the same bytes",
    checks: 11,
  },
  {
    path: "./flow/velocity_levels_ranks.ts",
    shows:
      "levels that keep rigid motions are divided among ranks, for as few iterations as on one",
    checks: 3,
  },
  {
    path: "./surface/surface_ranks.ts",
    shows:
      "a free surface, heat and particles below it are those of one rank, and go on with the same bytes",
    checks: 4,
    files: 1,
  },
  {
    path: "./materials/materials_ranks.ts",
    shows:
      "materials and visco-elastic bodies are those of one rank, and go on with the same bytes",
    checks: 4,
  },
  {
    path: "./solve/ranks/multigrid_ranks.ts",
    shows: "multigrid is put together across ranks as on one",
    checks: 5,
  },
  {
    path: "./solve/particles_ranks.ts",
    shows: "fields made from particles are those of one rank",
    checks: 8,
  },
  {
    path: "./solve/flux_ranks.ts",
    shows: "fluxes are those of one rank",
    checks: 12,
  },
  {
    path: "./solve/one_rank_fails_ranks.ts",
    shows: "what a function does on one rank is the error of all",
    checks: 14,
  },
  {
    path: "./equation/equation_ranks.ts",
    shows: "equations of one's own give what they give on one rank",
    checks: 13,
  },
  {
    path: "./solve/petsc_ranks.ts",
    shows: "PETSc is refused on all ranks, and ours is used",
    checks: 1,
  },
  {
    path: "./model/restore_ranks.ts",
    shows: "restore puts back every byte on every rank, or nothing anywhere",
    checks: 11,
  },
  {
    path: "./model/failing_ranks.ts",
    shows: "where one rank fails, all go back, whatever the others are in",
    checks: 8,
  },
  {
    path: "./model/unlike_ranks.ts",
    shows: "ranks that do not do the same are refused, all of them",
    checks: 5,
  },
  {
    path: "./model/timeline_ranks.ts",
    shows: "a timeline keeps, thins and rewinds the same states on all ranks",
    checks: 6,
  },
  {
    path: "./model/circulation_ranks.ts",
    shows: "particles that circulate come back in every byte, with all histories",
    checks: 4,
    files: 4,
  },
  {
    path: "./model/adapt_ranks.ts",
    shows: "a mesh adapts as on one rank, and is put back in every byte on any number of them",
    checks: 4,
    files: 1,
  },
  {
    path: "./model/fingerprints_ranks.ts",
    shows: "every byte of small runs is the recorded one",
    checks: 5,
  },
  {
    path: "./model/rebalance_ranks.ts",
    shows:
      "cells are divided anew by what they cost, with everything on them, and put back in every byte",
    checks: 5,
    files: 1,
  },
  {
    path: "./archive/files_ranks.ts",
    shows: "files load on as many ranks, and on more and fewer, in every byte",
    checks: 7,
    files: 7,
  },
  {
    path: "./archive/divided_ranks.ts",
    shows:
      "of a file of another number of ranks each reads its share, and all notice what is wrong",
    checks: 5,
    files: 0,
  },
  {
    path: "./archive/merged_ranks.ts",
    shows: "files are read, compared and shown as those of one rank",
    checks: 6,
    files: 2,
  },
  {
    path: "./archive/view/view_ranks.ts",
    shows: "the view for ParaView shows everything once, as one rank would",
    checks: 10,
  },
  {
    path: "./output/time_series_ranks.ts",
    shows: "timesteps are those of one rank, written in blocks, and are read on any number of them",
    checks: 8,
    files: 3,
  },
  {
    path: "./equation/petsc_equation_ranks.ts",
    shows: "equations are solved by PETSc where there is one, and refuse it where there is not",
    checks: 1,
  },
  {
    path: "./adjoint/reverse_ranks.ts",
    shows: "a run backwards visits the same states on all",
    checks: 4,
  },
  {
    path: "./adjoint/gradient_ranks.ts",
    shows: "the gradient of a run, and what it leads to, are those of one rank",
    checks: 12,
  },
  {
    path: "./examples/circulation_ranks.ts",
    shows: "the circulation example takes a step back on all of them together",
    checks: 1,
  },
  // Beside the one that saves in the background, too, as long as the threads live that write.
  {
    path: "./archive/background_ranks.ts",
    shows: "files are saved in the background, exactly, on all ranks or on none",
    checks: 4,
  },
  {
    path: "./run/_all.ts",
    shows: "checkpoints are taken, kept and found alike by all, and go on on any number of them",
    // The options are gone through on one number of ranks; `deno task test:long` does so on all.
    checks: (count) => count === 3 ? 19 : 6,
    files: 6,
  },
];

/**
 * A round of listed programs, which takes up the files that `earlier` numbers of ranks have left in `folder`.
 *
 * @param onlyEarlier Whether it does nothing else.
 */
export function listedRound(
  ranks: number,
  listed: readonly ListedProgram[],
  folder: string,
  earlier: readonly number[],
  onlyEarlier = false,
): RankRound {
  return roundOf(
    ranks,
    listed.map(({ path, files }): RankProgram => {
      if (files === undefined) return { path, args: [] };
      const own = `${folder}/${path.replace(/\W+/g, "_")}`;
      Deno.mkdirSync(own, { recursive: true });
      return { path, args: [own, earlier, onlyEarlier] };
    }),
  );
}

/** What rounds gave, and what their ranks printed. */
export interface RoundResults {
  /** How many checks a program made on each rank of a round. */
  made(round: number, program: number): number[];
  readonly lines: readonly string[];
}

/**
 * Starts the threads when it is asked for the first time; they run all rounds. An error ends all of them: whoever
 * asks first gets it whole, and the others a line that says which it was.
 */
export function lazyRounds(rounds: readonly RankRound[]): () => Promise<RoundResults> {
  let results: Promise<RoundResults> | null = null;
  return () => {
    if (results === null) return results = run(rounds);
    return results.catch(({ message }: Error) => {
      throw new Error(`the ranks have not got here: ${message.split("\n")[0]}`);
    });
  };
}

async function run(rounds: readonly RankRound[]): Promise<RoundResults> {
  const lines: string[] = [];
  const all = await runRanks<(number[] | null)[]>(
    Math.max(...rounds.map(({ ranks }) => ranks)),
    new URL("./_rank_programs.ts", import.meta.url),
    [rounds],
    { onConsole: (_rank, _level, text) => void lines.push(text) },
  );
  const made = (round: number, program: number) =>
    all.flatMap((ofRank) => ofRank[round]?.[program] ?? []);
  return { made, lines };
}
