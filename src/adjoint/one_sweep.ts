/**
 * One sweep of a model at a time: two that are not awaited would each take the other's states for its own.
 *
 * @module
 */
import { ModelBusyError } from "../errors.ts";
import type { Model } from "../model/model.ts";

/** What goes through the states of a model. It is a place in the script, not state. */
const running = new WeakMap<Model, string>();

/**
 * Runs `sweep` as the only one of its model.
 *
 * @param asked What was called, for the message.
 * @throws {ModelBusyError} when there is another one.
 */
export async function oneSweep<R>(
  model: Model,
  asked: string,
  sweep: () => Promise<R>,
): Promise<Awaited<R>> {
  const other = running.get(model);
  if (other !== undefined) {
    throw new ModelBusyError(asked, `a call of ${other} that has not ended`);
  }
  running.set(model, asked);
  try {
    return await sweep();
  } finally {
    running.delete(model);
  }
}

/** Leaves the model of a sweep to a function of the script, which may begin sweeps of its own. */
export async function betweenSweeps<R>(model: Model, work: () => R): Promise<Awaited<R>> {
  const own = running.get(model)!;
  running.delete(model);
  try {
    return await work();
  } finally {
    running.set(model, own);
  }
}
