/**
 * Arrays, tables and time series for other programs, and pages for a browser. What writes them is loaded when it is first used.
 *
 * @module
 */
import type { NdArray } from "../deps/ndarray.ts";
import { Model } from "../model/model.ts";
import { checkOptions, describe, type OptionNames, refuseOptions } from "../options.ts";
import { anchored } from "../snapshot/file/paths.ts";
import type { TableSource } from "./files/columns.ts";
import type { ArraySource } from "./files/npy.ts";
import type { ZarrOptions } from "./files/zarr.ts";
import type { RunningViewer } from "./viewer/serve.ts";

/**
 * Writes an array to a `.npy` file, which replaces an earlier one in one step. Await it before the numbers change.
 *
 * @param path Where to.
 * @param source A mesh variable `[nDofs x components]`, a variable of a swarm `[count x components]` (both `[n]`
 *   where there is one component), an NdArray of any shape, or a typed array `[n]`.
 * @throws {TypeError} when it is something else, or options are given.
 * @throws {RangeError} when a variable is divided among several ranks.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, readNpy, writeNpy } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x, y) => x + y);
 * const folder = Deno.makeTempDirSync();
 * await writeNpy(`${folder}/T.npy`, T); // numpy.load("T.npy")
 * const read = await readNpy(`${folder}/T.npy`);
 * console.log(read.shape, read.get(4) === T.data[4]); // [ 9 ] true
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeNpy(
  path: string | URL,
  source: ArraySource,
): Promise<void> {
  refuseOptions("writeNpy", arguments, 2);
  const place = anchored(path), { saveNpy } = await import("./files/npy.ts");
  await saveNpy(place, source);
}

/**
 * Writes several arrays to one `.npz` file, as `numpy.savez` does. Await it before the numbers change.
 *
 * @param sources The arrays by the names that `numpy.load` gives them.
 * @throws {TypeError} when one of them is not an array, there is none, or options are given.
 * @throws {RangeError} when a variable is divided among several ranks.
 *
 * @example
 * ```ts
 * import { readNpz, writeNpz } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * await writeNpz(`${folder}/all.npz`, { a: Float64Array.of(1, 2), b: Int32Array.of(3) });
 * const { a, b } = await readNpz(`${folder}/all.npz`);
 * console.log([...a.data as Float64Array], b.dtype); // [ 1, 2 ] int32
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeNpz(
  path: string | URL,
  sources: Readonly<Record<string, ArraySource>>,
): Promise<void> {
  refuseOptions("writeNpz", arguments, 2);
  const place = anchored(path), { saveNpz } = await import("./files/npy.ts");
  await saveNpz(place, sources);
}

/**
 * Reads a `.npy` file: numbers of any kind, with rows or columns first, and with either order of bytes; truth values
 * are read as bytes.
 *
 * @param from A path or the bytes of a file.
 * @returns the array with NumPy's shape, `[n, m]` for instance; it is a copy.
 * @throws {TypeError} when `from` is neither, or options are given.
 * @throws {RangeError} when it is not such a file, or holds something else than numbers.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors are passed on.
 */
export async function readNpy(
  from: string | URL | Uint8Array,
): Promise<NdArray> {
  refuseOptions("readNpy", arguments, 1);
  const place = from instanceof Uint8Array ? from : anchored(from);
  const { loadNpy } = await import("./files/npy.ts");
  return await loadNpy(place);
}

/**
 * Reads all arrays of a `.npz` file, compressed or not.
 *
 * @param from A path or the bytes of a file.
 * @returns the arrays by name, each with NumPy's shape, `[n, m]` for instance.
 * @throws {TypeError} when `from` is neither, or options are given.
 * @throws {RangeError} when it is not such a file, or holds something else than arrays of numbers.
 */
export async function readNpz(
  from: string | URL | Uint8Array,
): Promise<Record<string, NdArray>> {
  refuseOptions("readNpz", arguments, 1);
  const place = from instanceof Uint8Array ? from : anchored(from);
  const { loadNpz } = await import("./files/npy.ts");
  return await loadNpz(place);
}

