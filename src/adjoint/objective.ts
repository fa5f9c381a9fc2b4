/**
 * Objectives as text: numbers made of integrals and of values at points.
 *
 * @module
 */
import { boundedDegree, formulaDegree } from "../equation/degree_estimate.ts";
import { cellPlaces, DensityIntegral, type DensityPlaces } from "../equation/density.ts";
import { environmentOf } from "../equation/environment.ts";
import { compileNodes } from "../equation/evaluate.ts";
import { cellPlacesOf } from "../equation/cell_places.ts";
import { facetGeometry } from "../equation/facet_geometry.ts";
import { leavesOf, type Node } from "../equation/graph.ts";
import { vocabularyOf } from "../equation/program.ts";
import { Reader } from "../equation/reader.ts";
import { type ParsedText, readFormula, refusePiece, type Syntax } from "../equation/syntax.ts";
import { shapesAt } from "../equation/tables.ts";
import { scalarOf } from "../equation/tensor.ts";
import { geometryOf, type Mesh, placesIn } from "../mesh/mesh.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import type { Adjoints, Wanted } from "./adjoints.ts";

/** Where a part of an objective is taken. */
type Place =
  | { readonly kind: "cells" }
  | { readonly kind: "boundary"; readonly name: string }
  | { readonly kind: "point"; readonly at: Float64Array };

/** An integral, or a value at a point. */
interface ObjectivePart {
  readonly reader: Reader;
  readonly node: Node;
  readonly place: Place;
  /** To which degree it is integrated exactly. */
  readonly degree: number;
}

/** An objective, read. */
export class Objective {
  readonly text: string;
  readonly #mesh: Mesh;
  readonly #parts: readonly ObjectivePart[];
  /** What is made of the parts. */
  readonly #reader: Reader;
  readonly #whole: Node;

