import { assert, assertEquals } from "@std/assert";
import { testNeeding } from "../_helpers.ts";

testNeeding(
  { run: true },
  "rotating_hill prints the whole table of docs/choosing_a_history.md",
  async () => {
    const root = new URL("../../", import.meta.url);
    const page = Deno.readTextFileSync(new URL("docs/choosing_a_history.md", root));
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", new URL("examples/rotating_hill.ts", root).pathname],
      stdin: "null",
    }).output();
    assertEquals(code, 0);
    const table = new TextDecoder().decode(stdout).replaceAll(/ +$/gm, "");
    assert(page.includes(table), `the page has another table than\n${table}`);
  },
);
