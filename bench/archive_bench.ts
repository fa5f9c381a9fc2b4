/**
 * What copying a checkpoint into an archive costs the steps of a run: 256 MB go into a folder in a thread, and into a
 * store that is fed between the steps. Steps of 1 ms go on meanwhile; what they wait for their turns is added up.
 *
 *     deno run --allow-read --allow-write bench/archive_bench.ts [megabytes]
 */
import { Checkpoints, type CheckpointStore, FolderStore, Model } from "../mod.ts";

/** The same folder as a store of the user's, which the thread does not know. */
class OwnStore extends FolderStore {}

const { port1, port2 } = new MessageChannel();

/** Lets everything else have its turn; the milliseconds until it is over. */
async function turn(): Promise<number> {
  const began = performance.now();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  return performance.now() - began;
}

/** Makes steps until something is done: milliseconds that they waited, and waited at once at most. */
async function stepUntil(work: Promise<unknown>): Promise<{ all: number; longest: number }> {
  let done = false, all = 0, longest = 0;
  const end = work.finally(() => done = true);
  while (!done) {
    const began = performance.now();
    while (performance.now() - began < 1);
    const waited = await turn();
    all += waited;
    longest = Math.max(longest, waited);
  }
  await end;
  return { all, longest };
}

const megabytes = Number(Deno.args[0] ?? 256), folder = Deno.makeTempDirSync();
const model = new Model({ name: "big" });
model.tracker.table = new Float64Array(megabytes * 125_000).map((_, i) => Math.sqrt(i));
const stores: Record<string, CheckpointStore> = {
  "in a thread": new FolderStore(`${folder}/thread`),
  "between the steps": new OwnStore(`${folder}/own`),
};
try {
  for (const [how, archive] of Object.entries(stores)) {
    const options = {
      archive,
      archiveKeep: { last: 1 },
      keep: { last: 1 },
      signals: false,
    } as const;
    const checkpoints = new Checkpoints(model, `${folder}/${how}`, options);
    const found: { all: number; longest: number }[] = [];
    for (let run = 0; run < 5; run++) {
      model.tracker.step++;
      await checkpoints.save();
      found.push(await stepUntil(checkpoints.flush()));
    }
    const median = (of: "all" | "longest") =>
      found.map((it) => it[of]).sort((a, b) => a - b)[2].toFixed(0).padStart(5);
    console.log(
      `${megabytes} MB ${how.padEnd(17)}: steps wait ${median("all")} ms in all, ` +
        `${median("longest")} ms at once`,
    );
    await checkpoints.close();
  }
} finally {
  port1.close();
  Deno.removeSync(folder, { recursive: true });
}
