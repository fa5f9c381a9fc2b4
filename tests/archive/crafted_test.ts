/** Hostile files that h5py makes, sealed with checksums that match: `deno task test:h5py`. */
import { assert, assertEquals } from "@std/assert";
import { inspectSnapshot, Model, readSnapshot, TimestashError } from "../../mod.ts";
import { open } from "../../src/snapshot/snapshot.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { craftedModel, hdf5Of, sealed } from "./_crafted.ts";

/** Debian's interpreter, which has python3-h5py. */
const python = "/usr/bin/python3";
const script = new URL("./craft_files.py", import.meta.url).pathname;

/** Each call on a file takes at most this long; reading one of these takes milliseconds. */
const LONGEST = 5000;

/** Everything of a model that is state, as one text. */
function textOf(model: Model): string {
  using token = model.saveState();
  const source = open(token);
  return Array.from(source.keys(), (key) => {
    const { kind, data, shape, attributes } = source.get(key)!;
    // The counters that inform and decide nothing grow with every restore.
    const { population_generation: _, geometry_version: _g, topology_version: _t, ...rest } =
      attributes;
    const values = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
    return `${key} ${kind} [${shape}] ${values} ${data}`;
  }).join("\n");
}

testNeeding(
  { run: true, programs: [python] },
  "hostile files: one typed error and nothing changed, or a load; HDF5 reads the next file",
  async () => {
    using dir = tempDir();
    const model = craftedModel();
    const good = await model.saveState({ file: dir.join("good.snap.h5") });
    Deno.writeFileSync(dir.join("good.h5"), hdf5Of(Deno.readFileSync(good)));
    Deno.mkdirSync(dir.join("made"));
    const args = [script, dir.join("good.h5"), dir.join("made")];
    const { success, stdout, stderr } = new Deno.Command(python, { args }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
    assert(Number(new TextDecoder().decode(stdout)) > 600, "most of them could be made");
    const before = textOf(model), path = dir.join("hostile.snap.h5");
    let refused = 0;
    for (const { name } of Deno.readDirSync(dir.join("made"))) {
      Deno.writeFileSync(path, sealed(Deno.readFileSync(dir.join("made", name))));
      const outcome = async (work: () => Promise<unknown>) => {
        const start = performance.now();
        const error = await work().then(() => null, (error: unknown) => error);
        assert(error === null || error instanceof TimestashError, `${name}: ${error}`);
        assert(performance.now() - start < LONGEST, `${name} took too long`);
        return error;
      };
      const loaded = await outcome(() => model.loadState(path));
      if (loaded !== null) assertEquals(textOf(model), before, name);
      refused += Number(loaded !== null);
      for (const read of [Model.fromSnapshot, readSnapshot, inspectSnapshot]) {
        await outcome(() => read(path));
      }
      await model.loadState(good);
      assertEquals(textOf(model), before, `after ${name}`);
    }
    assert(refused > 400, `${refused} were refused`);
  },
);
