/**
 * Draws the pictures of the documentation again: every example that takes `--picture` is run with
 * `docs/pictures/<its name>.png`, and `plots.ts` draws most pictures of docs/look.md; of `stirring.ts` and the notebook
 * also what other programs show is taken. `deno task pictures` draws all of them, `deno task pictures heat bisect`
 * only some.
 *
 * @module
 */
import { walkSync } from "@std/fs";
import { basename } from "@std/path";
import { photographNotebook, photographStirring } from "./shots.ts";

const FOLDER = "docs/pictures";

/** The examples right in `folder` that draw a picture on request, by name and sorted. */
export function drawingExamples(folder: string): string[] {
  return [...walkSync(folder, { includeDirs: false, exts: [".ts"] })]
    .filter(({ path }) => !basename(path).startsWith("_"))
    .filter(({ path }) => /\bdrawOnRequest\(/.test(Deno.readTextFileSync(path)))
    .map(({ path }) => basename(path, ".ts"))
    .sort();
}

/** The arguments of the command that draws for the example `name`, after `deno`. */
export function drawingCommand(name: string): string[] {
  const rest = name === "plots" ? [FOLDER] : ["--picture", `${FOLDER}/${name}.png`];
  return ["run", "--allow-read", "--allow-write", `examples/${name}.ts`, ...rest];
}

/** Runs an example; where it fails, so does the task. */
async function run(args: string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

if (import.meta.main) {
  const all = [...drawingExamples("examples"), "notebook", "plots"];
  const unknown = Deno.args.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new RangeError(`${unknown} draw nothing; these do: ${all}`);
  for (const name of Deno.args.length > 0 ? Deno.args : all) {
    console.log(`\n== ${name}`);
    if (name === "notebook") {
      await photographNotebook("examples/notebook.ipynb", `${FOLDER}/notebook.png`);
      continue;
    }
    await run(drawingCommand(name));
    if (name !== "stirring") continue;
    const pages = await Deno.makeTempDir();
    await run([...drawingCommand(name).slice(0, 4), "--pages", pages]);
    await photographStirring(pages, FOLDER);
    await Deno.remove(pages, { recursive: true });
  }
}
