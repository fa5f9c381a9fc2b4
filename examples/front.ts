/**
 * A sharp front turns around a square, and the mesh turns with it: small cells where the gradient of the temperature
 * jumps, large ones elsewhere, every fifth step anew. Steps that are too long are taken back, with the mesh
 * that belongs to them. At the end the whole run is taken back: the first mesh stands there again, and
 * the run done again ends in the same bytes.
 *
 *     deno run examples/front.ts
 */
import {
  AdvectionDiffusion,
  boxMesh,
  diffSnapshots,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotMesh,
  recoveryError,
  type Snapshot,
  Swarm,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** What the story came to. */
export interface FrontResult {
  readonly T: MeshVariable;
  /** Cells at the start, at most, and at the end. */
  readonly cells: readonly [number, number, number];
  readonly accepted: number;
  readonly takenBack: number;
  /** Entries that differ: after going back to the start, and after the run done again. */
  readonly differences: readonly [number, number];
}

/** A disk that is hot inside turns around the centre of a square, with particles. */
function build() {
  const model = new Model({ name: "front" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [16, 16] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => (1 - Math.tanh(40 * (Math.hypot(x - 0.5, y - 0.72) - 0.15))) / 2);
  const velocity = new MeshVariable(mesh, "v", { components: 2 });
  velocity.set((x, y, _z, out) => {
    out[0] = 0.5 - y;
    out[1] = x - 0.5;
  });
  const transport = new AdvectionDiffusion(T, {
    velocity,
    diffusivity: 1e-4,
    scheme: "bdf",
    order: 2,
  });
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 2 });
  return { model, mesh, T, velocity, transport, swarm };
}

/** Turns the disk by `until` radians, forth, back and forth again. */
export async function main(until = 1): Promise<FrontResult> {
  const { model, mesh, T, velocity, transport, swarm } = build();
  using start = model.saveState();
  const first = mesh.cellCount;
  let most = 0;
  const step = (dt: number) => {
    if (model.tracker.step % 5 === 0) {
      // At the start several times, as the front is seen better and better.
      const times = model.tracker.step === 0 ? 5 : 1;
      for (let i = 0; i < times; i++) {
        const indicator = recoveryError(T);
        mesh.adapt({
          indicator,
          tolerance: 4e-3,
          coarsenBelow: 0.25,
          minSize: 0.01,
          maxCells: 12_000,
        });
      }
    }
    transport.solve({ dt });
    swarm.advect(velocity, dt);
    most = Math.max(most, mesh.cellCount);
  };
  const run = () => model.advance({ dt: 0.08, until, step, accept: (dt) => dt <= 0.03 });
  const { accepted, rejected } = await run();
  const last = mesh.cellCount;
  using end = model.saveState();
  console.log(`${accepted} steps, ${rejected} tries taken back; ${first} cells became ${last}`);
  const compare = (what: string, other: Snapshot) => {
    using now = model.saveState();
    const { length } = diffSnapshots(now, other);
    console.log(`${what}: ${mesh.cellCount} cells, ${length} differences`);
    return length;
  };
  model.loadState(start);
  const back = compare("back at the start", start);
  await run();
  const again = compare("run again", end);
  return {
    T,
    cells: [first, most, last],
    accepted,
    takenBack: rejected,
    differences: [back, again],
  };
}

/** The temperature and the mesh at the end. */
export async function picture({ T }: FrontResult): Promise<Picture> {
  return tiled("front", 2, [
    await plotField(T, { width: 400, colors: "magma", title: "The front" }),
    await plotMesh(T.mesh, { width: 400, title: `${T.mesh.cellCount} cells` }),
  ]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
