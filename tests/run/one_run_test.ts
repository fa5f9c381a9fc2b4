import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { readSnapshot } from "../../src/archive/disk.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, step } from "./_run.ts";

Deno.test("calls that are not awaited are one run, in order, each with the state of its call", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints, warnings } = checkpointsOf(model, dir.path, { every: { steps: 2 } });
  const tokens = new Map<number, Snapshot>();
  const pending: Promise<unknown>[] = [];
  for (let k = 0; k < 7; k++) {
    step(model);
    pending.push(checkpoints.afterStep());
    if (k === 4) pending.push(checkpoints.save({ labels: ["by hand"] }));
    tokens.set(model.tracker.step, model.saveState());
  }
  pending.push(checkpoints.complete());
  await Promise.all(pending);
  const entries = await checkpoints.list();
  assertEquals(entries.map((it) => [it.step, it.sequence]), [[2, 1], [4, 2], [5, 3], [6, 4]]);
  assertEquals(entries.map((it) => Object.keys(it.labels)), [[], [], ["by hand"], []]);
  for (const { path, step } of entries) {
    using saved = await readSnapshot(path);
    assertEquals(diffSnapshots(tokens.get(step)!, saved), [], `step ${step}`);
  }
  assertEquals((await checkpoints.runs()).map((it) => [it.id, it.status]), [["heat", "completed"]]);
  assertEquals(warnings, []);
});

Deno.test("two saves that are not awaited at the beginning are one run; a failure is that of its call alone", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path);
  const first = checkpoints.save();
  model.tracker.callback = () => 1;
  const wrong = checkpoints.save();
  delete model.tracker.callback;
  model.tracker.step++;
  const last = checkpoints.save();
  const closed = checkpoints.close();
  await assertRejects(() => wrong, Error, "tracker.callback");
  assertEquals([(await first).run, (await last).run, (await last).step], ["heat", "heat", 1]);
  await closed;
  assertEquals((await checkpoints.runs()).map((it) => it.id), ["heat"]);
});

Deno.test("a pinned checkpoint is not overwritten, and its labels stay with its state, at every level", async () => {
  for (const level of [2, 0] as const) {
    using dir = tempDir();
    const model = heat();
    const { checkpoints } = checkpointsOf(model, dir.path, {
      keep: { pinned: ["paper"], last: 1 },
    });
    step(model);
    const pinned = await checkpoints.save({ labels: { paper: "figure 3" }, level });
    const bytes = Deno.readFileSync(pinned.path);
    // The same step and time with another state, as after going back and taking another way.
    model.parameters.set("kappa", 5);
    const second = await checkpoints.save({ labels: { other: true }, level });
    const third = await checkpoints.save({ level });
    assertEquals([second.labels, third.labels], [{ other: true }, {}]);
    assert(second.file !== pinned.file, second.file);
    // What is not pinned is replaced, and what was said of it does not move to another state.
    assertEquals(third.file, second.file);
    assertEquals(Deno.readFileSync(pinned.path), bytes);
    const listed = (await checkpoints.list()).map((it) => [it.file, it.labels]);
    assertEquals(listed, [[pinned.file, { paper: "figure 3" }], [third.file, {}]]);
    await checkpoints.label(pinned, { paper: false });
    assertEquals((await checkpoints.save({ level })).file, pinned.file);
    await checkpoints.close();
  }
});

Deno.test("a run that completes without a checkpoint says so if nothing asked for one", async () => {
  const said = async (
    options: object,
    work: (own: ReturnType<typeof checkpointsOf>) => unknown,
  ) => {
    using dir = tempDir();
    const own = checkpointsOf(heat(), dir.path, options);
    await resumeOrStart(own.checkpoints.model, own.checkpoints);
    await work(own);
    await own.checkpoints.complete();
    return own.warnings;
  };
  const [warning] = await said({}, ({ checkpoints }) => runTo(checkpoints, 3));
  assertStringIncludes(warning, 'run "heat" is completed and has no checkpoint');
  assertEquals(await said({}, ({ checkpoints }) => checkpoints.save()), []);
  assertEquals(
    await said({ every: { wallClock: 60 } }, ({ checkpoints }) => runTo(checkpoints, 3)),
    [],
  );
});

Deno.test("a last save that failed is tried again at complete", async () => {
  using dir = tempDir();
  let full = true;
  const layer: typeof denoLayer = {
    ...denoLayer,
    open: (path, mode) => {
      if (full && path.includes("-step") && mode !== "read") {
        throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
      }
      return denoLayer.open(path, mode);
    },
  };
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 3 }, layer });
  await runTo(checkpoints, 3);
  assertEquals(checkpoints.failures, 1);
  full = false;
  await checkpoints.complete();
  assertEquals([checkpoints.failures, (await checkpoints.list()).map((it) => it.step)], [0, [3]]);
});

const failing = (body: string) => `
  const { Checkpoints, Model } = await import("${new URL("../../mod.ts", import.meta.url)}");
  const model = new Model({ name: "heat" });
  const folder = Deno.args[0];
  ${body}`;

const endings: [what: string, body: string, code: number, says: string][] = [
  [
    "a save that nobody looks at",
    'model.saveState({ file: folder + "/none/a.snap.h5", background: true });',
    1,
    'error: "',
  ],
  [
    "a save whose failure was looked at",
    `const save = model.saveState({ file: folder + "/none/a.snap.h5", background: true });
     await save.finished.catch((error) => console.log("seen"));`,
    0,
    "",
  ],
  [
    "a checkpoint in the background, the last of its run",
    `const checkpoints = new Checkpoints(model, folder, { every: { steps: 1 }, background: true, report() {} });
     Deno.mkdirSync(folder + "/heat-step1.snap.h5");
     model.tracker.step++;
     await checkpoints.afterStep();`,
    1,
    "error: the last checkpoint could not be saved",
  ],
  [
    "a checkpoint in the background that a later one makes up for",
    `const checkpoints = new Checkpoints(model, folder, { every: { steps: 1 }, background: true, report() {} });
     Deno.mkdirSync(folder + "/heat-step1.snap.h5");
     model.tracker.step++;
     await checkpoints.afterStep();
     await checkpoints.flush();
     model.tracker.step++;
     await checkpoints.afterStep();
     await checkpoints.complete();`,
    0,
    "",
  ],
  [
    "the last checkpoint of a run that is completed all the same",
    `const checkpoints = new Checkpoints(model, folder, { every: { steps: 1 }, signals: false, report() {} });
     Deno.mkdirSync(folder + "/heat-step1.snap.h5");
     model.tracker.step++;
     await checkpoints.afterStep();
     await checkpoints.complete();`,
    1,
    "error: the last checkpoint could not be saved",
  ],
  [
    "none, since Deno.exit waits for what is under way",
    `model.saveState({ file: folder + "/a.snap.h5", background: true });
     addEventListener("unload", () => Deno.statSync(folder + "/a.snap.h5"));
     Deno.exit();`,
    0,
    "",
  ],
];

for (const [what, body, code, says] of endings) {
  testNeeding(
    { run: true },
    `a failure in the background and the end of the program: ${what}`,
    async () => {
      using dir = tempDir();
      const script = dir.join("script.ts");
      Deno.writeTextFileSync(script, failing(body));
      const { code: found, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--quiet", "--allow-read", "--allow-write", script, dir.path],
        stdout: "null",
        stderr: "piped",
      }).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals([found, text.startsWith(says)], [code, true], text);
      if (code === 0) assertEquals(text, "");
    },
  );
}
