/**
 * Matrices of linear equations, kept while nothing that they are made of changes.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { type JointBuild, jointly } from "../solve/ranks/joint_builds.ts";
import { remember } from "../solve/operator_cache.ts";
import type { Assembler } from "./assembler.ts";
import { type Environment, seenBy } from "./environment.ts";
import type { FreeJacobian } from "./jacobian_solver.ts";
import { dependsOn } from "./properties.ts";

/** What a matrix is made of. */
export interface MatrixInputs {
  /** The formulas. */
  readonly assembler: Assembler;
  readonly geometry: Geometry;
  /** The leading coefficient of rates, and the time; 0 where formulas of the matrix have none. */
  readonly rate: number;
  readonly t: number;
  readonly environment: Environment;
}

/** What a matrix depends on; times and coefficients that its formulas do not see are left out. */
export function matrixInputs(
  assembler: Assembler,
  geometry: Geometry,
  { t, rate }: { readonly t: number; readonly rate: number },
  environment: Environment,
): MatrixInputs {
  const nodes = assembler.jacobianNodes;
  return {
    assembler,
    geometry,
    rate: dependsOn(nodes, "rate") ? rate : 0,
    t: dependsOn(nodes, "time") ? t : 0,
    environment: seenBy(assembler.jacobianInputs, assembler.inputs, environment),
  };
}

/** How many are remembered, the last used first: steps of a few sizes in turn find theirs again. */
const capacity = 4;

/**
 * Finds matrices and their preconditioners again.
 *
 * State: none, everything is a function of its inputs, compared by value; cold or warm, same bytes.
 */
export class MatrixCache {
  readonly #matrices: JointBuild<{ readonly inputs: MatrixInputs; readonly matrix: CsrMatrix }>[] =
    [];
  readonly #systems: JointBuild<FreeJacobian>[] = [];

  /** The matrix for some inputs, which is made where the ranks do not know the same one. Collective. */
  matrix(inputs: MatrixInputs, comm: Comm, make: () => CsrMatrix): CsrMatrix {
    const known = this.#matrices.find(({ made }) => sameInputs(made.inputs, inputs)) ?? null;
    const entry = jointly(comm, known, () => ({ inputs: copyOf(inputs), matrix: make() }));
    remember(this.#matrices, entry, capacity);
    return entry.made.matrix;
  }

  /** The system for a matrix of this cache without its constrained unknowns. Collective. */
  system(
    matrix: CsrMatrix,
    constrained: Uint8Array,
    comm: Comm,
    make: () => FreeJacobian,
  ): FreeJacobian {
    const known = this.#systems.find(({ made }) =>
      made.whole === matrix && sameBytes(made.constrained, constrained)
    );
    const system = jointly(comm, known ?? null, make);
    remember(this.#systems, system, capacity);
    return system.made;
  }
}

/** Fields are live memory: what was there is compared with what is there later. */
function copyOf({ environment, ...rest }: MatrixInputs): MatrixInputs {
  const { parameters, fields } = environment;
  const copies = { parameters: parameters.slice(), fields: fields.map((field) => field.slice()) };
  return { ...rest, environment: { ...environment, ...copies } };
}

function sameInputs(a: MatrixInputs, b: MatrixInputs): boolean {
  // The same geometry has the same numberings and regions.
  return a.assembler === b.assembler && a.geometry === b.geometry && Object.is(a.rate, b.rate) &&
    Object.is(a.t, b.t) &&
    sameBytes(a.environment.parameters, b.environment.parameters) &&
    a.environment.fields.every((field, k) => sameBytes(field, b.environment.fields[k]));
}
