/**
 * How points become particles, with the same ids on any number of ranks.
 *
 * @module
 */
import { fingerprintOf } from "../comm/fingerprint.ts";
import { requireSame } from "../comm/collective_errors.ts";
import { geometryOf, type Mesh, placesIn } from "../mesh/mesh.ts";
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
  const { dim, model: { comm } } = mesh, { rank, size } = comm, count = points.length / dim;
  // Each rank finds its share of the points, and tells the owners of their cells.
  const first = Math.floor(count * rank / size), last = Math.floor(count * (rank + 1) / size);
  const found = placesIn(mesh).find(points.slice(first * dim, last * dim));
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (let n = 0; n < found.count; n++) {
    lists[Math.max(0, found.ranks[n])].push(first + n, found.cells[n]);
  }
  const { cells } = geometryOf(mesh).topology.rankMesh!;
  // By rank, and ascending in the share of each.
  const mine = comm.alltoallv(lists.map((list) => Int32Array.from(list))).flatMap((
    part,
  ) => [...part]);
  const { nextId } = population;
  const ids = new BigInt64Array(mine.length / 2).map((_, n) => nextId + BigInt(mine[2 * n]));
  const to = population.appendAs(ids, count), { data } = population.coordinates;
  for (let n = 0; n < ids.length; n++) {
    for (let d = 0; d < dim; d++) data[(to + n) * dim + d] = points[mine[2 * n] * dim + d];
    population.cells.data[to + n] = cells.localOf(mine[2 * n + 1]);
  }
}
