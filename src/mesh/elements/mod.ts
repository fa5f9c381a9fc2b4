import type { FieldDegree } from "../dof_map.ts";
import type { Element } from "./element.ts";
import { P0 } from "./p0.ts";
import { P1 } from "./p1.ts";
import { P2 } from "./p2.ts";

export type { Element } from "./element.ts";

const elements: Readonly<Record<2 | 3, readonly [Element, Element, Element]>> = {
  2: [new P0(2), new P1(2), new P2(2)],
  3: [new P0(3), new P1(3), new P2(3)],
};

/** The Lagrange element of a degree on triangles (dim 2) or tetrahedra (dim 3). */
export function elementOf(dim: 2 | 3, degree: FieldDegree): Element {
  return elements[dim][degree];
}
