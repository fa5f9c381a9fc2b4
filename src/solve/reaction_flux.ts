/**
 * Fluxes through boundaries with Dirichlet values, from the equations of the constrained unknowns.
 *
 * @module
 */
import { gradientInto } from "../mesh/interpolate.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { addFacetLoad } from "./assembly/facets.ts";
import { diffusivityOn, ofComponent, outwards } from "./boundary_flux.ts";
import type { Coefficient } from "./coefficient.ts";
import { dofsOn, ruleOn } from "./conditions.ts";
import type { FieldFrame } from "./field_frame.ts";

/** Fluxes by the name of the boundary. */
export type FluxesByBoundary = ReadonlyMap<string, number>;

/**
 * The fluxes that keep the Dirichlet values of a component, through every boundary that has some: the sum of
 * `A u - F` over its unknowns, A being all that the equation does to u besides the flux. Together they balance
 * sources and all other fluxes, and they converge much faster than gradients do.
 *
 * Where boundaries meet, the residual of a shared unknown is that of both. Each gets its own flux by the
 * gradient in the cells there, and an equal part of what remains: an error of the gradient in the facets at
 * the corner alone. Collective.
 *
 * Source: G. F. Carey, S. S. Chow, M. K. Seager, Approximate boundary-flux calculations, Comput. Methods
 * Appl. Mech. Eng. 50 (1985) 107-120, DOI 10.1016/0045-7825(85)90085-4.
 *
 * @param frame The field at the time of the residuals.
 * @param reactions `A u - F`, `[count x components]`.
 * @param values The field then, `[count x components]`.
 */
export function reactionFluxes(
  frame: FieldFrame,
  component: number,
  reactions: Float64Array,
  values: Float64Array,
  diffusivity: Coefficient,
): FluxesByBoundary {
  const { map } = frame, { boundaries, uses } = dirichletDofs(frame, component);
  const isShared = frame.any(uses.some((count) => count > 1));
  if (!isShared) return dirichletSums(frame, component, reactions);
  const loads = boundaries.map(({ name }) =>
    gradientLoad(frame, name, component, values, diffusivity)
  );
  const total = new Float64Array(map.count);
  for (const load of loads) for (let i = 0; i < total.length; i++) total[i] += load[i];
  return summed(frame, boundaries, (dof, b) => {
    const rest = reactions[dof * frame.components + component];
    return uses[dof] === 1 ? rest : loads[b][dof] + (rest - total[dof]) / uses[dof];
  });
}

/**
 * Sums of terms over the unknowns of every boundary with Dirichlet values for a component; shared unknowns
 * count in equal parts. Collective.
 *
 * @param terms `[count x components]`.
 */
export function dirichletSums(
  frame: FieldFrame,
  component: number,
  terms: Float64Array,
): FluxesByBoundary {
  const { boundaries, uses } = dirichletDofs(frame, component);
  return summed(
    frame,
    boundaries,
    (dof) => terms[dof * frame.components + component] / uses[dof],
  );
}

/** A boundary and its unknowns, ascending. */
interface BoundaryDofs {
  readonly name: string;
  readonly dofs: Int32Array;
}

/** The boundaries with Dirichlet values for a component, and how many of them each unknown is on. */
function dirichletDofs(
  { geometry, map, conditions }: FieldFrame,
  component: number,
): { readonly boundaries: readonly BoundaryDofs[]; readonly uses: Uint8Array } {
  const dirichlet = ofComponent(conditions.list, component).filter(({ kind }) =>
    kind === "dirichlet"
  );
  const names = new Set(dirichlet.map(({ boundary }) => boundary));
  const boundaries = [...names].map((name) => ({ name, dofs: dofsOn(geometry, name, map) }));
  const uses = new Uint8Array(map.count);
  for (const { dofs } of boundaries) for (const dof of dofs) uses[dof]++;
  return { boundaries, uses };
}

function summed(
  frame: FieldFrame,
  boundaries: readonly BoundaryDofs[],
  term: (dof: number, boundary: number) => number,
): FluxesByBoundary {
  const here = boundaries.map(({ dofs }, b) => {
    let sum = 0;
    for (const dof of dofs) if (dof < frame.owned) sum += term(dof, b);
    return sum;
  });
  const all = frame.totals(Float64Array.from(here));
  return new Map(boundaries.map(({ name }, b) => [name, all[b]]));
}

/** `integral of k du/dn phi_a` over a boundary by the gradients of the cells, `[count]`. */
function gradientLoad(
  frame: FieldFrame,
  boundary: string,
  component: number,
  values: Float64Array,
  diffusivity: Coefficient,
): Float64Array {
  const { geometry, map, components, variable } = frame;
  const rule = ruleOn(geometry, boundary, map), { cells, barycentric, count } = rule.located;
  const slopes = new Float64Array(count * components * geometry.topology.dim);
  const field = { ...fieldOf(variable), data: values };
  gradientInto(field, geometry, cells, barycentric, count, slopes);
  const along = outwards(frame, rule, slopes);
  const k = frame.agreed(() => diffusivityOn(frame, boundary, rule, diffusivity));
  const flux = new Float64Array(count);
  for (let q = 0; q < count; q++) {
    flux[q] = (typeof k === "number" ? k : k[q]) * along[q * components + component];
  }
  const out = new Float64Array(map.count);
  addFacetLoad(out, rule, map, flux);
  return out;
}
