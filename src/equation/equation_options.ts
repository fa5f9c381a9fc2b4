/**
 * What an equation is told, and what it tells.
 *
 * @module
 */
import { checkOrder, checkTheta } from "../ddt/coefficients.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";
import { checkOptions, describe, isRecord, type OptionNames, requireOptions } from "../options.ts";
import type { Comm } from "../comm/comm.ts";
import { petscSolver, solverNames } from "../solve/choose_solver.ts";
import { relativeTolerance } from "../solve/solver_limits.ts";
import type { SolveResult } from "../solve/solver_types.ts";
import type { StepResult } from "../solve/time_step.ts";
import type { TimeScheme } from "./equation_history.ts";
import type { Definitions, EquationTexts } from "./equation_texts.ts";
import type { EquationLimits } from "./frame_inputs.ts";
import {
  type KrylovMethod,
  methodNames,
  type PreconditionerChoice,
  preconditionerNames,
} from "./jacobian_solver.ts";

/** What is different in the form that a preconditioner is made from. */
export interface PreconditionerOptions {
  /** A weak form with the same test functions. Defaults to the equation's own. */
  readonly weak?: string;
  /** Definitions that replace those of the equation. */
  readonly define?: Definitions;
}

/** How linear systems are solved; what is left out is chosen by the equation, which says why. */
export interface LinearOptions {
  /**
   * Conjugate gradients for symmetric positive definite Jacobians, GMRES or stabilised bi-conjugate gradients
   * for others.
   */
  readonly method?: KrylovMethod;
  /**
   * Multigrid, incomplete factors without fill, or division by the diagonal; with PETSc also `"lu"`, the factors of the
   * whole matrix (by MUMPS on several ranks), which are its default where there are several components or the
   * Jacobian is not symmetric.
   */
  readonly preconditioner?: PreconditionerChoice;
  /** The toolkit's own methods, or PETSc's, where there is an MPI with PETSc. Defaults to `"timestash"`. */
  readonly solver?: "petsc" | "timestash";
}

/** What an `Equation` is made of: `weak` with `test`, or `energy`. */
export interface EquationOptions {
  /** The weak form: what is integrated over the domain and vanishes for every test function. */
  readonly weak?: string;
  /** Instead of a weak form: what is integrated over the domain and becomes stationary. */
  readonly energy?: string;
  /** The name of the test function; for several unknowns a list in their order. */
  readonly test?: string | readonly string[];
  /** Formulas by name, for use in all others. */
  readonly define?: Definitions;
  /** The order of backward differences, 1, 2 or 3. Defaults to 1. */
  readonly order?: number;
  /**
   * Instead of an order: the weight of the new time in the one-step scheme, above 0; 1 is implicit Euler
   * and 1/2 the implicit midpoint rule.
   */
  readonly theta?: number;
  /** To which degree cells and boundaries are integrated exactly. Defaults to an estimate from the formulas. */
  readonly quadratureDegree?: number;
  /** The form that a preconditioner is made from, where the equation's own Jacobian makes no good one. */
  readonly preconditioner?: PreconditionerOptions;
  /** How linear systems are solved. */
  readonly linear?: LinearOptions;
  /** Stable name of the equation's state. Defaults to `Equation_0` and so on. */
  readonly name?: string;
  /** Relative residual at which the iteration ends. Defaults to 1e-10. */
  readonly rtol?: number;
  /** Another name of `rtol`; one of them is given, not both. */
  readonly tolerance?: number;
  /** Iterations of the linear solver after which it gives up. Defaults to 500. */
  readonly maxIterations?: number;
  /** Steps of Newton's method after which it gives up. Defaults to 50. */
  readonly maxNewton?: number;
}

const optionNames: OptionNames<EquationOptions> = {
  weak: true,
  energy: true,
  test: true,
  define: true,
  order: true,
  theta: true,
  quadratureDegree: true,
  preconditioner: true,
  linear: true,
  name: true,
  rtol: true,
  tolerance: true,
  maxIterations: true,
  maxNewton: true,
};
const linearNames: OptionNames<LinearOptions> = {
  method: true,
  preconditioner: true,
  solver: true,
};
const preconditionerOptionNames: OptionNames<PreconditionerOptions> = { weak: true, define: true };

