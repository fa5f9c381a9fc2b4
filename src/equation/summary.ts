/**
 * What was understood of an equation, in words.
 *
 * @module
 */
import { petscPreconditioner } from "./petsc_jacobian.ts";
import type { CoefficientState } from "../solve/coefficient_state.ts";
import type { ConditionState } from "../solve/conditions.ts";
import type { LinearChoice } from "./jacobian_solver.ts";
import type { TimeScheme } from "./equation_history.ts";
import { formulaText } from "./formula_text.ts";
import type { Node } from "./graph.ts";
import type { Program } from "./program.ts";
import { zeroBlocksOf } from "./properties.ts";

/** One line: what it is about, and what is to be said. */
export type SummaryLine = readonly [what: string, text: string];

/** What an equation knows of itself besides its formulas. */
export interface SummaryContext {
  /** Test functions, by unknowns. */
  readonly tests: readonly string[];
  readonly scheme: TimeScheme;
  readonly choice: LinearChoice;
  /** Dirichlet values, by the names of the unknowns. */
  readonly held: { readonly [unknown: string]: readonly ConditionState[] };
  readonly unknownCount: number;
  readonly blockSize: number;
}

/** The lines of a summary. */
export function summaryOf(program: Program, context: SummaryContext): SummaryLine[] {
  const { form, fluxes, assembler, symmetry, isLinear, preconditioner } = program;
  const components = (name: string) =>
    form.unknowns.find((u) => u.name === name)?.components ??
      assembler.inputs.fields.find((field) => field.name === name)?.components ?? 1;
  const text = (node: Node) => formulaText(node, components);
  const { zero } = form.graph;
  const nameOf = (field: number, component: number, shown = form.unknowns[field].name) =>
    form.unknowns[field].components > 1 ? `${shown}[${component}]` : shown;
  const lines: SummaryLine[] = [[
    "unknowns",
    `${
      form.unknowns.map(({ name, degree, components }) =>
        `${name} (P${degree}${components > 1 ? ` x ${components}` : ""})`
      ).join(", ")
    }: ${context.unknownCount} numbers`,
  ]];
  for (const { field, component, value, flux } of form.rows) {
    const by = form.isEnergy ? "slope by" : "times";
    const name = nameOf(field, component, form.isEnergy ? undefined : context.tests[field]);
    lines.push([`${by} ${name}`, value === zero ? "0" : text(value)]);
    const isFlux = flux.some((entry) => entry !== zero);
    lines.push([`${by} grad(${name})`, isFlux ? `[${flux.map(text).join(", ")}]` : "0"]);
  }
  for (const { boundary, form: { rows } } of fluxes) {
    for (const { field, component, flux } of rows) {
      lines.push([`${nameOf(field, component)}: flux on ${boundary}`, text(flux)]);
    }
  }
  for (const [name, conditions] of Object.entries(context.held)) {
    for (const { boundary, component, value } of conditions) {
      const shown = component === null ? name : `${name}[${component}]`;
      lines.push([`${shown}: held on ${boundary}`, valueText(value)]);
    }
  }
  const count = form.rows.length;
  const missing = zeroBlocksOf(form);
  if (missing.length > 0 && preconditioner === null) {
    lines.push([
      "zero blocks",
      `${
        missing.join(", ")
      }: not in the rows of its own test function, as in saddle points: give a form for the ` +
      "preconditioner, or take the factors of PETSc",
    ]);
  }
  lines.push([
    "Jacobian",
    `${count} x ${count} blocks, ${form.blocks.length} of them not zero; ${
      isLinear ? "the same for all values of the unknowns (linear)" : "nonlinear"
    }; ${symmetry === "no" ? "not symmetric" : `symmetric (${symmetry})`}`,
  ]);
  if (program.rates.size > 0) lines.push(["in time", schemeText(context.scheme)]);
  lines.push([
    "quadrature",
    `exact to degree ${assembler.cellDegree} in cells` +
    (fluxes.length > 0 ? `, ${assembler.facetDegree} on boundaries` : ""),
  ]);
  lines.push(["linear systems", linearText(program, context)]);
  if (preconditioner !== null) {
    const own = program.isPreconditionerLinear ? ", which is linear and kept between solves" : "";
    lines.push(["preconditioner", `from a form of its own${own}`]);
  }
  return lines;
}

/** A Dirichlet value as it was given; functions are code, and have no text. */
function valueText({ form, value }: CoefficientState): string {
  if (form === "function") return "a function of position and time";
  if (form === "list") {
    return `[${(value as readonly CoefficientState[]).map(valueText).join(", ")}]`;
  }
  return `${value}`;
}

function schemeText({ order, theta }: TimeScheme): string {
  return theta === 1
    ? `backward differences of order ${order}`
    : `one-step scheme with theta = ${theta}`;
}

function linearText({ symmetry }: Program, { choice, blockSize }: SummaryContext): string {
  if (choice.petsc !== null) {
    const isSymmetric = symmetry !== "no";
    const name = petscPreconditioner(choice.preconditioner, blockSize, isSymmetric);
    const method = methodText[choice.method ?? (isSymmetric ? "cg" : "gmres")];
    return `by PETSc: ${method}; ${name === "multigrid" ? choice.petsc.multigrid : name}`;
  }
  const method = choice.method !== null
    ? `${methodText[choice.method]} (as asked for)`
    : symmetry === "no"
    ? "GMRES, since the Jacobian is not symmetric; bi-conjugate gradients where it stands still"
    : "conjugate gradients, since the Jacobian is symmetric; GMRES where it is not positive definite";
  const multigrid = blockSize === 1
    ? "smoothed aggregation"
    : `multigrid with blocks of ${blockSize}`;
  if (choice.preconditioner !== null) {
    const name = choice.preconditioner === "multigrid"
      ? multigrid
      : choice.preconditioner === "ilu"
      ? "incomplete factors"
      : "the diagonal";
    return `${method}; ${name} (as asked for)`;
  }
  if (blockSize === 0) return `${method}; incomplete factors, since degrees are mixed`;
  if (blockSize === 1 && symmetry !== "no") return `${method}; ${multigrid}`;
  return `${method}; ${multigrid}, or incomplete factors where rates outweigh the rest`;
}

const methodText = {
  cg: "conjugate gradients",
  gmres: "GMRES",
  bicgstab: "stabilised bi-conjugate gradients",
} as const;
