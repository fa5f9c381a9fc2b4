/**
 * Inventories of a model, of a snapshot, and of an object with state.
 *
 * @module
 */
import { bytesText } from "../../bytes_text.ts";
import type { Equation } from "../../equation/equation.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import type { Model } from "../../model/model.ts";
import type { Parameters } from "../../model/parameters.ts";
import { childKey, type SnapshotEntry } from "../../snapshot/contract.ts";
import { stateSection } from "../../snapshot/subject.ts";
import { open, type Snapshot } from "../../snapshot/snapshot.ts";
import { classNameOf } from "../../snapshot/subject.ts";
import type { Swarm } from "../../swarm/swarm.ts";
import { briefly, grouped } from "../plot/ticks.ts";
import { sentence } from "../plot/plot_options.ts";
import { card, type Section } from "./html.ts";

/** The inventory of a model. */
export function modelCard(model: Model): string {
  const { time, step, dt } = model.tracker;
  const own = Object.keys(model.tracker).filter((name) => !["time", "step", "dt"].includes(name));
  const kept = model.timeline.entries().length;
  return card(
    `Model ${model.name}`,
    sentence(
      `time ${briefly(time)}`,
      `step ${grouped(step)}`,
      dt === null ? "" : `dt ${briefly(dt)}`,
      model.comm.size > 1 ? `rank ${model.comm.rank} of ${model.comm.size}` : "",
      kept === 0 ? "" : `${kept} states on the timeline (${bytesText(model.timeline.bytes)})`,
    ),
    [
      section("Meshes", ["type", "cells", "versions"], [...model.meshes.values()].map(meshRow)),
      section(
        "Variables",
        ["on", "element", "values", "min", "max"],
        [...model.meshes.values()].flatMap((mesh) => [...mesh.variables.values()].map(variableRow)),
      ),
      section("Swarms", ["in", "particles", "variables"], [...model.swarms.values()].map(swarmRow)),
      section(
        "Histories, solvers, others",
        ["class"],
        [...model.bearers].map((
          [name, bearer],
        ) => [name, bearer.stateClass ?? classNameOf(bearer)]),
      ),
      parameterSection(model.parameters),
      section("Tracker", ["value"], own.map((name) => [name, shortly(model.tracker[name])])),
    ],
  );
}

/** The parameters, with their units and the number of their changes. */
export function parametersCard(parameters: Parameters): string {
  const changes = parameters.history.length;
  return card("Parameters", `${changes} change${changes === 1 ? "" : "s"} so far`, [
    parameterSection(parameters),
  ]);
}

function parameterSection(parameters: Parameters): Section {
  return section(
    "Parameters",
    ["value", "units", "first", "changes"],
    parameters.names().map((name) => [
      name,
      shortly(parameters.get(name)),
      parameters.units(name),
      shortly(parameters.first(name)),
      String(parameters.history.filter((change) => change.name === name).length),
    ]),
  );
}

function meshRow(mesh: Mesh): string[] {
  const what = mesh.dim === 2 ? "triangles" : "tetrahedra";
  return [
    mesh.name,
    `${mesh.meshType}, ${mesh.dim}-D`,
    `${grouped(mesh.cellCount)} ${what}, ${grouped(mesh.nodeCount)} nodes`,
    `geometry ${mesh.geometryVersion}, topology ${mesh.topologyVersion}`,
  ];
}

function variableRow(variable: MeshVariable): string[] {
  const { name, mesh, dofCount, components, allocated } = variable;
  const size = components === 1 ? grouped(dofCount) : `${grouped(dofCount)} × ${components}`;
  const extremes = allocated ? [briefly(variable.min()), briefly(variable.max())] : ["", ""];
  return [
    name,
    mesh.name,
    elementName(variable),
    allocated ? size : `${size}, not set`,
    ...extremes,
  ];
}

/** `P1`, `P2 discontinuous`. */
export function elementName({ degree, continuous }: MeshVariable): string {
  return `P${degree}${continuous || degree === 0 ? "" : " discontinuous"}`;
}

function swarmRow(swarm: Swarm): string[] {
  const variables = [...swarm.variables.values()].map(({ name, dtype, components }) =>
    `${name} (${dtype}${components === 1 ? "" : ` × ${components}`})`
  );
  return [swarm.name, swarm.mesh.name, grouped(swarm.count), variables.join(", ")];
}

/** The age, size and contents of a snapshot. */
export function snapshotCard(snapshot: Snapshot): string {
  const when = snapshot.createdAt.toISOString().replace("T", " ").slice(0, 19) + " UTC";
  if (snapshot.released) {
    return card(
      `Snapshot of ${snapshot.modelName}`,
      `taken ${when}, released`,
      [],
    );
  }
  const backend = open(snapshot);
  const rows = [...backend.keys()].flatMap((key) => rowOf(key, backend.get(key)!));
  const bearers = backend.get(stateSection)?.keys ?? [];
  return card(
    `Snapshot of ${snapshot.modelName}`,
    sentence(
      `step ${grouped(snapshot.step)}`,
      `time ${briefly(snapshot.time)}`,
      bytesText(snapshot.bytes),
      `taken ${when}, ${ageOf(snapshot.createdAt)}`,
    ),
    [
      section("Arrays", ["shape", "type", "size"], rows),
      section(
        "State",
        ["class"],
        bearers.map((name) => [name, backend.get(childKey(stateSection, name))?.className ?? ""]),
      ),
    ],
  );
}

function rowOf(key: string, { data, shape, kind }: SnapshotEntry): string[][] {
  // Only the arrays of meshes and swarms; bearers are listed by name.
  if (data === null || kind !== "array") return [];
  const type = data.constructor.name.replace("Array", "").toLowerCase();
  return [[key, shape.join(" × "), type, bytesText(data.byteLength)]];
}

function ageOf(date: Date): string {
  const seconds = Math.max(0, (Date.now() - date.getTime()) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h ago`
    : `${Math.round(seconds / 86_400)} days ago`;
}

/** What was understood of an equation. */
export function equationCard({ name, summary }: Equation): string {
  return card(`Equation ${name}`, "", [
    section("understood", [""], summary.map(([what, text]) => [what, text])),
  ]);
}

/** A history, a solver or anything else that has state. */
export type DisplayedBearer = {
  readonly name?: string;
  readonly stateClass?: string;
  readonly state: object;
};

/** The state of a bearer, field by field. */
export function stateCard(bearer: DisplayedBearer): string {
  const rows = Object.entries(bearer.state)
    .filter(([name]) => name !== "schemaVersion")
    .map(([name, value]) => [name, shortly(value)]);
  return card(bearer.name ?? classNameOf(bearer), classNameOf(bearer), [
    section("State", ["value"], rows),
  ]);
}

/** A value on one short line. */
function shortly(value: unknown): string {
  if (typeof value === "number") return briefly(value);
  if (ArrayBuffer.isView(value)) {
    const { length } = value as unknown as { length: number };
    return `${value.constructor.name}(${grouped(length)})`;
  }
  const text = Deno.inspect(value, { depth: 1, iterableLimit: 4, breakLength: Infinity });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function section(
  heading: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Section {
  return { heading, columns, rows };
}
