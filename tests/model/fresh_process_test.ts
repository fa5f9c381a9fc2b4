import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { goOn } from "./adapt_program.ts";
import { adapting } from "./_adapting.ts";
import { assertSameBytes, type TempDir, tempDir, testNeeding } from "../_helpers.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import { buildCurved } from "./curved_program.ts";
import type { Request } from "./fresh_worker_program.ts";
import { buildGenerator } from "./generator_program.ts";
import { buildSolving, sizes } from "./resume_program.ts";

const program = new URL("./resume_program.ts", import.meta.url);
const FIRST = 3;

/** Saves in the middle of a run, and at the end of the same run. */
async function saveBoth(folder: TempDir): Promise<{ middle: string; end: string }> {
  const { model, advance } = buildSolving();
  for (const dt of sizes.slice(0, FIRST)) advance(dt);
  const middle = await model.saveState({ file: folder.join("middle.snap.h5") });
  for (const dt of sizes.slice(FIRST)) advance(dt);
  return { middle, end: await model.saveState({ file: folder.join("end.snap.h5") }) };
}

/** Runs a program as a process that may read and write in `folder` alone. */
async function runProgram(program: URL, folder: TempDir, args: string[]): Promise<void> {
  const access = [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...access, program.pathname, ...args],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** What a fresh worker answers to `question`, which it is asked once it says that it listens. */
async function ask(question: Request): Promise<unknown> {
  const program = new URL("./fresh_worker_program.ts", import.meta.url);
  const worker = new Worker(program, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        // Imports that wait at their top level let a question pass that comes too early.
        if (data === "listening") worker.postMessage(question);
        else resolve(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
  }
}

Deno.test("a fresh worker goes on with solvers to the bytes of the run that was not interrupted", async () => {
  using folder = tempDir();
  const { middle, end } = await saveBoth(folder);
  const resumed = folder.join("resumed.snap.h5");
  assertEquals(await ask({ from: middle, to: resumed, first: FIRST }), "done");
  assertEquals(await diffSnapshots(end, resumed), []);
});

Deno.test("a generator goes on in a fresh worker after the last yielded step", async () => {
  using folder = tempDir();
  const { model, run } = buildGenerator();
  for (const k of run) if (k === 2) break;
  const file = await model.saveState({ file: folder.join("after2.snap.h5") });
  assertEquals([...run], [3, 4, 5]);
  const { begun, sum } = model.tracker;
  const there = await ask({ generator: file });
  assertEquals(there, { steps: [3, 4, 5], begun, sum });
  assertEquals(begun, 1);
});

testNeeding(
  { run: true },
  "a fresh process goes on with solvers to the bytes of the run that was not interrupted",
  async () => {
    using folder = tempDir();
    const { middle, end } = await saveBoth(folder);
    const resumed = folder.join("resumed.snap.h5");
    await runProgram(program, folder, [middle, resumed, String(FIRST)]);
    assertEquals(await diffSnapshots(end, resumed), []);
  },
);

testNeeding(
  { run: true },
  "curved cells that move: a fresh process goes on from the file to the same bytes",
  async () => {
    using folder = tempDir();
    const { model, mesh, T, advance } = buildCurved();
    advance(1);
    const middle = await model.saveState({ file: folder.join("middle.snap.h5") });
    advance(2);
    const end = await model.saveState({ file: folder.join("end.snap.h5") });
    const resumed = folder.join("resumed.snap.h5");
    const program = new URL("./curved_program.ts", import.meta.url);
    await runProgram(program, folder, [middle, resumed, "2"]);
    assertEquals(await diffSnapshots(end, resumed), []);
    // What looks at a file without the script has the same cells.
    const seen = await Model.fromSnapshot(end), other = [...seen.meshes.values()][0] as Mesh;
    assertEquals([other.geometryDegree, other.cellCount], [2, mesh.cellCount]);
    const places = other.variables.get("T")!.coordinates.data as Float64Array;
    assertSameBytes(places, T.coordinates.data as Float64Array);
  },
);

for (const name of ["annulus", "box3"]) {
  testNeeding(
    { run: true },
    `${name}: a fresh process goes on where the mesh was adapted, and adapts it as the run did`,
    async () => {
      using folder = tempDir();
      const sim = adapting(name), ended = folder.join("resumed.snap.h5");
      goOn(sim, 2);
      const middle = await sim.model.saveState({ file: folder.join("middle.snap.h5") });
      goOn(sim, 2);
      const end = await sim.model.saveState({ file: folder.join("end.snap.h5") });
      const program = new URL("./adapt_program.ts", import.meta.url);
      await runProgram(program, folder, [name, middle, ended, "2"]);
      assertEquals(await diffSnapshots(end, ended), []);
    },
  );
}
