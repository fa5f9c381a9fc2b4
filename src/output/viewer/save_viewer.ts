import { bytesText } from "../../bytes_text.ts";
import { Model } from "../../model/model.ts";
import { CheckpointCatalog } from "../../run/checkpoint_catalog.ts";
import type { CheckpointEntry } from "../../run/checkpoint_entry.ts";
import { stepInName } from "../../run/file_names.ts";
import { planRetention } from "../../run/retention.ts";
import type { RunRecord } from "../../run/run_record.ts";
import { explained } from "../../snapshot/file/file_errors.ts";
import { baseOf, pathOf } from "../../snapshot/file/paths.ts";
import { hashBytes, hexOf } from "../../xxh64.ts";
import { writeBytes } from "../files/whole_file.ts";
import { viewerPage } from "./page.ts";
import { RunData, type ViewerCheckpoint } from "./run_data.ts";

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
  const page = viewerPage((await collect(request)).data);
  writeBytes(path, new TextEncoder().encode(page));
}

/**
 * What a run has now.
 *
 * @param before What it had when it was looked at before: its states are not read again.
 */
export async function collect(request: ViewerRequest, before?: RunData): Promise<RunData> {
  const { source } = request;
  return source instanceof Model
    ? ofModel(source, request, before)
    : await ofPath(source, request, before);
}

/** The states that the timeline keeps, and where the model is now. */
function ofModel(
  model: Model,
  { states }: ViewerRequest,
  run: RunData = new RunData(model.name),
): RunData {
  const entries = model.timeline.entries(), kept = entries.map(({ step }) => step);
  const { step, time } = model.tracker;
  const stamp = [step, time, model.transcript.count, ...kept].join(" ");
  if (run.stamp === stamp) return run;
  run.begin();
  model.timeline.visit(
    ({ step, pin }) => run.add(model, pin ?? `state of step ${step}`),
    thinnedTo([...new Set(kept)], states - 1),
  );
  run.add(model, "now");
  run.stamp = [step, time, model.transcript.count, ...kept].join(" ");
  return run;
}

/**
 * Whether the source is a folder.
 *
 * @throws {Deno.errors.NotFound} when it is a path where nothing is.
 */
export function isFolder({ source }: ViewerRequest): boolean {
  return !(source instanceof Model) && statOf(source).isDirectory;
}

function statOf(source: string | URL): Deno.FileInfo {
  const path = pathOf(source);
  try {
    return Deno.statSync(path);
  } catch (error) {
    throw explained(error, path, "look");
  }
}

/** A snapshot, or the whole checkpoints of a run. */
async function ofPath(
  path: string | URL,
  { run: id, states }: ViewerRequest,
  before?: RunData,
): Promise<RunData> {
  const stat = statOf(path);
  if (!stat.isDirectory) {
    const stamp = `${stat.size} ${stat.mtime?.getTime()} ${stat.ino}`;
    if (before?.stamp === stamp) return before;
    const model = await Model.fromSnapshot(path), run = before ?? new RunData(model.name);
    run.begin();
    run.add(model, baseOf(pathOf(path)));
    run.stamp = stamp;
    return run;
  }
  const catalog = new CheckpointCatalog(path), runs = await catalog.runs();
  const record = runs.find((run) => run.id === id) ?? runs.at(-1);
  const all = await catalog.list({ run: id ?? record?.id ?? "all" });
  const whole = all.filter(({ level }) => level === 2).sort((a, b) => a.step - b.step);
  if (whole.length === 0) {
    const ofRun = id === undefined ? "" : ` of the run "${id}"`;
    throw new RangeError(`"${catalog.directory}" does not have a whole checkpoint${ofRun}`);
  }
  const run = before ?? new RunData(whole[0].run);
  const checkpoints = await checkpointsOf(catalog, record, all);
  const stamp = hexOf(hashBytes(new TextEncoder().encode(
    JSON.stringify([all.map(({ file, checksum }) => [file, checksum]), checkpoints]),
  )));
  if (run.stamp === stamp) return run;
  run.begin();
  for (const { path, file, checksum } of thinnedTo(whole, states)) {
    const key = `${file} ${checksum}`;
    if (!run.again(key)) run.add(await Model.fromSnapshot(path), file, key);
  }
  run.tidy();
  return Object.assign(run, { checkpoints, stamp });
}

/** The checkpoints that a run has and had, by step, with the rule that keeps or removed each. */
async function checkpointsOf(
  catalog: CheckpointCatalog,
  run: RunRecord | undefined,
  entries: readonly CheckpointEntry[],
): Promise<ViewerCheckpoint[]> {
  const here = new Map<string, ViewerCheckpoint>();
  if (run !== undefined) {
    for (
      const { files = [], why = "" } of (await catalog.transcript({ run: run.id })).events({
        kinds: ["prune"],
      })
    ) {
      for (const file of files) {
        here.set(file, { step: stepInName(file), file, size: "", kept: false, why });
      }
    }
  }
  for (const { entry, why } of planRetention(entries, run?.keep ?? {}, new Date())) {
    const { step, file, bytes } = entry;
    here.set(file, { step, file, size: bytesText(bytes), kept: true, why });
  }
  return [...here.values()].sort((a, b) => (a.step ?? -1) - (b.step ?? -1));
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
