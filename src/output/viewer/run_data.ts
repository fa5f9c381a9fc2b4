/**
 * The states of a run as the viewer's page holds them: triangles to draw, and numbers at their corners.
 *
 * @module
 */
import { bytesOf, type TypedArray } from "../../arrays.ts";
import { geometryOf } from "../../mesh/mesh.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import { localEdges, localFacets } from "../../mesh/simplex.ts";
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
  /** Whether the triangles enclose a body, so that those that face away are never seen. */
  readonly closed: boolean;
  /** The cells in space, for slices: the points and the values of each, `[cells x perCell]`; 4 or 10 of them. */
  readonly cells?: { readonly perCell: number; readonly points: string; readonly values: string };
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
  /** Its number, which no other state has. */
  readonly serial: number;
  readonly label: string;
  readonly step: number;
  readonly time: number;
  readonly fields: readonly ViewerField[];
  readonly swarms: readonly ViewerSwarm[];
  /** The numbers on the tracker. */
  readonly tracker: Readonly<Record<string, number>>;
}

/** A checkpoint that a run has, or had. */
export interface ViewerCheckpoint {
  readonly step: number | null;
  readonly file: string;
  readonly size: string;
  readonly kept: boolean;
  /** The rule that keeps it or removed it. */
  readonly why: string;
}

/** All that a page shows. */
export interface ViewerData {
  readonly title: string;
  readonly timeUnits: string;
  readonly lengthUnits: string;
  readonly surfaces: readonly ViewerSurface[];
  readonly states: readonly ViewerState[];
  readonly checkpoints: readonly ViewerCheckpoint[];
  /** Changes with whatever a page of it shows. */
  readonly stamp: string;
  /** Whether the page asks for what is new. */
  readonly live: boolean;
}

/** Collects states; surfaces that do not change are held once. */
export class RunData {
  readonly #title: string;
  readonly #surfaces: ViewerSurface[] = [];
  readonly #known = new Map<string, number>();
  /** All states that were ever taken, by their keys, and those that are shown. */
  readonly #taken = new Map<string, ViewerState>();
  #states: ViewerState[] = [];
  #serial = 0;
  /** The checkpoints of its folder, and what changes with everything. */
  checkpoints: readonly ViewerCheckpoint[] = [];
  stamp = "";
  #units = { time: "", length: "" };

  /** Begins with nothing. */
  constructor(title: string) {
    this.#title = title;
  }

  /** Begins the list of states again; those that were taken under a key are not taken again. */
  begin(): void {
    this.#states = [];
  }

  /** Shows the state that was taken under this key; false if there is none. */
  again(key: string): boolean {
    const state = this.#taken.get(key);
    if (state !== undefined) this.#states.push(state);
    return state !== undefined;
  }

