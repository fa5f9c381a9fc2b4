/**
 * Runs every `bench/*_bench.ts` by the command in its docblock, one after the other.
 * `deno run --allow-read=. --allow-run tools/run_benches.ts [part of a name]`
 *
 * @module
 */
import { commandsIn } from "./commands.ts";

let failed = 0;
const [wanted = ""] = Deno.args;
for (const words of commandsIn("bench", "_bench.ts")) {
  if (!words.some((word) => word.startsWith("bench/") && word.includes(wanted))) continue;
  console.log(`\n== deno ${words.join(" ")}`);
  const command = new Deno.Command(Deno.execPath(), { args: words, stdin: "null" });
  const { success } = await command.spawn().status;
  if (!success) failed++;
}
if (failed > 0) console.error(`\n${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
