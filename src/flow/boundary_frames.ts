/**
 * Frames at boundary nodes in which prescribed velocities are single components.
 *
 * @module
 */
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { type Coefficient, type Coefficients, sampleAll, sampleOne } from "../solve/coefficient.ts";
import { type Condition, dofsOn } from "../solve/conditions.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { type NodalDirections, nodalNormals } from "./nodal_normals.ts";
import { centreOf, turnToCentre } from "./round_boundary.ts";

/** Which components of the velocity are prescribed, each node in its own frame. */
export interface BoundaryFrames {
  /** `[count x dim]`, 1 where the component of the node's frame is prescribed. */
  readonly held: Uint8Array;
  /** `[count x dim]`, the prescribed components; 0 elsewhere. */
  readonly values: Float64Array;
  /** The frame of each node, `[count]`; -1 for the Cartesian one. */
  readonly of: Int32Array;
  /** `[frames x dim x dim]`, each row a direction. */
  readonly axes: Float64Array;
}

/** Two directions this close (13 degrees) stand for one: a curve may be cut into several boundaries. */
const sameDirection = 0.05;

/** Components of unit vectors nearer to 1 than this are rounding errors away from an axis. */
const alongAxis = 1e-10;

/**
 * The frames of all nodes. Where conditions meet, the one that was added last goes first, and of the others
 * only what is perpendicular to it is prescribed as well.
 *
 * @throws {RangeError} when a value is not finite, or a normal has no length.
 */
export function boundaryFrames(frame: FieldFrame): BoundaryFrames {
  const { map, geometry: { topology: { dim } }, conditions, ranks } = frame;
  const held = new HeldDirections(map.count, dim);
  const list = [...conditions.list].reverse();
  const centres = list.map(({ kind, transfer, boundary }) =>
    kind === "slip" && transfer === 0 ? centreOf(frame, boundary) : null
  );
  frame.agreed(() => {
    for (const [k, condition] of list.entries()) {
      if (condition.kind === "dirichlet") holdValues(frame, condition, held);
      else if (condition.kind === "slip") holdNormal(frame, condition, centres[k], held);
    }
  });
  if (ranks !== null) {
    ranks.sync(held.directions, dim * dim);
    ranks.sync(held.values, dim);
    const counts = Float64Array.from(held.counts);
    ranks.sync(counts);
    held.counts.set(counts);
  }
  return held.frames();
}

/** Prescribes Cartesian components. */
function holdValues(
  { geometry, map, components, sample }: FieldFrame,
  { boundary, component, value }: Condition,
  held: HeldDirections,
): void {
  const dofs = dofsOn(geometry, boundary, map);
  const columns = sampleAll(
    value,
    component === null ? components : 1,
    () => selectPoints(locatedDofs(geometry, map), dofs),
    sample(`value on ${boundary}`),
  );
  const direction = new Float64Array(components);
  for (const [a, samples] of columns.entries()) {
    direction.fill(0)[component ?? a] = 1;
    for (let i = 0; i < dofs.length; i++) {
      held.hold(dofs[i], direction, 0, typeof samples === "number" ? samples : samples[i]);
    }
  }
}

/** Prescribes the normal component; on a circle or a sphere, that towards its centre or away from it. */
function holdNormal(
  frame: FieldFrame,
  { boundary, value, transfer }: Condition,
  centre: Float64Array | null,
  held: HeldDirections,
): void {
  const { geometry, map, components, sample } = frame;
  const { dofs, directions } = transfer === 0
    ? nodalNormals(geometry, boundary, map)
    : givenNormals(frame, boundary, transfer);
  if (centre !== null) {
    turnToCentre(locatedDofs(geometry, map).coordinates, dofs, centre, directions);
  }
  const samples = sampleOne(
    value as Coefficient,
    () => selectPoints(locatedDofs(geometry, map), dofs),
    sample(`normal velocity on ${boundary}`),
  );
  for (let i = 0; i < dofs.length; i++) {
    const normal = typeof samples === "number" ? samples : samples[i];
    held.hold(dofs[i], directions, i * components, normal);
  }
}

function givenNormals(
  { geometry, map, components, sample, what }: FieldFrame,
  boundary: string,
  normal: Coefficients,
): NodalDirections {
  const dofs = dofsOn(geometry, boundary, map);
  const points = () => selectPoints(locatedDofs(geometry, map), dofs);
  const columns = sampleAll(normal, components, points, sample(`normal on ${boundary}`));
  const directions = new Float64Array(dofs.length * components);
  for (let i = 0; i < dofs.length; i++) {
    const vector = columns.map((column) => typeof column === "number" ? column : column[i]);
    const length = Math.hypot(...vector);
    if (length === 0) {
      throw new RangeError(
        `${what}: the normal on ${boundary} is 0 at (${
          points().coordinates.subarray(
            i * components,
            (i + 1) * components,
          ).join(", ")
        }); it needs a direction`,
      );
    }
    for (let d = 0; d < components; d++) directions[i * components + d] = vector[d] / length;
  }
  return { dofs, directions };
}