/**
 * Writes particles, a field or a history as a table for pandas, polars, R or DuckDB. The ending of the name says
 * the format: `.parquet`, `.arrow` (or `.feather`, which is the same), or `.csv`. Numbers keep their kinds and all
 * their bits, NaN included; only CSV has decimal texts, and Parquet keeps integers of fewer than 32 bits in 32. Await
 * it before the source changes.
 *
 * @param path Where to; an earlier file is replaced in one step.
 * @param source A swarm: `id`, `x`, `y`, its variables; a mesh variable: `x`, `y`, its values; the report of
 *   `model.advance`; `model.timeline`; the numbers of `profileOf`; or columns by name, `[rows]` each.
 * @throws {TypeError} when it is something else, or options are given.
 * @throws {RangeError} when the ending is not known, columns differ in length, an Arrow file would have no rows, or
 *   the source is divided among several ranks.
 *
 * @example
 * ```ts
 * import { boxMesh, Model, Swarm, writeTable } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const swarm = new Swarm(mesh);
 * swarm.populate({ perCell: 2 });
 * const folder = Deno.makeTempDirSync();
 * await writeTable(`${folder}/particles.parquet`, swarm); // pandas.read_parquet("particles.parquet")
 * await writeTable(`${folder}/energy.csv`, { time: [0, 0.5], energy: [1, 0.25] });
 * console.log(Deno.readTextFileSync(`${folder}/energy.csv`).split("\n")[2]); // 0.5,0.25
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeTable(
  path: string | URL,
  source: TableSource,
): Promise<void> {
  refuseOptions("writeTable", arguments, 2);
  const place = anchored(path), { saveTable } = await import("./files/table.ts");
  await saveTable(place, source);
}

/**
 * Adds the present state of fields to a time series in Zarr (version 2), which `xarray.open_zarr` reads: arrays
 * over time and place, with coordinates, units and the mesh by the names of UGRID 1.0, and the numbers on the
 * tracker. Call and await it after each step of interest. A step that is there already is replaced, with all that follow, as
 * after going back. Vectors have a last direction `component`.
 *
 * @param path The folder of the series; made by the first call.
 * @throws {TypeError} when an argument or an option is of a wrong type.
 * @throws {RangeError} when the mesh has changed since the first call, a variable is not the model's or does not
 *   have values, the folder holds something else, or the model is divided among several ranks.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, writeZarr } from "@timestash/timestash";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T");
 * const folder = Deno.makeTempDirSync();
 * for (; model.tracker.step < 3; model.tracker.step++, model.tracker.time += 0.1) {
 *   T.set((x) => x + model.tracker.time);
 *   await writeZarr(model, `${folder}/heat.zarr`, { units: { T: "K" } });
 * }
 * const { shape } = JSON.parse(Deno.readTextFileSync(`${folder}/heat.zarr/T/.zarray`));
 * console.log(shape); // [ 3, 25 ]
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeZarr(
  model: Model,
  path: string | URL,
  options: ZarrOptions = {},
): Promise<void> {
  const place = anchored(path), { appendZarr } = await import("./files/zarr.ts");
  await appendZarr(model, place, options);
}

/** Options of {@link saveViewer}. */
export interface ViewerOptions {
  /** The run of a folder; defaults to the newest. */
  readonly run?: string | undefined;
  /** The largest number of states, evenly through those that there are; defaults to 50. */
  readonly states?: number | undefined;
}

const viewerOptionNames: OptionNames<ViewerOptions> = { run: true, states: true };

/**
 * Writes a run as one page of HTML that opens with a double click and can be mailed: a slider over the states, fields
 * in the plane, on the surface and in slices in space, arrows, particles, the value under the pointer, the difference
 * of two states, charts of the numbers on the tracker, and which rule keeps or removed each checkpoint. The page holds
 * everything and asks for nothing; numbers in it have 32 bits. Await it before the next step.
 *
 * @param path Where to, e.g. `run.html`.
 * @param source A model (the states that its timeline keeps, and where it is now), a snapshot, or a folder of
 *   checkpoints.
 * @throws {TypeError} when an argument or an option is of a wrong type.
 * @throws {RangeError} when there is no state to show, `states` is not a whole number from 1, or the model is divided
 *   among several ranks.
 * @throws {SnapshotFormatError} when a file is not a snapshot.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, saveViewer } from "@timestash/timestash";
 *
 * const model = new Model();
 * const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] }), "T");
 * for (; model.tracker.step < 3; model.tracker.step++) {
 *   T.set((x) => x * model.tracker.step);
 *   model.timeline.record();
 * }
 * const folder = Deno.makeTempDirSync();
 * await saveViewer(`${folder}/run.html`, model);
 * console.log(Deno.readTextFileSync(`${folder}/run.html`).startsWith("<!doctype html>")); // true
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function saveViewer(
  path: string | URL,
  source: Model | string | URL,
  options: ViewerOptions = {},
): Promise<void> {
  requireSource("saveViewer", source);
  const request = { source: anchoredSource(source), ...checkedViewer("saveViewer", options) };
  const place = anchored(path), { writeViewer } = await import("./viewer/save_viewer.ts");
  await writeViewer(place, request);
}

/**
 * Serves the page of {@link saveViewer} on this machine, at a free port and under an address with a random word. An
 * open page asks every two seconds for what is new, so that it shows a run that goes on. Needs
 * `--allow-net=127.0.0.1`.
 *
 * @param source A model, a snapshot, or a folder of checkpoints; a folder without one is looked at until it has one.
 * @returns the address, and how to end it.
 * @throws {TypeError} when an option does not exist or has a wrong type.
 * @throws {RangeError} when `states` is not a whole number from 1, or the model is divided among several ranks.
 * @throws {SnapshotFormatError} when a file is not a snapshot.
 * @throws {Deno.errors.NotFound} when there is neither a file nor a folder at the path.
 *
 * @example
 * ```ts ignore
 * import { viewer } from "@timestash/timestash";
 *
 * const page = await viewer("runs/");
 * console.log(page.url);
 * await page.close();
 * ```
 */
export async function viewer(
  source: Model | string | URL,
  options: ViewerOptions = {},
): Promise<RunningViewer> {
  requireSource("viewer", source);
  const request = { source: anchoredSource(source), ...checkedViewer("viewer", options) };
  const { serveViewer } = await import("./viewer/serve.ts");
  return await serveViewer(request, 0);
}

function anchoredSource(source: Model | string | URL): Model | string | URL {
  return source instanceof Model ? source : anchored(source);
}

function requireSource(what: string, source: unknown): void {
  if (source instanceof Model || source instanceof URL || typeof source === "string") return;
  throw new TypeError(
    `${what} looks at a model, or at the path of a run or a snapshot, got ${describe(source)}`,
  );
}

function checkedViewer(
  what: string,
  options: ViewerOptions,
): { run?: string | undefined; states: number } {
  checkOptions(what, options, viewerOptionNames);
  const { run, states = 50 } = options;
  if (Number.isInteger(states) && states >= 1) return { run, states };
  throw new RangeError(`${what}: states is a whole number of at least 1, got ${describe(states)}`);
}
