/**
 * Projections of particles: by least squares or by means, and with the integral that the particles have.
 *
 * @module
 */
import { cellMetrics } from "../mesh/cell_metrics.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { ArrayKind } from "../arrays.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import { particleMeans } from "./assembly/particle_means.ts";
import { countInCells, type ParticleField, particleSystem } from "./assembly/particles.ts";
import { referenceOf } from "./assembly/reference.ts";
import type { FieldFrame } from "./field_frame.ts";
import { type FieldSolution, solveFieldMatrices, type SolverLimits } from "./field_system.ts";

/** What a projection of particles keeps. */
export interface ParticleMethod {
  /** Whether values stay between those of the particles. */
  readonly bounded: boolean;
  /** Whether the integral is that of the particles. */
  readonly conserve: boolean;
}

/** The values of a projection; see `Projection`. Collective. */
export function projectParticles(
  frame: FieldFrame,
  { swarm, components, data }: SwarmVariable<ArrayKind>,
  limits: SolverLimits,
  method: ParticleMethod,
): FieldSolution {
  const { mesh } = swarm, places = placesOf(swarm);
  const { count, cells, numbers: [barycentric, values] } = nearby(mesh, swarm.ids, places, [
    { data: places.barycentric, width: mesh.dim + 1 },
    { data: data as ArrayLike<number>, width: components },
  ]);
  const field = { count, cells, barycentric, values, components };
  const assemble = method.bounded ? particleMeans : particleSystem;
  const { matrix, right } = assemble(frame.geometry, frame.map, field, mesh.model.comm);
  const solution = solveFieldMatrices(frame, () => matrix, right, limits);
  for (let a = 0; a < components; a++) {
    const { constrained } = frame.conditions.constraints(a, frame);
    const column = frame.column(solution.values, a);
    const range = rangeOf(frame, field, a);
    if (method.bounded) keepWithin(column, range, constrained);
    if (method.conserve) {
      balance(frame, field, a, column, constrained, method.bounded ? range : null);
    }
    for (let i = 0; i < column.length; i++) solution.values[i * components + a] = column[i];
  }
  return solution;
}

/** The least and the greatest value of the particles inside. */
function rangeOf(
  { variable: { mesh: { model: { comm } } } }: FieldFrame,
  { count, cells, values, components }: ParticleField,
  component: number,
): readonly [number, number] {
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < count; i++) {
    if (cells[i] < 0) continue;
    least = Math.min(least, values[i * components + component]);
    most = Math.max(most, values[i * components + component]);
  }
  return [comm.allreduce(least, "min"), comm.allreduce(most, "max")];
}

/** What the tolerance of the linear solver left outside. */
function keepWithin(
  values: Float64Array,
  [least, most]: readonly [number, number],
  constrained: Uint8Array,
): void {
  for (let i = 0; i < values.length; i++) {
    if (constrained[i] === 0) values[i] = Math.min(most, Math.max(least, values[i]));
  }
}

/**
 * Gives the field the integral of the particles over the cells that have some. What is missing is added to all
 * free values alike, or, within a range, to each in proportion to its distance from the bound that it moves to.
 */
function balance(
  frame: FieldFrame,
  particles: ParticleField,
  component: number,
  values: Float64Array,
  constrained: Uint8Array,
  range: readonly [number, number] | null,
): void {
  const { variable: { name, mesh: { model: { comm } } }, what } = frame;
  const missing = comm.allreduce(missingOf(frame, particles, component, values));
  if (missing === 0) return;
  const bound = range === null ? null : missing > 0 ? range[1] : range[0];
  const room = values.map((value, i) =>
    constrained[i] === 1 ? 0 : bound === null ? 1 : Math.abs(bound - value)
  );
  const whole = comm.allreduce(integral(frame, particles, room));
  if (!(whole > 0)) {
    // All at the bound already: rounding is missing.
    if (bound !== null && comm.allreduce(constrained.includes(0) ? 1 : 0, "max") > 0) return;
    throw new RangeError(
      `${what}: '${name}' cannot have the integral of the particles, since all of its values are prescribed`,
    );
  }
  // More than all of the room would leave the range; that takes prescribed values outside of it.
  const share = bound === null ? missing / whole : Math.max(-1, Math.min(1, missing / whole));
  for (let i = 0; i < values.length; i++) values[i] += share * room[i];
  if (range !== null) keepWithin(values, range, constrained);
}

/** The integral of the particles less that of the field, over this rank's cells that have particles. */
function missingOf(
  frame: FieldFrame,
  particles: ParticleField,
  component: number,
  values: Float64Array,
): number {
  const { geometry: { volumes, topology } } = frame, { components } = particles;
  const inCell = countInCells(particles, topology.cellCount);
  let sum = 0;
  for (let i = 0; i < particles.count; i++) {
    const cell = particles.cells[i];
    if (cell < 0 || cell >= topology.ownedCellCount) continue;
    sum += (volumes[cell] / inCell[cell]) * particles.values[i * components + component];
  }
  return sum - integral(frame, particles, values);
}

/** The integral over this rank's cells that have particles. */
function integral(
  { geometry, map: { degree, perCell, cellDofs } }: FieldFrame,
  particles: ParticleField,
  values: Float64Array,
): number {
  const { topology } = geometry, inCell = countInCells(particles, topology.cellCount);
  const reference = referenceOf(topology.dim, degree),
    { load, quadrature, values: phi } = reference;
  const { volumes, rows, steps } = cellMetrics(geometry, quadrature.barycentric);
  let sum = 0;
  for (let cell = 0; cell < topology.ownedCellCount; cell++) {
    if (inCell[cell] === 0) continue;
    for (let q = 0; steps !== null && steps[cell] === 1 && q < quadrature.count; q++) {
      const weight = quadrature.weights[q] * volumes[rows![cell] + q];
      for (let k = 0; k < perCell; k++) {
        sum += weight * phi[q * perCell + k] * values[cellDofs[cell * perCell + k]];
      }
    }
    if (steps !== null && steps[cell] === 1) continue;
    let mean = 0;
    for (let k = 0; k < perCell; k++) mean += load[k] * values[cellDofs[cell * perCell + k]];
    sum += volumes[cell] * mean;
  }
  return sum;
}
