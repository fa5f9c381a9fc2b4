/** The command line without a process, and a folder for it to look at. @module */
import { main } from "../../src/cli/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { checkpointsOf, runTo } from "../run/_run.ts";

/** What a command printed, and its exit code. */
export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command. */
export async function cli(...args: string[]): Promise<Answer> {
  let out = "", err = "";
  const code = await main(args, { out: (text) => out += text, err: (text) => err += text });
  return { code, out, err };
}

/** Runs one command with `--json`. */
export async function cliJson(...args: string[]) {
  const { code, out, err } = await cli(...args, "--json");
  return { code, err, value: JSON.parse(out) };
}

/** Checkpoints of steps 2, 4, 6 of a model with a field and particles; step 2 is pinned. */
export async function fillFolder(folder: string): Promise<void> {
  const model = new Model({ name: "heat", seed: 4 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  new MeshVariable(mesh, "T").set((x, y) => x - y);
  new MeshVariable(mesh, "v", { components: 2 }).set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  model.parameters.define("kappa", 0.5);
  const swarm = new Swarm(mesh);
  swarm.addVariable("material", { dtype: "int32" }).set((x) => x > 0.5 ? 2 : 1);
  swarm.addParticles([[0.25, 0.5], [0.75, 0.5]]);
  const { checkpoints } = checkpointsOf(model, folder, { every: { steps: 2 } });
  await runTo(checkpoints, 2);
  await checkpoints.save({ labels: ["pinned"] });
  await runTo(checkpoints, 6);
  await checkpoints.complete();
}
