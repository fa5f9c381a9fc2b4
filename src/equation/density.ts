/**
 * Integrals of formulas of fields, with their derivatives by fields and by parameters.
 *
 * @module
 */
import { CurvedCellsError } from "../errors.ts";
import { functionScope } from "../expression/codegen.ts";
import { kernels } from "../expression/tree.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { Derivatives } from "./derivative.ts";
import { type CellPlaces, cellPlacesOf } from "./cell_places.ts";
import type { FacetGeometry } from "./facet_geometry.ts";
import type { Graph, Node } from "./graph.ts";
import { inputsOf, type KernelInputs, LeafSources } from "./leaf_sources.ts";
import { combination, Statements } from "./statements.ts";
import { cellTables } from "./tables.ts";
import type { FieldShape } from "./vocabulary.ts";

/** What is integrated: a formula whose fields are leaves of kind `"field"`. */
export interface Density {
  readonly graph: Graph;
  readonly dim: 2 | 3;
  readonly node: Node;
}

/** What is wanted of an integral. */
export interface DensityGoal {
  /** Its derivatives by these parameters. */
  readonly parameters: readonly string[];
  /** Its derivatives by the degrees of freedom of these fields. */
  readonly fields: readonly string[];
}

/** The values that a density reads, in the order of its inputs. */
export interface DensityData {
  readonly parameters: Float64Array;
  readonly t: number;
  /** The leading coefficient of rates. */
  readonly rate: number;
  readonly fields: readonly Float64Array[];
  readonly fieldDofs: readonly Int32Array[];
  readonly regions: readonly Uint8Array[];
}

/** Where an integral is taken, in the form of facets: whole cells and single points too. */
export interface DensityPlaces extends FacetGeometry {
  /** The cells at the points of the rule; facets have none, and so no gradients where cells are curved. */
  readonly metrics?: CellPlaces;
}

type MeshData = CellPlaces & { readonly owned: number };

type Kernel = (
  places: DensityPlaces,
  mesh: MeshData,
  data: DensityData,
  sums: Float64Array,
  out: readonly Float64Array[],
  outDofs: readonly Int32Array[],
) => void;

/** A kernel, and whether it needs inverse Jacobians. */
interface Compiled {
  readonly kernel: Kernel;
  readonly hasSlopes: boolean;
}

/**
 * One integral, over any places.
 *
 * State: none, a function of the formula.
 */
export class DensityIntegral {
  readonly inputs: KernelInputs;
  readonly goal: DensityGoal;
  readonly #density: Density;
  readonly #field: (name: string) => FieldShape;
  /** For straight cells, and for meshes with curved ones. */
  readonly #compiled: (Compiled | undefined)[] = [];

  /** @param field The fields of the formula by name. */
  constructor(density: Density, goal: DensityGoal, field: (name: string) => FieldShape) {
    this.goal = goal;
    this.inputs = inputsOf([density.node], field);
    this.#density = density;
    this.#field = field;
  }

  #compile(isCurved: boolean): Compiled {
    const source = writeDensity(this.#density, this.goal, this.inputs, this.#field, isCurved);
    const code = `${functionScope}
      return (places, mesh, data, sums, out, outDofs) => {
        const { count, cells, locals, measures, scales, normals, points, weights, shapes1, shapes2 } = places;
        const { inverse, rows, steps, coordinates, corners, owned } = mesh;
        const { parameters, t, rate, fields, fieldDofs, regions } = data;
        ${source}
      };`;
    const make = new Function("kernels", code) as (scope: typeof kernels) => Kernel;
    return { kernel: make(kernels), hasSlopes: source.includes("inverse[") };
  }

  /**
   * Integrates.
   *
   * @throws {CurvedCellsError} for a gradient on a boundary where cells are curved.
   * @param sums `[1 + parameters]`: the integral and its derivatives by parameters over cells of this rank are added.
   * @param out For each field of the goal, `[count x components]`: derivatives are added. On several ranks those by
   *   degrees of freedom of this rank are complete.
   * @param outDofs For each field of the goal, `[cellCount x perCell]`.
   */
  add(
    places: DensityPlaces,
    geometry: Geometry,
    data: DensityData,
    sums: Float64Array,
    out: readonly Float64Array[],
    outDofs: readonly Int32Array[],
  ): void {
    const isCurved = geometry.curved !== null, { dim, ownedCellCount: owned } = geometry.topology;
    const { kernel, hasSlopes } = this.#compiled[+isCurved] ??= this.#compile(isCurved);
    if (isCurved && hasSlopes && places.metrics === undefined) {
      throw new CurvedCellsError("a gradient on a boundary, in the gradient of a run,");
    }
    const metrics = places.metrics ?? cellPlacesOf(geometry, corner[dim]);
    kernel(places, { ...metrics, owned }, data, sums, out, outDofs);
  }
}

