import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { verifySnapshotSync } from "../../src/archive/verify_snapshot.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { checkpointsOf, heat, step } from "./_run.ts";

/** Starts the run, and kills it so many milliseconds after it has archived two checkpoints. */
async function killed(fast: string, slow: string, after: number): Promise<void> {
  const script = new URL("./_archive_loop.ts", import.meta.url).pathname;
  const args = ["run", "--no-check", "--allow-read", "--allow-write", script, fast, slow];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, after));
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
}

testNeeding(
  { run: true },
  "a run that is killed again and again leaves whole checkpoints in the archive, and goes on from there alone",
  async () => {
    using dir = tempDir();
    const fast = dir.join("fast"), slow = dir.join("slow");
    let newest = 0, kept = 0;
    for (const after of [0, 23, 141]) {
      await killed(fast, slow, after);
      // A copy that has no record yet does not count, though it may be whole.
      const entries = (await new CheckpointCatalog(slow).list())
        .filter(({ path }) => existsSync(path.replace(/h5$/, "json")));
      for (const { path } of entries) assert(verifySnapshotSync(path).ok, path);
      const last = entries.at(-1)?.step ?? 0;
      assert(last >= newest, `step ${last} after ${newest}`);
      newest = last;
      kept = entries.length;
      // The local disk is lost every other time.
      if (after < 100) Deno.removeSync(fast, { recursive: true });
    }
    assert(newest >= 6, `step ${newest}`);
    // Its own rules keep three; more only if it was killed before they were applied.
    assert(kept <= 5, `${kept} in the archive`);
    const model = heat(), straight = heat();
    for (const it of [model, straight]) {
      it.tracker.table = new Float64Array(1 << 20).map((_, i) => Math.sqrt(i));
    }
    while (straight.tracker.step < newest) step(straight);
    const { checkpoints } = checkpointsOf(model, dir.join("fresh"), { archive: slow });
    assertEquals((await checkpoints.load())?.step, newest);
    using expected = straight.saveState(), state = model.saveState();
    assertEquals(diffSnapshots(expected, state), []);
    await checkpoints.close();
  },
);

testNeeding(
  { run: true },
  "a script ends by itself with its last copy, with and without the permission that a thread needs",
  async () => {
    using dir = tempDir();
    const mod = new URL("../../mod.ts", import.meta.url).href, script = dir.join("run.ts");
    Deno.writeTextFileSync(
      script,
      `import { Checkpoints, Model } from "${mod}";
      const [folder] = Deno.args, model = new Model({ name: "big" });
      model.tracker.table = new Float64Array(1 << 20).map((_, i) => Math.sqrt(i));
      const archive = folder + "/slow";
      await new Checkpoints(model, folder + "/fast", { archive, signals: false }).save();`,
    );
    for (const read of [`--allow-read=${dir.path}`, "--allow-read"]) {
      const folder = dir.join(read.includes("=") ? "here" : "thread");
      const args = ["run", "--no-check", read, `--allow-write=${dir.path}`, script, folder];
      const command = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } });
      const { code, stderr } = await command.output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
      const [{ path }] = await new CheckpointCatalog(`${folder}/slow`).list();
      assert(verifySnapshotSync(path).ok);
    }
  },
);
