/**
 * What several ranks do: all programs on three threads, and what takes up their files on one. All numbers from 1 to 4,
 * and all pairs of them, have their turn in `deno task test:long`; `deno task test:mpi` runs the same programs under MPI.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { roundOf } from "./_rank_programs.ts";
import { lazyRounds, listedRound, programs } from "./_rank_suite.ts";

const folder = Deno.makeTempDirSync({ prefix: "timestash_" });
Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

const takers = programs.filter(({ files }) => files !== undefined && files > 0);
const listed = [
  programs,
  takers.map(({ files, ...program }) => ({ ...program, checks: files! })),
];
const rounds = [listedRound(3, programs, folder, []), listedRound(1, takers, folder, [3], true)];
const tiny = roundOf(3, [{ path: "./comm/collectives_ranks.ts", args: [] }], 4096);
const results = lazyRounds([...rounds, tiny]);

rounds.forEach(({ ranks }, round) => {
  listed[round].forEach(({ shows, checks }, i) => {
    Deno.test(`${ranks} workers: ${shows}`, async () => {
      const expected = typeof checks === "number" ? checks : checks(ranks);
      assertEquals((await results()).made(round, i), new Array(ranks).fill(expected));
    });
  });
});

Deno.test("3 workers with a tiny window: every collective gives the same through many pieces", async () => {
  assertEquals((await results()).made(rounds.length, 0), [13, 13, 13]);
});

Deno.test("several ranks say once what solves their linear systems; one rank says nothing", async () => {
  const said = (await results()).lines.filter((line) => line.startsWith("timestash: "));
  assertEquals(said, [
    "timestash: 3 ranks, linear systems by timestash (conjugate gradients, smoothed aggregation)",
  ]);
});
