/**
 * A flow that turns in a long box, on several ranks: particles with a material circulate from rank to rank
 * and a temperature is carried along. One step is far too long and throws particles out of the box; all
 * ranks take it back together and end with the bits of a run that never tried it.
 *
 *     deno run --allow-read examples/circulation.ts
 *
 * That is on two threads. On a cluster it is the same script:
 * `mpirun -np 4 deno run --allow-ffi --allow-read examples/circulation.ts --mpi`
 */
import {
  AdvectionDiffusion,
  boxMesh,
  type Comm,
  diffSnapshots,
  MeshVariable,
  Model,
  mpiWorld,
  type Picture,
  plotField,
  plotSwarm,
  runRanks,
  SelfComm,
  Swarm,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const LENGTH = 4;

/** What all ranks found, the same on each. */
export interface Outcome {
  readonly before: number;
  readonly lost: number;
  readonly after: number;
  readonly sameTable: boolean;
  readonly bitIdentical: boolean;
}

function build(comm: Comm) {
  const model = new Model({ name: "circulation", comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [LENGTH, 1], cells: [48, 12] });
  const velocity = new MeshVariable(mesh, "velocity", { components: 2 });
  velocity.set((x, y, _z, out) => {
    out[0] = Math.PI * Math.sin(Math.PI * x / LENGTH) * Math.cos(Math.PI * y);
    out[1] = -Math.PI / LENGTH * Math.cos(Math.PI * x / LENGTH) * Math.sin(Math.PI * y);
  });
  const T = new MeshVariable(mesh, "T");
  T.set((_x, y) => 1 - y);
  const heat = new AdvectionDiffusion(T, { velocity, diffusivity: 1e-2 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);
  const rock = new Swarm(mesh, { name: "rock" });
  const material = rock.addVariable("material", { dtype: "int32" });
  rock.populate({ perCell: 3 });
  material.set((x, y) => (x < LENGTH / 2 ? 1 : 2) + (y < 0.5 ? 2 : 0));
  return { comm, model, velocity, T, heat, rock, material };
}

type Sim = ReturnType<typeof build>;

function step({ model, velocity, heat, rock }: Sim, dt: number): void {
  rock.advect(velocity, dt);
  heat.solve({ dt });
  model.tracker.time += dt;
  model.tracker.step += 1;
}

/** The particles of all ranks, a line each, sorted by id. */
function table({ comm, rock, material }: Sim): string[] {
  const { ids, coordinates: { data: x } } = rock;
  const rows = Array.from(ids, (id, i) => `${id} ${x[2 * i]} ${x[2 * i + 1]} ${material.data[i]}`);
  return comm.allgather(rows).flat().sort((a, b) => parseInt(a) - parseInt(b));
}

/** Runs the story; every rank calls it. */
export function main(comm: Comm): Outcome {
  const sim = build(comm), { model, rock } = sim;
  const say = (text: string) => comm.rank === 0 && console.log(text);
  const total = () => comm.allreduce(rock.count);

  for (let k = 0; k < 5; k++) step(sim, 0.02);
  const before = total(), rows = table(sim);
  say(`step 5 on ${comm.size} ranks: ${before} particles, ${rock.count} of them here`);

  using kept = model.saveState();
  step(sim, 0.9);
  const lost = before - total();
  say(`a step of 0.9: ${lost} particles have left the box`);

  model.loadState(kept);
  const after = total(), sameTable = table(sim).join() === rows.join();
  say(`taken back: ${after} particles; same ids, places and materials: ${sameTable}`);

  for (let k = 0; k < 5; k++) step(sim, 0.02);
  const control = build(comm);
  for (let k = 0; k < 10; k++) step(control, 0.02);
  using end = model.saveState();
  using expected = control.model.saveState();
  const differences = comm.allreduce(diffSnapshots(end, expected).length);
  const bitIdentical = differences === 0;
  say(`step 10, and a run without the bad step: bit-identical ${bitIdentical}`);
  return { before, lost, after, sameTable, bitIdentical };
}

/** The materials and the temperature after 25 steps, on one rank. */
export async function picture(): Promise<Picture> {
  const sim = build(new SelfComm());
  for (let k = 0; k < 25; k++) step(sim, 0.02);
  return tiled("circulation", 1, [
    await plotSwarm(sim.rock, { variable: "material", width: 560 }),
    await plotField(sim.T, { width: 560, colors: "magma" }),
  ]);
}

if (import.meta.main) {
  const comm = Deno.args.includes("--mpi") ? mpiWorld() : null;
  const [first] = comm ? [main(comm)] : await runRanks<Outcome>(2, import.meta.url);
  if (!first.sameTable || !first.bitIdentical) throw new Error("the bad step has left a trace");
  if (comm === null || comm.rank === 0) await drawOnRequest(picture);
}
