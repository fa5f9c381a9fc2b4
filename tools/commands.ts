/**
 * The commands that programs give in their own docblock, e.g. `deno run --allow-read examples/a.ts`,
 * so that what is documented is what is run.
 * `deno run --allow-read=. tools/commands.ts examples` prints one a line, without the leading `deno`.
 *
 * @module
 */
import { walkSync } from "@std/fs";

/**
 * The commands in `text` that run `path`, as words behind `deno`; where there is none, the bare
 * `run <path>`.
 */
export function commandsOf(text: string, path: string): string[][] {
  const found: string[][] = [];
  for (const line of text.split("\n")) {
    const command = line.match(/^[\s*/#]*`?deno ((?:run|bench) [^`]*)`?\.?$/)?.[1];
    const words = command?.trim().split(/\s+/) ?? [];
    const program = words.slice(1).find((word) => !word.startsWith("-"));
    if (program === path) found.push(words);
  }
  return found.length > 0 ? found : [["run", path]];
}

/** The commands of every program right in `folder` whose name ends with `ending`, sorted by name. */
export function commandsIn(folder: string, ending: string): string[][] {
  return [...walkSync(folder, { includeDirs: false })]
    .map((entry) => entry.path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(ending) && path.split("/").length === 2)
    .filter((path) => !path.split("/")[1].startsWith("_"))
    .sort()
    .flatMap((path) => commandsOf(Deno.readTextFileSync(path), path));
}

if (import.meta.main) {
  const [folder, ending = ".ts"] = Deno.args;
  for (const words of commandsIn(folder, ending)) console.log(words.join(" "));
}
