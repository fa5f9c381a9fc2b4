/**
 * Draws the pictures of the documentation again: every example that takes `--picture` is run with
 * `docs/pictures/<its name>.png`, and `plots.ts` draws the pictures of docs/look.md. `deno task pictures`
 * draws all of them, `deno task pictures heat bisect` only some.
 *
 * @module
 */
import { walkSync } from "@std/fs";
import { basename } from "@std/path";

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

if (import.meta.main) {
  const all = [...drawingExamples("examples"), "plots"];
  const unknown = Deno.args.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new RangeError(`${unknown} draw nothing; these do: ${all}`);
  for (const name of Deno.args.length > 0 ? Deno.args : all) {
    console.log(`\n== ${name}`);
    const { code } = await new Deno.Command(Deno.execPath(), { args: drawingCommand(name) }).spawn()
      .status;
    if (code !== 0) Deno.exit(code);
  }
}
