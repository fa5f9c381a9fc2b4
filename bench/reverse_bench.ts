/**
 * What it costs to visit the states of a run in reverse order: memory, forward steps, and the time beside that of the
 * forward run with every state kept.
 *
 *     deno run bench/reverse_bench.ts
 */
import { boxMesh, MeshVariable, Model, reverse, reverseSchedule } from "../mod.ts";

/** A model with `megabytes` of fields, and a step that writes all of them. */
function running(megabytes: number): { model: Model; step: () => void } {
  const model = new Model();
  const side = Math.round(Math.sqrt(megabytes * 1e6 / 8 / 8)) - 1;
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [side, side] });
  const fields = Array.from({ length: 8 }, (_, i) => new MeshVariable(mesh, `u${i}`));
  fields.forEach((variable, i) => variable.set(i));
  const step = () => {
    for (const { data } of fields) {
      for (let i = 0; i < data.length; i++) data[i] = 0.5 * data[i] + 1;
    }
  };
  return { model, step };
}

function megabytesInUse(): number {
  return Deno.memoryUsage().rss / 1e6;
}

/** A thousand steps of 64 MB with 20 states. */
async function long(): Promise<void> {
  const { model, step } = running(64);
  step();
  const start = performance.now();
  for (let k = 0; k < 100; k++) step();
  const forward = (performance.now() - start) / 100;
  const steps = 1000, states = 20, before = megabytesInUse();
  let most = before;
  const begun = performance.now();
  const { forwardSteps, peakBytes } = await reverse(model, {
    steps,
    memory: states,
    step,
    visit: () => most = Math.max(most, megabytesInUse()),
  });
  const seconds = (performance.now() - begun) / 1e3;
  const { saves, restores } = reverseSchedule(steps, states);
  const copies = (seconds * 1e3 - forwardSteps * forward) / (saves.memory + restores.memory);
  console.log(`64 MB, ${steps} steps, ${states} states`);
  console.log(
    `forward steps: ${forwardSteps}, with one per visit ${
      ((forwardSteps + steps) / steps).toFixed(3)
    } per step (aim: 3.8; Revolve: 3.747)`,
  );
  console.log(
    `kept states: ${(peakBytes / 1e9).toFixed(2)} GB; resident: ${(most / 1e3).toFixed(2)} GB, ${
      (before / 1e3).toFixed(2)
    } before (aim: 1.5)`,
  );
  console.log(
    `time: ${seconds.toFixed(1)} s, of which ${
      (100 * forwardSteps * forward / seconds / 1e3).toFixed(0)
    } % are forward steps; ${
      copies.toFixed(1)
    } ms for each of ${saves.memory} saves and ${restores.memory} restores`,
  );
}

/** The same run with every state kept. */
async function short(): Promise<void> {
  const { model, step } = running(8), steps = 60;
  const sweep = async (memory: number) => {
    const begun = performance.now();
    await reverse(model, { steps, memory, step, visit: step });
    return performance.now() - begun;
  };
  await sweep(steps);
  const all = await sweep(steps);
  console.log(`8 MB, ${steps} steps, time over that with every state kept`);
  for (const states of [20, 10, 5]) {
    console.log(`${states} states: ${(await sweep(states) / all).toFixed(2)}`.padStart(20));
  }
}

await short();
await long();
