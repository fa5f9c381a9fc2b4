/**
 * Coefficients in the state of a solver.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { type Expression, isExpression } from "../expression/contract.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { type Coefficient, type Coefficients, keptCoefficients } from "./coefficient.ts";

/** What is known of a coefficient: its form, and its value where that is not code. */
export interface CoefficientState {
  /** What kind of value it is. */
  readonly form: "number" | "function" | "expression" | "variable" | "list";
  /** The number, the expression, the variable's name, the states of a list; null for a function. */
  readonly value: StateValue;
  /** Nothing else; states are plain records. */
  readonly [name: string]: StateValue;
}

/** The state of a coefficient. */
export function coefficientState(value: Coefficients): CoefficientState {
  if (typeof value === "number") return { form: "number", value };
  if (Array.isArray(value)) return { form: "list", value: value.map(coefficientState) };
  if (value instanceof MeshVariable) return { form: "variable", value: value.name };
  if (isExpression(value)) return { form: "expression", value };
  return { form: "function", value: null };
}

/**
 * The coefficient that `state` stands for, given the live one: numbers and expressions come from the
 * state, functions and fields have to be there already.
 *
 * @throws {StateSchemaError} when the live one has another form, or is another field.
 */
export function restoredCoefficients(
  state: CoefficientState,
  live: Coefficients,
  bearer: string,
  what: string,
): Coefficients {
  const now = coefficientState(live);
  const differs = state?.form !== now.form ||
    (now.form === "variable" && now.value !== state.value) ||
    (now.form === "number" && !Number.isFinite(state.value)) ||
    (now.form === "expression" && !isExpression(state.value));
  if (differs) {
    throw new StateSchemaError(
      bearer,
      `${bearer}: ${what} was ${wordsFor(state)} when the state was saved and is ${
        wordsFor(now)
      } now; ` +
        `give it the same form before loading`,
    );
  }
  if (now.form === "number") return state.value as number;
  if (now.form === "expression") return state.value as unknown as Expression;
  if (now.form === "list") {
    const states = state.value as unknown as readonly CoefficientState[];
    const values = live as readonly Coefficient[];
    if (!Array.isArray(states) || states.length !== values.length) {
      throw new StateSchemaError(bearer, `${bearer}: ${what} had another number of components`);
    }
    return keptCoefficients(
      values.map((one, i) => restoredCoefficients(states[i], one, bearer, what) as Coefficient),
    );
  }
  return live;
}

function wordsFor(state: CoefficientState): string {
  switch (state?.form) {
    case "number":
      return `the number ${state.value}`;
    case "variable":
      return `the variable '${state.value}'`;
    case "expression":
      return isExpression(state.value) ? "an expression" : "an expression without its text";
    case "function":
      return "a function";
    case "list":
      return "a list";
    default:
      return "unknown";
  }
}