/** A rule of one point, for what does not depend on points. */
const corner = { 2: Float64Array.of(1, 0, 0), 3: Float64Array.of(1, 0, 0, 0) } as const;

function writeDensity(
  { graph, dim, node }: Density,
  { parameters, fields }: DensityGoal,
  inputs: KernelInputs,
  field: (name: string) => FieldShape,
  isCurved: boolean,
): string {
  const statements = new Statements();
  const leaves = new LeafSources(statements, dim, [], inputs, true, isCurved);
  statements.connect(leaves);
  const derivatives = new Derivatives(graph);
  const inside: string[] = [];
  const byParameters = parameters.map((name) =>
    derivatives.by(node, graph.leaf("parameter", name))
  );
  [node, ...byParameters].forEach((one, k) => {
    if (one !== graph.zero) inside.push(`sums[${k}] += own * ${statements.value(one)};`);
  });
  fields.forEach((name, j) => {
    const { degree, components } = field(name);
    for (let k = 0; k < components; k++) {
      const by = (axis: number) => derivatives.by(node, graph.leaf("field", name, k, axis));
      const all = [by(-1), ...Array.from({ length: dim }, (_, d) => by(d))];
      const [value, ...slopes] = all.map((one) =>
        one === graph.zero ? null : statements.value(one)
      );
      const along = Array.from(
        { length: dim },
        (_, r) =>
          combination(
            slopes.map((slope, d) => [slope, slope === null ? null : leaves.inverse(r, d)]),
          ),
      );
      const slots = [value, ...along].map((slot, s): [string | null, string] => [
        slot === null ? null : `w${j}_${k}_${s}`,
        degree === 0 ? "1" : `shapes${degree}[o + ${s}]`,
      ]);
      const sum = combination(degree === 0 ? slots.slice(0, 1) : slots);
      if (sum === null) continue;
      [value, ...along].forEach((slot, s) => {
        if (slot !== null) inside.push(`const w${j}_${k}_${s} = scale * (${slot});`);
      });
      const perCell = degree === 0 ? 1 : degree === 1 ? dim + 1 : dim === 2 ? 6 : 10;
      const start = degree === 0 ? "0" : leaves.offset(degree);
      inside.push(
        `for (let a = 0; a < ${perCell}; a++) {`,
        `const o = ${start} + a * ${dim + 1};`,
        `out[${j}][outDofs[${j}][c * ${perCell} + a] * ${components} + ${k}] += ${sum};`,
        "}",
      );
    }
  });
  return [
    ...statements.lines(0),
    "for (let f = 0; f < count; f++) {",
    "const c = cells[f], k = locals[f];",
    ...statements.lines(1),
    "for (let q = 0; q < points; q++) {",
    `const scale = ${isCurved ? "scales[f * points + q]" : "measures[f] * weights[q]"};`,
    "const own = c < owned ? scale : 0;",
    ...statements.lines(2),
    ...inside,
    "}",
    "}",
  ].join("\n");
}

/** Geometries are immutable: places are kept as long as theirs lives. */
const known = new WeakMap<Geometry, Map<number, DensityPlaces>>();

/** All cells, as places to integrate over, with a rule that is exact to a degree. */
export function cellPlaces(geometry: Geometry, exactDegree: number): DensityPlaces {
  let all = known.get(geometry);
  if (all === undefined) known.set(geometry, all = new Map());
  let places = all.get(exactDegree);
  if (places === undefined) {
    const { topology: { dim, cellCount }, volumes } = geometry;
    const { quadrature, shapes } = cellTables(dim, exactDegree), { count, weights } = quadrature;
    const metrics = cellPlacesOf(geometry, quadrature.barycentric);
    places = {
      metrics,
      ...(geometry.curved !== null && { scales: scalesOf(metrics, weights) }),
      count: cellCount,
      cells: Int32Array.from({ length: cellCount }, (_, c) => c),
      locals: new Int32Array(cellCount),
      measures: volumes,
      normals: new Float64Array(0),
      points: count,
      weights,
      shapes1: shapes[1].table,
      shapes2: shapes[2].table,
    };
    all.set(exactDegree, places);
  }
  return places;
}

/** Volumes at the points of all cells times weights, `[cellCount x points]`. */
function scalesOf(
  { cellCount, volumes, rows, steps }: CellPlaces,
  weights: Float64Array,
): Float64Array {
  const points = weights.length, out = new Float64Array(cellCount * points);
  for (let c = 0; c < cellCount; c++) {
    for (let q = 0; q < points; q++) {
      out[c * points + q] = volumes[rows![c] + q * steps![c]] * weights[q];
    }
  }
  return out;
}