/** @throws {TypeError} when an option does not exist, or the options are not an object. */
export function checkEquationOptions(options: EquationOptions): void {
  requireOptions("Equation", options, optionNames);
  checkOptions("Equation, linear", options.linear, linearNames);
  checkOptions("Equation, preconditioner", options.preconditioner, preconditionerOptionNames);
}

/** How a solve went. A solve that does not converge throws instead. */
export interface EquationResult extends SolveResult {
  /** Steps of Newton's method; 1 for a linear equation. */
  readonly newton: number;
  /** Iterations of the linear solver, those of all steps together. */
  readonly iterations: number;
  /** Relative residuals: of Newton's method, or of the one linear solve. */
  readonly history: readonly number[];
  /** The step in time; 0 where the equation has no rate. */
  readonly dt: number;
  /** The order in time; 0 where the equation has no rate. */
  readonly order: number;
  /** Why it was lower than the one asked for; null where it was not. */
  readonly reduced: StepResult["reduced"];
}

/**
 * Checks the unknowns.
 *
 * @throws {TypeError} when they are not continuous mesh variables of degree 1 or 2.
 * @throws {RangeError} when there are none, one comes twice, or they live on several meshes.
 */
export function checkUnknowns(given: unknown): readonly MeshVariable[] {
  const unknowns: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (unknowns.length === 0) throw new RangeError("Equation: a list of unknowns is not empty");
  for (const unknown of unknowns) {
    if (!(unknown instanceof MeshVariable)) {
      throw new TypeError(
        "Equation takes the mesh variable it solves for first, or a list of them",
      );
    }
    const { name, mesh, continuous, degree } = unknown;
    if (!continuous) {
      throw new TypeError(
        `Equation needs continuous unknowns of degree 1 or 2; '${name}' is discontinuous P${degree}`,
      );
    }
    const [first] = unknowns as readonly MeshVariable[];
    if (mesh !== first.mesh) {
      throw new RangeError(
        `Equation: '${name}' lives on mesh '${mesh.name}', '${first.name}' on '${first.mesh.name}'; ` +
          `unknowns share one mesh`,
      );
    }
  }
  if (new Set(unknowns).size < unknowns.length) {
    throw new RangeError("Equation: an unknown is in the list twice");
  }
  requirePresent("Equation", ...unknowns as readonly MeshVariable[]);
  return unknowns as readonly MeshVariable[];
}

/**
 * The texts that options give.
 *
 * @throws {TypeError} when something is not a text.
 * @throws {RangeError} when there is not one of `weak` and `energy`, or not one test function per unknown.
 */
export function textsOf(options: EquationOptions, unknowns: number): EquationTexts {
  const { weak, energy, test, define = {}, preconditioner } = options;
  const hasWeak = weak !== undefined;
  if (hasWeak === (energy !== undefined)) {
    throw new RangeError("Equation: give a weak form or an energy, one of the two");
  }
  const text = hasWeak ? weak : energy!;
  requireText(hasWeak ? "weak" : "energy", text);
  const tests = test === undefined ? [] : Array.isArray(test) ? test : [test];
  if (hasWeak ? tests.length !== unknowns : test !== undefined) {
    throw new RangeError(
      hasWeak
        ? `Equation: ${unknowns} unknown${unknowns === 1 ? "" : "s"} and ${tests.length} test ` +
          `functions; option test names one for each`
        : "Equation: an energy has no test functions; leave option test out",
    );
  }
  for (const name of tests) requireText("test", name);
  return {
    kind: hasWeak ? "weak" : "energy",
    text,
    tests,
    define: checkDefinitions("define", define),
    preconditioner: preconditioner === undefined
      ? null
      : preconditionerTexts(preconditioner, hasWeak),
    fluxes: [],
  };
}

