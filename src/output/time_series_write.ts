/**
 * Writes the files of one step, and the files of all steps.
 *
 * @module
 */
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer, readFully, writeFully } from "../snapshot/file/file_layer.ts";
import { baseOf, directoryOf, joinPath, pathOf } from "../snapshot/file/paths.ts";
import { replaceFile } from "../snapshot/file/pending_file.ts";
import type { Comm } from "../comm/comm.ts";
import { jointEntries, type JointEntry } from "../archive/joint_entries.ts";
import { planJoint, planView } from "../archive/view/plan.ts";
import type { View } from "../archive/view/view.ts";
import { JointRows } from "../snapshot/joint_rows.ts";
import { writeEntries } from "../archive/write_entries.ts";
import type { TimestepFiles, TimestepOptions } from "./time_series.ts";
import type { CapturedTimestep } from "./time_series_choice.ts";
import { gridOf, isSeriesOf, seriesBefore, seriesWith, stepDocument } from "./time_series_xdmf.ts";

/** What is written: numbers in memory, or in blocks. */
interface WrittenTimestep extends Omit<CapturedTimestep, "entries"> {
  readonly entries: ReadonlyMap<string, JointEntry>;
}

/**
 * Implements `writeTimestep` after the capture, for the parts of several ranks. Collective; for use inside of work that
 * ends in the same way on all ranks.
 *
 * @param layer Where the first rank writes.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together.
 */
export async function writeOnRanks(
  comm: Comm,
  run: string,
  path: string | URL,
  captured: CapturedTimestep,
  options: TimestepOptions,
  layer: FileLayer = denoLayer,
): Promise<TimestepFiles> {
  const rows = new JointRows(comm), entries = jointEntries(comm, captured.entries, rows);
  const view = planJoint(comm, captured.entries, entries, rows);
  const files = await rows.lead(() =>
    writeFiles(run, path, { ...captured, entries }, options, layer, view)
  );
  return JSON.parse(comm.bcast(JSON.stringify(files)));
}

/** Implements `writeTimestep` after the capture, for one rank. */
export async function writeFiles(
  run: string,
  path: string | URL,
  { entries, metadata, step, time }: WrittenTimestep,
  { compression }: TimestepOptions,
  layer: FileLayer = denoLayer,
  view: View = planView(entries),
): Promise<TimestepFiles> {
  const stem = stemOf(layer, pathOf(path), run);
  if (baseOf(stem).includes(":")) {
    throw new RangeError(
      `writeTimestep: the name "${baseOf(stem)}" has a colon, which in XDMF ends the name of a ` +
        "file; choose a name without one",
    );
  }
  const data = `${stem}.${numberOf(step)}.h5`;
  try {
    layer.makeDirectory(directoryOf(data));
  } catch (error) {
    throw explained(error, data, "write");
  }
  leaveCourse(layer, stem, view.grids, step, time);
  await writeEntries(data, entries, metadata, { compression, layer, view: "full" }, view);
  const steps: string[] = [], series: string[] = [];
  for (const name of view.grids) {
    const grid = gridOf(entries, view, name, baseOf(data));
    const own = `${stem}.${name}.${numberOf(step)}.xdmf`, all = `${stem}.${name}.xdmf`;
    writeText(layer, own, stepDocument(step, time, grid));
    writeText(layer, all, seriesWith(readText(layer, all), name, step, time, grid));
    steps.push(own);
    series.push(all);
  }
  return { data, steps, series };
}

/**
 * Takes the steps that are written anew, and those after them, out of all files of the series before their numbers are
 * written over: also where this step does not have the grid, and so that a crash in between does not mix two courses.
 *
 * @throws {RangeError} when a file has the name of one of a series and is none; nothing is changed.
 */
function leaveCourse(
  layer: FileLayer,
  stem: string,
  grids: readonly string[],
  step: number,
  time: number,
): void {
  let isBack = layer.stat(`${stem}.${numberOf(step)}.h5`) !== null;
  for (const name of grids) {
    const path = `${stem}.${name}.xdmf`, text = readText(layer, path);
    if (text !== "" && !isSeriesOf(text, name)) {
      throw new RangeError(
        `writeTimestep: "${path}" exists and is not a series that timestash wrote; choose another name, or move it away`,
      );
    }
    isBack ||= text !== "" && seriesBefore(text, name, step, time) !== text;
  }
  if (!isBack) return;
  const directory = directoryOf(stem), start = `${baseOf(stem)}.`;
  for (const file of layer.list(directory)) {
    if (!file.startsWith(start) || !file.endsWith(".xdmf")) continue;
    const path = joinPath(directory, file), name = file.slice(start.length, -".xdmf".length);
    if (!layer.lstat(path)?.isFile) continue;
    const text = readText(layer, path);
    if (!isSeriesOf(text, name)) continue;
    const cut = seriesBefore(text, name, step, time);
    if (cut !== text) writeText(layer, path, cut);
  }
}

/** The step with at least five digits, so that names sort in the order of steps. */
function numberOf(step: number): string {
  return String(step).padStart(5, "0");
}

/** The common beginning of the names of a series. */
function stemOf(layer: FileLayer, path: string, name: string): string {
  const folder = /[/\\]$/.test(path) || layer.stat(path)?.isDirectory === true;
  const plain = name.replace(/[^A-Za-z0-9_.-]+/g, "_");
  return folder ? joinPath(path.replace(/[/\\]+$/, ""), plain) : path.replace(/\.(h5|xdmf)$/i, "");
}

function readText(layer: FileLayer, path: string): string {
  if (layer.stat(path) === null) return "";
  const file = layer.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    return new TextDecoder().decode(bytes.subarray(0, readFully(file, bytes, 0)));
  } finally {
    file.close();
  }
}

function writeText(layer: FileLayer, path: string, text: string): void {
  try {
    replaceFile(layer, path, (file) => writeFully(file, new TextEncoder().encode(text), 0));
  } catch (error) {
    throw explained(error, path, "write");
  }
}
