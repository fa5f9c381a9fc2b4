import type { TypedArray } from "../src/arrays.ts";
import type { Comm } from "../src/comm/comm.ts";
import { gatherThings, gatherTopologyData } from "../src/mesh/gather_whole.ts";
import { Geometry } from "../src/mesh/geometry.ts";
import { geometryOf, type Mesh } from "../src/mesh/mesh.ts";
import { storedMiddles } from "../src/mesh/stored_middles.ts";
import { Topology } from "../src/mesh/topology.ts";

/**
 * Runs the checks of a program of ranks, one after the other on all of them.
 *
 * @returns how many there are.
 * @throws {Error} what a check throws, with its name.
 */
export function runChecks(comm: Comm, checks: readonly ((comm: Comm) => void)[]): number {
  for (const check of checks) {
    try {
      check(comm);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return checks.length;
}

/** A check that may use files: in a folder, with the numbers of ranks that have left theirs there before. */
export type FileCheck = (
  comm: Comm,
  folder: string,
  earlier: readonly number[],
) => void | Promise<void>;

/**
 * The same for checks that make files in `folder`, for other numbers of ranks to read. Without a folder it takes one of
 * its own.
 *
 * @param earlier Numbers of ranks whose files are there.
 * @param onlyEarlier Whether to make only the checks that take up those.
 * @returns how many checks were made.
 * @throws {Error} what a check throws, with its name.
 */
export async function runFileChecks(
  comm: Comm,
  checks: readonly FileCheck[],
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  const wanted = checksAmong(checks, onlyEarlier);
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  for (const check of wanted) {
    try {
      await check(comm, place, earlier);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  comm.barrier();
  if (own && comm.rank === 0) Deno.removeSync(place, { recursive: true });
  return wanted.length;
}

/** All checks, or those that take up the files of other numbers of ranks: they have a parameter for these. */
export function checksAmong(
  checks: readonly FileCheck[],
  onlyEarlier: boolean,
): readonly FileCheck[] {
  return onlyEarlier ? checks.filter(({ length }) => length > 2) : checks;
}

/** What one rank computes alone, for all to compare with: only the first one does, since all would take as long. */
export function madeByFirst(
  comm: Comm,
  work: () => Readonly<Record<string, TypedArray>>,
): Record<string, TypedArray> {
  const made = comm.rank === 0 ? work() : {};
  const names = comm.bcast(Object.keys(made));
  return Object.fromEntries(
    names.map((name) => [name, comm.bcast(made[name] ?? new Float64Array(0))]),
  );
}

/** The geometry of all ranks, with global cells and nodes. Collective. */
export function wholeOf(mesh: Mesh): Geometry {
  const geometry = geometryOf(mesh), { comm } = mesh.model;
  const { coordinates, middles, topology: { rankMesh, dim } } = geometry;
  if (rankMesh === null) return geometry;
  const { nodes } = rankMesh, places = coordinates.slice(0, nodes.owned * dim);
  const all = gatherThings(nodes, places, dim, comm);
  const whole = new Topology(gatherTopologyData(rankMesh, comm));
  if (middles === null) return new Geometry(whole, all);
  const { edges } = rankMesh, stored = storedMiddles(geometry).slice(0, edges.owned * dim);
  return new Geometry(whole, all, gatherThings(edges, stored, dim, comm));
}
