/**
 * Fluxes through boundaries.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { recoveredGradients } from "../ddt/nodal_gradients.ts";
import { evaluateInto, gradientInto } from "../mesh/interpolate.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import type { FacetRule } from "./assembly/facets.ts";
import { type Coefficient, sampleAll, sampleOne, type Samples } from "./coefficient.ts";
import { type Condition, dofsOn, ruleOn } from "./conditions.ts";
import type { FieldFrame } from "./field_frame.ts";

/**
 * `integral of k du/dn` over a boundary, n outwards, from gradients: what comes in. On P1 gradients are
 * recovered, so that it is of second order there, too.
 *
 * @returns `[components]`
 * @throws {RangeError} when there is no boundary of that name.
 */
export function boundaryFlux(
  frame: FieldFrame,
  boundary: string,
  diffusivity: Coefficient,
): Float64Array {
  const { geometry, map, components, variable } = frame;
  const rule = ruleOn(geometry, boundary, map), { facets, points, scales } = rule;
  const { comm } = variable.mesh.model;
  const k = allOrNone(comm, () => diffusivityOn(frame, boundary, rule, diffusivity));
  const along = outwards(frame, rule, gradientsAt(variable, frame, rule.located));
  const out = new Float64Array(components);
  for (let q = 0; q < rule.located.count; q++) {
    const f = Math.floor(q / points);
    // Ghosts are another rank's to count.
    if (facets.cells[f] >= geometry.topology.ownedCellCount) continue;
    const weight = scales[q] * (typeof k === "number" ? k : k[q]);
    for (let a = 0; a < components; a++) out[a] += weight * along[q * components + a];
  }
  return comm.size === 1 ? out : comm.allreduce(out);
}

/** A diffusivity at the quadrature points of a boundary. */
export function diffusivityOn(
  frame: FieldFrame,
  boundary: string,
  { located }: FacetRule,
  diffusivity: Coefficient,
): Samples {
  return sampleOne(diffusivity, () => located, frame.sample(`diffusivity on ${boundary}`));
}

/**
 * `du/dn` from gradients at the quadrature points of a boundary, n outwards, `[count x components]`.
 *
 * @param slopes `[count x components x dim]`.
 */
export function outwards(
  { geometry, components }: FieldFrame,
  { located, inwards }: FacetRule,
  slopes: Float64Array,
): Float64Array {
  const { dim } = geometry.topology;
  const out = new Float64Array(located.count * components);
  for (let q = 0; q < located.count; q++) {
    let squares = 0;
    for (let d = 0; d < dim; d++) squares += inwards[q * dim + d] ** 2;
    const length = Math.sqrt(squares);
    for (let i = q * components; i < (q + 1) * components; i++) {
      let along = 0;
      for (let d = 0; d < dim; d++) along -= slopes[i * dim + d] * inwards[q * dim + d];
      out[i] = along / length;
    }
  }
  return out;
}

/**
 * `integral of flux + transfer (ambient - u)` where conditions prescribe that for a component; null where
 * they do not, or values are constrained.
 */
export function prescribedFlux(
  frame: FieldFrame,
  boundary: string,
  component: number,
): number | null {
  const here = ofComponent(frame.conditions.list, component).filter((c) =>
    c.boundary === boundary && c.kind !== "dirichlet"
  );
  const { geometry, map, components, variable, start } = frame;
  const { constrained } = frame.conditions.constraints(component, frame);
  if (here.length === 0) return null;
  if (!frame.any(dofsOn(geometry, boundary, map).some((dof) => constrained[dof] === 0))) {
    return null;
  }
  const { facets, points, located, scales } = ruleOn(geometry, boundary, map);
  const u = new Float64Array(located.count * components);
  const field = { ...fieldOf(variable), data: start };
  evaluateInto(field, located.cells, located.barycentric, located.count, u);
  let sum = 0;
  for (const { kind, component: only, value, transfer } of here) {
    const sample = frame.sample(`${kind} value on ${boundary}`);
    const [given, h] = allOrNone(variable.mesh.model.comm, () => {
      const all = sampleAll(value, only === null ? components : 1, () => located, sample);
      const given = all[only === null ? component : 0];
      return [given, sampleOne(transfer as Coefficient, () => located, sample)];
    });
    for (let q = 0; q < located.count; q++) {
      if (facets.cells[Math.floor(q / points)] >= geometry.topology.ownedCellCount) continue;
      const g = typeof given === "number" ? given : given[q];
      const scale = typeof h === "number" ? h : h[q];
      const into = kind === "neumann" ? g : scale * (g - u[q * components + component]);
      sum += scales[q] * into;
    }
  }
  return frame.total(sum);
}

/** The conditions that are for a component. */
export function ofComponent(list: readonly Condition[], component: number): Condition[] {
  return list.filter((c) => c.component === null || c.component === component);
}

/** `[count x components x dim]` */
function gradientsAt(
  variable: MeshVariable,
  frame: FieldFrame,
  located: LocatedPoints,
): Float64Array {
  const { geometry, components } = frame;
  const field = fieldOf(variable);
  const size = components * geometry.topology.dim;
  const out = new Float64Array(located.count * size);
  const { cells, barycentric, count } = located;
  if (variable.degree !== 1) {
    gradientInto(field, geometry, cells, barycentric, count, out);
    return out;
  }
  const nodal = recoveredGradients(variable, frame.start, cells);
  evaluateInto({ ...field, components: size, data: nodal }, cells, barycentric, count, out);
  return out;
}
