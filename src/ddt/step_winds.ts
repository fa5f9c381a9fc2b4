/**
 * The velocity along paths, step by step.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { freshValuesOf } from "../mesh/fresh_fields.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { type Mesh, placesIn } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { readVelocity, type Velocity } from "../swarm/velocity.ts";
import type { Wind } from "./departure.ts";

/** Gives the velocity in the middle of step j, counted from the newest; ask for 0, 1, 2, ... in turn. */
export type StepWinds = (j: number) => Wind;

/**
 * The velocity of a function.
 *
 * @param steps Step sizes, newest first.
 * @param end The time at the end of the newest step.
 */
function windsOfFunction(
  velocity: VectorFunction,
  mesh: Mesh,
  steps: readonly number[],
  end: number,
): StepWinds {
  const { at } = readVelocity(velocity, mesh);
  let time = end;
  return (j) => {
    const middle = time - steps[j] / 2;
    time -= steps[j];
    return functionWind(mesh, at, middle);
  };
}

/** What a function of position gives at a time; where it throws on one rank, it throws on all. */
export function functionWind(mesh: Mesh, at: Velocity["at"], time: number): Wind {
  return (points, { cells, barycentric, count }, out) =>
    allOrNone(mesh.model.comm, () => at(points, cells, barycentric, count, time, out));
}

/** What a field has, `[dofCount x components]` with ghosts up to date, wherever its cells are. */
export function fieldWind(variable: MeshVariable, data: Float64Array | null): Wind {
  const field = { ...fieldOf(variable), data }, places = placesIn(variable.mesh);
  return (_points, found, out) =>
    out.set(
      places.read(found, field.components, (cells, barycentric, count, values) => {
        evaluateInto(field, cells, barycentric, count, values);
      }, "here"),
    );
}

/**
 * The velocity of a mesh variable: between past values, and in the newest step extrapolated
 * from the last two. Collective.
 *
 * @param past Its values at the starts of the steps, newest first, as this rank has them.
 * @param steps Step sizes, newest first.
 * @param isExtrapolated False where the values before the newest ones are not known.
 * @param isOfStep Whether values are those of a whole step: then they are taken as they are.
 */
function windsOfVariable(
  velocity: MeshVariable,
  past: readonly Float64Array[],
  steps: readonly number[],
  isExtrapolated: boolean,
  isOfStep: boolean,
): StepWinds {
  const all = past.map((values) => freshValuesOf(velocity, values));
  return (j) => {
    if (isOfStep) return fieldWind(velocity, all[j]);
    const [a, b] = j > 0
      ? [0.5, 0.5]
      : isExtrapolated
      ? [1 + steps[0] / steps[1] / 2, -steps[0] / steps[1] / 2]
      : [1, 0];
    const [u, v] = j > 0 ? [all[j - 1], all[j]] : [all[0], all[1]];
    return fieldWind(velocity, u.map((value, i) => a * value + b * v[i]));
  };
}

/**
 * The velocity along paths, whichever form it has. Collective for a variable.
 *
 * @param past As in {@link windsOfVariable}; empty for a function.
 * @param solves How many steps the history has completed; without any there is nothing to extrapolate from.
 * @param isOfStep Whether the values of a variable are those of a whole step, not of its start.
 */
export function windsOf(
  velocity: MeshVariable | VectorFunction,
  mesh: Mesh,
  past: readonly Float64Array[],
  steps: readonly number[],
  end: number,
  solves: number,
  isOfStep = false,
): StepWinds {
  return typeof velocity === "function"
    ? windsOfFunction(velocity, mesh, steps, end)
    : windsOfVariable(velocity, past, steps, solves > 0 && steps.length > 1, isOfStep);
}
