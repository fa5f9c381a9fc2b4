/**
 * Values of fields at departure points, by quadratic interpolation.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { localEdges } from "../mesh/simplex.ts";
import { haloOf, type Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Places } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { recoverAcross, recoverGradients } from "./recovered_gradient.ts";

/** The kind of a field: all that reading its values takes. */
export type FieldKindOf = Pick<MeshVariable, "degree" | "continuous" | "components">;

/**
 * Reads values of a field at located points of any rank.
 *
 * P2 fields are quadratic already. A continuous P1 field is made quadratic in every cell by its recovered
 * gradients g: `u + 1/2 sum over edges of l_a l_b (g_a - g_b) . (x_b - x_a)`, which takes the nodal values and,
 * at the middle of every edge, the value of the cubic with the slopes at its ends; where the middle of an edge is
 * beside half-way, the mean slope adds what lies between. Fields of other kinds
 * are interpolated as they are.
 *
 * State: none, what was worked out of its arguments.
 */
export class DepartureField {
  readonly kind: FieldKindOf;
  /** `[dofCount x components]` of this rank, ghosts up to date. */
  readonly values: Float64Array;
  readonly #mesh: Mesh;
  /** Where the field is. */
  readonly #places: Places;
  /** Recovered gradients at the vertices of this rank, `[vertices x components x dim]`. */
  #gradients: Float64Array | null = null;

  /**
   * @param places Of the mesh, now or at an earlier moment of its move.
   * @param values As {@link DepartureField.values}.
   */
  constructor(mesh: Mesh, places: Places, kind: FieldKindOf, values: Float64Array) {
    this.#mesh = mesh;
    this.#places = places;
    this.kind = kind;
    this.values = values;
  }

  /**
   * Values at points, `[count x components]`. Collective.
   *
   * @param clip Keeps values between the least and the greatest of the cell (quasi-monotone: R. Bermejo,
   *   A. Staniforth, Mon. Weather Rev. 120 (1992) 2622-2632,
   *   doi:10.1175/1520-0493(1992)120<2622:TCOSLA>2.0.CO;2).
   */
  read(at: FoundPoints, clip = false): Float64Array {
    const { kind, values } = this, places = this.#places, { geometry } = places;
    const { degree, continuous, components } = kind;
    const { dim, dofMap } = mapOf(geometry, degree, continuous);
    const field = {
      components,
      data: values,
      cellDofs: dofMap.cellDofs,
      element: elementOf(dim, degree),
    };
    // Where no rank asks for a point, the gradients are not worth the messages.
    const isAsked = places.search === null || places.comm.allreduce(at.count, "max") > 0;
    if (!isAsked) return new Float64Array(0);
    const gradients = degree === 1 && continuous ? this.#gradientsAt(at) : null;
    return places.read(at, components, (cells, barycentric, count, out) => {
      evaluateInto(field, cells, barycentric, count, out);
      const here = { count, cells, barycentric };
      if (gradients !== null) addCurvature(geometry, components, gradients, here, out);
      if (clip) clipToCells(geometry, kind, values, here, out);
    }, "here");
  }

  /** The least and the greatest value of the cells of points, `[count x components x 2]`. Collective. */
  bounds(at: FoundPoints): Float64Array {
    const { kind, values } = this, { geometry } = this.#places;
    return this.#places.read(at, 2 * kind.components, (cells, _barycentric, count, out) => {
      boundsInto(geometry, kind, values, cells, count, out);
    }, "here");
  }

  /** On one rank, only those that points need; they are all there where several ranks ask for them. */
  #gradientsAt({ count, cells: where }: FoundPoints): Float64Array {
    const { geometry, search } = this.#places, { joined, dim, rankMesh } = geometry.topology;
    const { components } = this.kind, length = joined.nodeCount * components * dim;
    if (search === null) {
      const gradients = new Float64Array(length), corners = dim + 1;
      // The whole mesh may be much larger than the cells that these points are in.
      const wanted = new Uint8Array(joined.nodeCount);
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < corners; k++) wanted[joined.cells[where[i] * corners + k]] = 1;
      }
      recoverGradients(geometry, this.values, components, gradients, wanted);
      return gradients;
    }
    if (this.#gradients !== null) return this.#gradients;
    const indexMap = rankMesh!.dofs(1, true), all = new Uint8Array(indexMap.owned).fill(1);
    const out = new Float64Array(length), halo = haloOf(this.#mesh, indexMap);
    recoverAcross(this.#places, halo, this.values, components, out, all, 1);
    return this.#gradients = out;
  }
}

function mapOf({ topology }: Geometry, degree: 0 | 1 | 2, continuous: boolean) {
  return { dim: topology.dim, dofMap: topology.dofMap(degree, continuous) };
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
  gradients: Float64Array,
  { count, cells: where, barycentric }: CellPoints,
  out: Float64Array,
): void {
  const { topology: { dim, cells, joined }, coordinates: x, curved: bulges } = geometry;
  const corners = dim + 1;
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

/** Located points in cells of this rank. */
interface CellPoints {
  readonly count: number;
  readonly cells: Int32Array;
  readonly barycentric: Float64Array;
}

/** Keeps values at located points between the least and the greatest of the cell. */
function clipToCells(
  geometry: Geometry,
  kind: FieldKindOf,
  values: Float64Array,
  { count, cells }: CellPoints,
  out: Float64Array,
): void {
  const bounds = new Float64Array(2 * count * kind.components);
  boundsInto(geometry, kind, values, cells, count, bounds);
  clipBetween(bounds, out);
}

/** Keeps values between a least and a greatest each, `[count x 2]`. */
export function clipBetween(bounds: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    if (out[i] < bounds[2 * i]) out[i] = bounds[2 * i];
    else if (out[i] > bounds[2 * i + 1]) out[i] = bounds[2 * i + 1];
  }
}

function boundsInto(
  geometry: Geometry,
  { degree, continuous, components }: FieldKindOf,
  values: Float64Array,
  cells: Int32Array,
  count: number,
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
      out[2 * (i * components + c)] = low;
      out[2 * (i * components + c) + 1] = high;
    }
  }
}
