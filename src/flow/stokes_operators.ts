/**
 * The matrices of the Stokes equations, kept between solves while nothing they are made of changes.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { addFacetMass } from "../solve/assembly/facets.ts";
import type { Reference } from "../solve/assembly/reference.ts";
import { type Sparsity, sparsityOf } from "../solve/assembly/sparsity.ts";
import { sameSamples, type Samples } from "../solve/coefficient.ts";
import type { RobinTerm } from "../solve/conditions.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import { remember } from "../solve/operator_cache.ts";
import type { JointBuild } from "../solve/ranks/joint_builds.ts";
import { firstRows } from "../solve/ranks/rank_space.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { divergenceBlock, stabilisation, weightedMass } from "./divergence.ts";
import type { InertiaTerms } from "./inertia.ts";
import { turnedBlock, turnedColumns } from "./rotation.ts";
import { meanFluidity } from "./viscosity.ts";
import { blockPosition, viscousBlock } from "./viscous_block.ts";

/** Everything that the matrices are made of. */
export interface StokesInputs {
  readonly geometry: Geometry;
  readonly velocity: DofMap;
  readonly pressure: DofMap;
  readonly reference: Reference;
  readonly viscosity: Samples;
  /** Robin terms of each component. */
  readonly robin: readonly (readonly RobinTerm[])[];
  /** Null for flow without. */
  readonly inertia: InertiaTerms | null;
  readonly isStabilised: boolean;
}

/** The matrices between all unknowns, in Cartesian components. */
export interface StokesBlocks {
  readonly inputs: StokesInputs;
  /** The viscous block alone. */
  readonly viscous: CsrMatrix;
  /** The viscous block with Robin terms and inertia. */
  readonly a: CsrMatrix;
  readonly b: CsrMatrix;
  /** The stabilisation of equal orders; null for stable pairs. */
  readonly c: CsrMatrix | null;
  /** The pressure's mass matrix over the viscosity. */
  readonly mass: CsrMatrix;
}

/** How many rows of velocities and pressures this rank owns; they come first. */
export interface OwnedRows {
  readonly velocities: number;
  readonly pressures: number;
}

/** The matrices in the frames of the nodes, with prescribed components; the rows that this rank owns. */
export interface FreeStokes {
  readonly blocks: StokesBlocks;
  /** Those that it was made for: another solve may prescribe other values in them. */
  readonly madeFor: BoundaryFrames;
  /** The viscous block between all components. */
  readonly a: CsrMatrix;
  readonly b: CsrMatrix;
  readonly bt: CsrMatrix;
  /** What pressures do to velocities, where that is more than `bt`. */
  readonly gradient?: CsrMatrix;
  readonly c: CsrMatrix | null;
  /** The pressure's mass matrix over the viscosity. */
  readonly mass: CsrMatrix;
  /** The multigrid of `a`, made on first use. */
  readonly multigrid: MultigridSlot;
}

/** A preconditioner that is kept with its matrix. */
export interface MultigridSlot {
  /** On one rank. */
  alone: Preconditioner | null;
  /** On several. */
  joint: JointBuild<Preconditioner> | null;
}

/** How many are kept, the last used first. */
const capacity = 2;

/**
 * Builds matrices and hierarchies, or finds them again.
 *
 * State: none, everything is a function of its inputs, compared by value; with or without it, the same bytes.
 */
export class StokesOperators {
  readonly #blocks: StokesBlocks[] = [];
  readonly #systems: FreeStokes[] = [];

