import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/snapshot/diff.ts";
import { type TempDir, tempDir, testNeeding } from "../_helpers.ts";
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

Deno.test("a fresh worker goes on with solvers to the bytes of the run that was not interrupted", async () => {
  using folder = tempDir();
  const { middle, end } = await saveBoth(folder);
  const resumed = folder.join("resumed.snap.h5");
  const worker = new Worker(program, { type: "module" });
  try {
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage({ from: middle, to: resumed, first: FIRST });
    });
    assertEquals(answer, "done");
  } finally {
    worker.terminate();
  }
  assertEquals(await diffSnapshots(end, resumed), []);
});

testNeeding(
  { run: true },
  "a fresh process goes on with solvers to the bytes of the run that was not interrupted",
  async () => {
    using folder = tempDir();
    const { middle, end } = await saveBoth(folder);
    const resumed = folder.join("resumed.snap.h5");
    const access = [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...access, program.pathname, middle, resumed, String(FIRST)],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    assertEquals(await diffSnapshots(end, resumed), []);
  },
);
