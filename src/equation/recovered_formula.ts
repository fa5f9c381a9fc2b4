/**
 * Formulas in which gradients are those of polynomials that fit the values of a field around a place.
 *
 * @module
 */
import { recoveredGradients } from "../ddt/nodal_gradients.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { leavesOf, type Node } from "./graph.ts";
import type { PointFormula } from "./point_formula.ts";
import type { FieldShape } from "./vocabulary.ts";

/** A field of recovered gradients. */
export interface Recovered {
  readonly shape: FieldShape;
  /** `[count x (components x dim)]` */
  readonly data: Float64Array;
  readonly dofs: Int32Array;
}

/** Not a name that a formula can have. */
function recoveredName(name: string): string {
  return `grad ${name}`;
}

/** The formula with recovered gradients in the place of those of the polynomials. */
export function withRecoveredGradients({ graph, dim, entries }: PointFormula): PointFormula {
  const known = new Map<Node, Node>();
  const at = (node: Node): Node => {
    const { leaf } = node;
    if (leaf?.kind === "field" && leaf.axis >= 0) {
      const component = leaf.component * dim + leaf.axis;
      return graph.leaf("field", recoveredName(leaf.name), component);
    }
    if (node.operands.length === 0) return node;
    let value = known.get(node);
    if (value === undefined) {
      known.set(node, value = graph.apply(node.operation, node.operands.map(at)));
    }
    return value;
  };
  return { graph, dim, entries: entries.map(at) };
}

/**
 * The recovered gradients of all fields whose gradients a formula uses. Collective.
 *
 * @throws {RangeError} when one of the fields is not continuous.
 */
export function recoveredFields({ entries }: PointFormula, mesh: Mesh, who: string): Recovered[] {
  const names = new Set<string>();
  for (const { leaf } of leavesOf(entries)) {
    if (leaf!.kind === "field" && leaf!.axis >= 0) names.add(leaf!.name);
  }
  return [...names].map((name) => {
    const variable = mesh.variables.get(name)!, { degree, continuous, components } = variable;
    if (!continuous) {
      throw new RangeError(
        `${who}: recovery needs continuous fields, and '${name}' is not; use by: "average" or "projection"`,
      );
    }
    const { data, cellDofs } = fieldOf(variable);
    const values = data ?? new Float64Array(variable.dofCount * components);
    const shape = {
      name: recoveredName(name),
      components: components * mesh.dim,
      degree,
      continuous,
    };
    return { shape, data: recoveredGradients(variable, values), dofs: cellDofs };
  });
}
