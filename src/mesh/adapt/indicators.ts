/**
 * Estimates the error of a field on each cell from the field alone.
 *
 * Gradients of fields of degree 1 and 2 are constant or linear in each cell, so that their values
 * at vertices determine them. The integral of the square of a linear function with values e_0 ..
 * e_n at the vertices of a simplex of measure m is m / ((n + 1) (n + 2)) ((sum of e)^2 + sum of
 * e^2).
 *
 * @module
 */
import type { Geometry } from "../geometry.ts";
import type { Field } from "../interpolate.ts";
import { localEdges, localFacets } from "../simplex.ts";

/** The gradients at the vertices of every cell, `[cellCount x (dim + 1) x components x dim]`. */
export function vertexGradients(geometry: Geometry, field: Field): Float64Array {
  const { topology: { dim, cellCount }, inverseJacobians } = geometry, corners = dim + 1;
  const { components, data, cellDofs, element } = field, { perCell } = element;
  const width = components * dim;
  const out = new Float64Array(cellCount * corners * width);
  if (data === null) return out;
  const slopes = Array.from({ length: corners }, (_, k) => {
    const place = new Float64Array(corners), table = new Float64Array(perCell * dim);
    place[k] = 1;
    element.gradients(place, 0, table);
    return table;
  });
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < corners; k++) {
      const to = (c * corners + k) * width, table = slopes[k];
      if (k > 0 && element.degree === 1) {
        out.copyWithin(to, to - width, to);
        continue;
      }
      for (let i = 0; i < perCell; i++) {
        const dof = cellDofs[c * perCell + i] * components;
        for (let d = 0; d < dim; d++) {
          let slope = 0;
          for (let r = 0; r < dim; r++) {
            slope += table[i * dim + r] * inverseJacobians[(c * dim + r) * dim + d];
          }
          for (let a = 0; a < components; a++) out[to + a * dim + d] += slope * data[dof + a];
        }
      }
    }
  }
  return out;
}

/**
 * The norm of the difference between the gradient and its mean around nodes, `[ownedCellCount]`.
 *
 * @param order all cells by ascending global id; means are summed in this order, so that they are
 *   the same on any number of ranks. Null if the cells are in this order already.
 */
export function recoveryErrors(
  geometry: Geometry,
  field: Field,
  order: ArrayLike<number> | null,
): Float64Array {
  const { topology: { dim, joined: { cells, nodeCount }, cellCount, ownedCellCount } } = geometry;
  const { volumes } = geometry;
  const corners = dim + 1, width = field.components * dim;
  const gradients = vertexGradients(geometry, field);
  const means = new Float64Array(nodeCount * width), shares = new Float64Array(nodeCount);
  for (let i = 0; i < cellCount; i++) {
    const c = order === null ? i : order[i];
    for (let k = 0; k < corners; k++) {
      const node = cells[c * corners + k], from = (c * corners + k) * width;
      shares[node] += volumes[c];
      for (let j = 0; j < width; j++) means[node * width + j] += volumes[c] * gradients[from + j];
    }
  }
  const out = new Float64Array(ownedCellCount);
  for (let c = 0; c < ownedCellCount; c++) {
    let squares = 0;
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = 0; k < corners; k++) {
        const node = cells[c * corners + k];
        const error = means[node * width + j] / shares[node] -
          gradients[(c * corners + k) * width + j];
        sum += error;
        squares += error * error;
      }
      squares += sum * sum;
    }
    out[c] = Math.sqrt(volumes[c] * squares / (corners * (corners + 1)));
  }
  return out;
}

/**
 * Computes h / 24 times the integral of the square of the jump of the normal flux over the interior
 * facets of each cell, where h is the longest edge of the cell, `[ownedCellCount]`.
 *
 * @param fluxes the fluxes at vertices, as in {@link vertexGradients}.
 */
export function jumpSquares(
  geometry: Geometry,
  fluxes: Float64Array,
  components: number,
): Float64Array {
  const { topology: { dim, joined: { neighbours, cells }, ownedCellCount } } = geometry;
  const corners = dim + 1, width = components * dim;
  const normal = new Float64Array(dim), local = localFacets(dim);
  const out = new Float64Array(ownedCellCount);
  for (let c = 0; c < ownedCellCount; c++) {
    let total = 0;
    for (let k = 0; k < corners; k++) {
      const across = neighbours[c * corners + k];
      if (across < 0) continue;
      const area = facetNormal(geometry, c, k, normal);
      let squares = 0;
      for (let a = 0; a < components; a++) {
        let sum = 0;
        for (let v = 0; v < dim; v++) {
          const own = c * corners + local[k * dim + v];
          let other = across * corners;
          while (cells[other] !== cells[own]) other++;
          let jump = 0;
          for (let d = 0; d < dim; d++) {
            const j = a * dim + d;
            jump += normal[d] * (fluxes[other * width + j] - fluxes[own * width + j]);
          }
          sum += jump;
          squares += jump * jump;
        }
        squares += sum * sum;
      }
      total += area * squares / (dim * corners);
    }
    out[c] = longestEdge(geometry, c) / 24 * total;
  }
  return out;
}

/** Computes the outward unit normal of a facet; returns the measure of the facet. */
export function facetNormal(
  { topology: { dim }, inverseJacobians, volumes }: Geometry,
  cell: number,
  facet: number,
  normal: Float64Array,
): number {
  // The gradient of barycentric coordinate k points inwards and has length facet / (dim volume).
  const at = cell * dim * dim;
  let square = 0;
  for (let d = 0; d < dim; d++) {
    let slope = 0;
    if (facet > 0) slope = inverseJacobians[at + (facet - 1) * dim + d];
    else for (let r = 0; r < dim; r++) slope -= inverseJacobians[at + r * dim + d];
    normal[d] = -slope;
    square += slope * slope;
  }
  const length = Math.sqrt(square);
  for (let d = 0; d < dim; d++) normal[d] /= length;
  return dim * volumes[cell] * length;
}

/** The length of the longest edge of a cell. */
export function longestEdge(
  { topology: { dim, cells }, coordinates }: Geometry,
  cell: number,
): number {
  const edges = localEdges(dim), at = cell * (dim + 1);
  let most = 0;
  for (let e = 0; e < edges.length; e += 2) {
    const a = cells[at + edges[e]] * dim, b = cells[at + edges[e + 1]] * dim;
    let square = 0;
    for (let d = 0; d < dim; d++) square += (coordinates[a + d] - coordinates[b + d]) ** 2;
    if (square > most) most = square;
  }
  return Math.sqrt(most);
}
