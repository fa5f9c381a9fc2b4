/**
 * A warm and a cold spot are stirred by two rolls, and a hot ball cools in a box: one run in the plane and one in space,
 * to be looked at in every way. The run in the plane keeps its states on the timeline; the walls let no heat
 * through, so the mean temperature stays what it was while the contrast fades.
 *
 *     deno run examples/stirring.ts
 *     deno run --allow-read=looks --allow-write=looks examples/stirring.ts --pages looks
 *
 * The second command writes what others open: an animated picture, pages for a browser and a snapshot for ParaView.
 */
import {
  AdvectionDiffusion,
  boxMesh,
  Diffusion,
  MeshVariable,
  Model,
  type Picture,
  plotStates,
  saveAnimation,
  saveViewer,
  Swarm,
} from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const DT = 0.1;

/** Two rolls that turn against each other: the stream function sin(pi x) sin(pi y) in a box of 2 by 1. */
function rolls(x: number, y: number, _z: number, out: Float64Array): void {
  out[0] = Math.sin(Math.PI * x) * Math.cos(Math.PI * y);
  out[1] = -Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
}

/** What there is to look at. */
export interface Stirring {
  readonly model: Model;
  readonly T: MeshVariable;
  /** The mean temperature at the beginning and at the end, which are equal but for errors of the method. */
  readonly means: readonly [number, number];
  /** The difference between the warmest and the coldest place at the beginning and at the end. */
  readonly contrasts: readonly [number, number];
}

/** Stirs on a mesh of `2 n` by `n` squares; the timeline keeps every step. */
export async function main(n = 32, steps = 24): Promise<Stirring> {
  const model = new Model({ name: "stirring", seed: 3 });
  model.parameters.define("T", 300, { units: "K" });
  model.parameters.define("length", 1, { units: "m" });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [2 * n, n] });
  const T = new MeshVariable(mesh, "T"), velocity = new MeshVariable(mesh, "v", { components: 2 });
  const spot = (x: number, y: number) => 80 * Math.exp(-40 * (x * x + y * y));
  T.set((x, y) => 300 + spot(x - 0.5, y - 0.75) - spot(x - 1.45, y - 0.3));
  velocity.set(rolls);
  const heat = new AdvectionDiffusion(T, { velocity, diffusivity: 1e-3 });
  const swarm = new Swarm(mesh), half = swarm.addVariable("half", { dtype: "uint8" });
  swarm.addParticles(Array.from({ length: 300 }, (_, i) => [i % 30 / 30 + 0.52, i / 300]));
  half.set((x) => x < 1 ? 0 : 1);
  const mean = () => (T.integrate() as number) / 2;
  const contrast = () => T.max() - T.min();
  const began = [mean(), contrast()];
  model.timeline.record({ every: { steps: 1 } });
  await model.advance({
    dt: DT,
    until: steps * DT,
    step: (dt) => {
      heat.solve({ dt });
      swarm.advect(velocity, dt);
      model.tracker.contrast = contrast();
    },
  });
  const ended = [mean(), contrast()];
  console.log(`the mean was ${began[0].toFixed(3)} K and is ${ended[0].toFixed(3)} K`);
  console.log(`the contrast was ${began[1].toFixed(1)} K and is ${ended[1].toFixed(1)} K`);
  return { model, T, means: [began[0], ended[0]], contrasts: [began[1], ended[1]] };
}

/** A hot ball cools in a box of `2 n` by `n` by `n` cubes; the model, with a few states on its timeline. */
export async function ball(n = 12): Promise<Model> {
  const model = new Model({ name: "ball" });
  model.parameters.define("T", 300, { units: "K" });
  const mesh = boxMesh(model, { min: [0, 0, 0], max: [2, 1, 1], cells: [2 * n, n, n] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y, z) => 300 + 80 * Math.exp(-6 * ((x - 1.4) ** 2 + (y - 0.3) ** 2 + (z - 0.7) ** 2)));
  const heat = new Diffusion(T, { diffusivity: 0.02 });
  heat.addDirichlet("left", 300);
  model.timeline.record({ every: { steps: 1 } });
  await model.advance({ dt: 0.1, until: 0.3, step: (dt) => void heat.solve({ dt }) });
  return model;
}

/** The field at six states of the timeline, with one scale of colours. */
export async function picture({ T }: Stirring): Promise<Picture> {
  return await plotStates(T, { count: 6, columns: 3, colors: "magma", width: 840 });
}

/** What the pages show in the pictures of docs/look.md: the page, and what its address says. */
export const shots = {
  viewer_plane: "run.html#state=12&field=T&colors=magma&particles=Swarm_0: half&theme=light",
  viewer_difference: "run.html#state=24&other=0&field=T&theme=dark",
  viewer_surface: "ball.html#state=1&field=T&colors=magma&theme=light",
  viewer_slice: "ball.html#state=1&field=T&colors=magma&slice=y&position=300&rest=1&theme=dark",
};

/** Writes what others open into a folder, which is made if it is not there. */
export async function pages({ model, T }: Stirring, folder: string): Promise<void> {
  Deno.mkdirSync(folder, { recursive: true });
  const body = await ball();
  const look = { count: 9, colors: "magma", width: 260 } as const;
  await saveAnimation(`${folder}/animation.png`, T, { fps: 4, plot: look });
  await saveViewer(`${folder}/run.html`, model);
  await saveViewer(`${folder}/ball.html`, body);
  await body.saveState({ file: `${folder}/ball.snap.h5` });
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
  const flag = Deno.args.indexOf("--pages");
  if (flag >= 0) await pages(result, Deno.args[flag + 1]);
}
