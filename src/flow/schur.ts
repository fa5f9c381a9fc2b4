/**
 * What stands for the inverse of the Schur complement, which acts on pressures.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { oppositeRow } from "../solve/assembly/facets.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import type { Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { Chebyshev, type SpectralBounds } from "../solve/linear/chebyshev.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import type { InertiaTerms } from "./inertia.ts";
import type { FreeStokes } from "./stokes_operators.ts";

/** An approximate inverse, and the diagonal of what it inverts, own rows. */
export interface SchurInverse {
  readonly inverse: Preconditioner;
  readonly scale: Float64Array;
}

/** Steps of the Chebyshev iteration for the pressure's mass matrix. */
const massSteps = 3;

/**
 * Without inertia, the pressure's mass matrix over the viscosity. With inertia the Schur complement is between that
 * and the Laplacian over density and rate, and its inverse about the sum of theirs. The Laplacian has pressure 0
 * where a boundary is open, and no flux where the normal velocity is prescribed. Collective.
 *
 * Source: J. Cahouet, J.-P. Chabard, "Some fast 3D finite element solvers for the generalized Stokes problem",
 * Int. J. Numer. Methods Fluids 8 (1988) 869-895, DOI 10.1002/fld.1650080802.
 */
export function schurInverse(
  frame: FieldFrame,
  p: MeshVariable,
  { mass, blocks: { inputs } }: FreeStokes,
  frames: BoundaryFrames,
): SchurInverse {
  const { pressure: map, inertia } = inputs, ranks = RankSpace.of(p.mesh, map);
  const sync = ranks === null ? null : (values: Float64Array) => ranks.sync(values);
  const viscous = new Chebyshev(mass, massBounds(map, frame.components), massSteps, sync);
  const scale = mass.diagonal();
  if (inertia === null) return { inverse: viscous, scale };
  const constrained = openPressures(frame, map, frames);
  ranks?.share({ constrained, values: new Float64Array(map.count) });
  const { free, preconditioner } = frame.cache.system({
    geometry: frame.geometry,
    map,
    massScale: 0,
    stiffnessScale: 1,
    diffusivity: mobility(inertia, frame, map),
    robin: [],
  }, constrained);
  const laplace = preconditioner?.() ?? ranks!.multigrid(free, constrained);
  const diagonal = free.diagonal();
  for (let i = 0; i < scale.length; i++) {
    // In series: the inverses add up.
    if (constrained[i] === 0) scale[i] = 1 / (1 / scale[i] + 1 / diagonal[i]);
  }
  const total = frame.any(constrained.includes(1)) ? null : (ranks?.total ?? map.count);
  return { inverse: new Sum(viscous, laplace, constrained, total, frame), scale };
}

/**
 * The inverses of mass and Laplacian, added up.
 *
 * State: none, vectors are work space of one call.
 */
class Sum implements Preconditioner {
  readonly #viscous: Preconditioner;
  readonly #laplace: Preconditioner;
  readonly #constrained: Uint8Array;
  /** Pressures over all ranks where constants are in the null space of the Laplacian; null where they are not. */
  readonly #total: number | null;
  readonly #frame: FieldFrame;
  readonly #r: Float64Array;
  readonly #z: Float64Array;

  constructor(
    viscous: Preconditioner,
    laplace: Preconditioner,
    constrained: Uint8Array,
    total: number | null,
    frame: FieldFrame,
  ) {
    this.#viscous = viscous;
    this.#laplace = laplace;
    this.#constrained = constrained;
    this.#total = total;
    this.#frame = frame;
    this.#r = new Float64Array(constrained.length);
    this.#z = new Float64Array(constrained.length);
  }

  apply(r: Float64Array, z: Float64Array): void {
    // With ghosts, which only multigrid over ranks looks at.
    const n = r.length, rest = this.#r, add = this.#z;
    this.#viscous.apply(r, z);
    let mean = 0;
    if (this.#total !== null) {
      for (let i = 0; i < n; i++) mean += r[i];
      mean = this.#frame.total(mean) / this.#total;
    }
    for (let i = 0; i < n; i++) rest[i] = this.#constrained[i] === 1 ? 0 : r[i] - mean;
    this.#laplace.apply(rest, add);
    for (let i = 0; i < n; i++) if (this.#constrained[i] === 0) z[i] += add[i];
  }
}

/** `1 / (density rate)`, means over cells at the points of the pressure. */
function mobility({ density, rate }: InertiaTerms, frame: FieldFrame, map: DofMap): Samples {
  if (typeof density === "number") return 1 / (density * rate);
  const { weights } = frame.reference.quadrature, from = weights.length;
  const { count } = referenceOf(frame.geometry.topology.dim, map.degree).quadrature;
  const out = new Float64Array(density.length / from * count);
  for (let cell = 0; cell * from < density.length; cell++) {
    let mean = 0;
    for (let q = 0; q < from; q++) mean += weights[q] / density[cell * from + q];
    out.fill(mean / rate, cell * count, (cell + 1) * count);
  }
  return out;
}

/** 1 at pressures on facets through which the fluid may flow freely, `[count]`. */
function openPressures(
  { geometry, map: velocity }: FieldFrame,
  map: DofMap,
  frames: BoundaryFrames,
): Uint8Array {
  const { topology } = geometry,
    { dim } = topology,
    { cells, locals, count } = topology
      .exteriorFacets;
  const out = new Uint8Array(map.count), normal = new Float64Array(3);
  const fast = elementOf(dim, velocity.degree), slow = elementOf(dim, map.degree);
  for (let f = 0; f < count; f++) {
    oppositeRow(geometry.cornerInverses, cells[f], dim, locals[f], normal);
    let isOpen = false;
    for (let a = 0; a < fast.perCell && !isOpen; a++) {
      if (fast.nodes[a * (dim + 1) + locals[f]] !== 0) continue;
      isOpen = isNormalFree(frames, velocity.cellDofs[cells[f] * fast.perCell + a], normal, dim);
    }
    if (!isOpen) continue;
    for (let a = 0; a < slow.perCell; a++) {
      if (slow.nodes[a * (dim + 1) + locals[f]] !== 0) continue;
      out[map.cellDofs[cells[f] * slow.perCell + a]] = 1;
    }
  }
  return out;
}

/** Whether more than half of the square of a facet's normal is along directions that nothing prescribes. */
function isNormalFree(
  { held, of, axes }: BoundaryFrames,
  node: number,
  normal: Float64Array,
  dim: number,
): boolean {
  let square = 0, free = 0;
  for (let d = 0; d < dim; d++) square += normal[d] ** 2;
  for (let k = 0; k < dim; k++) {
    if (held[node * dim + k] === 1) continue;
    let along = 0;
    for (let d = 0; d < dim; d++) {
      along += normal[d] *
        (of[node] < 0 ? (d === k ? 1 : 0) : axes[(of[node] * dim + k) * dim + d]);
    }
    free += along ** 2;
  }
  return free > square / 2;
}

/**
 * Bounds of the spectrum of a mass matrix over its diagonal.
 *
 * Source: A. J. Wathen, "Realistic eigenvalue bounds for the Galerkin mass matrix", IMA J. Numer. Anal. 7 (1987)
 * 449-457, DOI 10.1093/imanum/7.4.449.
 */
function massBounds({ degree }: DofMap, dim: number): SpectralBounds {
  return degree === 0 ? { lower: 1, upper: 1 } : { lower: 0.5, upper: dim === 2 ? 2 : 2.5 };
}
