/**
 * Forces on boundaries, from the equations of the velocities there.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import {
  addFacetLoad,
  facetMeasures,
  type FacetRule,
  facetRule,
} from "../solve/assembly/facets.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import type { Coefficients, Samples } from "../solve/coefficient.ts";
import { BoundaryConditions, dofsOn, ruleOn } from "../solve/conditions.ts";
import { FieldFrame } from "../solve/field_frame.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { stressesAt, tensorComponents } from "./flow_tensors.ts";
import { addInertia } from "./inertia.ts";
import type { StokesBlocks } from "./stokes_operators.ts";
import { addStressLoads, elasticStresses } from "./stress_loads.ts";

/** What the flow is made of. */
export interface FlowState {
  readonly frame: FieldFrame;
  readonly pressure: MeshVariable;
  readonly blocks: StokesBlocks;
  /** At the quadrature points of the velocity. */
  readonly viscosity: Samples;
  /** At other points. */
  readonly viscosityAt: (points: LocatedPoints) => Samples;
  readonly elasticRate: MeshVariable | null;
  readonly bodyForce: Coefficients;
  /** The density's mass matrix and the acceleration, `[count x dim]`; null for flow without inertia. */
  readonly momentum: { readonly mass: CsrMatrix; readonly acceleration: Float64Array } | null;
}

/** `integral of sigma n phi` for the velocities on a boundary. */
export interface NodalForces {
  /** Those of this rank, ascending, `[n]`. */
  readonly dofs: Int32Array;
  /** `[n x dim]` */
  readonly forces: Float64Array;
}

/**
 * The forces on the nodes of a boundary: what is left of the equations there. Summed over a boundary, with the body
 * force they balance to the tolerance of the solver, and they converge faster than stresses do. Where boundaries
 * meet, the rest of a node's equation is that of both: each gets its own part by the stress in the cells there, and
 * what remains in proportion to its facets.
 *
 * Source: S. Zhong, M. Gurnis, G. Hulbert, "Accurate determination of surface normal stress in viscous flow from a
 * consistent boundary flux method", Phys. Earth Planet. Inter. 78 (1993) 1-8, DOI 10.1016/0031-9201(93)90078-N.
 *
 * Collective.
 *
 * @throws {RangeError} when there is no boundary of that name, or it lies inside of the domain.
 */
export function nodalForces(state: FlowState, boundary: string): NodalForces {
  const { frame } = state, { geometry, map, components: dim, what } = frame;
  // An owner has all cells around its node; what others know of it is incomplete.
  const dofs = dofsOn(geometry, boundary, map).filter((dof) => dof < frame.owned);
  const rest = residual(state);
  const own = ruleOn(geometry, boundary, map), all = exteriorRule(frame);
  const ownLoads = stressLoads(state, own), allLoads = stressLoads(state, all);
  const ownSizes = sizes(frame, own), allSizes = sizes(frame, all);
  frame.agreed(() => {
    if (!dofs.some((i) => allSizes[i] === 0)) return;
    throw new RangeError(`${what}: boundary "${boundary}" lies inside of the domain`);
  });
  const forces = new Float64Array(dofs.length * dim);
  for (let k = 0; k < dofs.length; k++) {
    const i = dofs[k];
    const share = ownSizes[i] / allSizes[i];
    for (let d = 0; d < dim; d++) {
      forces[k * dim + d] = ownLoads[d][i] + share * (rest[i * dim + d] - allLoads[d][i]);
    }
  }
  return { dofs, forces };
}

/** The force on a boundary: `integral of sigma n`, `[dim]`. Collective. */
export function boundaryForce(state: FlowState, boundary: string): number[] {
  const { frame } = state, dim = frame.components;
  const { dofs, forces } = nodalForces(state, boundary);
  const sums = new Float64Array(dim);
  for (let k = 0; k < dofs.length; k++) {
    for (let d = 0; d < dim; d++) sums[d] += forces[k * dim + d];
  }
  return [...frame.totals(sums)];
}

/** `M a + A v + B^T p - f` without the conditions: 0 inside, `[count x dim]`. */
function residual(state: FlowState): Float64Array {
  const { frame, pressure, blocks, bodyForce, momentum } = state;
  const { variable, cache, t, what, map, components: dim, geometry, reference } = frame;
  const bare = new FieldFrame(variable, new BoundaryConditions(), cache, t, what);
  const loads = bare.loads(bodyForce, "bodyForce");
  if (momentum !== null) addInertia(bare, momentum.mass, -1, momentum.acceleration, loads);
  const out = new Float64Array(map.count * dim);
  blocks.viscous.multiply(frame.start, out);
  const elastic = elasticStresses(
    state.viscosity,
    state.elasticRate,
    cellPoints(geometry, reference),
  );
  if (elastic !== null) addStressLoads(out, geometry, map, reference, elastic);
  const { rows, rowStarts, columns, values } = blocks.b, { data } = fieldOf(pressure);
  for (let i = 0; data !== null && i < rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) out[columns[k]] += values[k] * data[i];
  }
  for (let i = 0; i < out.length; i++) out[i] -= loads[i % dim][Math.floor(i / dim)];
  return out;
}

/** `integral of sigma n phi` by the stress in the cells, `[dim]` vectors `[count]`. */
function stressLoads(state: FlowState, rule: FacetRule): Float64Array[] {
  const { frame, pressure, elasticRate } = state, { map, components: dim } = frame;
  const { located, inwards } = rule;
  const eta = frame.agreed(() => state.viscosityAt(located));
  const stress = stressesAt(frame, pressure, elasticRate, located, eta);
  const width = tensorComponents(dim as 2 | 3);
  const fluxes = Array.from({ length: dim }, () => new Float64Array(located.count));
  for (let q = 0; q < located.count; q++) {
    const normal = inwards.subarray(q * dim, (q + 1) * dim);
    const length = -Math.hypot(...normal);
    for (let r = 0; r < dim; r++) {
      for (let s = 0; s < dim; s++) {
        // Off the diagonal: xy; or yz, xz, xy, which the missing axis counts.
        const k = r === s ? r : dim === 2 ? 2 : 6 - r - s;
        fluxes[r][q] += stress[q * width + k] * normal[s] / length;
      }
    }
  }
  return fluxes.map((flux) => {
    const out = new Float64Array(map.count);
    addFacetLoad(out, rule, map, flux);
    return out;
  });
}

/** The sizes of the facets around each node, `[count]`. */
function sizes({ geometry, map }: FieldFrame, { facets }: FacetRule): Float64Array {
  const measures = facetMeasures(geometry, facets);
  const { dim } = geometry.topology, { nodes, perCell } = elementOf(dim, map.degree);
  const out = new Float64Array(map.count);
  for (let f = 0; f < facets.count; f++) {
    for (let a = 0; a < perCell; a++) {
      if (nodes[a * (dim + 1) + facets.locals[f]] !== 0) continue;
      out[map.cellDofs[facets.cells[f] * perCell + a]] += measures[f];
    }
  }
  return out;
}

/** Geometries are immutable. */
const rules = new WeakMap<Geometry, Map<number, FacetRule>>();

function exteriorRule({ geometry, map }: FieldFrame): FacetRule {
  let known = rules.get(geometry);
  if (known === undefined) rules.set(geometry, known = new Map());
  let rule = known.get(map.degree);
  if (rule === undefined) {
    known.set(map.degree, rule = facetRule(geometry, geometry.topology.exteriorFacets, map));
  }
  return rule;
}
