import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

/** Milliseconds, or what must have come true. */
type Wait = number | (() => Promise<boolean>);

function waitFor(wait: Wait): Promise<void> {
  if (typeof wait === "number") return new Promise((resolve) => setTimeout(resolve, wait));
  return wait().then((come) => come ? undefined : waitFor(50).then(() => waitFor(wait)));
}

/** Starts the loop, waits until it runs, sends signals, and waits for its end. */
function interrupt(folder: string, kind: string, signal: Deno.Signal, wait: Wait = 300) {
  return interruptProgram(["./_loop.ts", folder, kind], signal, wait);
}

async function interruptProgram(
  [program, ...words]: readonly string[],
  signal: Deno.Signal,
  wait: Wait,
  times = 1,
) {
  const script = new URL(program, import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-write", script, ...words],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  const reader = process.stdout.getReader();
  await reader.read();
  for (let i = 0; i < times; i++) {
    await waitFor(wait);
    process.kill(signal);
  }
  const { code } = await process.status;
  await reader.cancel();
  return { code, errors: await errors };
}

for (
  const [kind, signal, code] of [
    ["loop", "SIGINT", 130],
    ["advance", "SIGTERM", 143],
    ["background", "SIGTERM", 143],
  ] as const
) {
  testNeeding({ run: true }, `${signal} in a ${kind}: saved, marked, and ended`, async () => {
    using dir = tempDir();
    const first = await interrupt(dir.path, kind, signal);
    assertEquals([first.code, first.errors], [code, ""]);
    const catalog = new CheckpointCatalog(dir.path);
    const [run] = await catalog.runs();
    assertEquals([run.id, run.status, run.message], ["heat", "interrupted", signal]);
    const saved = (await catalog.latest())!;
    // A signal that came while a checkpoint was written needs no other one.
    if (kind === "loop" || saved.step % 1000 > 0) assertEquals(saved.labels, { signal });
    assertEquals(await catalog.problems(), []);

    const second = await interrupt(dir.path, kind, signal);
    assertEquals(second.code, code);
    const [again] = await catalog.runs();
    assertEquals([again.id, again.resumed], ["heat", 1]);
    assert((await catalog.latest())!.step > saved.step);
  });
}

testNeeding(
  { run: true },
  "SIGTERM on a full disk ends the run all the same, and says so",
  async () => {
    using dir = tempDir();
    const { code, errors } = await interrupt(dir.path, "full", "SIGTERM");
    assertEquals(code, 143);
    assertStringIncludes(errors, "SIGTERM: the last step could not be saved");
    assertEquals((await new CheckpointCatalog(dir.path).runs())[0].status, "interrupted");
  },
);

testNeeding(
  { run: true },
  "kill -9: the run counts as interrupted, by the lock that it no longer holds",
  async () => {
    using dir = tempDir();
    const catalog = new CheckpointCatalog(dir.path);
    const saved = async () => (await catalog.list()).length >= 1;
    const { code } = await interrupt(dir.path, "advance", "SIGKILL", saved);
    assertEquals(code, 137);
    const [run] = await catalog.runs();
    assertEquals([run.status, run.message], ["interrupted", "its process ended unexpectedly"]);
    assert(await saved());
  },
);

testNeeding(
  { run: true },
  "SIGTERM to three threads: they save one step, end their process with 143, and go on from there",
  async () => {
    using dir = tempDir();
    const words = ["../mpi/long_run.ts", "--threads", "3", dir.path, "1000000", "slow", "20"];
    for (const resumed of [0, 1]) {
      const { code, errors } = await interruptProgram(words, "SIGTERM", 500);
      assertEquals([code, errors], [143, ""]);
      const catalog = new CheckpointCatalog(dir.path);
      const [run] = await catalog.runs();
      assertEquals([run.status, run.message, run.resumed], ["interrupted", "SIGTERM", resumed]);
      const { labels, step } = (await catalog.latest())!;
      if (step % 2 > 0) assertEquals(labels, { signal: "SIGTERM" });
      assertEquals(await catalog.problems(), []);
    }
  },
);

testNeeding(
  { run: true },
  "two signals to two threads in the middle of a step: they end at once, and say so",
  async () => {
    using dir = tempDir();
    const words = ["../mpi/long_run.ts", "--threads", "2", dir.path, "1000000", "slow", "60000"];
    const { code, errors } = await interruptProgram(words, "SIGINT", 300, 2);
    assertEquals([code, errors], [130, ""]);
    const [run] = await new CheckpointCatalog(dir.path).runs();
    assertEquals(run.message, "two signals: the last step was not saved");
  },
);
