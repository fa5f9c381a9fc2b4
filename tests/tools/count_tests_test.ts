import { assertEquals } from "@std/assert";
import { countTests } from "../../tools/count_tests.ts";

const count = (log: string, exitCode = 0) => {
  const { passed, failed, ignored } = countTests(log, exitCode);
  return [passed, failed, ignored];
};

Deno.test("countTests() reads the runner's closing line in all its forms", () => {
  assertEquals(count("\nok | 3 passed | 0 failed (12ms)\n\n"), [3, 0, 0]);
  assertEquals(count("ok | 1 passed (1 step) | 0 failed (1s)\n"), [1, 0, 0]);
  assertEquals(count("ok | 12 passed (30 steps) | 0 failed | 4 ignored (1m2s)\n"), [12, 0, 4]);
  assertEquals(count("ok | 2 passed | 0 failed | 1 ignored (2 steps) (3ms)"), [2, 0, 1]);
  assertEquals(count("ok | 2 passed | 0 failed | 7 filtered out (3ms)"), [2, 0, 0]);
  assertEquals(
    count(
      "FAILED | 2 passed | 1 failed (2 steps) | 1 ignored (3ms)\r\n\r\nerror: Test failed\n",
      1,
    ),
    [2, 1, 1],
  );
});

Deno.test("countTests() is not fooled by what tests print", () => {
  const printed = "ok | 99 passed | 0 failed (1ms)";
  assertEquals(count(`${printed}\nok | 1 passed | 0 failed (2ms)\n`), [1, 0, 0]);
  assertEquals(count(`${printed} and more\n  ${printed}\n> ${printed}\n`), [0, 1, 0]);
  assertEquals(count("\x1b[32mok\x1b[0m | 5 passed | 0 failed (2ms)"), [0, 1, 0]);
});

Deno.test("countTests() counts a failure wherever the run went wrong", () => {
  // A type error: no closing line at all.
  assertEquals(count("Check a_test.ts\nerror: Type checking failed.\n", 1), [0, 1, 0]);
  assertEquals(count("", 137), [0, 1, 0]);
  // A module that throws at top level is one failure of the runner's own.
  assertEquals(
    count("Uncaught error from ./a_test.ts FAILED\n\nFAILED | 2 passed | 1 failed (3ms)\n", 1),
    [2, 1, 0],
  );
  // The runner says ok and ends badly all the same: a leak, a crash on the way out.
  assertEquals(count("ok | 5 passed | 0 failed (3ms)\n", 1), [5, 1, 0]);
});

Deno.test("countTests() counts a run without any test as failed", () => {
  assertEquals(count("ok | 0 passed | 0 failed (3ms)\n"), [0, 1, 0]);
  assertEquals(count("ok | 0 passed | 0 failed | 8 ignored (3ms)\n"), [0, 1, 8]);
  assertEquals(count("error: No test modules found\n", 1), [0, 1, 0]);
});
