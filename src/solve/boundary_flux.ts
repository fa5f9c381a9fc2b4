/**
 * Fluxes through boundaries.
 *
 * @module
 */
import { recoverGradients } from "../ddt/recovered_gradient.ts";
import { evaluateInto, gradientInto } from "../mesh/interpolate.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { oppositeGradient } from "./assembly/facets.ts";
import type { Sites } from "./assembly/sites.ts";
import { type Coefficient, sampleOne } from "./coefficient.ts";
import { ruleOn } from "./conditions.ts";
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
  const { facets, points, sites, measures, weights } = ruleOn(geometry, boundary, map);
  const k = sampleOne(diffusivity, () => sites, frame.sample(`diffusivity on ${boundary}`));
  const slopes = gradientsAt(variable, frame, sites);
  const out = new Float64Array(components), inwards = new Float64Array(3);
  for (let f = 0; f < facets.count; f++) {
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
  return out;
}

/** `[sites x components x dim]` */
function gradientsAt(variable: MeshVariable, frame: FieldFrame, sites: Sites): Float64Array {
  const { geometry, components } = frame;
  const field = fieldOf(variable);
  const size = components * geometry.topology.dim;
  const out = new Float64Array(sites.count * size);
  const { cells, barycentric, count } = sites;
  if (variable.degree !== 1) {
    gradientInto(field, geometry, cells, barycentric, count, out);
    return out;
  }
  const nodal = new Float64Array(frame.map.count * size);
  recoverGradients(geometry, frame.start, components, nodal);
  evaluateInto({ ...field, components: size, data: nodal }, cells, barycentric, count, out);
  return out;
}
