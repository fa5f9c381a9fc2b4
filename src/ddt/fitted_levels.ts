/**
 * Past values that particles carry, as the degrees of freedom see them at the end of a step.
 *
 * @module
 */
import { freshFieldOf, freshValuesOf, ownedWithGhosts } from "../mesh/fresh_fields.ts";
import { geometryOf, placesIn } from "../mesh/mesh.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import { readVelocity } from "../swarm/velocity.ts";
import type { DepartureTracer, TracedPoints, Wind } from "./departure.ts";
import { DepartureField } from "./departure_values.ts";
import { valuesOf } from "./level_variables.ts";
import { nodesToDofs } from "./nodes_to_dofs.ts";
import { ownedDofs } from "./owned_dofs.ts";
import { columnsOf, fitNodes } from "./particle_fit.ts";
import { fieldWind, functionWind } from "./step_winds.ts";

/** Particles with past values, and the fields that are used where there are none. */
export interface CarriedLevels {
  /** The variable whose values they are: continuous, P1 or P2. */
  readonly variable: MeshVariable;
  readonly swarm: Swarm;
  /** Past values of the particles, newest first. */
  readonly stars: readonly SwarmVariable[];
  /** Past values on the mesh, newest first. */
  readonly levels: readonly MeshVariable[];
  readonly velocity: MeshVariable | VectorFunction;
}

/** Values of this rank, as in `variable`, at found points: `[count x components]`. Collective. */
export function valuesAtPlaces(
  variable: MeshVariable,
  values: Float64Array,
  points: FoundPoints,
): Float64Array {
  const { mesh } = variable, fresh = freshValuesOf(variable, values);
  return new DepartureField(mesh, placesIn(mesh), variable, fresh).read(points);
}

/**
 * What a solve changed, at particles: the field itself, without the curvature that {@link valuesAtPlaces} adds to P1.
 * At a jump that would give particles more than the nodes have changed, and the next fit more again. Collective.
 *
 * @param change `[dofCount x components]`, of this rank.
 */
export function changeAtParticles(
  variable: MeshVariable,
  change: Float64Array,
  points: FoundPoints,
): Float64Array {
  const { mesh, components } = variable;
  const field = { ...fieldOf(variable), data: freshValuesOf(variable, change) };
  return placesIn(mesh).read(points, components, (cells, barycentric, count, out) => {
    evaluateInto(field, cells, barycentric, count, out);
  }, "here");
}

/**
 * Past values at the degrees of freedom, newest first, as they will be `dt` from now: fitted to the particles
 * that are near by then, and traced back where there are too few. Collective.
 *
 * @throws {RangeError} when a velocity is not finite.
 */
export function fittedLevels(
  carried: CarriedLevels,
  tracer: DepartureTracer,
  dt: number,
): Float64Array[] {
  const { variable, swarm, stars, levels } = carried;
  const { mesh, components, dofCount, degree } = variable, { dim, model: { comm } } = mesh;
  const wind = windOf(carried, dt);
  const ahead = particlesAhead(swarm, tracer, dt, wind);
  // A path that met the boundary stopped before the end of the step: its particle does not count.
  const cells = ahead.cells.map((cell, i) => ahead.stopped[i] === 0 ? cell : -1);
  const ranks = ahead.ranks.map((rank, i) => ahead.stopped[i] === 0 ? rank : -1);
  const near = nearby(mesh, swarm.ids, { cells, ranks }, [
    { data: ahead.points, width: dim },
    { data: ahead.barycentric, width: dim + 1 },
    ...stars.map(({ data }) => ({ data, width: components })),
  ]);
  const [points, barycentric, ...values] = near.numbers;
  const columns = values.flatMap((rows) => columnsOf(rows, components));
  const fit = fitNodes(mesh, { points, cells: near.cells, barycentric }, columns);
  const out = levels.map(() => new Float64Array(dofCount * components));
  const missing = nodesToDofs(geometryOf(mesh), degree as 1 | 2, components, fit, out);
  if (comm.allreduce(missing.length, "max") > 0) {
    traceBack(carried, tracer, dt, wind, missing, out);
  }
  return out;
}

/** The particles where they will be after `dt`. Collective. */
function particlesAhead(
  swarm: Swarm,
  tracer: DepartureTracer,
  dt: number,
  wind: Wind,
): TracedPoints {
  const traced = tracer.start(placesOf(swarm), swarm.coordinates.data);
  tracer.back(traced, -dt, wind);
  return traced;
}

/** Reads the past fields where the paths to some degrees of freedom begin. */
function traceBack(
  { variable, levels }: CarriedLevels,
  tracer: DepartureTracer,
  dt: number,
  wind: Wind,
  dofs: readonly number[],
  out: readonly Float64Array[],
): void {
  const { components, ownedDofCount } = variable;
  const own = dofs.filter((dof) => dof < ownedDofCount);
  const { points, coordinates } = ownedDofs(variable, own);
  const at = tracer.start(points, coordinates);
  tracer.back(at, dt, wind);
  out.forEach((level, j) => {
    const values = valuesAtPlaces(variable, valuesOf(levels[j]), at);
    own.forEach((dof, k) => {
      level.set(values.subarray(k * components, (k + 1) * components), dof * components);
    });
    level.set(ownedWithGhosts(variable, level.subarray(0, ownedDofCount * components), components));
  });
}

/** The velocity in the middle of the step. Collective. */
function windOf({ variable: { mesh }, velocity }: CarriedLevels, dt: number): Wind {
  if (velocity instanceof MeshVariable) return fieldWind(velocity, freshFieldOf(velocity).data);
  return functionWind(mesh, readVelocity(velocity, mesh).at, mesh.model.tracker.time + dt / 2);
}
