/**
 * Values of fields at departure points, by quadratic interpolation.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { localEdges } from "../mesh/simplex.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { TracedPoints } from "./departure.ts";
import { recoverGradients } from "./recovered_gradient.ts";

/** The kind of a field: all that reading its values takes. */
export type FieldKindOf = Pick<MeshVariable, "degree" | "continuous" | "components">;

/** Located points: `[count x ...]`. */
export type DeparturePlaces = Pick<TracedPoints, "count" | "cells" | "barycentric">;

/**
 * Values of a field of the kind of `variable` at located points.
 *
 * P2 fields are quadratic already. A continuous P1 field is made quadratic in every cell by its recovered
 * gradients g: `u + 1/2 sum over edges of l_a l_b (g_a - g_b) . (x_b - x_a)`, which takes the nodal values and,
 * at the middle of every edge, the value of the cubic with the slopes at its ends; where the middle of an edge is
 * beside half-way, the mean slope adds what lies between. Fields of other kinds
 * are interpolated as they are.
 *
 * @param geometry That of this rank, or of the whole mesh: cells, values and places are in its numbering.
 * @param values `[dofCount x components]`.
 * @param clip Keeps values between the least and the greatest of the cell (quasi-monotone: R. Bermejo,
 *   A. Staniforth, Mon. Weather Rev. 120 (1992) 2622-2632,
 *   doi:10.1175/1520-0493(1992)120<2622:TCOSLA>2.0.CO;2).
 * @param out `[count x components]`.
 */
export function valuesAtDepartures(
  geometry: Geometry,
  { degree, continuous, components }: FieldKindOf,
  values: Float64Array,
  at: DeparturePlaces,
  clip: boolean,
  out: Float64Array,
): void {
  const { topology } = geometry, map = topology.dofMap(degree, continuous);
  const element = elementOf(topology.dim, degree);
  const field = { components, data: values, cellDofs: map.cellDofs, element };
  evaluateInto(field, at.cells, at.barycentric, at.count, out);
  if (degree === 1 && continuous) {
    addCurvature(geometry, components, values, at, out);
  }
  if (clip) clipToCells(geometry, { degree, continuous, components }, values, at, out);
}

/** How far the middle of an edge of a cell is from half-way between its ends, in one direction. */
function bulge(
  { curved, topology: { dim } }: Geometry,
  cell: number,
  p: number,
  q: number,
  d: number,
): number {
  const k = curved!.numbers[cell];
  if (k < 0) return 0;
  const ends = localEdges(dim), { nodes } = curved!, perCell = dim + 1 + ends.length / 2;
  let edge = 0;
  while (
    !(ends[2 * edge] === p && ends[2 * edge + 1] === q) &&
    !(ends[2 * edge] === q && ends[2 * edge + 1] === p)
  ) edge++;
  const at = (n: number) => nodes[(k * perCell + n) * dim + d];
  return at(dim + 1 + edge) - (at(p) + at(q)) / 2;
}

function addCurvature(
  geometry: Geometry,
  components: number,
  values: Float64Array,
  { count, cells: where, barycentric }: DeparturePlaces,
  out: Float64Array,
): void {
  const { topology: { dim, cells, joined }, coordinates: x } = geometry;
  const gradients = new Float64Array(joined.nodeCount * components * dim), bulges = geometry.curved;
  const corners = dim + 1;
  // The whole mesh may be much larger than the cells that these points are in.
  const wanted = new Uint8Array(joined.nodeCount);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < corners; k++) wanted[joined.cells[where[i] * corners + k]] = 1;
  }
  recoverGradients(geometry, values, components, gradients, wanted);
  for (let i = 0; i < count; i++) {
    const first = where[i] * corners, l = i * corners;
    for (let p = 0; p < corners; p++) {
      const a = cells[first + p];
      for (let q = p + 1; q < corners; q++) {
        const b = cells[first + q];
        const weight = 0.5 * barycentric[l + p] * barycentric[l + q];
        for (let c = 0; c < components; c++) {
          const ga = (joined.cells[first + p] * components + c) * dim;
          const gb = (joined.cells[first + q] * components + c) * dim;
          let bend = 0;
          for (let d = 0; d < dim; d++) {
            bend += (gradients[ga + d] - gradients[gb + d]) * (x[b * dim + d] - x[a * dim + d]);
          }
          if (bulges !== null) {
            for (let d = 0; d < dim; d++) {
              bend += 4 * (gradients[ga + d] + gradients[gb + d]) *
                bulge(geometry, where[i], p, q, d);
            }
          }
          out[i * components + c] += weight * bend;
        }
      }
    }
  }
}

/** Keeps values at located points between the least and the greatest of the cell. */
export function clipToCells(
  geometry: Geometry,
  { degree, continuous, components }: FieldKindOf,
  values: Float64Array,
  { count, cells }: DeparturePlaces,
  out: Float64Array,
): void {
  const { perCell, cellDofs } = geometry.topology.dofMap(degree, continuous);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < components; c++) {
      let low = Infinity, high = -Infinity;
      for (let k = 0; k < perCell; k++) {
        const value = values[cellDofs[cells[i] * perCell + k] * components + c];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const at = i * components + c;
      if (out[at] < low) out[at] = low;
      else if (out[at] > high) out[at] = high;
    }
  }
}
