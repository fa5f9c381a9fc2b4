/** What the command line does with files of several ranks. @module */
import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir } from "../_helpers.ts";
import { cli, cliJson } from "./_cli.ts";

Deno.test("files of several ranks are shown, compared and exported as those of one", async () => {
  using dir = tempDir();
  const program = new URL("../output/save_view.ts", import.meta.url);
  const [one, three] = [dir.join("one.snap.h5"), dir.join("three.snap.h5")];
  await runRanks(1, program, [one]);
  await runRanks(3, program, [three]);
  assertEquals(await cli("diff", one, three), {
    code: 0,
    out: "the same, in every byte\n",
    err: "",
  });
  assertEquals((await cli("verify", three)).out.startsWith("ok "), true);
  const json = async (file: string, ...command: string[]) => {
    const { value } = await cliJson(...command, file);
    return value.entries;
  };
  assertEquals(await json(three, "inspect"), await json(one, "inspect"));
  const tables = async (file: string, to: string) => {
    await cli("export", file, "--to", "csv", "--out", dir.join(to));
    return [...Deno.readDirSync(dir.join(to))].map(({ name }) => name).sort()
      .map((name) => [name, Deno.readTextFileSync(dir.join(`${to}/${name}`))]);
  };
  const written = await tables(three, "tables3");
  assertEquals(written.length, 9);
  assertEquals(written, await tables(one, "tables1"));
});
