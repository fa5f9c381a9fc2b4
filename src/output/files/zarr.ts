import { bytesOf, type TypedArray } from "../../arrays.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { Model } from "../../model/model.ts";
import { checkOptions, describe, type OptionNames, requireKnownNames } from "../../options.ts";
import { safeName } from "../../snapshot/file/paths.ts";
import { version } from "../../version.ts";
import { hashBytes, hexOf } from "../../xxh64.ts";
import { requireOneRank } from "./whole_file.ts";
import { type ZarrArray, type ZarrAttributes, ZarrStore } from "./zarr_store.ts";

/** Options of {@link writeZarr}. */
export interface ZarrOptions {
  /** The variables to write; defaults to all that have values. */
  readonly variables?: readonly MeshVariable[];
  /**
   * Units by the name of a variable, a number on the tracker or `length`; defaults to those of the model's
   * parameters.
   */
  readonly units?: Readonly<Record<string, string>>;
}

const optionNames: OptionNames<ZarrOptions> = { variables: true, units: true };

const axes = ["x", "y", "z"];

/** Does what `writeZarr` does. */
// deno-lint-ignore require-await -- all that goes wrong rejects
export async function appendZarr(
  model: Model,
  path: string | URL,
  options: ZarrOptions = {},
): Promise<void> {
  if (!(model instanceof Model)) {
    throw new TypeError(`writeZarr takes a model first, got ${describe(model)}`);
  }
  checkOptions("writeZarr", options, optionNames);
  requireUnits(options.units);
  requireOneRank("writeZarr", model.comm);
  const variables = variablesOf(model, options);
  requireKnownNames("writeZarr: units", Object.keys(options.units ?? {}), quantitiesOf(model));
  const store = new ZarrStore(path);
  const meshes = new Set(variables.map(({ mesh }) => mesh));
  const geometry = geometryOf(meshes), units = unitsOf(model, options);
  const known = store.attributes["timestash_geometry"];
  const foreign = store.exists ? null : store.foreign;
  if (foreign !== null) {
    throw new RangeError(
      `writeZarr: "${path}" holds other things, such as "${foreign}"; choose a folder for the series alone`,
    );
  }
  if (store.exists && known !== geometry) {
    throw new RangeError(
      known === undefined
        ? `writeZarr: "${path}" holds a Zarr group that is not such a series; choose another folder`
        : `writeZarr: the meshes in "${path}" are not those of the model, and a series has one mesh for all times; ` +
          "choose another folder",
    );
  }
  const { time, step } = model.tracker;
  const steps = store.times("step") ?? [];
  const index = steps.filter((there) => there < step).length;
  if (!store.exists) {
    store.describe({
      Conventions: "CF-1.11 UGRID-1.0",
      title: model.name,
      source: `timestash ${version}`,
      timestash_geometry: geometry,
    });
    for (const mesh of meshes) addMesh(store, mesh, units);
  }
  store.resize(index);
  // What is left of the course that was left is out of sight before its files are written over.
  if (index < steps.length) store.commit();
  const number = (name: string, value: number) =>
    store.at(index, {
      name,
      data: Float64Array.of(value),
      shape: [],
      dimensions: [],
      attributes: units(name),
    });
  number("time", time);
  number("step", step);
  for (const [name, value] of Object.entries(model.tracker)) {
    const isOwn = name !== "time" && name !== "step" && typeof value === "number";
    if (isOwn) number(`tracker_${safeName(name)}`, value);
  }
  const single = meshes.size === 1;
  for (const variable of variables) addVariable(store, index, variable, units, single);
  store.resize(index + 1);
  store.commit();
}

function requireUnits(units: unknown): void {
  if (units === undefined) return;
  const isRecord = typeof units === "object" && units !== null && !Array.isArray(units);
  if (isRecord && Object.values(units).every((unit) => typeof unit === "string")) return;
  throw new TypeError(`writeZarr: units is { T: "K" } or the like, got ${describe(units)}`);
}

/** Whatever may have units: fields, numbers on the tracker, parameters, and the lengths of the coordinates. */
function quantitiesOf({ meshes, tracker, parameters }: Model): string[] {
  const fields = [...meshes.values()].flatMap(({ variables }) => [...variables.keys()]);
  const numbers = Object.keys(tracker).filter((name) => typeof tracker[name] === "number");
  return [...new Set([...fields, "length", ...numbers, ...parameters.names()])];
}

type Units = (name: string) => ZarrAttributes;

/** The units of a quantity as an attribute. */
function unitsOf({ parameters }: Model, { units = {} }: ZarrOptions): Units {
  return (name) => {
    const plain = name.replace(/^tracker_/, "");
    const own = Object.hasOwn(units, plain)
      ? units[plain]
      : parameters.has(plain)
      ? parameters.units(plain)
      : "";
    const found: Record<string, string> = own === "" ? {} : { units: own };
    return found;
  };
}

