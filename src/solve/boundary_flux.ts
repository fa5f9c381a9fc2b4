/**
 * Fluxes through boundaries.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { recoveredGradients } from "../ddt/nodal_gradients.ts";
import { evaluateInto, gradientInto } from "../mesh/interpolate.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { oppositeGradient } from "./assembly/facets.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { type Coefficient, sampleAll, sampleOne } from "./coefficient.ts";
import { type Condition, dofsOn, ruleOn } from "./conditions.ts";
import type { FieldFrame } from "./field_frame.ts";

/**
 * `integral of k du/dn` over a boundary, n outwards: what comes in. On P1 with recovered gradients, so
 * that it is of second order there, too.
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
  const { dim } = geometry.topology;
  const { facets, points, located, measures, weights } = ruleOn(geometry, boundary, map);
  const { comm } = variable.mesh.model;
  const k = allOrNone(
    comm,
    () => sampleOne(diffusivity, () => located, frame.sample(`diffusivity on ${boundary}`)),
  );
  const slopes = gradientsAt(variable, frame, located);
  const out = new Float64Array(components), inwards = new Float64Array(3);
  for (let f = 0; f < facets.count; f++) {
    // Ghosts are another rank's to count.
    if (facets.cells[f] >= geometry.topology.ownedCellCount) continue;
    oppositeGradient(geometry, facets.cells[f], facets.locals[f], inwards);
    const length = Math.sqrt(inwards[0] ** 2 + inwards[1] ** 2 + inwards[2] ** 2);
    for (let q = f * points; q < (f + 1) * points; q++) {
      const weight = measures[f] * weights[q - f * points] * (typeof k === "number" ? k : k[q]);
      for (let a = 0; a < components; a++) {
        let along = 0;
        for (let d = 0; d < dim; d++) along -= slopes[(q * components + a) * dim + d] * inwards[d];
        out[a] += weight * along / length;
      }
    }
  }
  return comm.size === 1 ? out : comm.allreduce(out);
}

/**
 * `integral of flux + transfer (ambient - u)` where conditions prescribe that for a component; null where
 * they do not, or values are constrained.
 */
export function prescribedFlux(
  frame: FieldFrame,
  boundary: string,
  component: number,
  list: readonly Condition[],
): number | null {
  const here = ofComponent(list, component).filter((c) =>
    c.boundary === boundary && c.kind !== "dirichlet"
  );
  const { geometry, map, components, variable, start } = frame;
  const { constrained } = frame.conditions.constraints(component, frame);
  if (here.length === 0) return null;
  if (!frame.any(dofsOn(geometry, boundary, map).some((dof) => constrained[dof] === 0))) {
    return null;
  }
  const { facets, points, located, measures, weights } = ruleOn(geometry, boundary, map);
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
      sum += measures[Math.floor(q / points)] * weights[q % points] * into;
    }
  }
  return frame.total(sum);
}

/**
 * The flux that keeps the Dirichlet values on a boundary: the sum of `(K + R) u - F` over its unknowns, which
 * balances all other fluxes. Null where there are no Dirichlet values, or another boundary that has some
 * shares an unknown, since the sum does not say which part belongs to which.
 *
 * Source: G. F. Carey, S. S. Chow, M. K. Seager, Approximate boundary-flux calculations, Comput. Methods
 * Appl. Mech. Eng. 50 (1985) 107-120, DOI 10.1016/0045-7825(85)90085-4.
 *
 * @param residual `F - (K + R) u` of the component, `[count]`.
 */
export function reaction(
  frame: FieldFrame,
  boundary: string,
  component: number,
  list: readonly Condition[],
  residual: Float64Array,
): number | null {
  const { geometry, map } = frame;
  const dirichlet = ofComponent(list, component).filter(({ kind }) => kind === "dirichlet");
  if (!dirichlet.some((c) => c.boundary === boundary)) return null;
  const own = dofsOn(geometry, boundary, map);
  const known = new Set(own);
  const isShared = dirichlet.some((c) =>
    c.boundary !== boundary && dofsOn(geometry, c.boundary, map).some((dof) => known.has(dof))
  );
  if (frame.any(isShared)) return null;
  let sum = 0;
  for (const dof of own) if (dof < frame.owned) sum -= residual[dof];
  return frame.total(sum);
}

function ofComponent(list: readonly Condition[], component: number): Condition[] {
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
