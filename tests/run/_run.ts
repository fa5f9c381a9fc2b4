/** A small model with steps, and folders of checkpoints that tests can make fail. @module */
import type {
  CheckpointsEnvironment,
  CheckpointsOptions,
} from "../../src/run/checkpoint_options.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { Model } from "../../src/model/model.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";

/** What a test may give to checkpoints. */
export type TestOptions = CheckpointsOptions & CheckpointsEnvironment;

/** Checkpoints that leave signals alone and keep warnings in a list. */
export function checkpointsOf(
  model: Model,
  directory: string,
  options: TestOptions = {},
): { checkpoints: Checkpoints; warnings: string[] } {
  const warnings: string[] = [];
  const report = (message: string) => void warnings.push(message);
  const all: TestOptions = { signals: false, report, ...options };
  return { checkpoints: new Checkpoints(model, directory, all), warnings };
}

/** A model of one small field. */
export function heat(options: { name?: string; seed?: number; kappa?: number } = {}): Model {
  const { name = "heat", seed = 1, kappa = 0.1 } = options;
  const model = new Model({ name, seed });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  new MeshVariable(mesh, "T").set((x, y) => x + y);
  model.parameters.define("kappa", kappa, { units: "m^2/s" });
  return model;
}

/** One step, which depends on everything before it. */
export function step(model: Model, dt = 0.1): void {
  const T = model.meshes.get("Mesh_0")!.variables.get("T")!.data;
  const kappa = model.parameters.get("kappa");
  for (let i = 0; i < T.length; i++) T[i] += dt * kappa * model.random.normal();
  model.tracker.time += dt;
  model.tracker.step++;
  model.tracker.dt = dt;
}

/** Steps until `until`, with a checkpoint where one is due. */
export async function runTo(checkpoints: Checkpoints, until: number): Promise<void> {
  while (checkpoints.model.tracker.step < until) {
    step(checkpoints.model);
    await checkpoints.afterStep();
  }
}
