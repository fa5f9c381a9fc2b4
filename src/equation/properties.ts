/**
 * What can be told of an equation from its formulas alone.
 *
 * @module
 */
import { compileNodes } from "./evaluate.ts";
import type { FacetForm } from "./facet_form.ts";
import type { Form } from "./form.ts";
import { leavesOf, type Node } from "./graph.ts";

/** Whether a Jacobian does not depend on the unknowns. */
export function isLinear(jacobian: readonly Node[]): boolean {
  return !dependsOn(jacobian, "unknown");
}

/** The unknowns whose rates are used. */
export function namesWithRates(form: Form, fluxes: readonly FacetForm[]): Set<string> {
  const past = leavesOf(residualNodes(form, fluxes)).filter(({ leaf }) => leaf!.kind === "past");
  return new Set(past.map(({ leaf }) => leaf!.name));
}

/** Whether t occurs. */
export function namesTime(form: Form, fluxes: readonly FacetForm[]): boolean {
  return dependsOn(residualNodes(form, fluxes), "time");
}

function residualNodes(form: Form, fluxes: readonly FacetForm[]): Node[] {
  return [
    ...form.rows.flatMap(({ value, flux }) => [value, ...flux]),
    ...fluxes.flatMap(({ rows }) => rows.map(({ flux }) => flux)),
  ];
}

/**
 * Whether each component of the unknowns occurs by its gradient only, so that a constant may be added to
 * it, `[rows]`.
 */
export function onlyGradients(form: Form, fluxes: readonly FacetForm[]): boolean[] {
  const { zero } = form.graph;
  return form.rows.map((row, column) => {
    const onFacets = fluxes.some(({ rows }) =>
      rows.some(({ slopes }) =>
        slopes.some(({ field, component }) => field === row.field && component === row.component)
      )
    );
    return !onFacets && form.blocks.every((block) =>
      block.column !== column ||
      [block.valueByValue, ...block.fluxByValue].every((node) => node === zero)
    );
  });
}

/** How it was found that a Jacobian is symmetric, or that it is not. */
export type Symmetry = "by its energy" | "by its formulas" | "by samples" | "no";

/**
 * Whether the Jacobian is symmetric. Where formulas are not the same node for node, they are compared at
 * a dozen fixed points; where they differ, or are not finite anywhere, it counts as not symmetric.
 */
export function symmetryOf(form: Form, fluxes: readonly FacetForm[]): Symmetry {
  if (form.isEnergy && fluxes.every((flux) => facetPairs(flux).every(isSame))) {
    return "by its energy";
  }
  const groups = [pairsOf(form), ...fluxes.map(facetPairs)];
  if (groups.every((pairs) => pairs.every(isSame))) return "by its formulas";
  return groups.every(agreeAtSamples) ? "by samples" : "no";
}

type Pair = readonly [Node, Node];

function isSame([a, b]: Pair): boolean {
  return a === b;
}

/** Formulas that are equal where the Jacobian is symmetric. */
function pairsOf(form: Form): Pair[] {
  const { blocks, dim, graph } = form;
  const empty = {
    valueByValue: graph.zero,
    valueByGradient: new Array<Node>(dim).fill(graph.zero),
    fluxByValue: new Array<Node>(dim).fill(graph.zero),
    fluxByGradient: new Array<Node>(dim * dim).fill(graph.zero),
  };
  return blocks.flatMap((block): Pair[] => {
    const mirrored = blocks.find(({ row, column }) =>
      row === block.column && column === block.row
    ) ?? empty;
    return [
      [block.valueByValue, mirrored.valueByValue],
      ...block.valueByGradient.map((node, d): Pair => [node, mirrored.fluxByValue[d]]),
      ...block.fluxByValue.map((node, d): Pair => [node, mirrored.valueByGradient[d]]),
      ...block.fluxByGradient.map((node, k): Pair => [
        node,
        mirrored.fluxByGradient[(k % dim) * dim + Math.floor(k / dim)],
      ]),
    ];
  });
}

function facetPairs({ rows, graph }: FacetForm): Pair[] {
  return rows.flatMap(({ field, component, slopes }) =>
    slopes.map((slope): Pair => {
      const other = rows.find((row) =>
        row.field === slope.field && row.component === slope.component
      );
      const mirrored = other?.slopes.find((back) =>
        back.field === field && back.component === component
      );
      return [slope.by, mirrored?.by ?? graph.zero];
    })
  );
}

const samples = 12;

/** Relative to the values compared. */
const tolerance = 1e-9;

function agreeAtSamples(pairs: readonly Pair[]): boolean {
  const different = pairs.filter((pair) => !isSame(pair));
  const roots = different.flat();
  const leaves = leavesOf(roots);
  const values = compileNodes(roots, (node) => leaves.indexOf(node));
  let compared = 0;
  for (let sample = 0; sample < samples; sample++) {
    const at = values(leaves.map((node, k) => sampleOf(node, k, sample)));
    for (let k = 0; k < at.length; k += 2) {
      const scale = Math.abs(at[k]) + Math.abs(at[k + 1]);
      if (!Number.isFinite(scale)) continue;
      if (Math.abs(at[k] - at[k + 1]) > tolerance * scale) return false;
      compared++;
    }
  }
  return different.length === 0 || compared > 0;
}

/** Gradients between -0.3 and 0.3, everything else between 0.2 and 0.9: a Weyl sequence. */
function sampleOf({ leaf }: Node, k: number, sample: number): number {
  const fraction = ((k + 1) * 0.7548776662466927 + (sample + 1) * 0.5698402909980532) % 1;
  return leaf!.axis >= 0 ? 0.6 * fraction - 0.3 : 0.2 + 0.7 * fraction;
}

/** Whether any of the formulas is built on a kind of leaf. */
export function dependsOn(nodes: Iterable<Node>, kind: string): boolean {
  return leavesOf(nodes).some(({ leaf }) => leaf!.kind === kind);
}

/** Components of unknowns that do not occur in the rows of their own test function, as in saddle points. */
export function zeroBlocksOf({ rows, blocks, unknowns }: Form): string[] {
  return rows.flatMap(({ field, component }, row) => {
    if (blocks.some((block) => block.row === row && block.column === row)) return [];
    const { name, components } = unknowns[field];
    return [components > 1 ? `${name}[${component}]` : name];
  });
}

/** What errors say of systems that are hard to solve. */
export function zeroBlocksHint(
  { form, preconditioner }: { readonly form: Form; readonly preconditioner: unknown },
): string {
  const missing = zeroBlocksOf(form);
  if (missing.length === 0 || preconditioner !== null) return "";
  return ` (${missing.join(", ")}: not in the rows of its own test function, see toString)`;
}
