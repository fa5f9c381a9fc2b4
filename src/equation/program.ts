/**
 * An equation as its texts say, ready to be evaluated on the meshes and fields that there are.
 *
 * @module
 */
import type { Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { sayNames } from "../mesh/names.ts";
import { Assembler, type BoundaryFlux } from "./assembler.ts";
import type { EquationTexts } from "./equation_texts.ts";
import { readFlux } from "./facet_form.ts";
import { type Form, readForm } from "./form.ts";
import {
  isLinear,
  namesTime,
  namesWithRates,
  onlyGradients,
  type Symmetry,
  symmetryOf,
} from "./properties.ts";
import { checkOwnNames, type FieldShape, meaningsOf, type Vocabulary } from "./vocabulary.ts";

/** Texts with everything that follows from them. */
export interface Program {
  readonly form: Form;
  readonly fluxes: readonly BoundaryFlux[];
  readonly assembler: Assembler;
  /** For the preconditioner, where it has a form of its own. */
  readonly preconditioner: Assembler | null;
  /** Whether matrices, that of the preconditioner too, do not depend on the unknowns. */
  readonly isLinear: boolean;
  readonly isPreconditionerLinear: boolean;
  readonly symmetry: Symmetry;
  /** Unknowns whose rates are used. */
  readonly rates: ReadonlySet<string>;
  /** Whether t occurs. */
  readonly isTimed: boolean;
  /** `[rows]`: whether a constant may be added to a component. */
  readonly onlyGradients: readonly boolean[];
}

/** Who owns the texts, and how they are to be read. */
export interface ProgramContext {
  readonly mesh: Mesh;
  readonly unknowns: readonly MeshVariable[];
  /** The name of the equation. */
  readonly who: string;
  readonly quadratureDegree: number | null;
  /** Whether names may still become parameters; see `readForm`. */
  readonly isEarly: boolean;
}

/**
 * Reads the texts of an equation.
 *
 * @throws {RangeError} when one cannot be read; the message has the piece that is wrong.
 */
export function readProgram(texts: EquationTexts, context: ProgramContext): Program {
  const { who, quadratureDegree, isEarly, mesh } = context;
  const vocabulary = vocabularyOf(texts, context);
  checkOwnNames(vocabulary, who);
  const form = readForm(texts, vocabulary, who, isEarly);
  const fluxes = texts.fluxes.map(({ unknown, boundary, component, text }): BoundaryFlux => {
    const field = vocabulary.unknowns.findIndex(({ name }) => name === unknown);
    const what = `${who}: the flux of ${unknown} on ${boundary}`;
    return { boundary, form: readFlux(text, field, component, vocabulary, what, isEarly) };
  });
  const facetForms = fluxes.map((flux) => flux.form);
  const field = (name: string) => mesh.variables.get(name) ?? null;
  const assembler = new Assembler(form, fluxes, field, quadratureDegree);
  const preconditioner = preconditionerOf(texts, context, fluxes);
  const isPreconditionerLinear = preconditioner === null || isLinear(preconditioner.jacobianNodes);
  return {
    form,
    fluxes,
    assembler,
    preconditioner,
    isLinear: isPreconditionerLinear && isLinear(assembler.jacobianNodes),
    isPreconditionerLinear,
    symmetry: symmetryOf(form, facetForms),
    rates: namesWithRates(form, facetForms),
    isTimed: namesTime(form, facetForms),
    onlyGradients: onlyGradients(form, facetForms),
  };
}

function preconditionerOf(
  texts: EquationTexts,
  context: ProgramContext,
  fluxes: readonly BoundaryFlux[],
): Assembler | null {
  if (texts.preconditioner === null) return null;
  const { weak, define } = texts.preconditioner;
  const { who, quadratureDegree, isEarly, mesh } = context;
  const other = {
    ...texts,
    kind: weak === null ? texts.kind : "weak" as const,
    text: weak ?? texts.text,
    define: { ...texts.define, ...define },
  };
  const vocabulary = vocabularyOf(other, context);
  const form = readForm(other, vocabulary, `${who}: the preconditioner`, isEarly);
  const field = (name: string) => mesh.variables.get(name) ?? null;
  return new Assembler(form, fluxes, field, quadratureDegree);
}

/** Whether every name still means what it meant when the program was read. */
export function isCurrent(
  program: Program,
  texts: EquationTexts,
  context: ProgramContext,
): boolean {
  const vocabulary = vocabularyOf(texts, context);
  const readings = [program.form, ...program.fluxes.map(({ form }) => form)];
  const other = program.preconditioner?.form;
  return [...readings, ...(other === undefined ? [] : [other])].every(({ uses }) =>
    [...uses].every(([name, meaning]) => meaningNow(name, vocabulary) === meaning)
  );
}

/** As {@link Reader.uses} has it; null where a name means nothing, or more than one thing. */
function meaningNow(name: string, vocabulary: Vocabulary): string | null {
  if (name.startsWith("region ")) {
    return vocabulary.isRegion(name.slice("region ".length)) ? "region" : null;
  }
  if (meaningsOf(name, vocabulary).length !== 1) return null;
  const field = vocabulary.field(name);
  if (field !== null) return `field P${field.degree} ${field.continuous} ${field.components}`;
  return vocabulary.isParameter(name) ? "parameter" : null;
}

/** The names that the texts can use. */
export function vocabularyOf(
  { tests, define }: Pick<EquationTexts, "tests" | "define">,
  { mesh, unknowns }: Pick<ProgramContext, "mesh" | "unknowns">,
): Vocabulary {
  const { parameters } = mesh.model;
  return {
    dim: mesh.dim,
    unknowns: unknowns.map(shapeOf),
    tests,
    definitions: new Map(Object.entries(define)),
    field: (name) => {
      const variable = mesh.variables.get(name);
      return variable === undefined || unknowns.includes(variable) ? null : shapeOf(variable);
    },
    isParameter: (name) => parameters.has(name),
    isRegion: (name) => mesh.regions.has(name),
    known: () =>
      `x, y, z, t, ${unknowns.length > 0 ? "the unknowns and test functions, " : ""}definitions (${
        sayNames(Object.keys(define))
      }), parameters of the model, and the variables ${sayNames([...mesh.variables.keys()])}`,
  };
}

function shapeOf({ name, components, degree, continuous }: MeshVariable): FieldShape {
  return { name, components, degree, continuous };
}