function variablesOf(model: Model, { variables }: ZarrOptions): readonly MeshVariable[] {
  if (variables === undefined) {
    return [...model.meshes.values()].flatMap((mesh) => [...mesh.variables.values()])
      .filter(({ allocated }) => allocated);
  }
  if (!Array.isArray(variables)) {
    throw new TypeError(`writeZarr: variables is a list of them, got ${describe(variables)}`);
  }
  for (const variable of variables) {
    if (!(variable instanceof MeshVariable)) {
      throw new TypeError(`writeZarr: variables are mesh variables, got ${describe(variable)}`);
    }
    const { mesh, name } = variable;
    if (model.meshes.get(mesh.name) !== mesh || !variable.allocated) {
      throw new RangeError(
        `writeZarr: variable "${name}" belongs to another model or does not have values yet`,
      );
    }
  }
  return variables;
}

/** Which meshes they are, by what they consist of. */
function geometryOf(meshes: Iterable<Mesh>): string {
  const words = [...meshes].map(({ name, cells, coordinates }) =>
    `${name} ${hexOf(hashBytes(bytesOf(cells.data as TypedArray)))} ${
      hexOf(hashBytes(bytesOf(coordinates.data as TypedArray)))
    }`
  );
  return `xxh64:${hexOf(hashBytes(new TextEncoder().encode(words.join("\n"))))}`;
}

/** Nodes, cells and the variable that says how they belong together: UGRID 1.0, "2D triangular mesh topology". */
function addMesh(store: ZarrStore, mesh: Mesh, units: Units): void {
  const name = safeName(mesh.name), { dim } = mesh;
  const cell = dim === 2 ? "face" : "volume";
  const places = addPlaces(
    store,
    `${name}_node`,
    mesh.coordinates.data as Float64Array,
    dim,
    units,
  );
  const nodes = `${name}_${cell}_nodes`;
  store.fixed({
    name: nodes,
    data: mesh.cells.data as TypedArray,
    shape: [mesh.cellCount, dim + 1],
    dimensions: [`${name}_${cell}`, `${name}_corner`],
    attributes: { cf_role: `${cell}_node_connectivity`, start_index: 0 },
  });
  store.fixed({
    name,
    data: Int32Array.of(0),
    shape: [],
    dimensions: [],
    attributes: {
      cf_role: "mesh_topology",
      topology_dimension: dim,
      node_coordinates: places,
      [`${cell}_node_connectivity`]: nodes,
    },
  });
}

/** The coordinates along one direction of arrays; returns their names. */
function addPlaces(
  store: ZarrStore,
  dimension: string,
  points: Float64Array,
  dim: number,
  units: Units,
): string {
  const names = axes.slice(0, dim).map((axis, d) => {
    const data = Float64Array.from({ length: points.length / dim }, (_, i) => points[i * dim + d]);
    const array: ZarrArray = {
      name: `${dimension}_${axis}`,
      data,
      shape: [data.length],
      dimensions: [dimension],
      attributes: units("length"),
    };
    store.fixed(array);
    return array.name;
  });
  return names.join(" ");
}

function addVariable(
  store: ZarrStore,
  index: number,
  variable: MeshVariable,
  units: Units,
  single: boolean,
): void {
  const { mesh, degree, continuous, components, data } = variable, { dim } = mesh;
  const of = safeName(mesh.name), rows = data.length / components;
  const location = degree === 0 ? (dim === 2 ? "face" : "volume") : degree === 1 ? "node" : null;
  // Nodes of a periodic mesh that are one place have one value: such a field has places of its own.
  const isPeriodic = mesh.periods.shape[0] > 0;
  const isOnMesh = location !== null && (degree === 0 || (continuous && !isPeriodic));
  const direction = isOnMesh
    ? `${of}_${location}`
    : `${of}_P${degree}${continuous ? "" : "_discontinuous"}`;
  const first = `${direction}_x`;
  const places = axes.slice(0, dim).map((axis) => `${direction}_${axis}`).join(" ");
  if (store.shapeOf(first) === null) {
    addPlaces(store, direction, variable.coordinates.data as Float64Array, dim, units);
  }
  const isVector = components > 1;
  store.at(index, {
    name: nameIn(single ? "" : `${of}_`, variable.name, of),
    data,
    shape: isVector ? [rows, components] : [rows],
    dimensions: isVector ? [direction, `component_${components}`] : [direction],
    attributes: {
      coordinates: places,
      ...(isOnMesh && { mesh: of, location: location! }),
      ...units(variable.name),
    },
  });
}

/** The name of a variable, which must not be one that the series has for itself. */
function nameIn(prefix: string, name: string, mesh: string): string {
  const plain = prefix + safeName(name);
  const taken = plain === "time" || plain === "step" || plain === mesh ||
    plain.startsWith("tracker_") || plain.startsWith(`${mesh}_`) && prefix === "";
  return taken ? `field_${plain}` : plain;
}