  /** Forgets the states that are not shown. */
  tidy(): void {
    const shown = new Set(this.#states);
    for (const [key, state] of this.#taken) if (!shown.has(state)) this.#taken.delete(key);
  }

  /** Takes what a model holds now, under a key if it is to be shown again. */
  add(model: Model, label: string, key?: string): void {
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
    const serial = this.#serial++, tracker = Object.fromEntries(numbers);
    const state = { serial, label, step, time, fields, swarms, tracker };
    this.#states.push(state);
    if (key !== undefined) this.#taken.set(key, state);
  }

  /** What was collected. */
  get data(): ViewerData {
    return {
      title: this.#title,
      timeUnits: this.#units.time,
      lengthUnits: this.#units.length,
      surfaces: this.#surfaces,
      states: this.#states,
      checkpoints: this.checkpoints,
      stamp: this.stamp,
      live: false,
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

/** Where the values of a variable are, and which of these points and values each cell has. */
interface Placed {
  readonly points: Float64Array;
  /** `[cells x perCell]`, points and values. */
  readonly cells: Int32Array;
  readonly values: Int32Array;
  readonly perCell: number;
}

function placesOf(variable: MeshVariable): Placed {
  const { degree, mesh } = variable, cells = mesh.cells.data as Int32Array, corners = mesh.dim + 1;
  const nodes = mesh.coordinates.data as Float64Array;
  if (degree === 0) {
    const values = cells.map((_, i) => Math.floor(i / corners));
    return { points: nodes, cells, values, perCell: corners };
  }
  const { cellDofs, perCell } = variable.dofMap, values = Int32Array.from(cellDofs);
  if (mesh.periods.shape[0] === 0) {
    const points = variable.coordinates.data as Float64Array;
    return { points, cells: values, values, perCell };
  }
  // Two nodes that are one place share a value, and are drawn where each of them is.
  if (degree === 1) return { points: nodes, cells, values, perCell };
  return { ...ownPlaces(nodes, cells, mesh.dim, perCell), values, perCell };
}

/** Corners and middles of edges, for each cell on its own. */
function ownPlaces(
  nodes: Float64Array,
  cells: Int32Array,
  dim: 2 | 3,
  perCell: number,
): Pick<Placed, "points" | "cells"> {
  const corners = dim + 1, count = cells.length / corners, edges = localEdges(dim);
  const points = new Float64Array(count * perCell * dim);
  for (let cell = 0; cell < count; cell++) {
    for (let k = 0; k < perCell; k++) {
      const [i, j] = k < corners
        ? [k, k]
        : [edges[2 * (k - corners)], edges[2 * (k - corners) + 1]];
      const p = cells[cell * corners + i], q = cells[cell * corners + j];
      for (let d = 0; d < dim; d++) {
        points[(cell * perCell + k) * dim + d] = (nodes[p * dim + d] + nodes[q * dim + d]) / 2;
      }
    }
  }
  return { points, cells: Int32Array.from({ length: count * perCell }, (_, i) => i) };
}

/** The four triangles of a quadratic one: corners, then the middles of (0,1), (1,2), (2,0). */
const quarters = [0, 3, 5, 3, 1, 4, 5, 4, 2, 3, 4, 5];

function planeOf(variable: MeshVariable): ViewerSurface {
  const { points, cells, values, perCell } = placesOf(variable);
  const corners = perCell === 3 ? [0, 1, 2] : quarters;
  const places = Int32Array.from({ length: cells.length / perCell * corners.length }, (_, i) => {
    return Math.floor(i / corners.length) * perCell + corners[i % corners.length];
  });
  const triangles = indices(places.map((place) => cells[place]));
  const own = cells === values ? triangles : indices(places.map((place) => values[place]));
  return { dim: 2, points: floats(points), triangles, values: own, closed: false };
}

/** The local numbers of the points of each facet of a tetrahedron: three corners, and the middles between them. */
const facetPoints: readonly (readonly number[])[] = [0, 1, 2, 3].map((facet) => {
  const corners = [...localFacets(3).subarray(3 * facet, 3 * facet + 3)], edges = localEdges(3);
  const middles = corners.map((corner, k) => {
    const pair = [corner, corners[(k + 1) % 3]].sort();
    for (let e = 0; e < 6; e++) {
      if (pair.join() === [edges[2 * e], edges[2 * e + 1]].sort().join()) return 4 + e;
    }
    throw new Error("a facet has an edge that its cell does not have");
  });
  return [...corners, ...middles];
});

/** The facets on the rim of a mesh in space, with the values that their cells have there; and the cells for slices. */
function hullOf(variable: MeshVariable): ViewerSurface {
  const { topology: { exteriorFacets } } = geometryOf(variable.mesh);
  const { points, cells, values, perCell } = placesOf(variable);
  const shape = perCell === 4 ? [0, 1, 2] : quarters;
  const triangles = new Int32Array(shape.length * exteriorFacets.count), own = triangles.slice();
  for (let f = 0, o = 0; f < exteriorFacets.count; f++) {
    const first = exteriorFacets.cells[f] * perCell, local = facetPoints[exteriorFacets.locals[f]];
    for (const k of shape) {
      triangles[o] = cells[first + local[k]];
      own[o++] = values[first + local[k]];
    }
  }
  // What is periodic is open where it goes on.
  const closed = variable.mesh.periods.shape[0] === 0;
  return {
    dim: 3,
    points: floats(points),
    triangles: indices(triangles),
    values: indices(own),
    closed,
    cells: { perCell, points: indices(cells), values: indices(values) },
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
