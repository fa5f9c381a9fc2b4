import { assertEquals } from "@std/assert";
import { filesBelow } from "../../tools/syntax.ts";

const root = new URL("../../", import.meta.url).pathname;

/** All files with tests by the suite that they belong to: that of their folder, and `ranks_test.ts` has its own. */
function expectedSuites(): Map<string, string> {
  const suites = new Map<string, string>();
  const tests = filesBelow(root, "tests").filter((path) =>
    path.endsWith("_test.ts") && !path.startsWith("tests/suites/")
  );
  for (const path of tests.sort()) {
    const below = path.slice("tests/".length), [first, ...rest] = below.split("/");
    const suite = rest.length > 0
      ? `${first}_test.ts`
      : first === "ranks_test.ts"
      ? first
      : "root_test.ts";
    suites.set(suite, `${suites.get(suite) ?? ""}import "../${below}";\n`);
  }
  return suites;
}

Deno.test("every file with tests is in the suite of its folder", () => {
  const suites = new Map(
    filesBelow(root, "tests/suites").map((path) =>
      [path.slice("tests/suites/".length), Deno.readTextFileSync(root + path)] as const
    ),
  );
  const expected = expectedSuites();
  assertEquals([...suites.keys()].sort(), [...expected.keys()].sort());
  for (const [suite, text] of expected) {
    assertEquals(suites.get(suite), text, `tests/suites/${suite}; it should be\n${text}`);
  }
});
