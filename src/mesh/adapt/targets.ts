/**
 * Evaluates users' markers, sizes and indicators on the current mesh, on all ranks.
 *
 * @module
 */
import { isExpression } from "../../expression/contract.ts";
import { elementOf } from "../elements/mod.ts";
import { columnsIn } from "../expression_names.ts";
import type { FieldStore } from "../field_store.ts";
import { sampleExpression, sampleScalar } from "../functions.ts";
import type { Geometry } from "../geometry.ts";
import { evaluateInto, type Field } from "../interpolate.ts";
import { locatedDofs } from "../located_dofs.ts";
import type { ModelHost } from "../model_host.ts";
import type { MeshVariable } from "../mesh_variable.ts";
import type { ScalarFunction } from "../points.ts";
import { cellSizes } from "./marking.ts";
import { type CellMarker, isVariable, type Request } from "./options.ts";
import { describe } from "../../options.ts";

/** The parts of a mesh with its variables that targets need. */
export interface TargetScope {
  readonly name: string;
  readonly model: ModelHost;
  /** This rank's cells. */
  readonly geometry: Geometry;
  readonly variables: ReadonlyMap<string, MeshVariable>;
  readonly stores: ReadonlyMap<string, FieldStore>;
}

/**
 * The numbers of a request on this rank: one for each cell that it owns, or for sizes one for each
 * node.
 *
 * @throws {TypeError} when a function does not return a number.
 * @throws {RangeError} when a number is out of range, or there are too few or too many.
 */
export function numbersHere(scope: TargetScope, request: Request): Float64Array {
  switch (request.kind) {
    case "all":
      return new Float64Array(scope.geometry.topology.ownedCellCount).fill(request.wants);
    case "size":
      return sizesAtNodes(scope, request.size);
    case "marker":
      return wantsOfMarker(scope, request.marker, request.sign);
    default:
      return checked(
        perCell(scope, "indicator", request.indicator),
        (eta) => eta >= 0,
        "indicator",
      );
  }
}

function wantsOfMarker(scope: TargetScope, marker: CellMarker, sign: -1 | 0): Float64Array {
  const numbers = typeof marker === "function"
    ? marked(scope.geometry, marker)
    : perCell(scope, "marker", marker).slice();
  checked(numbers, (n) => Number.isFinite(n), "marker");
  if (sign < 0 && numbers.some((n) => n > 0)) {
    throw new RangeError(
      "coarsen: a marker has no number above 0; -n allows n halvings of a cell to be undone",
    );
  }
  return numbers.map((n) => Math.max(-255, Math.min(255, Math.round(n))));
}

/** Evaluates a function at the centroids of cells. */
function marked(
  geometry: Geometry,
  marker: (x: number, y: number, z: number, h: number) => number,
): Float64Array {
  const { dim, ownedCellCount } = geometry.topology;
  const points = geometry.dofCoordinates(0, false), sizes = cellSizes(geometry);
  const out = new Float64Array(ownedCellCount);
  for (let c = 0; c < ownedCellCount; c++) {
    const at = c * dim, z = dim === 3 ? points[at + 2] : 0;
    const value: unknown = marker(points[at], points[at + 1], z, sizes[c]);
    if (typeof value !== "number") {
      throw new TypeError(
        `the marker returned ${String(value)} for cell ${c}; it returns a number`,
      );
    }
    out[c] = value;
  }
  return out;
}

/** One number for each owned cell, from a variable or a list. */
function perCell(
  { name, geometry, variables, stores }: TargetScope,
  what: string,
  given: MeshVariable | ArrayLike<number>,
): Float64Array {
  const { ownedCellCount } = geometry.topology;
  if (isVariable(given)) {
    if (variables.get(given.name) !== given || given.degree !== 0 || given.components !== 1) {
      throw new RangeError(
        `${what}: a variable of degree 0 with one component on mesh '${name}', got '${given.name}', ` +
          `P${given.degree} with ${given.components}`,
      );
    }
    return stores.get(given.name)!.data?.subarray(0, ownedCellCount) ??
      new Float64Array(ownedCellCount);
  }
  if (given.length !== ownedCellCount) {
    throw new RangeError(
      `${what}: mesh '${name}' has ${ownedCellCount} cells here, got ${given.length} numbers`,
    );
  }
  for (let c = 0; c < ownedCellCount; c++) {
    const one: unknown = given[c];
    if (typeof one === "number") continue;
    throw new TypeError(
      `${what}: a number is needed for each cell; cell ${c} has ${describe(one)}`,
    );
  }
  return Float64Array.from(given);
}

/** The sizes at this rank's nodes. */
function sizesAtNodes(scope: TargetScope, size: Extract<Request, { kind: "size" }>["size"]) {
  const { geometry, model, name, variables } = scope, { dim, nodeCount } = geometry.topology;
  const out = new Float64Array(nodeCount), { time } = model.tracker;
  if (typeof size === "number") out.fill(size);
  else if (typeof size === "function") {
    sampleScalar(size as ScalarFunction, geometry.coordinates, dim, time, out);
  } else if (isExpression(size)) {
    const column = columnsIn({
      what: "size",
      dim,
      coordinates: () => geometry.coordinates,
      t: time,
      parameters: model.parameters,
      sources: [{
        owner: `mesh '${name}'`,
        variables,
        valuesOf: (variable) => valuesAtNodes(scope, variable),
      }],
    });
    sampleExpression(size, column, nodeCount, out);
  } else {
    if (variables.get(size.name) !== size || size.components !== 1) {
      throw new RangeError(
        `size: a variable with one component on mesh '${name}', got '${size.name}' with ` +
          `${size.components}`,
      );
    }
    out.set(valuesAtNodes(scope, size.name));
  }
  return checked(out, (h) => h > 0 && h < Infinity, "size");
}

/** The values of a variable at nodes; if cells disagree, the value of the lowest cell is used. */
function valuesAtNodes({ geometry, stores }: TargetScope, variable: string): Float64Array {
  const { cells, barycentric, count } = locatedDofs(geometry, { degree: 1, continuous: true });
  const out = new Float64Array(count);
  evaluateInto(fieldIn(geometry, stores.get(variable)!), cells, barycentric, count, out);
  const { twins, joined, nodeCount, cells: nodes } = geometry.topology;
  if (twins === null) return out;
  // Nodes of a periodic mesh that are one place have one value.
  const all = new Float64Array(nodeCount);
  for (let i = 0; i < nodes.length; i++) all[nodes[i]] = out[joined.cells[i]];
  return all;
}

/** The field that a store holds. */
export function fieldIn({ topology }: Geometry, { kind, data }: FieldStore): Field {
  const { cellDofs } = topology.dofMap(kind.degree, kind.continuous);
  const { components } = kind;
  return { components, data, cellDofs, element: elementOf(topology.dim, kind.degree) };
}

function checked(
  numbers: Float64Array,
  fits: (value: number) => boolean,
  what: "indicator" | "marker" | "size",
): Float64Array {
  const bad = numbers.findIndex((value) => !fits(value));
  if (bad < 0) return numbers;
  const place = what === "size" ? "node" : "cell";
  const range = {
    indicator: "0 or above",
    marker: "finite",
    size: "finite and above 0",
  }[what];
  throw new RangeError(`adapt: the ${what} of ${place} ${bad} is ${range}, got ${numbers[bad]}`);
}
