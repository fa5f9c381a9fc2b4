/**
 * How wrong a field may be on each cell, for {@link Mesh.adapt}.
 *
 * @module
 */
import { requireStraightCells } from "./straight_cells.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { jumpSquares, recoveryErrors, vertexGradients } from "./adapt/indicators.ts";
import type { Field } from "./interpolate.ts";
import { geometryOf, haloOf } from "./mesh.ts";
import { fieldOf, type MeshVariable } from "./mesh_variable.ts";

/**
 * How far the gradient of a field is from its mean around nodes: with G the mean of grad u over the cells around
 * a node, weighted by volume and linear in between, the norm of G - grad u on each cell,
 * (integral of |G - grad u|^2)^(1/2). All components count. Collective.
 *
 * O. C. Zienkiewicz, J. Z. Zhu, A simple error estimator and adaptive procedure for practical engineering analysis,
 * Int. J. Numer. Meth. Engng. 24 (1987), DOI 10.1002/nme.1620240206.
 *
 * @param u of degree 1 or 2.
 * @returns `[ownedCellCount]`, new memory, in units of u times length^(dim/2 - 1).
 * @throws {TypeError} when `u` is not a variable.
 * @throws {RangeError} when its degree is 0.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, recoveryError } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u");
 * u.set((x, y) => x + 2 * y);
 * console.log(recoveryError(u).every((error) => error < 1e-12)); // true
 * ```
 */
export function recoveryError(u: MeshVariable): Float64Array {
  const { field, order } = syncedField("recoveryError", u);
  return recoveryErrors(geometryOf(u.mesh), field, order);
}

/**
 * Jumps of the normal derivative between cells: (h / 24 times the integral of [du/dn]^2 over the facets of
 * each cell inside of the domain)^(1/2), h its longest edge. All components count. Collective.
 *
 * D. W. Kelly, J. P. de S. R. Gago, O. C. Zienkiewicz, I. Babuska, A posteriori error analysis and adaptive
 * processes in the finite element method, Int. J. Numer. Meth. Engng. 19 (1983), DOI 10.1002/nme.1620191103.
 *
 * @param u of degree 1 or 2.
 * @returns `[ownedCellCount]`, new memory, in units of u times length^(dim/2 - 1).
 * @throws {TypeError} when `u` is not a variable.
 * @throws {RangeError} when its degree is 0.
 *
 * @example
 * ```ts
 * import { boxMesh, gradientJumps, MeshVariable, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u");
 * u.set((x) => Math.abs(x - 0.5));
 * console.log(gradientJumps(u).filter((jump) => jump > 0.1).length); // 8
 * ```
 */
export function gradientJumps(u: MeshVariable): Float64Array {
  const { field } = syncedField("gradientJumps", u);
  const geometry = geometryOf(u.mesh), gradients = vertexGradients(geometry, field);
  return jumpSquares(geometry, gradients, u.components).map(Math.sqrt);
}

/**
 * A field with the ghosts that its owners have, and the order in which sums add up. Collective.
 *
 * @throws {TypeError} when `u` is not a variable.
 * @throws {RangeError} when its degree is 0.
 */
export function syncedField(
  asked: string,
  u: MeshVariable,
): { field: Field; order: Int32Array | null } {
  if (typeof u?.mesh?.model?.comm !== "object") {
    throw new TypeError(`${asked} takes a variable of a mesh`);
  }
  requireStraightCells(u.mesh, asked);
  const { mesh, degree, continuous, components } = u, { comm } = mesh.model;
  allOrNone(comm, () => {
    if (degree === 0) {
      throw new RangeError(
        `${asked}: '${u.name}' has degree 0, and no gradient; take one of degree 1 or 2`,
      );
    }
  });
  const field = fieldOf(u);
  const { rankMesh } = geometryOf(mesh).topology;
  if (rankMesh === null) return { field, order: null };
  if (comm.allreduce(u.allocated ? 1 : 0, "max") === 0) return { field, order: rankMesh.cellOrder };
  const data = field.data?.slice() ?? new Float64Array(u.dofCount * components);
  haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(data, components);
  return { field: { ...field, data }, order: rankMesh.cellOrder };
}
