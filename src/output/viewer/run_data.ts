/**
 * The states of a run as the viewer's page holds them: triangles to draw, and numbers at their corners.
 *
 * @module
 */
import { bytesOf, type TypedArray } from "../../arrays.ts";
import { geometryOf } from "../../mesh/mesh.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import { localFacets } from "../../mesh/simplex.ts";
import type { Model } from "../../model/model.ts";
import { hashBytes, hexOf } from "../../xxh64.ts";
import { requireOneRank } from "../files/whole_file.ts";
import { unitsOf } from "../plot/plot_options.ts";

/** What is drawn of a field: base64 of 32-bit numbers. */
export interface ViewerSurface {
  readonly dim: 2 | 3;
  /** `[points x dim]`, floats. */
  readonly points: string;
  /** `[triangles x 3]`, the points of each. */
  readonly triangles: string;
  /** `[triangles x 3]`, the value at each corner. */
  readonly values: string;
}

/** A field at one state. */
export interface ViewerField {
  readonly name: string;
  readonly units: string;
  readonly components: number;
  /** The number of its surface. */
  readonly surface: number;
  /** `[values x components]`, floats in base64. */
  readonly data: string;
}

/** Particles at one state. */
export interface ViewerSwarm {
  readonly name: string;
  /** `[count x dim]`, floats in base64. */
  readonly points: string;
  /** Variables with one component, `[count]` each. */
  readonly variables: Readonly<Record<string, string>>;
}

/** One state. */
export interface ViewerState {
  readonly label: string;
  readonly step: number;
  readonly time: number;
  readonly fields: readonly ViewerField[];
  readonly swarms: readonly ViewerSwarm[];
  /** The numbers on the tracker. */
  readonly tracker: Readonly<Record<string, number>>;
}

/** All that a page shows. */
export interface ViewerData {
  readonly title: string;
  readonly timeUnits: string;
  readonly lengthUnits: string;
  readonly surfaces: readonly ViewerSurface[];
  readonly states: readonly ViewerState[];
}

/** Collects states; surfaces that do not change are held once. */
export class RunData {
  readonly #title: string;
  readonly #surfaces: ViewerSurface[] = [];
  readonly #known = new Map<string, number>();
  readonly #states: ViewerState[] = [];
  #units = { time: "", length: "" };

  /** Begins with nothing. */
  constructor(title: string) {
    this.#title = title;
  }

  /** Takes what a model holds now. */
  add(model: Model, label: string): void {
    requireOneRank("viewer", model.comm);
    this.#units = {
      time: unitsOf(model, "time", undefined),
      length: unitsOf(model, "length", undefined),
    };
    const { step, time } = model.tracker, several = model.meshes.size > 1;
    const fields = [...model.meshes.values()].flatMap((mesh) =>
      [...mesh.variables.values()].filter(({ allocated }) => allocated).map((variable) =>
        this.#field(variable, several ? `${mesh.name}.${variable.name}` : variable.name)
      )
    );
    const swarms = [...model.swarms.values()].map((swarm): ViewerSwarm => ({
      name: swarm.name,
      points: floats(swarm.coordinates.data as Float64Array),
      variables: Object.fromEntries(
        [...swarm.variables.values()].filter(({ components }) => components === 1)
          .map(({ name, data }) => [name, floats(data as TypedArray)]),
      ),
    }));
    const numbers = Object.entries(model.tracker)
      .filter(([, value]) => typeof value === "number" && Number.isFinite(value));
    this.#states.push({ label, step, time, fields, swarms, tracker: Object.fromEntries(numbers) });
  }

  /** What was collected. */
  get data(): ViewerData {
    return {
      title: this.#title,
      timeUnits: this.#units.time,
      lengthUnits: this.#units.length,
      surfaces: this.#surfaces,
      states: this.#states,
    };
  }

  #field(variable: MeshVariable, name: string): ViewerField {
    const { components, data, mesh } = variable,
      units = unitsOf(mesh.model, variable.name, undefined);
    return { name, units, components, surface: this.#surface(variable), data: floats(data) };
  }

  #surface(variable: MeshVariable): number {
    const surface = variable.mesh.dim === 2 ? planeOf(variable) : hullOf(variable);
    const text = `${surface.dim} ${surface.points} ${surface.triangles} ${surface.values}`;
    const key = hexOf(hashBytes(new TextEncoder().encode(text)));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#surfaces.push(surface) - 1);
    return this.#surfaces.length - 1;
  }
}

/** The four triangles of a quadratic one: dofs are corners, then the middles of (0,1), (1,2), (2,0). */
const quarters = [0, 3, 5, 3, 1, 4, 5, 4, 2, 3, 4, 5];

function planeOf(variable: MeshVariable): ViewerSurface {
  const { degree, mesh } = variable;
  if (degree === 0) {
    const cells = mesh.cells.data as Int32Array;
    return {
      dim: 2,
      points: floats(mesh.coordinates.data as Float64Array),
      triangles: indices(cells),
      values: indices(cells.map((_, i) => Math.floor(i / 3))),
    };
  }
  const { cellDofs, perCell } = variable.dofMap;
  const corners = degree === 1 ? [0, 1, 2] : quarters;
  const out = new Int32Array(cellDofs.length / perCell * corners.length);
  for (let i = 0; i < out.length; i++) {
    const cell = Math.floor(i / corners.length);
    out[i] = cellDofs[cell * perCell + corners[i % corners.length]];
  }
  const triangles = indices(out), points = floats(variable.coordinates.data as Float64Array);
  return { dim: 2, points, triangles, values: triangles };
}

/** The facets on the rim of a mesh in space, with the values that their cells have there. */
function hullOf(variable: MeshVariable): ViewerSurface {
  const { topology: { cells, exteriorFacets } } = geometryOf(variable.mesh);
  const { cellDofs, perCell } = variable.dofMap, local = localFacets(3);
  const triangles = new Int32Array(3 * exteriorFacets.count), values = triangles.slice();
  for (let f = 0; f < exteriorFacets.count; f++) {
    const cell = exteriorFacets.cells[f];
    for (let k = 0; k < 3; k++) {
      const corner = local[3 * exteriorFacets.locals[f] + k];
      triangles[3 * f + k] = cells[4 * cell + corner];
      values[3 * f + k] = cellDofs[cell * perCell + (perCell === 1 ? 0 : corner)];
    }
  }
  return {
    dim: 3,
    points: floats(variable.mesh.coordinates.data as Float64Array),
    triangles: indices(triangles),
    values: indices(values),
  };
}

function floats(data: TypedArray): string {
  return base64(Float32Array.from(data as ArrayLike<number | bigint>, Number));
}

function indices(data: Int32Array): string {
  return base64(data);
}

function base64(data: Float32Array | Int32Array): string {
  return bytesOf(data as TypedArray).toBase64();
}
