/** Equations on meshes for the tests of kernels. @module */
import { cellTables } from "../../src/equation/tables.ts";
import type { CellData } from "../../src/equation/cell_kernel.ts";
import { Assembler, type BoundaryFlux, dataOf, type Point } from "../../src/equation/assembler.ts";
import { environmentOf } from "../../src/equation/environment.ts";
import { readFlux } from "../../src/equation/facet_form.ts";
import { readForm } from "../../src/equation/form.ts";
import type { UnknownSpace } from "../../src/equation/unknown_space.ts";
import type { FieldShape, Vocabulary } from "../../src/equation/vocabulary.ts";
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";
import { CsrMatrix } from "../../src/solve/linear/csr.ts";

/** What an equation is made of; see the class of that name. */
export interface Parts {
  readonly unknowns: readonly FieldShape[];
  readonly tests?: readonly string[];
  readonly weak?: string;
  readonly energy?: string;
  readonly define?: Readonly<Record<string, string>>;
  readonly fluxes?: readonly (readonly [boundary: string, field: number, text: string])[];
  readonly quadratureDegree?: number;
}

/** An equation that can be evaluated at any vector of unknowns. */
export interface Evaluated {
  readonly assembler: Assembler;
  readonly space: UnknownSpace;
  /** What kernels are given. */
  readonly data: (x: Float64Array) => CellData;
  readonly residual: (x: Float64Array) => Float64Array;
  readonly jacobian: (x: Float64Array) => CsrMatrix;
}

/** The vocabulary of a mesh. */
export function vocabularyOn(mesh: Mesh, parts: Parts): Vocabulary {
  const { unknowns, tests = [], define = {} } = parts;
  return {
    dim: mesh.dim,
    unknowns,
    tests,
    definitions: new Map(Object.entries(define)),
    field: (name) => mesh.variables.get(name) ?? null,
    isParameter: (name) => mesh.model.parameters.has(name),
    isRegion: (name) => mesh.regions.has(name),
    known: () => "x, y, z, t",
  };
}

/** An equation on a mesh, at time 0.3, with rate 10 and past values that vary. */
export function evaluated(mesh: Mesh, parts: Parts): Evaluated {
  const vocabulary = vocabularyOn(mesh, parts);
  const kind = parts.weak === undefined ? "energy" : "weak";
  const form = readForm({ kind, text: (parts.weak ?? parts.energy)! }, vocabulary, "it");
  const fluxes = (parts.fluxes ?? []).map(([boundary, field, text]): BoundaryFlux => ({
    boundary,
    form: readFlux(text, field, null, vocabulary, `it: the flux on ${boundary}`),
  }));
  const assembler = new Assembler(form, fluxes, vocabulary.field, parts.quadratureDegree);
  const geometry = geometryOf(mesh);
  const space = assembler.spaceOn(geometry);
  const environment = environmentOf(assembler.inputs, mesh, "it");
  const past = wave(space.count, 0.7);
  const at = (x: Float64Array): Point => ({ environment, t: 0.3, rate: 10, past, x });
  return {
    assembler,
    space,
    data: (x) => {
      const { quadrature } = cellTables(mesh.dim, assembler.cellDegree);
      return dataOf(geometry, space, at(x), quadrature.barycentric);
    },
    residual(x) {
      const out = new Float64Array(space.count);
      assembler.evaluate(geometry, at(x), out, null);
      return out;
    },
    jacobian(x) {
      const { rowStarts, columns } = space.sparsity;
      const values = new Float64Array(columns.length);
      assembler.evaluate(geometry, at(x), null, values);
      return new CsrMatrix(space.count, space.count, rowStarts, columns, values);
    },
  };
}

/** Numbers between -0.5 and 0.5 that look like chance: a Weyl sequence. */
export function wave(count: number, start = 0): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (start + i * 0.6180339887498949) % 1 - 0.5);
}

/** The largest difference between J d and the central difference of R along d, over |J d|. */
export function differenceError(equation: Evaluated, x: Float64Array, step = 1e-6): number {
  const direction = wave(x.length, 0.2);
  const moved = (h: number) => equation.residual(x.map((value, i) => value + h * direction[i]));
  const plus = moved(step), minus = moved(-step);
  const product = new Float64Array(x.length);
  equation.jacobian(x).multiply(direction, product);
  let largest = 0, off = 0;
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(product[i]));
    off = Math.max(off, Math.abs((plus[i] - minus[i]) / (2 * step) - product[i]));
  }
  return off / largest;
}
