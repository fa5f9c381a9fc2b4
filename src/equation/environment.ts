/**
 * What formulas read of the model, taken once per solve.
 *
 * @module
 */
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import type { Topology } from "../mesh/topology.ts";
import type { KernelInputs } from "./leaf_sources.ts";

/** Values of parameters, fields and regions, in the order of a kernel's inputs. */
export interface Environment {
  readonly parameters: Float64Array;
  readonly fields: readonly Float64Array[];
  readonly fieldDofs: readonly Int32Array[];
  /** 1 in the cells of a region, `[cellCount]`. */
  readonly regions: readonly Uint8Array[];
}

/**
 * Reads the model.
 *
 * @param who Named in errors.
 * @throws {TypeError} when a parameter is not a number.
 * @throws {RangeError} when a parameter is not finite.
 */
export function environmentOf(inputs: KernelInputs, mesh: Mesh, who: string): Environment {
  const { parameters } = mesh.model;
  const { topology } = geometryOf(mesh);
  const numbers = inputs.parameters.map((name) => {
    const value = parameters.get(name);
    if (typeof value !== "number") {
      throw new TypeError(`${who}: parameter '${name}' is ${describe(value)}, not a number`);
    }
    if (!Number.isFinite(value)) {
      throw new RangeError(`${who}: parameter '${name}' is ${value}; it has to be finite`);
    }
    return value;
  });
  const fields = inputs.fields.map(({ name }) => fieldOf(mesh.variables.get(name)!));
  return {
    parameters: Float64Array.from(numbers),
    fields: fields.map(({ data, components, cellDofs }) =>
      data ?? new Float64Array((largest(cellDofs) + 1) * components)
    ),
    fieldDofs: fields.map(({ cellDofs }) => cellDofs),
    regions: inputs.regions.map((name) => cellsOf(topology, name)),
  };
}

function largest(values: Int32Array): number {
  let most = -1;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]);
  return most;
}

/** Topologies are immutable. */
const known = new WeakMap<Topology, Map<string, Uint8Array>>();

function cellsOf(topology: Topology, region: string): Uint8Array {
  let all = known.get(topology);
  if (all === undefined) known.set(topology, all = new Map());
  let flags = all.get(region);
  if (flags === undefined) {
    all.set(region, flags = new Uint8Array(topology.cellCount));
    for (const cell of topology.regions.get(region) ?? []) flags[cell] = 1;
  }
  return flags;
}

/** The part of an environment that some formulas read, in their own order. */
export function seenBy(
  inputs: KernelInputs,
  all: KernelInputs,
  environment: Environment,
): Environment {
  const fieldAt = inputs.fields.map((field) =>
    all.fields.findIndex(({ name }) => name === field.name)
  );
  return {
    parameters: Float64Array.from(
      inputs.parameters,
      (name) => environment.parameters[all.parameters.indexOf(name)],
    ),
    fields: fieldAt.map((at) => environment.fields[at]),
    fieldDofs: fieldAt.map((at) => environment.fieldDofs[at]),
    regions: inputs.regions.map((name) => environment.regions[all.regions.indexOf(name)]),
  };
}
