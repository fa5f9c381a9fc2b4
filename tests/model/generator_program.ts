/** A generator that a fresh worker goes on with; see fresh_process_test.ts. */
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

const worker = globalThis as unknown as Partial<Pick<Worker, "onmessage" | "postMessage">>;

if (worker.postMessage !== undefined) {
  worker.onmessage = async ({ data }) => {
    const { model, run } = buildGenerator();
    await model.loadState(data as string);
    const steps = [...run];
    worker.postMessage!({ steps, begun: model.tracker.begun, sum: model.tracker.sum });
  };
  worker.postMessage("listening");
}
