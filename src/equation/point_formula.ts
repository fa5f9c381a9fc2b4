/**
 * Formulas of fields, evaluated at points of all cells.
 *
 * @module
 */
import { functionScope } from "../expression/codegen.ts";
import { kernels } from "../expression/tree.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { type CellPlaces, cellPlacesOf } from "./cell_places.ts";
import type { CellData } from "./cell_kernel.ts";
import type { Environment } from "./environment.ts";
import type { Graph, Node } from "./graph.ts";
import { type KernelInputs, LeafSources } from "./leaf_sources.ts";
import { vocabularyOf } from "./program.ts";
import { Reader } from "./reader.ts";
import { Statements } from "./statements.ts";
import { readFormula, refusePiece } from "./syntax.ts";
import { shapesAt } from "./tables.ts";
import { shapeText } from "./tensor.ts";
import { checkOwnNames } from "./vocabulary.ts";

/** A formula of fields on a mesh, component by component. */
export interface PointFormula {
  readonly graph: Graph;
  readonly dim: 2 | 3;
  /** `[components]`; a matrix row by row. */
  readonly entries: readonly Node[];
}

/**
 * Reads a formula that has so many components.
 *
 * @throws {RangeError} when it cannot be read, or has another shape.
 */
export function readPointFormula(
  text: string,
  components: number,
  mesh: Mesh,
  define: Readonly<Record<string, string>>,
  what: string,
): PointFormula {
  const vocabulary = vocabularyOf({ tests: [], define }, { mesh, unknowns: [] });
  checkOwnNames(vocabulary, what);
  const formula = readFormula(text, what), reader = new Reader(vocabulary);
  const value = reader.read(text, what);
  const { graph, dim } = reader;
  if (value.entries.length !== components || (components === 1 && value.shape.length > 0)) {
    refusePiece(
      formula,
      formula.tree,
      `its shape is ${shapeText(value)}, and the variable has ${components} component${
        components === 1 ? "" : "s"
      }`,
    );
  }
  return { graph, dim, entries: value.entries };
}

/** What the kernel of a formula works with. */
type PointData =
  & CellPlaces
  & Pick<CellData, "t">
  & Environment;

/**
 * Values at the same points of every cell, `[cellCount x points x components]`.
 *
 * @param barycentric The points, `[points x (dim + 1)]`.
 * @param inputs What the formula reads.
 */
export function formulaAtPoints(
  { dim, entries }: PointFormula,
  barycentric: Float64Array,
  inputs: KernelInputs,
  geometry: Geometry,
  environment: Environment,
  t: number,
): Float64Array {
  const statements = new Statements();
  const isCurved = geometry.curved !== null;
  statements.connect(new LeafSources(statements, dim, [], inputs, false, isCurved));
  const width = entries.length, points = barycentric.length / (dim + 1);
  const values = entries.map((entry) => statements.value(entry));
  const code = `${functionScope}
    const { shapes1, shapes2, points } = tables;
    return (data, out) => {
      const { cellCount, inverse, rows, steps, corners, coordinates, parameters, t, fields, fieldDofs,
        regions } = data;
      ${statements.lines(0).join("\n")}
      for (let c = 0; c < cellCount; c++) {
        ${statements.lines(1).join("\n")}
        for (let q = 0; q < points; q++) {
          const at = (c * points + q) * ${width};
          ${statements.lines(2).join("\n")}
          ${values.map((value, k) => `out[at + ${k}] = ${value};`).join("\n")}
        }
      }
    };`;
  const make = new Function("kernels", "tables", code) as (
    scope: typeof kernels,
    tables: Readonly<Record<string, unknown>>,
  ) => (data: PointData, out: Float64Array) => void;
  const [shapes1, shapes2] = ([1, 2] as const).map((it) => shapesAt(dim, it, barycentric).table);
  const out = new Float64Array(geometry.topology.cellCount * points * width);
  make(kernels, { shapes1, shapes2, points })({
    ...cellPlacesOf(geometry, barycentric),
    t,
    ...environment,
  }, out);
  return out;
}
