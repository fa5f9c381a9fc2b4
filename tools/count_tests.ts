/**
 * Reads how many tests passed and failed from what `deno test` printed (with `NO_COLOR=1`).
 * `deno run --allow-read tools/count_tests.ts <log> <exit code>` prints `passed failed ignored`.
 *
 * @module
 */

/** What one run of the test runner came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** The closing line of the runner, whole: tests can print anything, so nothing less will do. */
const closing = new RegExp(
  String.raw`^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))?` +
    String.raw` \| (\d+) failed(?: \(\d+ steps?\))?` +
    String.raw`(?: \| (\d+) ignored(?: \(\d+ steps?\))?)?` +
    String.raw`(?: \| \d+ measured)?(?: \| \d+ filtered out)? \([^()]*\)$`,
);

/**
 * The runner's own count, from the last closing line in `log`. A run that ended with an error, or has
 * no closing line (a type error), or executed no test, has failed at least once.
 *
 * @param log everything that the runner printed
 * @param exitCode what it ended with
 */
export function countTests(log: string, exitCode: number): Counts {
  const line = log.split(/\r?\n/).findLast((text) => closing.test(text));
  const [passed, failed, ignored] = (line?.match(closing)?.slice(1) ?? []).map((it) =>
    Number(it ?? 0)
  );
  if (line === undefined) return { passed: 0, failed: 1, ignored: 0 };
  const atLeast = exitCode !== 0 || passed + failed === 0 ? 1 : 0;
  return { passed, failed: Math.max(failed, atLeast), ignored };
}

if (import.meta.main) {
  const [path, exitCode] = Deno.args;
  const { passed, failed, ignored } = countTests(Deno.readTextFileSync(path), Number(exitCode));
  console.log(passed, failed, ignored);
}
