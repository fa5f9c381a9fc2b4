/**
 * What can be exported as tables: the fields and particles of a snapshot, fields along a line, and the numbers on
 * the tracker in the checkpoints of a run.
 *
 * @module
 */
import { Model } from "../model/model.ts";
import {
  swarmTable,
  type TableColumns,
  tableColumns,
  variableTable,
} from "../output/files/columns.ts";
import { profileOf } from "../output/plot/plot_profile.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import { isDirectory, requireRun } from "./context.ts";

/** A table with a name. */
export interface NamedTable extends TableColumns {
  /** The name of the table and of its file, e.g. `Mesh_0.T` or `Swarm_0`. */
  readonly name: string;
}

/** Which tables are asked for. */
export interface TableRequest {
  /** The name of one of them. */
  readonly of?: string | undefined;
  /** The run of a folder. */
  readonly run?: string | undefined;
  /** The ends of a line, along which fields are wanted. */
  readonly line?: readonly [number[], number[]] | undefined;
}

/**
 * The tables of a snapshot or of a folder.
 *
 * @throws {RangeError} when there is none of that name, or none at all.
 */
export async function tablesIn(
  path: string,
  { of, run, line }: TableRequest,
): Promise<NamedTable[]> {
  if (isDirectory(path)) return chosen(path, [await trackerTable(path, run)], of);
  const model = await Model.fromSnapshot(path);
  return chosen(path, line === undefined ? tablesOf(model) : profilesOf(model, line), of);
}

/**
 * Those of a name, or all of them.
 *
 * @throws {RangeError} when there are none; the message lists those that there are.
 */
export function chosen<T extends { readonly name: string }>(
  path: string,
  all: readonly T[],
  of?: string,
): T[] {
  const some = all.filter(({ name }) => of === undefined || name === of);
  if (some.length > 0) return some;
  const names = all.map(({ name }) => name).join(", ") || "none";
  throw new RangeError(`"${path}" does not have a table ${of ?? ""}; its tables are: ${names}`);
}

/** One table for each mesh variable that has values, and one for each swarm. */
function tablesOf(model: Model): NamedTable[] {
  const tables: NamedTable[] = [];
  for (const mesh of model.meshes.values()) {
    for (const variable of mesh.variables.values()) {
      if (!variable.allocated) continue;
      tables.push({ name: `${mesh.name}.${variable.name}`, ...variableTable(variable) });
    }
  }
  for (const swarm of model.swarms.values()) {
    tables.push({ name: swarm.name, ...swarmTable(swarm) });
  }
  return tables;
}

/** One table for each mesh variable that has values: the distance along a line, and the values there. */
function profilesOf(model: Model, [from, to]: readonly [number[], number[]]): NamedTable[] {
  const fields = [...model.meshes.values()].flatMap((mesh) => [...mesh.variables.values()]);
  return fields.filter(({ allocated }) => allocated).map((variable) => ({
    name: `${variable.mesh.name}.${variable.name}`,
    ...tableColumns("export", profileOf(variable, { from, to })),
  }));
}

/** The numbers on the tracker in each checkpoint of a run; NaN where one does not have them. */
async function trackerTable(folder: string, run?: string): Promise<NamedTable> {
  const rows: Record<string, number>[] = [];
  for (const path of await entriesIn(folder, run)) {
    const { tracker } = await Model.fromSnapshot(path);
    const numbers = Object.entries(tracker).filter(([, value]) => typeof value === "number");
    rows.push(Object.fromEntries(numbers));
  }
  const names = new Set(["step", "time", ...rows.flatMap((row) => Object.keys(row))]);
  const columns = [...names].map((name) => [name, rows.map((row) => row[name] ?? NaN)]);
  return { name: "tracker", ...tableColumns("export", Object.fromEntries(columns)) };
}

/**
 * The whole checkpoints of a run, oldest first.
 *
 * @throws {RangeError} when the folder has none.
 */
export async function entriesIn(folder: string, run?: string): Promise<string[]> {
  const catalog = new CheckpointCatalog(folder);
  await requireRun(catalog, run);
  const id = run ?? (await catalog.runs()).at(-1)?.id;
  const entries = id === undefined ? [] : await catalog.list({ run: id });
  const whole = entries.filter(({ level }) => level === 2);
  if (whole.length === 0) throw new RangeError(`"${folder}" does not have a whole checkpoint`);
  return whole.sort((a, b) => a.step - b.step).map(({ path }) => path);
}
