/**
 * Fields, particles and histories as columns of equal length: what CSV, Arrow and Parquet files hold.
 *
 * @module
 */
import { allocate, isTypedArray, kindOf, type TypedArray } from "../../arrays.ts";
import { MeshVariable } from "../../mesh/mesh_variable.ts";
import type { AdvanceReport } from "../../model/advance_options.ts";
import { Timeline, trackersOf } from "../../model/timeline.ts";
import { describe } from "../../options.ts";
import { Swarm } from "../../swarm/swarm.ts";
import type { Profile } from "../plot/plot_profile.ts";
import type { HistoryColumns } from "../plot/series.ts";
import { presentValues, requireOneRank } from "./whole_file.ts";

/**
 * What can be written as a table: a swarm (one row for each particle), a mesh variable (one for each degree of
 * freedom), the report of `model.advance`, `model.timeline`, the numbers of `profileOf`, or columns by name.
 */
export type TableSource =
  | Swarm
  | MeshVariable
  | AdvanceReport
  | Timeline
  | Profile
  | HistoryColumns;

/** One column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly data: TypedArray;
  /** The index of the first value, and the distance from one to the next. */
  readonly offset: number;
  readonly stride: number;
}

/** Columns of equal length. */
export interface TableColumns {
  /** The number of rows. */
  readonly rows: number;
  readonly columns: readonly TableColumn[];
}

const axes = ["x", "y", "z"];

/** The degrees of freedom of a variable: where they are, and their values. */
export function variableTable(variable: MeshVariable): TableColumns {
  const { components, mesh, name } = variable, data = presentValues(variable);
  return {
    rows: data.length / components,
    columns: [
      ...columnsOf("", variable.coordinates.data, mesh.dim),
      ...columnsOf(name, data, components),
    ],
  };
}

/** The particles of a swarm: id, place, and all variables. */
export function swarmTable(swarm: Swarm): TableColumns {
  const columns = [
    { name: "id", data: swarm.ids as TypedArray, offset: 0, stride: 1 },
    ...columnsOf("", swarm.coordinates.data, swarm.mesh.dim),
  ];
  for (const { name, data, components } of swarm.variables.values()) {
    columns.push(...columnsOf(name, data as TypedArray, components));
  }
  return { rows: swarm.count, columns };
}

/**
 * The columns of anything that can be written as a table.
 *
 * @throws {TypeError} when it is something else.
 * @throws {RangeError} when columns differ in length, or it is divided among several ranks.
 */
export function tableColumns(what: string, source: TableSource): TableColumns {
  if (source instanceof Swarm) {
    requireOneRank(what, source.mesh.model.comm);
    return swarmTable(source);
  }
  if (source instanceof MeshVariable) {
    requireOneRank(what, source.mesh.model.comm);
    return variableTable(source);
  }
  if (source instanceof Timeline) return timelineTable(source);
  if (typeof source !== "object" || source === null) throw notATable(what, source);
  const { steps, distance, values } = source as Partial<AdvanceReport & Profile>;
  if (Array.isArray(steps) && "accepted" in source) {
    return listTable(what, {
      step: steps.map(({ step }) => step),
      time: steps.map(({ time }) => time),
      dt: steps.map(({ dt }) => dt),
      taken_back: steps.map(({ takenBack }) => takenBack.length),
    });
  }
  const isProfile = isTypedArray(distance) && typeof values === "object" && !isTypedArray(values);
  return listTable(what, isProfile ? { distance, ...values } : source as HistoryColumns);
}

function timelineTable(timeline: Timeline): TableColumns {
  const states = trackersOf(timeline);
  const names = new Set(["step", "time"]);
  for (const { values } of states) Object.keys(values).forEach((name) => names.add(name));
  const columns = [...names].map((name) => [name, states.map(({ values }) => values[name] ?? NaN)]);
  return listTable("the timeline", Object.fromEntries(columns));
}

function listTable(what: string, lists: HistoryColumns): TableColumns {
  const names = Object.keys(lists);
  if (names.length === 0) throw notATable(what, lists);
  const columns = names.map((name) => {
    const list: unknown = lists[name];
    const isList = isTypedArray(list) ||
      Array.isArray(list) && list.every((value) => typeof value === "number");
    if (!isList) throw new TypeError(`${what}: column "${name}" is not a list of numbers`);
    const data = isTypedArray(list) ? list : Float64Array.from(list as number[]);
    return { name, data, offset: 0, stride: 1 };
  });
  const rows = columns[0].data.length;
  const other = columns.find(({ data }) => data.length !== rows);
  if (other !== undefined) {
    throw new RangeError(
      `${what}: column "${names[0]}" has ${rows} numbers, and "${other.name}" ${other.data.length}`,
    );
  }
  return { rows, columns };
}

function notATable(what: string, source: unknown): TypeError {
  return new TypeError(
    `${what} takes a swarm, a mesh variable, the report of advance, a timeline, a profile or columns of numbers by ` +
      `name, got ${describe(source)}`,
  );
}

/** The columns of one array `[rows x components]`; without a name they are called after the axes. */
function columnsOf(name: string, data: TypedArray, components: number): TableColumn[] {
  return Array.from({ length: components }, (_, i) => ({
    name: name === "" ? axes[i] : components === 1 ? name : `${name}_${i}`,
    data,
    offset: i,
    stride: components,
  }));
}

/** The numbers of a column one behind the other. */
export function columnNumbers({ data, offset, stride }: TableColumn, rows: number): TypedArray {
  if (stride === 1 && offset === 0 && data.length === rows) return data;
  const out = allocate(kindOf(data), rows) as TypedArray;
  for (let i = 0; i < rows; i++) out[i] = data[offset + i * stride];
  return out;
}

/** Names that no two columns share: a variable may be called `x`, or have the name of another's component. */
export function uniqueNames(columns: readonly TableColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let n = 2; taken.has(unique); n++) unique = `${name}_${n}`;
    taken.add(unique);
    return unique;
  });
}
