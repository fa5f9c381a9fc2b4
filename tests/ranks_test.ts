/** What several ranks do, on 1 to 4 threads; `deno task test:mpi` runs the same programs under MPI. */
import { assertEquals } from "@std/assert";
import { runRanks } from "../src/comm/workers/run_ranks.ts";
import type { RankProgram } from "./_rank_programs.ts";

/** What each program shows, and in how many checks; those of `files` leave some for other numbers of ranks. */
const programs: readonly {
  readonly path: string;
  readonly shows: string;
  readonly checks: number | ((count: number) => number);
  readonly files?: true;
}[] = [
  {
    path: "./mesh/partition_ranks.ts",
    shows: "a divided mesh is the mesh of one rank, in parts",
    checks: 3,
  },
  {
    path: "./swarm/swarm_ranks.ts",
    shows: "particles move and migrate as on one rank",
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
    checks: 7,
  },
  {
    path: "./solve/solvers_ranks.ts",
    shows: "solvers give what they give on one rank",
    checks: 8,
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
    shows: "fluxes from gradients are those of one rank",
    checks: 10,
  },
  {
    path: "./solve/one_rank_fails_ranks.ts",
    shows: "what a function does on one rank is the error of all",
    checks: 14,
  },
  {
    path: "./model/restore_ranks.ts",
    shows: "restore puts back every byte on every rank, or nothing anywhere",
    checks: 10,
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
    files: true,
  },
  {
    path: "./model/adapt_ranks.ts",
    shows: "a mesh adapts as on one rank, and is put back in every byte on any number of them",
    checks: 4,
    files: true,
  },
  {
    path: "./archive/files_ranks.ts",
    shows: "files load on as many ranks, and on more and fewer, in every byte",
    checks: 7,
    files: true,
  },
  {
    path: "./archive/merged_ranks.ts",
    shows: "files are read, compared and shown as those of one rank",
    checks: 6,
    files: true,
  },
  {
    path: "./archive/view/view_ranks.ts",
    shows: "the view for ParaView shows everything once, as one rank would",
    checks: 9,
  },
  {
    path: "./output/time_series_ranks.ts",
    shows: "timesteps are those of one rank, and are read on any number of them",
    checks: 5,
    files: true,
  },
  {
    path: "./run/_all.ts",
    shows: "checkpoints are taken, kept and found alike by all, and go on on any number of them",
    // The options are gone through on one number of ranks; `deno task test:run` does so on all.
    checks: (count) => count === 3 ? 17 : 6,
    files: true,
  },
];

const folder = Deno.makeTempDirSync({ prefix: "timestash_" });
Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

const suite = programs.map(({ path, files }, i): RankProgram => {
  if (!files) return { path, folder: null };
  Deno.mkdirSync(`${folder}/${i}`);
  return { path, folder: `${folder}/${i}` };
});
const earlier: number[] = [];

for (const count of [3, 1, 4, 2]) {
  const others = [...earlier];
  earlier.push(count);
  let run: Promise<number[][]> | null = null;
  // The first test that asks starts the threads, which run all programs.
  const results = () =>
    run ??= runRanks<number[]>(count, new URL("./_rank_programs.ts", import.meta.url), [
      suite,
      others,
    ], { onConsole: () => {} });
  programs.forEach(({ shows, checks }, i) => {
    Deno.test(`${count} workers: ${shows}`, async () => {
      const expected = typeof checks === "number" ? checks : checks(count);
      assertEquals((await results()).map((all) => all[i]), new Array(count).fill(expected));
    });
  });
}
