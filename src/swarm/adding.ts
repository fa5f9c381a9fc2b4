/**
 * How points become particles, with the same ids on any number of ranks.
 *
 * @module
 */
import { fingerprintOf } from "../comm/fingerprint.ts";
import { requireSame } from "../comm/collective_errors.ts";
import { geometryOf, type Mesh, wholeGeometryOf } from "../mesh/mesh.ts";
import type { Population } from "./population.ts";
import type { AddParticlesOptions } from "./swarm_options.ts";

/**
 * Adds particles at `points`, `[n x dim]`, with new ids: those of every rank, or where they are `global` those
 * that all ranks give, of which each keeps the points in its own cells. Collective.
 *
 * @throws {RangeError} when ranks have other options, or other points where they are `global`.
 */
export function addPoints(
  mesh: Mesh,
  population: Population,
  points: Float64Array,
  { migrate = true, global = false }: AddParticlesOptions,
): void {
  const { dim, model: { comm } } = mesh;
  if (comm.size > 1) {
    const shared = global
      ? `, ${points.length / dim} points, fingerprint ${fingerprintOf([points])}`
      : "";
    requireSame(comm, "addParticles", `${JSON.stringify({ migrate, global })}${shared}`);
  }
  if (global && comm.size > 1) addOwn(mesh, population, points);
  else {
    const first = population.append(points.length / dim, comm);
    population.coordinates.data.set(points, first * dim);
  }
}

/** Of points that all ranks have, adds those in cells of this rank; the first rank has those outside. */
function addOwn(mesh: Mesh, population: Population, points: Float64Array): void {
  const { dim, model: { comm } } = mesh;
  const count = points.length / dim;
  const cells = new Int32Array(count).fill(-1);
  wholeGeometryOf(mesh).locator.locate(points, count, cells, null);
  const { owners } = geometryOf(mesh).topology.rankMesh!.cells;
  const mine: number[] = [];
  cells.forEach((cell, i) => {
    if ((cell < 0 ? 0 : owners[cell]) === comm.rank) mine.push(i);
  });
  const { nextId } = population;
  const ids = BigInt64Array.from(mine, (i) => nextId + BigInt(i));
  const first = population.appendAs(ids, count);
  const { data } = population.coordinates;
  mine.forEach((i, n) => {
    for (let d = 0; d < dim; d++) data[(first + n) * dim + d] = points[i * dim + d];
    population.cells.data[first + n] = cells[i];
  });
}
