/**
 * Steps of a simulation, timed on every rank; `steps_on_ranks_bench.ts` runs it.
 *
 * @module
 */
import type { Comm } from "../src/comm/comm.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Model } from "../src/model/model.ts";
import { Diffusion } from "../src/solve/diffusion.ts";
import type { SolverOptions } from "../src/solve/solver_types.ts";
import { Swarm } from "../src/swarm/swarm.ts";

/** Milliseconds: the first step, with assembly and set-up; the best of the following ones. */
export interface StepTimes {
  readonly first: number;
  readonly next: number;
  readonly iterations: number;
}

/** Times what all ranks do, from when all begin to when all are done. */
function timed(comm: Comm, work: () => number, repeats: number): StepTimes {
  const run = () => {
    comm.barrier();
    const start = performance.now();
    const iterations = work();
    comm.barrier();
    return { time: performance.now() - start, iterations };
  };
  const first = run();
  let next = Infinity;
  for (let k = 0; k < repeats; k++) next = Math.min(next, run().time);
  return { first: first.time, next, iterations: first.iterations };
}

/** Implicit diffusion with `n x n` squares, second order in time. */
export function diffusionStep(comm: Comm, n: number, solver?: SolverOptions["solver"]): StepTimes {
  const mesh = boxMesh(new Model({ comm }), { min: [0, 0], max: [1, 1], cells: [n, n] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(3 * x) * Math.cos(5 * y));
  const heat = new Diffusion(T, { diffusivity: 1, source: 1, solver });
  heat.addDirichlet("left", 0);
  return timed(comm, () => heat.solve({ dt: 0.01 }).iterations, 8);
}

/** A million particles in 20,000 triangles that turn with the flow, RK2, and change ranks on the way. */
export function particleStep(comm: Comm, byField: boolean): StepTimes {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [100, 100] });
  const swarm = new Swarm(mesh);
  swarm.addVariable("material", { dtype: "int32" });
  swarm.populate({ perCell: 50 });
  const flow = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = -y * (1 - x * x);
    out[1] = x * (1 - y * y);
  };
  const field = new MeshVariable(mesh, "v", { components: 2 });
  field.set(flow);
  return timed(comm, () => (swarm.advect(byField ? field : flow, 0.005), 0), 5);
}

/** 64 MB of fields: milliseconds to take, to put back, to write, to read. */
export async function stashTimes(
  comm: Comm,
  file: string,
): Promise<{ save: number; load: number; write: number; read: number }> {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [400, 400] });
  const fields = Array.from(
    { length: 50 },
    (_, k) => new MeshVariable(mesh, `f${k}`, { components: 1 }),
  );
  for (const [k, field] of fields.entries()) field.set((x, y) => x + k * y);
  const best = { save: Infinity, load: Infinity, write: Infinity, read: Infinity };
  for (let k = 0; k < 4; k++) {
    const save = timed(comm, () => (model.saveState()[Symbol.dispose](), 0), 4);
    best.save = Math.min(best.save, save.next);
    const token = model.saveState();
    best.load = Math.min(best.load, timed(comm, () => (model.loadState(token), 0), 4).next);
    token[Symbol.dispose]();
    comm.barrier();
    let start = performance.now();
    await model.saveState({ file, view: comm.size === 1 ? false : undefined });
    comm.barrier();
    best.write = Math.min(best.write, performance.now() - start);
    start = performance.now();
    await model.loadState(file);
    comm.barrier();
    best.read = Math.min(best.read, performance.now() - start);
  }
  return best;
}

/** One row of the bench, by name. */
export function main(comm: Comm, row: string, argument: number | string): unknown {
  if (row === "diffusion") return diffusionStep(comm, Number(argument));
  if (row === "diffusion by timestash") return diffusionStep(comm, Number(argument), "timestash");
  if (row === "particles by function") return particleStep(comm, false);
  if (row === "particles by field") return particleStep(comm, true);
  return stashTimes(comm, String(argument));
}