function preconditionerTexts(
  { weak, define }: PreconditionerOptions,
  isWeak: boolean,
): EquationTexts["preconditioner"] {
  if (weak === undefined && define === undefined) {
    throw new RangeError("Equation: a preconditioner has a weak form or definitions of its own");
  }
  if (weak !== undefined && !isWeak) {
    throw new RangeError("Equation: beside an energy a preconditioner takes definitions only");
  }
  if (weak !== undefined) requireText("preconditioner.weak", weak);
  return { weak: weak ?? null, define: checkDefinitions("preconditioner.define", define ?? {}) };
}

/**
 * Definitions as a plain record of texts; numbers become texts.
 *
 * @throws {TypeError} when one is neither.
 */
export function checkDefinitions(what: string, define: Definitions): Definitions {
  if (!isRecord(define)) {
    throw new TypeError(
      `Equation: ${what} is an object of formulas by name, got ${describe(define)}`,
    );
  }
  for (const [name, text] of Object.entries(define)) requireText(`${what}.${name}`, text);
  return { ...define };
}

/** @throws {TypeError} when something is not a text. */
export function requireText(what: string, text: unknown): asserts text is string {
  if (typeof text === "string") return;
  throw new TypeError(`Equation: ${what} is a formula as text, got ${typeof text}`);
}

/**
 * The scheme in time that options give.
 *
 * @throws {RangeError} when a number is out of range, or both an order above 1 and theta are given.
 */
export function timeSchemeOf({ order = 1, theta }: EquationOptions): TimeScheme {
  checkOrder("Equation", order);
  if (theta === undefined) return { order, theta: 1 };
  checkTheta("Equation", theta);
  if (theta === 0) {
    throw new RangeError("Equation: theta is above 0; the scheme is implicit");
  }
  if (order > 1) {
    throw new RangeError(
      `Equation: theta belongs to the one-step scheme and order ${order} to BDF; give one of them`,
    );
  }
  return { order: 1, theta };
}

/**
 * The limits that options give. Collective.
 *
 * @throws {RangeError} when one is out of range.
 * @throws {PetscError} when PETSc is asked for and cannot be used.
 */
export function equationLimits(options: EquationOptions, comm: Comm): EquationLimits {
  const rtol = relativeTolerance(options, "Equation");
  const { maxIterations = 500, maxNewton = 50 } = options;
  for (const [name, value] of Object.entries({ maxIterations, maxNewton })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new RangeError(`Equation: ${name} is a positive whole number, got ${value}`);
  }
  const { method = null, preconditioner = null, solver = null } = options.linear ?? {};
  requireOneOf("linear.method", method, methodNames);
  requireOneOf("linear.preconditioner", preconditioner, [...preconditionerNames, "lu"]);
  requireOneOf("linear.solver", solver, solverNames);
  if (preconditioner === "lu" && solver !== "petsc") {
    throw new RangeError(
      'Equation: the factors of a whole matrix are those of PETSc: linear: { solver: "petsc", preconditioner: "lu" }',
    );
  }
  const petsc = solver === "petsc" ? petscSolver(comm, "Equation, linear") : null;
  return { rtol, maxIterations, maxNewton, linear: { method, preconditioner, petsc } };
}

function requireOneOf(what: string, name: string | null, names: readonly string[]): void {
  if (name === null || names.includes(name)) return;
  const list = names.map((one) => `"${one}"`).join(", ");
  throw new RangeError(`Equation: ${what} is one of ${list}, got ${JSON.stringify(name)}`);
}

/** @throws {RangeError} when the degree of quadrature is not a whole number from 1 to 30. */
export function checkQuadrature(degree: number | undefined): number | null {
  if (degree === undefined) return null;
  if (Number.isInteger(degree) && degree >= 1 && degree <= 30) return degree;
  throw new RangeError(`Equation: quadratureDegree is a whole number from 1 to 30, got ${degree}`);
}
