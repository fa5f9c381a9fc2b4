/**
 * A run that can be killed anywhere, any number of times, and ends with the bits of one that was not.
 * Without a folder it breaks itself off twice and compares; with one it is a real run: stop it with
 * Ctrl-C or `kill -9` as often as you like, and start it again with the same line.
 *
 *     deno run --allow-read --allow-write examples/long_run.ts
 *
 * With a folder: `examples/long_run.ts runs/ 2000`, for 2000 steps; the end is in `runs/result.snap.h5`.
 */
import {
  annulusMesh,
  Checkpoints,
  diffSnapshots,
  MeshVariable,
  Model,
  type Picture,
  plotHistory,
  resumeOrStart,
  type Snapshot,
  Swarm,
  SymbolicDDt,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, withoutPicture } from "./_picture.ts";

const DT = 0.002;

interface Simulation {
  readonly model: Model;
  readonly velocity: MeshVariable;
  readonly temperature: MeshVariable;
  readonly swarm: Swarm;
  readonly source: SymbolicDDt;
}

function build(): Simulation {
  const model = new Model({ name: "long_run", seed: 11 });
  const mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.15 });
  model.parameters.define("spin", 2 * Math.PI, { units: "rad" });
  const velocity = new MeshVariable(mesh, "v", { components: 2 });
  const temperature = new MeshVariable(mesh, "T", { degree: 2 });
  temperature.set((x) => x);
  const swarm = new Swarm(mesh, { boundary: "lose" });
  swarm.populate({ perCell: 2 });
  const source = new SymbolicDDt(model, expression("spin * sin(t) * x"), { order: 2 });
  model.tracker.trace = [];
  return { model, velocity, temperature, swarm, source };
}

/** One step, which depends on everything before it: fields, particles, histories, random numbers. */
function step({ model, velocity, temperature, swarm, source }: Simulation): void {
  const { tracker, parameters, random } = model;
  if (tracker.step % 100 === 99) parameters.set("spin", 0.99 * parameters.get("spin"));
  const spin = parameters.get("spin") * (1 + 0.5 * Math.sin(tracker.time));
  velocity.set((x, y, _z, out) => {
    out[0] = -spin * y;
    out[1] = spin * x;
  });
  swarm.advect(velocity, DT);
  const T = temperature.data;
  for (let i = 0; i < T.length; i++) T[i] += DT * (random.normal() - T[i]);
  source.updatePreSolve(DT);
  source.updatePostSolve(DT);
  if (tracker.step % 10 === 0) tracker.trace.push(temperature.max());
  tracker.time += DT;
  tracker.step++;
  tracker.dt = DT;
}

/**
 * What one process does: it continues from the newest checkpoint, or starts, and runs up to step `until`.
 *
 * @returns true when all `steps` are done.
 */
async function run(
  sim: Simulation,
  folder: string,
  steps: number,
  until = steps,
): Promise<boolean> {
  const { model } = sim;
  await using checkpoints = new Checkpoints(model, folder, {
    every: { steps: 20, wallClock: 600 },
    keep: { last: 3, every: { steps: 500 } },
  });
  const { message } = await resumeOrStart(model, checkpoints);
  console.log(message);
  while (model.tracker.step < Math.min(until, steps)) {
    step(sim);
    await checkpoints.afterStep();
  }
  if (until < steps) return false;
  await model.saveState({ file: `${folder}/result.snap.h5` });
  await checkpoints.complete();
  console.log(`done at step ${model.tracker.step}, time ${model.tracker.time.toFixed(3)}`);
  return true;
}

/** The state at the end of a run that nothing interrupts, and that takes no checkpoints. */
export function straight(steps: number): Snapshot {
  const sim = build();
  while (sim.model.tracker.step < steps) step(sim);
  return sim.model.saveState();
}

/** What the story came to. */
export interface LongRunResult {
  /** Whether the end is that of a run that was not broken off, in every byte. */
  readonly bitIdentical: boolean;
  /** The highest temperature at every tenth step. */
  readonly trace: readonly number[];
}

/** Breaks itself off twice, and compares. */
export async function main(steps = 150): Promise<LongRunResult> {
  const folder = Deno.makeTempDirSync({ prefix: "long_run_" });
  try {
    // Each time everything is built again: only the folder is left of the process before.
    await run(build(), folder, steps, Math.floor(steps / 3));
    await run(build(), folder, steps, Math.floor(2 * steps / 3) + 7);
    const last = build();
    await run(last, folder, steps);
    using end = last.model.saveState();
    using expected = straight(steps);
    const differences = diffSnapshots(expected, end);
    for (const { key, what } of differences) console.log(`${key}: ${what}`);
    const bitIdentical = differences.length === 0;
    console.log(`bit-identical to a run that was not broken off: ${bitIdentical}`);
    return { bitIdentical, trace: [...last.model.tracker.trace] };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The highest temperature, in one line across all interruptions. */
export function picture({ trace }: Pick<LongRunResult, "trace">): Promise<Picture> {
  const columns = { step: trace.map((_, i) => 10 * i), hottest: trace };
  return plotHistory(columns, { x: "step", title: "One line across interruptions" });
}

if (import.meta.main) {
  const [folder, steps = "2000"] = withoutPicture();
  if (folder !== undefined) {
    const sim = build();
    await run(sim, folder, Number(steps));
    await drawOnRequest(() => picture({ trace: sim.model.tracker.trace }));
  } else {
    const result = await main();
    await drawOnRequest(() => picture(result));
    if (!result.bitIdentical) Deno.exit(1);
  }
}
