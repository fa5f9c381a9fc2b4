/**
 * Which pairs of elements for velocity and pressure there are.
 *
 * @module
 */
import { requireStraightCells } from "../mesh/straight_cells.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";

/** A stable pair, or one that is stabilised. */
export type ElementPair = "P2-P1" | "P2-P0" | "P1-P1";

/**
 * The pair that two variables make.
 *
 * - P2-P1 (C. Taylor, P. Hood, DOI 10.1016/0045-7930(73)90027-3): velocity of order 3, pressure of order 2.
 * - P2-P0: orders 2 and 1; conserves mass in every cell.
 * - P1-P1, stabilised (C. R. Dohrmann, P. B. Bochev, DOI 10.1002/fld.752): velocity of order 2.
 *
 * @throws {CurvedCellsError} when the pair is P1-P1 and the cells are curved: use P2-P1.
 * @throws {TypeError} when the variables are on different meshes, have other components, or make another pair.
 */
export function elementPair(v: MeshVariable, p: MeshVariable, who: string): ElementPair {
  const { dim } = v.mesh;
  requirePresent(who, v, p);
  if (p.mesh !== v.mesh) {
    throw new TypeError(
      `${who}: velocity '${v.name}' lives on mesh '${v.mesh.name}', pressure '${p.name}' on ` +
        `'${p.mesh.name}'; both have to be on one mesh`,
    );
  }
  if (v.components !== dim || p.components !== 1) {
    throw new TypeError(
      `${who} in ${dim}-D needs a velocity of ${dim} components and a pressure of 1; '${v.name}' has ` +
        `${v.components}, '${p.name}' ${p.components}`,
    );
  }
  const pair = `${nameOf(v)}-${nameOf(p)}`;
  if (pair === "P1-P1") requireStraightCells(v.mesh, `${who} with P1-P1`);
  if (pair === "P2-P1" || pair === "P2-P0" || pair === "P1-P1") return pair;
  throw new TypeError(
    `${who}: velocity '${v.name}' and pressure '${p.name}' are ${pair}; use P2-P1 (velocity of degree 2, ` +
      `pressure continuous of degree 1), P2-P0 or P1-P1`,
  );
}

function nameOf({ degree, continuous }: MeshVariable): string {
  return `P${degree}${continuous || degree === 0 ? "" : " discontinuous"}`;
}
