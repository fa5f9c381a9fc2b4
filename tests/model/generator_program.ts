/** A generator that a fresh worker goes on with; see fresh_worker_program.ts. */
import { Model } from "../../src/model/model.ts";
import { type Resumable, resumable } from "../../src/model/resumable.ts";

/** How many steps the generator has. */
export const COUNT = 6;

/** A model with a generator that draws a number in each step. */
export function buildGenerator(): { model: Model; run: Resumable<number> } {
  const model = new Model({ seed: 5 });
  const run = resumable(model, function* (progress) {
    progress.once(() => model.tracker.begun = (model.tracker.begun ?? 0) + 1);
    for (const k of progress.count(COUNT)) {
      model.tracker.sum = (model.tracker.sum ?? 0) + model.random.normal();
      yield k;
    }
  });
  return { model, run };
}
