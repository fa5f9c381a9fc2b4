import { Model } from "../../model/model.ts";
import { CheckpointCatalog } from "../../run/checkpoint_catalog.ts";
import { baseOf, pathOf } from "../../snapshot/file/paths.ts";
import { writeBytes } from "../files/whole_file.ts";
import { viewerPage } from "./page.ts";
import { RunData } from "./run_data.ts";

/** What a page shows. */
export interface ViewerRequest {
  /** A model, whose timeline and present state are shown; a snapshot; or a folder of checkpoints. */
  readonly source: Model | string | URL;
  /** The run of a folder; defaults to the newest. */
  readonly run?: string | undefined;
  /** The largest number of states, evenly through those that there are. */
  readonly states: number;
}

/** Does what `saveViewer` does. */
export async function writeViewer(path: string | URL, request: ViewerRequest): Promise<void> {
  writeBytes(path, new TextEncoder().encode(await runPage(request)));
}

/** The page of a run as it is now. */
export async function runPage(request: ViewerRequest): Promise<string> {
  const { source } = request;
  const run = source instanceof Model ? ofModel(source, request) : await ofPath(source, request);
  return viewerPage(run.data);
}

/** The states that the timeline keeps, and where the model is now. */
function ofModel(model: Model, { states }: ViewerRequest): RunData {
  const run = new RunData(model.name), kept = model.timeline.entries().map(({ step }) => step);
  model.timeline.visit(
    ({ step, pin }) => run.add(model, pin ?? `state of step ${step}`),
    thinnedTo([...new Set(kept)], states - 1),
  );
  run.add(model, "now");
  return run;
}

/** A snapshot, or the whole checkpoints of a run. */
async function ofPath(
  path: string | URL,
  { run: id, states }: ViewerRequest,
): Promise<RunData> {
  if (!Deno.statSync(pathOf(path)).isDirectory) {
    const model = await Model.fromSnapshot(path), run = new RunData(model.name);
    run.add(model, baseOf(pathOf(path)));
    return run;
  }
  const catalog = new CheckpointCatalog(path);
  const all = await catalog.list({ run: id ?? (await catalog.runs()).at(-1)?.id ?? "all" });
  const whole = all.filter(({ level }) => level === 2).sort((a, b) => a.step - b.step);
  if (whole.length === 0) {
    throw new RangeError(`"${catalog.directory}" does not have a whole checkpoint`);
  }
  const run = new RunData(whole[0].run);
  for (const { path, file } of thinnedTo(whole, states)) {
    run.add(await Model.fromSnapshot(path), file);
  }
  return run;
}

/** At most so many, evenly, with the first and the last. */
function thinnedTo<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  if (most <= 1) return most === 1 ? [all[all.length - 1]] : [];
  return Array.from(
    { length: most },
    (_, i) => all[Math.round(i * (all.length - 1) / (most - 1))],
  );
}
