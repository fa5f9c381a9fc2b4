/**
 * Chosen variables and swarms of one time, for viewers and for a start on another mesh. Not the full
 * state: a run cannot be continued from it, `model.saveState` is for that. What writes and reads files is
 * loaded when it is first needed.
 *
 * @module
 */
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { captureTimestep } from "./time_series_choice.ts";

/** What {@link writeTimestep} writes. */
export interface TimestepOptions {
  /**
   * Fields: variables, names (`"T"` on whatever meshes have it, `"Mesh_0/T"` on one), or meshes for all of
   * theirs; every field of the model when left out, none for `[]`.
   */
  readonly variables?: readonly (MeshVariable | Mesh | string)[];
  /** Swarms, or names of swarms; every one of the model when left out, none for `[]`. */
  readonly swarms?: readonly (Swarm | string)[];
  /** The number of the step in file names; `tracker.step` when left out. */
  readonly step?: number;
  /** The time that viewers show; `tracker.time` when left out. */
  readonly time?: number;
  /** `gzip` makes the HDF5 file smaller and slower to write. */
  readonly compression?: "none" | "gzip";
}

/** The files of {@link writeTimestep}. */
export interface TimestepFiles {
  /** The numbers: `run/convection.00042.h5`. {@link readTimestep} takes it. */
  readonly data: string;
  /** For each mesh and swarm the text that says where they are: `run/convection.Mesh_0.00042.xdmf`. */
  readonly steps: readonly string[];
  /** For each mesh and swarm all steps so far, to be opened in ParaView: `run/convection.Mesh_0.xdmf`. */
  readonly series: readonly string[];
}

/** How {@link readTimestep} finds and uses the old values. */
export interface ReadTimestepOptions {
  /** The variable's name in the file; that of the variable to fill when left out. */
  readonly name?: string;
  /** The mesh in the file; the one with the same name, or the only one with such a variable. */
  readonly mesh?: string;
  /** A swarm in the file: every value is that of the nearest particle. */
  readonly swarm?: string;
  /**
   * Places outside of the old mesh take the value of its nearest degree of freedom (`nearest`, the default),
   * the field's value at the nearest point of its rim (`rim`: of higher order on curved domains), or
   * are an error (`refuse`).
   */
  readonly outside?: "nearest" | "rim" | "refuse";
  /** `false` reads a file that another program has changed. */
  readonly verify?: boolean;
}

/** What {@link readTimestep} did, on all ranks together. */
export interface ReadTimestepReport {
  /** How many places got a value. */
  readonly count: number;
  /** True where old and new mesh and degree are equal in every byte, and the values were copied. */
  readonly copied: boolean;
  /** How many places were outside of the old mesh, or took the value of a particle. */
  readonly outside: number;
}

/**
 * Writes chosen variables and swarms of this moment, as HDF5 with XDMF beside it. It is not the full state:
 * no history of time derivatives, no parameters, no random stream; a run is continued from
 * `model.saveState`, never from here. Each file takes its name in one step when it is whole.
 *
 * Collective: what several ranks have goes to the first, which writes the files that one rank would have
 * written; all ranks return, or all throw.
 *
 * @param path Names the series: `run/convection`, or a folder, in which it has the name of the model.
 * @throws {RangeError} when there is no such variable or swarm, or `step` or `time` is no such number.
 * @throws {TypeError} when an option is of another type.
 * @throws {Error} the system's own error (no permission, disk full), with a remedy.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, readTimestep, writeTimestep } from "@timestash/timestash";
 *
 * const model = new Model();
 * const coarse = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * new MeshVariable(coarse, "T").set((x, y) => x + y);
 * const folder = Deno.makeTempDirSync();
 * const { data } = await writeTimestep(model, `${folder}/convection`, { variables: ["T"] });
 *
 * const other = new Model();
 * const fine = boxMesh(other, { min: [0, 0], max: [1, 1], cells: [16, 16] });
 * const T = new MeshVariable(fine, "T");
 * await readTimestep(data, T);
 * console.log(T.max()); // 2
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeTimestep(
  model: ModelHost,
  path: string | URL,
  options: TimestepOptions = {},
): Promise<TimestepFiles> {
  // Before the first wait: what the caller does to the model from here on changes nothing.
  const chosen = captureTimestep(model, options), { comm, name } = model;
  const attempt = await settled(async () => {
    if (chosen === null) return null;
    const { writeFiles } = await import("./time_series_write.ts");
    return await writeFiles(name, path, chosen, options);
  });
  const files = allOrNone(comm, () => valueOf(attempt));
  return JSON.parse(comm.bcast(JSON.stringify(files)));
}

/**
 * Puts one variable from a file of {@link writeTimestep}, or from a full snapshot, onto a variable of any
 * mesh: copied where the meshes are equal, interpolated by the old elements where they are not. It is not
 * the full state: histories, parameters and time stay as they are; `model.loadState` continues a run.
 *
 * Collective: every rank reads the file and fills its own places, ghosts too; all ranks return, or all
 * throw. Any number of ranks may have written the file.
 *
 * @param path The HDF5 file.
 * @param variable What to fill; the degree may differ from that in the file.
 * @throws {TypeError} when `variable` is no mesh variable.
 * @throws {RangeError} when the file has no such variable, it has other components or dimensions, or a place
 *   is outside with `{ outside: "refuse" }`; nothing is changed then.
 * @throws {SnapshotFormatError} when the file is none of the toolkit's.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function readTimestep(
  path: string | URL,
  variable: MeshVariable,
  options: ReadTimestepOptions = {},
): Promise<ReadTimestepReport> {
  const { readOnto } = await import("./time_series_read.ts");
  return await readOnto(path, variable, options);
}
