/**
 * One step of a Maxwell material at the vertices of the cells.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { relaxationCoefficients } from "../ddt/coefficients.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { type Coefficient, sampleOne } from "../solve/coefficient.ts";

/** A material at degrees of freedom. */
export interface MaxwellMaterial {
  readonly viscosity: (dof: number) => number;
  readonly shearModulus: (dof: number) => number;
}

/** What a step makes of it. */
export interface MaxwellStep {
  /** The factor of twice the strain rate in the stress at the end, `[dofs]`. */
  readonly viscosity: Float64Array;
  /** The rest of the stress, over twice the viscosity, `[dofs x components]`. */
  readonly elasticRate: Float64Array;
}

/**
 * Viscosity and modulus at the degrees of freedom of a field. Collective.
 *
 * @param materials Viscosity and modulus.
 * @throws {RangeError} when one is not positive somewhere.
 */
export function maxwellAt(
  { mesh, degree, continuous }: MeshVariable,
  materials: readonly [Coefficient, Coefficient],
  t: number,
  who: string,
): MaxwellMaterial {
  const points = locatedDofs(geometryOf(mesh), { degree, continuous });
  return allOrNone(mesh.model.comm, () => {
    const [viscosity, shearModulus] = (["viscosity", "shearModulus"] as const).map((name, k) => {
      const what = `${who}: ${name}`,
        samples = sampleOne(materials[k], () => points, { mesh, t, what });
      const at = (dof: number) => typeof samples === "number" ? samples : samples[dof];
      for (let i = 0; i < points.count; i++) {
        if (at(i) > 0) continue;
        const place = points.coordinates.subarray(i * mesh.dim, (i + 1) * mesh.dim).join(", ");
        throw new RangeError(`${what} is ${at(i)} at (${place}); it has to be positive`);
      }
      return at;
    });
    return { viscosity, shearModulus };
  });
}

/**
 * The step at the degrees of freedom of a discontinuous field of degree 1.
 *
 * @param past The stress that the material brings along, at the vertices of the mesh, `[nodes x components]`.
 * @param driven What drove it at the start of the step; null where it is as at the end.
 */
export function maxwellStep(
  { mesh }: MeshVariable,
  { viscosity, shearModulus }: MaxwellMaterial,
  dt: number,
  past: Float64Array,
  driven: Float64Array | null,
): MaxwellStep {
  const { topology } = geometryOf(mesh), nodes = topology.dofMap(1, true);
  const { cellDofs, count } = topology.dofMap(1, false), width = past.length / nodes.count;
  const eta = new Float64Array(count), rate = new Float64Array(count * width);
  for (let k = 0; k < cellDofs.length; k++) {
    const to = cellDofs[k], from = nodes.cellDofs[k] * width, modulus = shearModulus(to);
    const { decay, older, newer } = relaxationCoefficients(dt, viscosity(to) / modulus);
    eta[to] = modulus * (driven === null ? newer + older : newer);
    for (let c = 0; c < width; c++) {
      const known = decay * past[from + c] + (driven === null ? 0 : older * driven[from + c]);
      rate[to * width + c] = known / (2 * eta[to]);
    }
  }
  return { viscosity: eta, elasticRate: rate };
}