  /**
   * @param mesh Whose variables the text reads.
   * @throws {RangeError} when it cannot be read; the message has the piece that is wrong.
   */
  constructor(text: string, mesh: Mesh) {
    this.text = text;
    this.#mesh = mesh;
    const formula = readFormula(text, "gradient: the objective");
    const calls = callsIn(formula.tree);
    if (calls.length === 0) {
      refusePiece(
        formula,
        formula.tree,
        'an objective is made of integral(f), integral(f, "boundary") and at(f, [x, y])',
      );
    }
    this.#parts = calls.map((call) => readPart(call, formula, mesh));
    let rest = text;
    [...calls.entries()].reverse().forEach(([k, { start, end }]) => {
      rest = rest.slice(0, start) + partName(k) + rest.slice(end);
    });
    const vocabulary = vocabularyOf({ tests: [], define: {} }, { mesh, unknowns: [] });
    const isPart = (name: string) => calls.some((_, k) => partName(k) === name);
    this.#reader = new Reader({
      ...vocabulary,
      isParameter: (name) => isPart(name) || vocabulary.isParameter(name),
    });
    this.#whole = scalarOf(this.#reader.read(rest, formula.what), "an objective");
    for (const { leaf } of leavesOf([this.#whole])) {
      if (leaf!.kind === "parameter" || leaf!.kind === "time") continue;
      refusePiece(
        formula,
        formula.tree,
        `${leaf!.name} varies in space; it belongs inside integral(...) or at(..., [...])`,
      );
    }
  }

  /**
   * The value for the fields as they are; its derivatives are added to `adjoints`. Collective.
   *
   * @throws {RangeError} when it is not finite.
   */
  evaluate(adjoints: Adjoints, wanted: Wanted): number {
    const { model } = this.#mesh, { graph, derivatives } = this.#reader;
    const results = this.#parts.map((part) => integrate(part, this.#mesh, wanted));
    const leaf = (k: number) => graph.leaf("parameter", partName(k));
    const own = wanted.parameters.map((name) => graph.leaf("parameter", name));
    const roots = [
      this.#whole,
      ...results.map((_, k) => derivatives.by(this.#whole, leaf(k))),
      ...own.map((one) => derivatives.by(this.#whole, one)),
    ];
    const leaves = leavesOf(roots);
    const values = leaves.map((node) => {
      const k = results.findIndex((_, k) => leaf(k) === node);
      if (k >= 0) return results[k].value;
      return node.leaf!.kind === "time"
        ? model.tracker.time
        : numberOf(this.#mesh, node.leaf!.name);
    });
    const [value, ...slopes] = compileNodes(roots, (node) => leaves.indexOf(node))(values);
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `gradient: the objective "${this.text}" is ${value}; it has to be finite`,
      );
    }
    results.forEach((result, k) => result.addTo(adjoints, slopes[k]));
    const isFirst = model.comm.rank === 0;
    wanted.parameters.forEach((name, k) =>
      adjoints.addParameter(name, isFirst ? slopes[results.length + k] : 0)
    );
    return value;
  }
}

/** A name that no script gives a parameter. */
function partName(k: number): string {
  return `objective_part_${k}`;
}

const partNames = ["integral", "at"];

type Call = Extract<Syntax, { kind: "call" }>;

/** The calls of `integral` and `at`, in the order of the text. */
function callsIn(tree: Syntax): Call[] {
  switch (tree.kind) {
    case "call":
      return partNames.includes(tree.name) ? [tree] : tree.operands.flatMap(callsIn);
    case "operation":
      return tree.operands.flatMap(callsIn);
    case "list":
      return tree.items.flatMap(callsIn);
    case "index":
      return [tree.of, ...tree.indices].flatMap(callsIn);
    default:
      return [];
  }
}

function readPart(call: Call, formula: ParsedText, mesh: Mesh): ObjectivePart {
  const [integrand, where] = call.operands;
  const isPoint = call.name === "at";
  if (call.operands.length !== (isPoint ? 2 : where === undefined ? 1 : 2)) {
    refusePiece(
      formula,
      call,
      isPoint
        ? "at takes a formula and a point"
        : "integral takes a formula, and may take a boundary",
    );
  }
  const place = isPoint ? pointOf(where, formula, mesh) : boundaryOf(where, formula, mesh);
  const vocabulary = vocabularyOf({ tests: [], define: {} }, { mesh, unknowns: [] });
  const reader = new Reader(vocabulary, { isBoundary: place.kind === "boundary" });
  const piece = formula.text.slice(integrand.start, integrand.end);
  const node = scalarOf(reader.read(piece, formula.what), call.name);
  const degreeOf = (name: string) => mesh.variables.get(name)?.degree ?? 0;
  const fields = leavesOf([node]).filter(({ leaf }) => leaf!.kind === "field");
  const most = Math.max(1, ...fields.map(({ leaf }) => degreeOf(leaf!.name)));
  return { reader, node, place, degree: boundedDegree(most, [formulaDegree(node, degreeOf)]) };
}

function boundaryOf(where: Syntax | undefined, formula: ParsedText, mesh: Mesh): Place {
  if (where === undefined) return { kind: "cells" };
  if (where.kind !== "text") {
    refusePiece(formula, where, 'a boundary is named in quotes: integral(f, "right")');
  }
  geometryOf(mesh).topology.facetsOf(where.value);
  return { kind: "boundary", name: where.value };
}

function pointOf(where: Syntax, formula: ParsedText, mesh: Mesh): Place {
  const { dim } = mesh, isList = where.kind === "list" && where.items.length === dim;
  if (!isList) refusePiece(formula, where, `a point is a list of ${dim} numbers`);
  const reader = new Reader(vocabularyOf({ tests: [], define: {} }, { mesh, unknowns: [] }));
  const at = Float64Array.from(where.items, (item) => {
    const piece = formula.text.slice(item.start, item.end);
    const node = scalarOf(reader.read(piece, formula.what), "a coordinate");
    if (node.operation !== "number") refusePiece(formula, item, "a coordinate is a number");
    return node.value;
  });
  if (placesIn(mesh).find(at).cells[0] < 0) {
    refusePiece(formula, where, `this point is outside of mesh '${mesh.name}'`);
  }
  return { kind: "point", at };
}

function numberOf(mesh: Mesh, name: string): number {
  const inputs = { parameters: [name], fields: [], regions: [], hasRate: false };
  return environmentOf(inputs, mesh, "gradient: the objective").parameters[0];
}

/** A part as a number, and how its derivatives are added. */
interface PartResult {
  readonly value: number;
  readonly addTo: (adjoints: Adjoints, factor: number) => void;
}

/** Integrals with the derivatives that were wanted last. */
const known = new WeakMap<ObjectivePart, { readonly key: string; readonly it: DensityIntegral }>();

function integrate(part: ObjectivePart, mesh: Mesh, wanted: Wanted): PartResult {
  const { reader: { graph, dim }, node } = part, { variables, model } = mesh;
  const leaves = leavesOf([node]).map(({ leaf }) => leaf!);
  const names = (
    kind: string,
  ) => [...new Set(leaves.filter((leaf) => leaf.kind === kind).map(({ name }) => name))];
  const fields = names("field").filter((name) => wanted.variables.has(variables.get(name)!));
  const parameters = names("parameter").filter((name) => wanted.parameters.includes(name));
  const key = JSON.stringify([fields, parameters]);
  let integral = known.get(part);
  if (integral?.key !== key) {
    const goal = { fields, parameters };
    const it = new DensityIntegral({ graph, dim, node }, goal, (name) => variables.get(name)!);
    known.set(part, integral = { key, it });
  }
  const { it } = integral, sums = new Float64Array(1 + parameters.length);
  const environment = environmentOf(it.inputs, mesh, "gradient: the objective");
  const targets = fields.map((name) => variables.get(name)!);
  const out = targets.map(({ dofCount, components }) => new Float64Array(dofCount * components));
  const data = { ...environment, t: model.tracker.time, rate: 0 };
  const dofs = targets.map((target) => fieldOf(target).cellDofs);
  it.add(placesOf(part, mesh), geometryOf(mesh), data, sums, out, dofs);
  const [value] = model.comm.size === 1 ? sums : model.comm.allreduce(Float64Array.of(sums[0]));
  return {
    value,
    addTo(adjoints, factor) {
      targets.forEach((target, j) => adjoints.add(target, out[j], factor));
      parameters.forEach((name, k) => adjoints.addParameter(name, factor * sums[k + 1]));
    },
  };
}

function placesOf({ place, degree: straight }: ObjectivePart, mesh: Mesh): DensityPlaces {
  const geometry = geometryOf(mesh), degree = straight + (geometry.curved === null ? 0 : 2);
  if (place.kind === "cells") return cellPlaces(geometry, degree);
  if (place.kind === "boundary") return facetGeometry(geometry, place.name, degree);
  const { locals: [local], barycentric } = placesIn(mesh).find(place.at);
  return {
    count: local < 0 ? 0 : 1,
    cells: Int32Array.of(local),
    locals: Int32Array.of(0),
    measures: Float64Array.of(1),
    scales: Float64Array.of(1),
    metrics: cellPlacesOf(geometry, barycentric),
    normals: new Float64Array(0),
    points: 1,
    weights: Float64Array.of(1),
    shapes1: shapesAt(mesh.dim, 1, barycentric).table,
    shapes2: shapesAt(mesh.dim, 2, barycentric).table,
  };
}
