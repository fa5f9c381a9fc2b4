/**
 * What taking steps back costs: the adaptive loop, which takes a snapshot before every step, against the
 * same steps in a bare loop; and what a thousand states on a timeline take.
 *
 *     deno run bench/steps_bench.ts
 */
import { boxMesh, Diffusion, MeshVariable, Model, Swarm } from "../mod.ts";
import { advance } from "../src/model/advance.ts";
import { StepControl } from "../src/model/step_control.ts";

/** A model with the work of one step. */
interface Work {
  readonly model: Model;
  readonly step: (dt: number) => void;
  readonly dt: number;
}

/** Steps in a block. Step sizes are powers of two, so that the last one needs no other size to land. */
const steps = 5;

/** An implicit step of 100,489 unknowns. */
function implicit(): Work {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [316, 316] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y));
  const diffusion = new Diffusion(T, { diffusivity: 1 });
  for (const side of ["left", "right", "bottom", "top"]) diffusion.addDirichlet(side, 0);
  return { model, step: (dt) => void diffusion.solve({ dt }), dt: 2 ** -10 };
}

/** A million particles, moved by a velocity at the nodes, each with a material. */
function particles(): Work {
  const model = new Model();
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [100, 100] });
  const velocity = new MeshVariable(mesh, "velocity", { components: 2 });
  velocity.set((x, y, _z, out) => {
    out[0] = -y * (1 - x * x);
    out[1] = x * (1 - y * y);
  });
  const swarm = new Swarm(mesh, { boundary: "reflect" });
  const material = swarm.addVariable("material", { dtype: "int32" });
  swarm.populate({ perCell: 50 });
  material.set((x) => x > 0 ? 1 : 2);
  // The fastest particles cross two thirds of a cell's inner radius.
  return { model, step: (dt) => swarm.advect(velocity, dt), dt: 2 ** -8 };
}

function bare({ model, step, dt }: Work): void {
  for (let i = 0; i < steps; i++) {
    step(dt);
    model.tracker.time += dt;
    model.tracker.step += 1;
    model.tracker.dt = dt;
  }
}

async function adaptive({ model, step, dt }: Work): Promise<void> {
  const until = model.tracker.time + steps * dt;
  await model.advance({ dt, until, step, accept: () => true, grow: 1 });
}

/** The same loop with snapshots that hold nothing; no step of the bench is taken back. */
async function withoutSnapshots({ model, step, dt }: Work): Promise<void> {
  const { tracker, meshes, swarms, timeline, transcript, comm } = model;
  const empty = new Model().saveState();
  const until = tracker.time + steps * dt;
  const host = {
    tracker,
    meshes,
    swarms,
    timeline,
    transcript,
    comm,
    saveState: () => empty,
    loadState: () => {},
  };
  await advance(host, new StepControl(), { dt, until, step, accept: () => true, grow: 1 });
}

async function seconds(work: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** A block of each in turn, so that all see the same machine; differences are of neighbours. */
async function overhead(what: string, work: Work, aim: number): Promise<void> {
  const alone: number[] = [], loop: number[] = [], snapshots: number[] = [];
  for (let i = 0; i < 13; i++) {
    const a = await seconds(() => bare(work));
    const b = await seconds(() => withoutSnapshots(work));
    const c = await seconds(() => adaptive(work));
    // The first ones warm up.
    if (i < 2) continue;
    alone.push(a / steps);
    loop.push((b - a) / steps);
    snapshots.push((c - b) / steps);
  }
  const whole = median(alone) + median(loop);
  console.log(
    `${what}: ${(median(alone) * 1e3).toFixed(1)} ms a step; the adaptive loop adds ${
      (median(loop) * 1e3).toFixed(1)
    } ms, a snapshot every step ${(median(snapshots) * 1e3).toFixed(1)} ms: ${
      (100 * median(snapshots) / whole).toFixed(1)
    } percent (aim: under ${aim})`,
  );
}

/** A thousand states of 64 MB, of which one contiguous percent changes from each to the next. */
function timeline(): void {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [999, 999] });
  const field = new MeshVariable(mesh, "u", { components: 8 });
  const { data } = field;
  const part = Math.ceil(data.length / 100);
  model.timeline.record({ every: { steps: 1 } });
  const before = performance.now();
  for (let step = 1; step < 1000; step++) {
    const from = (step * part) % (data.length - part);
    data.fill(step, from, from + part);
    model.tracker.step = step;
    model.timeline.record();
  }
  const each = (performance.now() - before) / 999;
  const { length } = model.timeline.entries();
  const { bytes } = model.timeline;
  const resident = Deno.memoryUsage().rss;
  const start = performance.now();
  model.timeline.rewind({ toStep: 500 });
  const back = performance.now() - start;
  if (data[(500 * part) % (data.length - part)] !== 500) throw new Error("not what was recorded");
  console.log(
    `timeline: ${length} states of ${
      (data.byteLength / 1e6).toFixed(0)
    } MB, a percent changed in each, ` +
      `take ${(bytes / 1e9).toFixed(2)} GB (the process ${
        (resident / 1e9).toFixed(2)
      }; aim: under 2)`,
  );
  console.log(`  ${each.toFixed(1)} ms to record one, ${back.toFixed(0)} ms to rewind`);
}

await overhead("implicit step, 100,489 unknowns", implicit(), 2);
await overhead("RK2, 1,000,000 particles", particles(), 10);
timeline();
