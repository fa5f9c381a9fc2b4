import { type Expression, isExpression } from "../expression/contract.ts";
import { columnsIn } from "../mesh/expression_names.ts";
import { type ColumnOf, sampleExpression } from "../mesh/functions.ts";
import type { Swarm } from "./swarm.ts";

/** What names in expressions stand for, at the particles of `swarm`; `what` begins messages. */
export function columnsAt(swarm: Swarm, what: string): ColumnOf {
  const { mesh, variables } = swarm;
  const { model } = mesh;
  const coordinates = () => swarm.coordinates.data;
  return columnsIn({
    what,
    dim: mesh.dim,
    coordinates,
    t: model.tracker.time,
    parameters: model.parameters,
    sources: [
      {
        owner: `swarm '${swarm.name}'`,
        variables,
        valuesOf: (name) =>
          Float64Array.from(variables.get(name)!.data as ArrayLike<number>, Number),
      },
      {
        owner: `mesh '${mesh.name}'`,
        variables: mesh.variables,
        valuesOf: (name) => mesh.variables.get(name)!.evaluate(coordinates()).data,
      },
    ],
  });
}

/** Values of one number or expression per component, `[count x components]`. */
export function componentValues(
  values: readonly (number | bigint | Expression)[],
  column: ColumnOf,
  count: number,
): Float64Array {
  const out = new Float64Array(count * values.length);
  const scratch = new Float64Array(count);
  values.forEach((value, k) => {
    if (isExpression(value)) sampleExpression(value, column, count, scratch);
    else scratch.fill(Number(value));
    for (let i = 0; i < count; i++) out[i * values.length + k] = scratch[i];
  });
  return out;
}