  /** The matrices between all unknowns. */
  blocks(inputs: StokesInputs): StokesBlocks {
    const known = this.#blocks.find((blocks) => sameInputs(blocks.inputs, inputs));
    const blocks = known ?? assemble(inputs, this.#blocks[0]);
    remember(this.#blocks, blocks, capacity);
    return blocks;
  }

  /** The matrices between free components. */
  system(blocks: StokesBlocks, frames: BoundaryFrames, owned: OwnedRows): FreeStokes {
    const known = this.#systems.find((system) =>
      system.blocks === blocks && sameFrames(system.madeFor, frames)
    );
    const system = known ?? makeSystem(blocks, frames, owned);
    remember(this.#systems, system, capacity);
    return system;
  }
}

function assemble(inputs: StokesInputs, last: StokesBlocks | undefined): StokesBlocks {
  const { geometry, velocity, pressure, reference, viscosity, isStabilised } = inputs;
  const fluidity = meanFluidity(viscosity, reference.quadrature.weights);
  const isSameMesh = last !== undefined && last.inputs.geometry === geometry &&
    last.inputs.velocity === velocity && last.inputs.pressure === pressure;
  const viscous = isSameMesh && sameSamples(last.inputs.viscosity, viscosity)
    ? last.viscous
    : viscousBlock(geometry, velocity, reference, viscosity);
  return {
    inputs,
    viscous,
    a: withInertia(withRobin(viscous, inputs), inputs),
    b: isSameMesh ? last.b : divergenceBlock(geometry, velocity, pressure),
    c: isStabilised ? stabilisation(geometry, pressure, fluidity) : null,
    mass: weightedMass(geometry, pressure, fluidity),
  };
}

/** Adds `integral of transfer v . w` over boundaries; the matrix itself where there are none. */
function withRobin(viscous: CsrMatrix, { velocity, robin }: StokesInputs): CsrMatrix {
  if (robin.every((terms) => terms.length === 0)) return viscous;
  const sparsity = sparsityOf(velocity);
  return withComponents(
    viscous,
    sparsity,
    1,
    robin.map((terms) => {
      const values = new Float64Array(sparsity.columns.length);
      for (const { rule, transfer } of terms) {
        addFacetMass(values, rule, velocity, sparsity, transfer);
      }
      return values;
    }),
  );
}

/** Adds `rate integral of density v . w`; the matrix itself where there is no inertia. */
function withInertia(a: CsrMatrix, { velocity, robin, inertia }: StokesInputs): CsrMatrix {
  if (inertia === null) return a;
  const { rate, mass: { values } } = inertia;
  return withComponents(a, sparsityOf(velocity), rate, robin.map(() => values));
}

/** Adds a matrix between nodes for each component by itself. */
function withComponents(
  { rows, cols, rowStarts: starts, columns, values }: CsrMatrix,
  { rows: nodes, rowStarts }: Sparsity,
  scale: number,
  added: readonly Float64Array[],
): CsrMatrix {
  const out = values.slice(), dim = added.length;
  for (const [r, own] of added.entries()) {
    for (let i = 0; i < nodes; i++) {
      for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
        out[blockPosition(rowStarts, dim, i, k, r)] += scale * own[k];
      }
    }
  }
  return new CsrMatrix(rows, cols, starts, columns, out);
}

/** What Newton's method adds to the matrices, in Cartesian components. */
export interface StokesTangent {
  /** The viscous block with Robin terms and the derivative of the viscosity by the strain rate. */
  readonly a: CsrMatrix;
  /** The derivative of the viscosity by the pressure, one row per pressure; null where there is none. */
  readonly coupling: CsrMatrix | null;
}

/** The matrices in the frames of the nodes, those of Newton's method where there is a tangent. */
export function makeSystem(
  blocks: StokesBlocks,
  frames: BoundaryFrames,
  { velocities, pressures }: OwnedRows,
  tangent: StokesTangent = { a: blocks.a, coupling: null },
): FreeStokes {
  const { dim } = blocks.inputs.geometry.topology, { coupling } = tangent;
  const a = turnedBlock(tangent.a, frames, dim), b = turnedColumns(blocks.b, frames, dim);
  return {
    blocks,
    madeFor: frames,
    a: firstRows(a, velocities),
    b: firstRows(b, pressures),
    bt: firstRows(b.transpose(), velocities),
    ...(coupling === null ? {} : { gradient: gradientOf(blocks.b, coupling, frames, velocities) }),
    c: blocks.c === null ? null : firstRows(blocks.c, pressures),
    mass: firstRows(blocks.mass, pressures),
    multigrid: { alone: null, joint: null },
  };
}

function gradientOf(
  b: CsrMatrix,
  coupling: CsrMatrix,
  frames: BoundaryFrames,
  velocities: number,
): CsrMatrix {
  const { rows, cols, rowStarts, columns } = b;
  const values = b.values.map((value, k) => value + coupling.values[k]);
  const sum = new CsrMatrix(rows, cols, rowStarts, columns, values);
  const turned = turnedColumns(sum, frames, frames.held.length / frames.of.length);
  return firstRows(turned.transpose(), velocities);
}

function sameInputs(a: StokesInputs, b: StokesInputs): boolean {
  return a.geometry === b.geometry && a.velocity === b.velocity && a.pressure === b.pressure &&
    a.isStabilised === b.isStabilised && sameSamples(a.viscosity, b.viscosity) &&
    sameInertia(a.inertia, b.inertia) &&
    a.robin.every((terms, r) =>
      terms.length === b.robin[r].length &&
      terms.every((term, i) =>
        term.boundary === b.robin[r][i].boundary &&
        sameSamples(term.transfer, b.robin[r][i].transfer)
      )
    );
}

function sameFrames(a: BoundaryFrames, b: BoundaryFrames): boolean {
  return sameBytes(a.held, b.held) && sameBytes(a.of, b.of) && sameBytes(a.axes, b.axes);
}

function sameInertia(a: InertiaTerms | null, b: InertiaTerms | null): boolean {
  if (a === null || b === null) return a === b;
  return a.rate === b.rate && sameSamples(a.density, b.density);
}
