import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { CommError, ConvergenceError } from "../../src/errors.ts";

const failures = new URL("./failing_programs.ts", import.meta.url);

/** The error that a run of one of the programs ends with. */
async function failureOf(count: number, name: string, timeoutSeconds?: number): Promise<Error> {
  return await assertRejects(() => runRanks(count, failures, [name], { timeoutSeconds }), Error);
}

Deno.test("a rank that throws ends the run with its own error, class and rank", async () => {
  const error = await failureOf(3, "throws");
  assertEquals(error instanceof RangeError, true);
  assertEquals(error.message, "dt must be positive, got -1");
  assertEquals((error as Error & { rank: number }).rank, 1);
  assertStringIncludes(error.stack!, "failing_programs.ts");
  assertStringIncludes(error.stack!, "on rank 1 of 3");
});

Deno.test("an error of the toolkit keeps its class, fields and cause", async () => {
  const error = await failureOf(2, "throwsOwnClass");
  assertEquals(error instanceof ConvergenceError, true);
  const { code, history, iterations, residual, cause, name } = error as ConvergenceError;
  assertEquals([name, code, history, iterations, residual], [
    "ConvergenceError",
    "CONVERGENCE",
    [1, 0.5, 0.25],
    2,
    0.25,
  ]);
  assertEquals(cause instanceof TypeError, true);
  assertEquals((cause as Error).message, "the matrix is singular");
});

Deno.test("an error ends ranks that never look, that wait for timers, and errors without a class", async () => {
  const errors = await Promise.all([
    failureOf(2, "throwsWhileOthersCompute"),
    failureOf(2, "throwsLater"),
    failureOf(1, "throwsText"),
    failureOf(2, "rejectsAside"),
  ]);
  assertEquals((errors[3] as CommError).code, "COMM");
  assertEquals(errors[0].message, "rank 0 had enough");
  assertStringIncludes(errors[1].message, "from a timer");
  assertEquals(errors[2].message, "only text");
});

Deno.test("a rank that returns early is named by those that wait for it", async () => {
  const early = await failureOf(3, "returnsEarly");
  assertEquals(early instanceof CommError, true);
  assertStringIncludes(early.message, "rank 0 is missing: it has ended");
  assertStringIncludes(early.message, "rank 0 has returned from main");
  const silent = await failureOf(2, "returnsWithoutSending");
  assertStringIncludes(silent.message, "rank 1 is missing: it has ended");
  assertStringIncludes(silent.message, "rank 0 waits in recv for a message from rank 1");
});

Deno.test("different calls are an error on every rank, not a deadlock", async () => {
  const error = await failureOf(2, "differentCalls");
  assertEquals(error instanceof CommError, true);
  assertStringIncludes(error.message, "rank 0: allgather; rank 1: allreduce");
  assertEquals(await runRanks(3, failures, ["survives"]), [3, 3, 3]);
});

Deno.test("ranks that wait for each other find out at once", async () => {
  const errors = await Promise.all([
    failureOf(2, "bothReceive"),
    failureOf(2, "barrierAgainstReceive"),
    failureOf(2, "sendTooMuch"),
  ]);
  for (const error of errors) {
    assertEquals(error instanceof CommError, true);
    assertStringIncludes(error.message, "the ranks wait for each other");
  }
  assertStringIncludes(errors[1].message, "rank 0 waits in barrier");
  assertStringIncludes(errors[1].message, "rank 1 waits in recv for a message from rank 0");
});

Deno.test("a rank that waits too long says who is missing", async () => {
  const error = await failureOf(3, "hangs", 0.3);
  assertEquals(error instanceof CommError, true);
  assertStringIncludes(error.message, "has waited 0.3 seconds");
  assertStringIncludes(
    error.message,
    "rank 1 is missing: it is running outside of the calls (its last call was allreduce",
  );
});

Deno.test("a rank that ends without a result is named", async () => {
  const errors = await Promise.all([failureOf(2, "leaves"), failureOf(2, "neverSettles", 0.3)]);
  assertStringIncludes(errors[0].message, "rank 1 ended before its main returned");
  assertStringIncludes(errors[1].message, "rank 0 is missing");
  const uncopied = await failureOf(1, "returnsFunction");
  assertEquals(uncopied.name, "DataCloneError");
});

Deno.test("main may be asynchronous", async () => {
  assertEquals(await runRanks(3, failures, ["awaits"]), [9, 9, 9]);
});

Deno.test("what ranks print arrives by rank, formatted", async () => {
  const lines: [number, string, string][] = [];
  const onConsole = (...line: [number, string, string]) => void lines.push(line);
  await runRanks(2, failures, ["prints"], { onConsole });
  const printed = (rank: number) => lines.filter((line) => line[0] === rank);
  assertEquals(printed(1), [
    [1, "log", "rank 1 { of: 2 } \nsecond line"],
    [1, "warn", "1 done"],
  ]);
  assertEquals(printed(0).length, 2);
});

Deno.test("a program is a URL, a data: URL, or a path from the working folder", async () => {
  const text = "data:text/javascript,export const main = (comm, a) => a + comm.rank;";
  assertEquals(await runRanks(2, text, ["r"]), ["r0", "r1"]);
  const sum = await runRanks(1, "tests/comm/failing_programs.ts", ["survives"]);
  assertEquals(sum, [0]);
});

Deno.test("what cannot be run is refused with the reason", async () => {
  await assertRejects(() => runRanks(0, failures), RangeError, "whole number");
  await assertRejects(
    () => runRanks(1, failures, [], { timeoutSeconds: 0 }),
    RangeError,
    "timeoutSeconds",
  );
  await assertRejects(() => runRanks(2, "tests/comm/no_such.ts"), Error, "no_such.ts");
  await assertRejects(
    () => runRanks(1, "data:text/javascript,export const run = 1"),
    TypeError,
    "It exports: run",
  );
});

Deno.test("arguments and results keep every byte of typed arrays", async () => {
  const bits = BigUint64Array.of(0x7ff0000000000001n, 0x8000000000000000n);
  const values = new Float64Array(bits.buffer);
  const echo = "data:text/javascript,export const main = (comm, a) => a;";
  const [back] = await runRanks<Float64Array>(1, echo, [values]);
  assertEquals([...new BigUint64Array(back.buffer)], [...bits]);
});
