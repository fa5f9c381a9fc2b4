/**
 * How far a solution is from its equation, cell by cell.
 *
 * @module
 */
import {
  facetNormal,
  jumpSquares,
  longestEdge,
  vertexGradients,
} from "../mesh/adapt/indicators.ts";
import { syncedField } from "../mesh/error_indicators.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { localFacets } from "../mesh/simplex.ts";
import {
  type Coefficient,
  type Coefficients,
  sampleAll,
  type SampleContext,
  sampleOne,
  type Samples,
} from "./coefficient.ts";
import type { Condition } from "./conditions.ts";

/** The equation -div(k grad u) = f with its conditions. */
export interface DiffusionProblem {
  readonly diffusivity: Coefficient;
  readonly source: Coefficients;
  readonly conditions: readonly Condition[];
  readonly sample: (what: string) => SampleContext;
}

/** Everything at the vertices of every cell, seen from that cell. */
const atVertices = { degree: 1, continuous: false } as const;

/**
 * For each cell that this rank owns, the root of
 *
 *     h^2 / 24 |f + div(k grad u)|^2 + h / 24 |[k du/dn]|^2 + h / 12 |g - k du/dn|^2
 *
 * with norms over the cell, its facets inside of the domain, and those on boundaries without Dirichlet values, where
 * g is the prescribed flux or 0; h is the longest edge. Coefficients count with their values at vertices.
 * Collective.
 */
export function residualErrors(u: MeshVariable, problem: DiffusionProblem): Float64Array {
  const { field } = syncedField("residualError", u);
  const geometry = geometryOf(u.mesh), { dim, cellCount, ownedCellCount } = geometry.topology;
  const corners = dim + 1, { components } = u, width = components * dim;
  const points = () => locatedDofs(geometry, atVertices);
  const k = sampleOne(problem.diffusivity, points, problem.sample("diffusivity"));
  const fluxes = vertexGradients(geometry, field);
  for (let i = 0; i < cellCount * corners; i++) {
    const factor = valueAt(k, i);
    for (let j = 0; j < width; j++) fluxes[i * width + j] *= factor;
  }
  const sources = sampleAll(problem.source, components, points, problem.sample("source"));
  const values = field.data ?? new Float64Array(u.dofCount * components);
  const out = jumpSquares(geometry, fluxes, components);
  for (let c = 0; c < ownedCellCount; c++) {
    const h = longestEdge(geometry, c);
    for (let a = 0; a < components; a++) {
      const divergence = divergenceOf(geometry, fluxes, c, a, components);
      let sum = 0, squares = 0;
      for (let v = 0; v < corners; v++) {
        const residual = valueAt(sources[a], c * corners + v) + divergence;
        sum += residual;
        squares += residual * residual;
      }
      const volume = geometry.volumes[c];
      out[c] += h * h / 24 * volume * (sum * sum + squares) / (corners * (corners + 1));
    }
  }
  for (let a = 0; a < components; a++) addBoundary(out, u, values, geometry, fluxes, a, problem);
  return out.map(Math.sqrt);
}

function valueAt(samples: Samples, i: number): number {
  return typeof samples === "number" ? samples : samples[i];
}

/** The divergence of the linear flux of one component. */
function divergenceOf(
  { topology: { dim }, inverseJacobians }: Geometry,
  fluxes: Float64Array,
  cell: number,
  component: number,
  components: number,
): number {
  const corners = dim + 1, width = components * dim;
  let sum = 0;
  for (let r = 0; r < dim; r++) {
    for (let d = 0; d < dim; d++) {
      const at = component * dim + d;
      const change = fluxes[(cell * corners + r + 1) * width + at] -
        fluxes[cell * corners * width + at];
      sum += change * inverseJacobians[(cell * dim + r) * dim + d];
    }
  }
  return sum;
}

/** Facets of the boundary where the flux is known. */
function addBoundary(
  out: Float64Array,
  u: MeshVariable,
  values: Float64Array,
  geometry: Geometry,
  fluxes: Float64Array,
  component: number,
  { conditions, sample }: DiffusionProblem,
): void {
  const { topology, topology: { dim, ownedCellCount, exteriorFacets } } = geometry;
  const corners = dim + 1, local = localFacets(dim);
  const own = conditions.filter((one) => one.component === null || one.component === component);
  /** Prescribed fluxes by facet, `cell * corners + local`, at its vertices; none where values are prescribed. */
  const fixed = new Set<number>(), given = new Map<number, Float64Array>();
  for (const condition of own) {
    const { cells, locals, count } = topology.facetsOf(condition.boundary);
    const places = Array.from({ length: count }, (_, f) => cells[f] * corners + locals[f]);
    if (condition.kind === "dirichlet") { for (const place of places) fixed.add(place); }
    else addFluxes(given, places, u, values, geometry, component, condition, sample);
  }
  const normal = new Float64Array(dim), width = u.components * dim;
  for (let f = 0; f < exteriorFacets.count; f++) {
    const cell = exteriorFacets.cells[f], facet = exteriorFacets.locals[f];
    const place = cell * corners + facet;
    if (cell >= ownedCellCount || fixed.has(place)) continue;
    const area = facetNormal(geometry, cell, facet, normal), prescribed = given.get(place);
    let sum = 0, squares = 0;
    for (let v = 0; v < dim; v++) {
      const at = (cell * corners + local[facet * dim + v]) * width + component * dim;
      let residual = prescribed?.[v] ?? 0;
      for (let d = 0; d < dim; d++) residual -= normal[d] * fluxes[at + d];
      sum += residual;
      squares += residual * residual;
    }
    const h = longestEdge(geometry, cell);
    out[cell] += h / 12 * area * (sum * sum + squares) / (dim * corners);
  }
}

/** Adds what a condition prescribes at the vertices of its facets. */
function addFluxes(
  given: Map<number, Float64Array>,
  places: readonly number[],
  u: MeshVariable,
  values: Float64Array,
  geometry: Geometry,
  component: number,
  condition: Condition,
  sample: DiffusionProblem["sample"],
): void {
  const { dim } = geometry.topology, corners = dim + 1, local = localFacets(dim);
  const { perCell, cellDofs } = geometry.topology.dofMap(u.degree, u.continuous);
  const vertices = Int32Array.from(places.flatMap((place) => {
    const cell = Math.floor(place / corners), facet = place % corners;
    return Array.from(local.subarray(facet * dim, (facet + 1) * dim), (v) => cell * corners + v);
  }));
  const points = () => selectPoints(locatedDofs(geometry, atVertices), vertices);
  const context = sample(`${condition.kind} value on "${condition.boundary}"`);
  const components = condition.component === null ? u.components : 1;
  const index = condition.component === null ? component : 0;
  const value = sampleAll(condition.value, components, points, context)[index];
  const transfer = condition.kind === "robin"
    ? sampleOne(condition.transfer as Coefficient, points, context)
    : 0;
  places.forEach((place, f) => {
    const row = given.get(place) ?? new Float64Array(dim);
    for (let v = 0; v < dim; v++) {
      const i = f * dim + v, vertex = vertices[i];
      const dof = cellDofs[Math.floor(vertex / corners) * perCell + vertex % corners];
      const here = values[dof * u.components + component];
      row[v] += condition.kind === "robin"
        ? valueAt(transfer, i) * (valueAt(value, i) - here)
        : valueAt(value, i);
    }
    given.set(place, row);
  });
}
