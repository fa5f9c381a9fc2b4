/**
 * What the writers of a kernel share.
 *
 * @module
 */
import type { Form } from "./form.ts";
import type { Node } from "./graph.ts";
import type { LeafSources } from "./leaf_sources.ts";
import type { ReferenceFrame } from "./reference_frame.ts";
import type { Statements } from "./statements.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** What the parts of a kernel write with. */
export interface KernelContext {
  readonly form: Form;
  readonly dim: 2 | 3;
  readonly space: UnknownSpace;
  readonly statements: Statements;
  readonly leaves: LeafSources;
  readonly frame: ReferenceFrame;
  /** Whether cells have another Jacobian at every point, so that nothing is constant in a cell. */
  readonly isCurved: boolean;
  /** How many formulas are kept at the points for `QuadraticIntegrals`. */
  readonly columns: { count: number };
  /** Statements before the loop over points. */
  readonly before: string[];
  /** Statements at every point, after the formulas. */
  readonly inside: string[];
  /** Statements after the loop over points. */
  readonly after: string[];
}

/** Where the rows of a component begin in a cell, and the degree of its field. */
export function componentPlace(
  { form, space }: Pick<KernelContext, "form" | "space">,
  row: number,
): { readonly base: number; readonly degree: 1 | 2; readonly perCell: number } {
  const { field, component } = form.rows[row];
  const { base, degree, map: { perCell } } = space.fields[field];
  return { base: base + component * perCell, degree, perCell };
}

/** JavaScript for a formula, or null where it is zero. */
export function valueIn({ form, statements }: KernelContext, node: Node): string | null {
  return node === form.graph.zero ? null : statements.value(node);
}
