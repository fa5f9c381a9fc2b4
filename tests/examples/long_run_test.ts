import { assert, assertEquals } from "@std/assert";
import { main, picture, straight } from "../../examples/long_run.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { readSnapshot } from "../../src/archive/disk.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

Deno.test("long_run, broken off twice, ends with the bits of a run that was not", async () => {
  const log = console.log;
  console.log = () => {};
  try {
    const result = await main(60);
    assert(result.bitIdentical);
    // The highest temperature at steps 0, 10, .., 50.
    assertEquals(result.trace.length, 6);
    assert((await picture(result)).svg.includes("One line across interruptions"));
  } finally {
    console.log = log;
  }
});

/** Starts the example, and kills it after a while; true when it was quicker. */
async function runFor(
  folder: string,
  steps: number,
  milliseconds: number,
  signal: Deno.Signal,
): Promise<boolean> {
  const script = new URL("../../examples/long_run.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-write", script, folder, `${steps}`],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => process.kill(signal), milliseconds);
  const { success, code } = await process.status;
  clearTimeout(timer);
  if (success) return true;
  assertEquals(code, { SIGKILL: 137, SIGTERM: 143, SIGINT: 130 }[signal as "SIGKILL"]);
  return false;
}

testNeeding(
  { run: true },
  "long_run, killed again and again at any moment, ends with the bits of a run that was not",
  async () => {
    using dir = tempDir();
    const steps = 1500;
    const signals: Deno.Signal[] = ["SIGKILL", "SIGTERM", "SIGKILL", "SIGINT", "SIGKILL"];
    let kills = 0;
    // Times spread over what a process takes to start and some hundred steps, growing for slow machines.
    for (let wait = 300;; wait = 250 * 1.08 ** kills + (wait * 7 + 131) % 600) {
      const signal = signals[kills % signals.length];
      if (await runFor(dir.path, steps, wait, signal)) break;
      kills++;
      // Killed when all was done and only the process had not ended: started again, it would say so and fail.
      if ((await new CheckpointCatalog(dir.path).runs())[0]?.status === "completed") break;
      assert(kills < 60, "it makes no headway");
    }
    assert(kills >= 3, `${kills} kills`);
    const runs = await new CheckpointCatalog(dir.path).runs();
    assertEquals(`${runs[0].id} ${runs[0].status}`, "long_run completed");
    using end = await readSnapshot(dir.join("result.snap.h5"));
    using expected = straight(steps);
    assertEquals(diffSnapshots(expected, end), []);
    console.log(`      killed ${kills} times`);
  },
);