/**
 * Perpendicular directions at nodes and the velocities along them, put together one by one.
 *
 * State: none, it lives as long as one solve.
 */
class HeldDirections {
  /** `[count]` */
  readonly counts: Uint8Array;
  /** `[count x dim x dim]` */
  readonly directions: Float64Array;
  /** `[count x dim]` */
  readonly values: Float64Array;
  readonly #dim: number;

  constructor(count: number, dim: number) {
    this.#dim = dim;
    this.counts = new Uint8Array(count);
    this.directions = new Float64Array(count * dim * dim);
    this.values = new Float64Array(count * dim);
  }

  /** Prescribes a velocity along a direction, as far as it is not prescribed already. */
  hold(node: number, direction: Float64Array, at: number, velocity: number): void {
    const dim = this.#dim, n = this.counts[node];
    if (n === dim) return;
    const { directions, values } = this;
    const own = (node * dim + n) * dim;
    for (let d = 0; d < dim; d++) directions[own + d] = direction[at + d];
    let value = velocity;
    for (let k = 0; k < n; k++) {
      const other = (node * dim + k) * dim;
      let along = 0;
      for (let d = 0; d < dim; d++) along += direction[at + d] * directions[other + d];
      for (let d = 0; d < dim; d++) directions[own + d] -= along * directions[other + d];
      value -= along * values[node * dim + k];
    }
    let square = 0;
    for (let d = 0; d < dim; d++) square += directions[own + d] ** 2;
    if (square < sameDirection) {
      directions.fill(0, own, own + dim);
      return;
    }
    const length = Math.sqrt(square);
    for (let d = 0; d < dim; d++) directions[own + d] /= length;
    values[node * dim + n] = value / length;
    this.counts[node]++;
  }

  /** What came together. */
  frames(): BoundaryFrames {
    const dim = this.#dim, { counts, directions } = this, count = counts.length;
    const held = new Uint8Array(count * dim), values = new Float64Array(count * dim);
    const of = new Int32Array(count).fill(-1), turned: number[] = [];
    for (let i = 0; i < count; i++) {
      if (counts[i] === 0) continue;
      if (counts[i] === dim || this.#isCartesian(i)) this.#holdCartesian(i, held, values);
      else {
        of[i] = turned.length;
        turned.push(i);
        for (let k = 0; k < counts[i]; k++) {
          held[i * dim + k] = 1;
          values[i * dim + k] = this.values[i * dim + k];
        }
      }
    }
    const axes = new Float64Array(turned.length * dim * dim);
    for (const [f, i] of turned.entries()) {
      const own = axes.subarray(f * dim * dim, (f + 1) * dim * dim);
      own.set(directions.subarray(i * dim * dim, (i + 1) * dim * dim));
      for (let k = counts[i]; k < dim; k++) complete(own, k, dim);
    }
    return { held, values, of, axes };
  }

  #isCartesian(node: number): boolean {
    const dim = this.#dim, first = node * dim * dim;
    for (let k = 0; k < this.counts[node]; k++) {
      const row = this.directions.subarray(first + k * dim, first + (k + 1) * dim);
      if (!row.some((value) => Math.abs(value) > 1 - alongAxis)) return false;
    }
    return true;
  }

  #holdCartesian(node: number, held: Uint8Array, values: Float64Array): void {
    const dim = this.#dim, n = this.counts[node], first = node * dim * dim;
    for (let d = 0; d < dim; d++) {
      let sum = 0, isHeld = n === dim;
      for (let k = 0; k < n; k++) {
        const along = this.directions[first + k * dim + d];
        if (Math.abs(along) > 1 - alongAxis) isHeld = true;
        sum += along * this.values[node * dim + k];
      }
      if (!isHeld) continue;
      held[node * dim + d] = 1;
      values[node * dim + d] = sum;
    }
  }
}

/** Row `k` becomes the axis that is furthest from the rows before, made perpendicular to them. */
function complete(axes: Float64Array, k: number, dim: number): void {
  let best = -1, most = 0;
  for (let axis = 0; axis < dim; axis++) {
    let left = 1;
    for (let j = 0; j < k; j++) left -= axes[j * dim + axis] ** 2;
    if (left > most + 1e-12) {
      most = left;
      best = axis;
    }
  }
  const row = new Float64Array(dim);
  row[best] = 1;
  for (let j = 0; j < k; j++) {
    const along = axes[j * dim + best];
    for (let d = 0; d < dim; d++) row[d] -= along * axes[j * dim + d];
  }
  const length = Math.hypot(...row);
  for (let d = 0; d < dim; d++) axes[k * dim + d] = row[d] / length;
}
