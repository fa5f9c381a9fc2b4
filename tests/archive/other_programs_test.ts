import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf, kindOf } from "../../src/arrays.ts";
import { hdf5PathOf } from "../../src/snapshot/file/paths.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { assertSameBytes, tempDir, testNeeding } from "../_helpers.ts";
import { type Entries, hardScalars, metadata, sampleEntries, sourceOf } from "./_entries.ts";

/** Debian's interpreter, which has python3-h5py. */
const python = "/usr/bin/python3";
const script = new URL("./read_entries.py", import.meta.url).pathname;

/** What `read_entries.py` says of one object. */
interface Found {
  readonly attributes: Record<string, { text?: string; dtype?: string; hex?: string }>;
  readonly dtype?: string;
  readonly shape?: number[];
  readonly hex?: string;
}

function run(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const layouts: Record<string, FileOptions> = {
  "one file": {},
  "sidecars": { layout: "sidecars" },
  "gzip": { compression: "gzip" },
};

for (const [name, options] of Object.entries(layouts)) {
  testNeeding(
    { run: true, programs: [python, "h5ls"] },
    `h5py reads every value: ${name}`,
    async () => {
      using dir = tempDir();
      const path = dir.join("step42.snap.h5");
      const entries = sampleEntries(60_000);
      await writeEntries(path, sourceOf(entries), metadata, options);
      const found: Record<string, Found> = JSON.parse(run(python, script, path));
      assertEquals(found["/"].attributes.format.text, "timestash");
      for (const [key, { data, shape }] of entries) {
        const there = found[hdf5PathOf(key)];
        assert(there, key);
        if (data === null) continue;
        assertEquals(there.hex, bytesOf(data).toHex(), key);
        const stored = kindOf(data) === "float16"
          ? "uint16"
          : kindOf(data) === "uint8clamped"
          ? "uint8"
          : kindOf(data);
        assertEquals(there.dtype, stored, key);
        assertEquals(there.shape, shape.length === 2 && shape[1] === 1 ? [shape[0]] : [...shape]);
      }
      const { attributes } = found["/metadata"];
      assertEquals(attributes.step.dtype, "int64");
      assertEquals(attributes.sim_time.dtype, "float64");
      assertEquals(attributes.run_name.text, "run");
      const bearer = found["/state/b"].attributes;
      assertEquals(bearer.scripts.text, hardScalars.scripts);
      assertEquals(bearer.long.text, hardScalars.long);
      assertEquals(bearer.empty.text, "");
      assertEquals(bearer.minusZero.hex, "0000000000000080");
      assertEquals(bearer.big.dtype, "int64");
      assertEquals(bearer.bigger.text, "9223372036854775808");
      assertEquals(found["/meshes/Mesh_0"].attributes.mesh_type.text, "box");
      assertEquals(
        found[hdf5PathOf("meshes/Ω%2F%25. mesh")].attributes.real_name.text,
        "Ω/%. mesh",
      );
    },
  );

  testNeeding({ run: true, programs: ["h5ls"] }, `h5ls -r walks through: ${name}`, async () => {
    using dir = tempDir();
    const path = dir.join("step42.snap.h5");
    await writeEntries(path, sourceOf(sampleEntries()), metadata, options);
    const listing = run("h5ls", "-r", "-E", path);
    assertStringIncludes(listing, "/meshes/Mesh_0");
    assertStringIncludes(listing, "topology/cells");
    assertStringIncludes(listing, "Dataset {2, 3}");
    assertStringIncludes(listing, "/state/cube");
  });
}

testNeeding(
  { run: true, programs: [python] },
  "a file that h5py has changed is refused, and read with verify: false",
  async () => {
    using dir = tempDir();
    const path = dir.join("a.h5");
    const entries: Entries = sampleEntries();
    await writeEntries(path, sourceOf(entries), metadata);
    const program = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); " +
      "f['state/cube'][0, 0, 0] = 99; f['state/cube'].attrs['by'] = 'hand'; " +
      "f['state/cube'].attrs['flag'] = True";
    run(python, "-c", program, path);
    let refused = false;
    try {
      await readWhole(path);
    } catch (error) {
      refused = true;
      assertStringIncludes((error as Error).message, "verify: false");
    }
    assert(refused);
    const cube = (await readWhole(path, { verify: false })).entries.get("state/cube")!;
    const expected = Float32Array.from({ length: 24 }, (_, i) => i === 0 ? 99 : i);
    assertSameBytes(cube.data!, expected);
    assertEquals(cube.attributes.by, "hand");
    assertEquals(cube.attributes.flag, 1);
  },
);
