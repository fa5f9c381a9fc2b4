/**
 * The script whose folder of checkpoints is in tests/data/runs. Frozen like that folder.
 *
 * @module
 */
import { Checkpoints, Model } from "../../mod.ts";

/** The last step before the process ended without a word. */
export const lastStep = 7;

/** A model whose identity has lists that are too long to be written out. */
export function goldenRun(
  profile: Float64Array = Float64Array.from({ length: 20 }, (_, i) => i / 3),
): Model {
  const model = new Model({ name: "golden", seed: 4 });
  model.parameters.define("profile", profile, { units: "K" });
  model.parameters.define("layers", Array.from({ length: 17 }, (_, i) => `layer ${i}`));
  model.parameters.define("kappa", 0.1, { units: "m^2/s" });
  model.tracker.sum = 0;
  return model;
}

/** Checkpoints of it in a folder. */
export function goldenCheckpoints(model: Model, folder: string): Checkpoints {
  return new Checkpoints(model, folder, {
    every: { steps: 3 },
    signals: false,
    identity: { code: "abc123", inputs: Array.from({ length: 40 }, (_, i) => i * i) },
    labels: () => ({ phase: model.tracker.step > 3 ? "late" : "early", kept: true }),
  });
}

/** One step. */
export function goldenStep(model: Model): void {
  const { tracker, random, parameters } = model;
  tracker.sum += random.normal();
  tracker.step += 1;
  tracker.time += 0.5;
  tracker.dt = 0.5;
  if (tracker.step === 2) parameters.set("kappa", 0.2);
}
