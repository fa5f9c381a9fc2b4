/** Goes on with a run below a surface from a file, and saves its end: `surface_program.ts FROM TO FIRST`. @module */
import { schemes, surfaceRun } from "./_surface_run.ts";

if (import.meta.main) {
  const [from, to, first] = Deno.args, { model, advance } = surfaceRun();
  await model.loadState(from);
  advance(Number(first), schemes.length);
  await model.saveState({ file: to });
}
