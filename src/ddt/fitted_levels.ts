/**
 * Past values that particles carry, as the degrees of freedom see them at the end of a step.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { geometryOf, wholeGeometryOf } from "../mesh/mesh.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { fieldOf, type MeshVariable, wholeFieldOf, wholeValuesOf } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import { readVelocity } from "../swarm/velocity.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { selectPoints } from "../mesh/located_points.ts";
import type { DepartureTracer, TracedPoints, Wind } from "./departure.ts";
import { type DeparturePlaces, valuesAtDepartures } from "./departure_values.ts";
import { valuesOf } from "./level_variables.ts";
import { nodesToDofs } from "./nodes_to_dofs.ts";
import { columnsOf, fitNodes } from "./particle_fit.ts";

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

/** Values of this rank, as in `variable`, at places in the whole mesh: `[count x components]`. Collective. */
export function valuesAtPlaces(
  variable: MeshVariable,
  values: Float64Array,
  places: DeparturePlaces,
): Float64Array {
  const { mesh, components } = variable;
  const out = new Float64Array(places.count * components);
  valuesAtDepartures(
    wholeGeometryOf(mesh),
    variable,
    wholeValuesOf(variable, values),
    places,
    false,
    out,
  );
  return out;
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
  { count, cells, barycentric }: DeparturePlaces,
): Float64Array {
  const { topology } = wholeGeometryOf(variable.mesh), { degree, continuous } = variable;
  const { cellDofs } = topology.dofMap(degree, continuous);
  const field = { ...fieldOf(variable), cellDofs, data: wholeValuesOf(variable, change) };
  const out = new Float64Array(count * variable.components);
  evaluateInto(field, cells, barycentric, count, out);
  return out;
}

/**
 * Past values at the degrees of freedom, newest first, as they will be `dt` from now: fitted to the particles
 * that are near by then, and traced back where there are too few. Collective.
 *
 * @param tracer On the whole mesh.
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
  const places = placesOf(swarm);
  const ahead = allOrNone(comm, () => particlesAhead(swarm, places, tracer, dt, wind));
  // A path that met the boundary stopped before the end of the step: its particle does not count.
  const cells = ahead.cells.map((cell, i) => ahead.stopped[i] === 0 ? cell : -1);
  const owners = geometryOf(mesh).topology.rankMesh?.cells.owners;
  const ranks = cells.map((cell) => cell < 0 ? -1 : owners?.[cell] ?? 0);
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

/** The particles where they will be after `dt`. */
function particlesAhead(
  swarm: Swarm,
  places: FoundPoints,
  tracer: DepartureTracer,
  dt: number,
  wind: Wind,
): TracedPoints {
  const traced = tracer.start({ ...places, coordinates: swarm.coordinates.data });
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
  const { components, mesh: { model: { comm } } } = variable;
  const ids = variable.globalDofIds;
  const known = locatedDofs(tracer.geometry, variable);
  const at = tracer.start(selectPoints(known, dofs.map((dof) => ids[dof])));
  allOrNone(comm, () => tracer.back(at, dt, wind));
  out.forEach((level, j) => {
    const values = valuesAtPlaces(variable, valuesOf(levels[j]), at);
    dofs.forEach((dof, k) => {
      level.set(values.subarray(k * components, (k + 1) * components), dof * components);
    });
  });
}

/** The velocity in the middle of the step. Collective. */
function windOf({ variable: { mesh }, velocity }: CarriedLevels, dt: number): Wind {
  const read = readVelocity(velocity, mesh, wholeFieldOf);
  const middle = mesh.model.tracker.time + dt / 2;
  return (points, cells, barycentric, count, out) =>
    read.at(points, cells, barycentric, count, middle, out);
}
