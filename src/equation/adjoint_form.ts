/**
 * The weak form of an equation with its adjoint in place of the test functions: its derivatives by fields, earlier
 * values and parameters are what an adjoint run adds up.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Density } from "./density.ts";
import { frozen, type Graph, type Node, reachable, replaceLeaves } from "./graph.ts";
import type { Program } from "./program.ts";
import type { FieldShape } from "./vocabulary.ts";

/** The name under which a density reads the adjoint of an unknown; no variable of a formula has a blank. */
export function adjointName(unknown: string): string {
  return `adjoint ${unknown}`;
}

/** The name under which a density reads what earlier values add to the rate of an unknown. */
export function pastName(unknown: string): string {
  return `past ${unknown}`;
}

/** `lambda . R` as integrals. */
export interface AdjointForm {
  readonly cells: Density;
  readonly facets: readonly { readonly boundary: string; readonly density: Density }[];
}

/**
 * `lambda . R(u, past, fields, parameters)` of an equation.
 *
 * @throws {RangeError} when a formula has `frozen(...)`: its Jacobian is not its derivative.
 */
export function adjointForm({ form, fluxes }: Program, who: string): AdjointForm {
  const { graph, dim, rows, unknowns } = form;
  let sum = graph.zero;
  for (const { field, component, value, flux } of rows) {
    const adjoint = (axis: number) =>
      graph.leaf("field", adjointName(unknowns[field].name), component, axis);
    [value, ...flux].forEach((node, slot) => {
      sum = graph.sum(sum, graph.product(node, adjoint(slot - 1)));
    });
  }
  const cells = { graph, dim, node: fieldsOnly(graph, sum, who) };
  const facets = fluxes.map(({ boundary, form: { graph, dim, rows, unknowns } }) => {
    let sum = graph.zero;
    for (const { field, component, flux } of rows) {
      const adjoint = graph.leaf("field", adjointName(unknowns[field].name), component);
      sum = graph.difference(sum, graph.product(flux, adjoint));
    }
    return { boundary, density: { graph, dim, node: fieldsOnly(graph, sum, who) } };
  });
  return { cells, facets };
}

/** Unknowns and what earlier values add become fields like others. */
function fieldsOnly(graph: Graph, root: Node, who: string): Node {
  if (reachable([root]).some(({ operation }) => operation === frozen)) {
    throw new RangeError(
      `${who} has frozen(...) in a formula: its Jacobian is not its derivative, so it has no gradient; use the ` +
        `formula without it, and frozen(...) in the preconditioner only`,
    );
  }
  return replaceLeaves(graph, root, (node) => {
    const { kind, name, component, axis } = node.leaf!;
    if (kind === "unknown") return graph.leaf("field", name, component, axis);
    return kind === "past" ? graph.leaf("field", pastName(name), component, axis) : node;
  });
}

/** The fields that an adjoint form reads, by name: variables, and the three roles of unknowns. */
export function adjointFields(
  unknowns: readonly FieldShape[],
  variables: ReadonlyMap<string, MeshVariable>,
): (name: string) => FieldShape {
  const roles = new Map(
    unknowns.flatMap((shape) =>
      [shape.name, adjointName(shape.name), pastName(shape.name)].map((
        name,
      ): [string, FieldShape] => [name, { ...shape, name }])
    ),
  );
  return (name) => roles.get(name) ?? variables.get(name)!;
}
