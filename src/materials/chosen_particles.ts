/**
 * Which particles are meant.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import { sampleExpression, sampleScalar } from "../mesh/functions.ts";
import type { ScalarFunction } from "../mesh/points.ts";
import { describe } from "../options.ts";
import { columnsAt } from "../swarm/expression_columns.ts";
import type { Swarm } from "../swarm/swarm.ts";

/**
 * Some particles: a function of position and time or an expression that is true, or not 0, for them; or a list with
 * one entry per particle.
 */
export type ParticleChoice =
  | ((x: number, y: number, z: number, t: number) => number | boolean)
  | Expression
  | ArrayLike<number | boolean>;

/**
 * Whether the particle with an index is among the chosen ones; all are where no choice is made.
 *
 * @throws {TypeError} when the choice is of another kind.
 * @throws {RangeError} when a list has another length, an expression has an unknown name, or a value is NaN.
 */
export function chosenParticles(
  swarm: Swarm,
  choice: ParticleChoice | undefined,
  who: string,
): (i: number) => boolean {
  if (choice === undefined) return () => true;
  if (typeof choice === "function" || isExpression(choice)) {
    const values = valuesOf(swarm, choice, who), wrong = values.findIndex(Number.isNaN);
    if (wrong < 0) return (i) => values[i] !== 0;
    const place = Array.from({ length: swarm.mesh.dim }, (_, d) => swarm.coordinates.get(wrong, d));
    throw new RangeError(`${who}: where is NaN at (${place.join(", ")}), neither true nor false`);
  }
  if (typeof choice !== "object" || choice === null || typeof choice.length !== "number") {
    throw new TypeError(
      `${who}: where is a function, an expression or a list, got ${describe(choice)}`,
    );
  }
  if (choice.length !== swarm.count) {
    throw new RangeError(`${who}: ${choice.length} entries for ${swarm.count} particles`);
  }
  return (i) => Boolean(choice[i]);
}

function valuesOf(
  swarm: Swarm,
  choice: Exclude<ParticleChoice, ArrayLike<number | boolean>>,
  who: string,
): Float64Array {
  const { count, mesh } = swarm, out = new Float64Array(count);
  if (isExpression(choice)) {
    sampleExpression(choice, columnsAt(swarm, who), count, out);
    return out;
  }
  const asNumber: ScalarFunction = (x, y, z, t) => {
    const value = choice(x, y, z, t);
    return typeof value === "boolean" ? Number(value) : value;
  };
  sampleScalar(asNumber, swarm.coordinates.data, mesh.dim, mesh.model.tracker.time, out);
  return out;
}
