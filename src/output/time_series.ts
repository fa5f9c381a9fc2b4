/**
 * Selected variables and swarms of one time, for viewers and for a start on another mesh. They are not the full
 * state: a run cannot be continued from them, which is what `model.saveState` is for. The code that reads and
 * writes files is loaded when it is first needed.
 *
 * @module
 */
import { allOrNoneAsync, settled, valueOf } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { anchored } from "../snapshot/file/paths.ts";
import { captureTimestep } from "./time_series_choice.ts";

/** Options of {@link writeTimestep}. */
export interface TimestepOptions {
  /**
   * The fields to write: variables, names (`"T"` on all meshes that have it, `"Mesh_0/T"` on one), or meshes for
   * all of their fields; defaults to every field of the model.
   */
  readonly variables?: readonly (MeshVariable | Mesh | string)[];
  /** The swarms to write, or their names; defaults to every swarm of the model. */
  readonly swarms?: readonly (Swarm | string)[];
  /** The number of the step in file names; defaults to `tracker.step`. */
  readonly step?: number;
  /** The time that viewers show; defaults to `tracker.time`. */
  readonly time?: number;
  /** `gzip` makes the HDF5 file smaller and slower to write. */
  readonly compression?: "none" | "gzip";
}

const writeNames: OptionNames<TimestepOptions> = {
  variables: true,
  swarms: true,
  step: true,
  time: true,
  compression: true,
};

/** The files of {@link writeTimestep}. */
export interface TimestepFiles {
  /** The file with the data, which {@link readTimestep} takes: `run/convection.00042.h5`. */
  readonly data: string;
  /** For each mesh and swarm the XDMF file of this step: `run/convection.Mesh_0.00042.xdmf`. */
  readonly steps: readonly string[];
  /** For each mesh and swarm the XDMF file of all steps, to open in ParaView: `run/convection.Mesh_0.xdmf`. */
  readonly series: readonly string[];
}

/** Options of {@link readTimestep}: how it finds and uses the old values. */
export interface ReadTimestepOptions {
  /** The variable's name in the file; defaults to the name of the variable to fill. */
  readonly name?: string;
  /** The mesh in the file; defaults to the one with the same name, or the only one with such a variable. */
  readonly mesh?: string;
  /** A swarm in the file; every value is then that of the nearest particle. */
  readonly swarm?: string;
  /**
   * Places outside of the old mesh take the value of its nearest degree of freedom (`nearest`, the default),
   * the field's value at the nearest point of its rim (`rim`: of higher order on curved domains), or
   * are an error (`refuse`).
   */
  readonly outside?: "nearest" | "rim" | "refuse";
  /** `false` also reads a file that another program has changed. */
  readonly verify?: boolean;
}

const readNames: OptionNames<ReadTimestepOptions> = {
  name: true,
  mesh: true,
  swarm: true,
  outside: true,
  verify: true,
};

/** The result of {@link readTimestep}, for all ranks together. */
export interface ReadTimestepReport {
  /** The number of places that got a value. */
  readonly count: number;
  /** Whether the values were copied, because the meshes and degrees are equal in every byte. */
  readonly copied: boolean;
  /** The number of places that were outside of the old mesh, or took the value of a particle. */
  readonly outside: number;
}

/**
 * Writes selected variables and swarms as they are now, as HDF5 with XDMF files beside it. This is not the full
 * state: it lacks the histories of time derivatives, parameters and the random stream, so a run has to be
 * continued from `model.saveState`. Each file gets its name in one step, when it is complete.
 *
 * Collective: the first rank writes the same files as one rank would. It takes the data of the others in blocks of a
 * few megabytes, so that no rank needs memory of the size of the whole. All ranks return, or all throw; files of
 * before are then as they were.
 *
 * @param path The name of the series, e.g. `run/convection`; in a folder it is called after the model.
 * @throws {RangeError} when a variable or swarm does not exist, or `step` or `time` is out of range.
 * @throws {TypeError} when an option has a wrong type.
 * @throws {SnapshotInvalidatedError} when ranks have selected different things.
 * @throws {Error} the system's error (no permission, disk full), with a remedy.
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
  if (typeof (model as ModelHost | null)?.tracker !== "object") {
    throw new TypeError(`writeTimestep takes a model first, got ${describe(model)}`);
  }
  checkOptions("writeTimestep", options, writeNames);
  // Captured before the first `await`, so that the caller may change the model from then on.
  const captured = captureTimestep(model, options), { comm, name } = model;
  const place = anchored(path);
  const work = async () => {
    const { writeFiles, writeOnRanks } = await import("./time_series_write.ts");
    return comm.size === 1
      ? await writeFiles(name, place, captured, options)
      : await writeOnRanks(comm, name, place, captured, options);
  };
  const before = lastOn.get(comm);
  const own = settled(async () => {
    await before;
    return comm.size === 1 ? await work() : await allOrNoneAsync(comm, work);
  });
  lastOn.set(comm, own);
  return valueOf(await own);
}

/**
 * The last call on each communicator. A series gets its steps in order, and several ranks answer what the first one
 * asks in one call at a time.
 */
const lastOn = new WeakMap<Comm, Promise<unknown>>();

/**
 * Transfers one variable from a file of {@link writeTimestep}, or from a full snapshot, to a variable of any
 * mesh. The values are copied if the meshes are equal, and otherwise interpolated with the old elements.
 * Histories, parameters and time stay as they are; to continue a run, use `model.loadState`.
 *
 * Collective: every rank fills its own places, including ghosts; all ranks return, or all throw. Any number of ranks
 * may have written the file. Each rank reads its share where the values are copied, and the whole field otherwise.
 *
 * @param path The HDF5 file.
 * @param variable The variable to fill; its degree may differ from that in the file.
 * @throws {TypeError} when `variable` is not a mesh variable.
 * @throws {RangeError} when the file does not have such a variable, when its components or dimensions differ, or
 *   when a place is outside with `{ outside: "refuse" }`; nothing is changed.
 * @throws {SnapshotFormatError} when the toolkit did not write the file.
 * @throws {SnapshotCorruptError} when the file is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on as well.
 */
export async function readTimestep(
  path: string | URL,
  variable: MeshVariable,
  options: ReadTimestepOptions = {},
): Promise<ReadTimestepReport> {
  checkOptions("readTimestep", options, readNames);
  const place = anchored(path), { readOnto } = await import("./time_series_read.ts");
  return await readOnto(place, variable, options);
}
