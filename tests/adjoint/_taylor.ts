/** Remainders of Taylor series: how a gradient is compared with runs. @module */
import { assert } from "@std/assert";
import { Adjoints } from "../../src/adjoint/adjoints.ts";
import { gradient } from "../../src/adjoint/gradient.ts";
import type { Control } from "../../src/adjoint/gradient_options.ts";
import { Objective } from "../../src/adjoint/objective.ts";
import type { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { Model } from "../../src/model/model.ts";

/** A run with an objective at its end. */
export interface Run {
  readonly steps: number;
  readonly step: (k: number) => void;
  readonly objective: string;
  readonly memory?: number;
}

/** A smooth direction without symmetries, `[count]`. */
function direction(count: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => Math.sin(1 + 0.7 * i) + 0.3 * Math.cos(2.1 * i),
  );
}

/** The objective of a run, after which the model is as before. */
function valueOf(model: Model, { steps, step, objective }: Run): number {
  using before = model.saveState();
  for (let k = 0; k < steps; k++) step(k);
  const [mesh] = model.meshes.values(), nothing = { variables: new Set<never>(), parameters: [] };
  const value = new Objective(objective, mesh).evaluate(new Adjoints(), nothing);
  model.loadState(before);
  return value;
}

/**
 * Fails unless `|J(m + h d) - J(m) - h dJ/dm . d|` falls with the second power of h over five halvings, which it
 * does where the gradient is that of the run, and with the first power where it is not.
 *
 * @param controls Each with the largest h.
 */
export async function assertGradient(
  model: Model,
  run: Run,
  controls: readonly (readonly [Control, number])[],
  what: string,
): Promise<void> {
  const { value, gradients } = await gradient(model, {
    ...run,
    controls: controls.map(([control]) => control),
    riesz: "coefficients",
  });
  controls.forEach(([control, first], k) => {
    const found = gradients[k] as MeshVariable | number;
    const slopes = typeof found === "number" ? Float64Array.of(found) : found.data.slice();
    const d = direction(slopes.length);
    const along = slopes.reduce((sum, slope, i) => sum + slope * d[i], 0);
    const remainders = Array.from({ length: 6 }, (_, j) => {
      const h = first * 2 ** -j;
      using before = model.saveState();
      if (typeof control === "string") {
        model.parameters.set(control, model.parameters.get(control) + h * d[0]);
      } else for (let i = 0; i < d.length; i++) control.data[i] += h * d[i];
      const there = valueOf(model, run);
      model.loadState(before);
      return Math.abs(there - value - h * along);
    });
    const orders = remainders.slice(1).map((remainder, j) => Math.log2(remainders[j] / remainder));
    const name = typeof control === "string" ? control : control.name;
    assert(
      orders.every((order) => order > 1.95 && order < 2.05),
      `${what}, by ${name}: orders ${orders.map((order) => order.toFixed(3)).join(", ")}`,
    );
  });
}
