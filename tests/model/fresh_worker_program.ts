/**
 * Goes on, in a worker, with what another thread saved: a run with solvers, or a generator. One program for both,
 * since the type check of a worker takes seconds.
 *
 * @module
 */
import { buildGenerator } from "./generator_program.ts";
import { resume } from "./resume_program.ts";

/** What the worker is asked for: a run from a file, saved to another, or the generator in a file. */
export type Request =
  | { readonly from: string; readonly to: string; readonly first: number }
  | { readonly generator: string };

const worker = globalThis as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(answer: unknown): void;
};

async function answer(request: Request): Promise<unknown> {
  if (!("generator" in request)) {
    await resume(request.from, request.to, request.first);
    return "done";
  }
  const { model, run } = buildGenerator();
  await model.loadState(request.generator);
  const steps = [...run];
  return { steps, begun: model.tracker.begun, sum: model.tracker.sum };
}

worker.onmessage = async ({ data }) => {
  try {
    worker.postMessage(await answer(data));
  } catch (error) {
    worker.postMessage(String(error));
  }
};
worker.postMessage("listening");
