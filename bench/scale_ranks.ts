/**
 * What each rank does in `scale_bench.ts`.
 *
 * @module
 */
import type { Comm } from "../src/comm/comm.ts";
import { SemiLagrangianDDt } from "../src/ddt/semi_lagrangian_ddt.ts";
import { annulusMesh } from "../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import type { Mesh } from "../src/mesh/mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { readGmsh } from "../src/mesh/read_gmsh.ts";
import { Model } from "../src/model/model.ts";
import { Diffusion } from "../src/solve/diffusion.ts";
import { Swarm } from "../src/swarm/swarm.ts";
import { countReads, countTraffic } from "./traffic.ts";

/** What a rank holds, in bytes. */
export interface Held {
  /** Array buffers after a collection. */
  readonly buffers: number;
  /** The most resident memory of the process so far; NaN where the system does not say. */
  readonly peak: number;
  /** Milliseconds of this thread's processor for `boxMesh`; NaN where the system does not say. */
  readonly making: number;
}

/** Bytes that came to this rank. */
export interface Arrived {
  /** By gathers, which bring everything to everyone. */
  readonly gathered: number;
  /** By exchanges, which bring what was sent to this rank. */
  readonly exchanged: number;
}

/** A load, in bytes. */
export interface Loaded {
  /** What the array buffers grew by, with nothing collected in between. */
  readonly grown: number;
  /** What the state of this rank takes. */
  readonly own: number;
  readonly read: number;
}

/** What making a mesh takes, in bytes. */
export interface Made {
  /** The most resident memory beyond that before; NaN where the system does not say. */
  readonly grown: number;
  /** Array buffers after a collection, beyond those before. */
  readonly kept: number;
}

/** Runs one of the measurements. */
export function main(comm: Comm, what: string, ...args: never[]): unknown {
  const works: Record<string, (comm: Comm, ...args: never[]) => unknown> = {
    held,
    made,
    advected,
    traced,
    saved,
    loaded,
  };
  return works[what](comm, ...args);
}

/** Bytes of array buffers on this thread. */
function buffers(): number {
  return Deno.memoryUsage().external;
}

function collect(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("run it with --v8-flags=--expose-gc");
  gc();
  gc();
}

/** Nanoseconds of processor that this thread has had; NaN where the system does not say. */
function threadTime(): number {
  try {
    return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]);
  } catch {
    // Other systems than Linux have no such file.
    return NaN;
  }
}

function peakMemory(): number {
  try {
    const text = Deno.readTextFileSync("/proc/self/status");
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(text)![1]);
  } catch {
    // As above.
    return NaN;
  }
}

function box(comm: Comm, dim: number, n: number, model = new Model({ comm })): Mesh {
  const all = (value: number) => new Array<number>(dim).fill(value);
  return boxMesh(model, { min: all(0), max: all(1), cells: all(n) });
}

function turning(mesh: Mesh): MeshVariable {
  const v = new MeshVariable(mesh, "v", { components: mesh.dim });
  v.set((x, y, _z, out) => {
    out.fill(0);
    out[0] = (0.5 - y) * x * (1 - x);
    out[1] = (x - 0.5) * y * (1 - y);
  });
  return v;
}

/** Two fields, diffusion, two particles per cell that moved by a function and by a field, one stash. */
function held(comm: Comm, dim: number, n: number): Held {
  const model = new Model({ comm }), before = threadTime();
  const mesh = box(comm, dim, n, model);
  const making = (threadTime() - before) / 1e6;
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(3 * x) * Math.cos(5 * y));
  const v = turning(mesh);
  const heat = new Diffusion(T, { diffusivity: 1, solver: "timestash" });
  heat.addDirichlet("left", 0);
  heat.solve({ dt: 1e-4 });
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  swarm.advect((_x, _y, _z, out) => void out.fill(0.1 / n), 1);
  swarm.advect(v, 0.1 / n);
  using _token = model.saveState();
  collect();
  comm.barrier();
  return { buffers: buffers(), peak: peakMemory(), making };
}

/** A mesh that is not made by blocks: an annulus, or the file of one. */
function made(comm: Comm, cellSize: number, file: string | null): Made {
  // What is made once stays.
  annulusMesh(new Model({ comm }), { inner: 0.5, outer: 1, cellSize: 0.2 });
  collect();
  const model = new Model({ comm }), resident = Deno.memoryUsage().rss, before = buffers();
  const mesh = file === null
    ? annulusMesh(model, { inner: 0.5, outer: 1, cellSize })
    : readGmsh(model, file);
  const grown = peakMemory() - resident;
  collect();
  const kept = buffers() - before;
  if (model.meshes.get(mesh.name) !== mesh) throw new Error("the mesh is not there any more");
  return { grown, kept };
}

/** A second step by a field: the first one also makes what is kept. */
function advected(comm: Comm, n: number): Arrived {
  return countTraffic(comm, () => {
    const mesh = box(comm, 2, n), v = turning(mesh), swarm = new Swarm(mesh);
    swarm.populate({ perCell: 2 });
    swarm.advect(v, 0.1 / n);
    return () => swarm.advect(v, 0.1 / n);
  });
}

/** The tracing of a second step; the solver's own messages are not among these. */
function traced(comm: Comm, n: number): Arrived {
  return countTraffic(comm, () => {
    const mesh = box(comm, 2, n), T = new MeshVariable(mesh, "T");
    T.set((x, y) => Math.sin(3 * x) * y);
    const ddt = new SemiLagrangianDDt(T, { order: 2, velocity: turning(mesh) });
    const step = () => {
      ddt.updatePreSolve(0.3 / n);
      ddt.updatePostSolve(0.3 / n);
    };
    step();
    return step;
  });
}

function stateOf(comm: Comm, n: number): Model {
  const model = new Model({ comm });
  const mesh = box(comm, 2, n, model), swarm = new Swarm(mesh);
  new MeshVariable(mesh, "T").set((x, y) => x * y);
  swarm.populate({ perCell: 2 });
  return model;
}

async function saved(comm: Comm, n: number, file: string): Promise<void> {
  await stateOf(comm, n).saveState({ file });
}

async function loaded(comm: Comm, n: number, file: string): Promise<Loaded> {
  const model = stateOf(comm, n);
  // The first load also makes the heap of the HDF5 library, which stays.
  await model.loadState(file);
  collect();
  const start = buffers();
  const token = model.saveState();
  const own = buffers() - start;
  token[Symbol.dispose]();
  collect();
  const before = buffers();
  const read = await countReads(() => model.loadState(file));
  return { grown: buffers() - before, own, read };
}
