/** What takes longer on several ranks, for `deno task test:long`. */
import { assertEquals } from "@std/assert";
import { lazyRounds, listedRound, programs } from "./_rank_suite.ts";
import { roundOf } from "./_rank_programs.ts";

/** Checks of checkpoints with all options, which the plain suite makes on 3 ranks. */
const { checks: checkpointChecks } = programs.find(({ path }) => path === "./run/_all.ts")!;
const withOptions = typeof checkpointChecks === "number" ? checkpointChecks : checkpointChecks(3);

const folder = Deno.makeTempDirSync({ prefix: "timestash_" });
Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

const withFiles = programs.filter(({ files }) => files !== undefined);
const counts = [3, 1, 4, 2];
const rounds = counts.map((ranks, i) =>
  listedRound(ranks, withFiles, `${folder}/pairs`, counts.slice(0, i))
);

/** The options of checkpoints, on the numbers of ranks that `tests/ranks_test.ts` leaves out. */
const options = [1, 2, 4].map((ranks) => {
  const own = `${folder}/options${ranks}`;
  Deno.mkdirSync(own);
  return roundOf(ranks, [{ path: "./run/_all.ts", args: [own, [], false, true] }]);
});

/** What leaves no files, on the numbers of ranks that `tests/ranks_test.ts` leaves out. */
const withoutFiles = programs.filter(({ files }) => files === undefined);
const others = [1, 2, 4].map((ranks) => listedRound(ranks, withoutFiles, folder, []));

const results = lazyRounds([...rounds, ...options, ...others]);

rounds.forEach(({ ranks }, round) => {
  withFiles.forEach(({ shows, checks }, i) => {
    Deno.test(`${ranks} workers, files of every other number: ${shows}`, async () => {
      const expected = typeof checks === "number" ? checks : checks(ranks);
      assertEquals((await results()).made(round, i), new Array(ranks).fill(expected));
    });
  });
});

options.forEach(({ ranks }, i) => {
  Deno.test(`${ranks} workers: checkpoints with every option`, async () => {
    assertEquals((await results()).made(rounds.length + i, 0), new Array(ranks).fill(withOptions));
  });
});

others.forEach(({ ranks }, round) => {
  withoutFiles.forEach(({ shows, checks }, i) => {
    Deno.test(`${ranks} workers: ${shows}`, async () => {
      const expected = typeof checks === "number" ? checks : checks(ranks);
      const made = (await results()).made(rounds.length + options.length + round, i);
      assertEquals(made, new Array(ranks).fill(expected));
    });
  });
});
