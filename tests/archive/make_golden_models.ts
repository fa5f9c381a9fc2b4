/**
 * Writes the files of whole models in tests/data/snapshots, and the numbers that the same run reaches two steps
 * later; run once, with the code whose files they are to be:
 * `deno run --allow-read --allow-write tests/archive/make_golden_models.ts`
 */
import { join } from "@std/path";
import { type Comm, runRanks } from "../../mod.ts";
import {
  goldenEverything,
  type GoldenModel,
  goldenTransport,
  stepsAfter,
  stepsBefore,
} from "./_golden_models.ts";
import { pack } from "./_packed.ts";

type Numbers = Record<string, number>;

/** Steps, saves, steps on; what `numbers` then says. */
async function write(
  { model, step, numbers }: GoldenModel,
  file: string,
  options: { layout?: "sidecars" } = {},
): Promise<Numbers> {
  for (let i = 0; i < stepsBefore; i++) step();
  await model.saveState({ file, ...options });
  for (let i = 0; i < stepsAfter; i++) step();
  return numbers();
}

/** The part of one rank. */
export function main(comm: Comm, file: string): Promise<Numbers> {
  return write(goldenTransport(comm), file);
}

if (import.meta.main) {
  const dir = Deno.makeTempDirSync({ prefix: "timestash_" });
  const at = (name: string) => join(dir, `${name}.snap.h5`);
  const ranks = at("v1_model_ranks");
  const expected = {
    v1_model: await write(goldenEverything(), at("v1_model")),
    v1_model_sidecars: await write(goldenTransport(), at("v1_model_sidecars"), {
      layout: "sidecars",
    }),
    v1_model_ranks: (await runRanks<Numbers>(2, import.meta.url, [ranks]))[0],
  };
  for (const name of Object.keys(expected)) await pack(dir, name);
  Deno.removeSync(dir, { recursive: true });
  Deno.writeTextFileSync(
    new URL("../data/snapshots/v1_models.json", import.meta.url),
    JSON.stringify(expected, null, 2) + "\n",
  );
}
