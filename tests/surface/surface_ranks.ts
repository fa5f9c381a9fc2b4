/**
 * A free surface whose mesh is divided among ranks, against the same on one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { MeshTangledError } from "../../src/errors.ts";
import { runFileChecks } from "../_rank_checks.ts";
import { surfaceRun } from "./_surface_run.ts";

/** Runs all checks; the number of checks, the same on every rank. As `tests/archive/files_ranks.ts` for the folder. */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  return runFileChecks(comm, [alike, putBack, tangled, files], folder, earlier, onlyEarlier);
}

/** From a file the run goes on with the same bytes; those of other numbers of ranks are where this one is. */
async function files(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const u = surfaceRun(comm), b = surfaceRun(comm);
  u.advance(0, 2);
  const path = await u.model.saveState({ file: `${folder}/surface_${comm.size}.snap.h5` });
  u.advance(2, 4);
  await b.model.loadState(path);
  b.advance(2, 4);
  using end = u.model.saveState(), found = b.model.saveState();
  assertEquals(diffSnapshots(end, found), []);
  for (const ranks of earlier) {
    const other = surfaceRun(comm);
    await other.model.loadState(`${folder}/surface_${ranks}.snap.h5`);
    other.advance(2, 4);
    const heights = other.surface.heights().values, expected = u.surface.heights().values;
    heights.forEach((h, i) => assertAlmostEquals(h, expected[i], 1e-7));
    assertEquals(comm.allreduce(other.swarm.count), comm.allreduce(u.swarm.count));
  }
}

function alike(comm: Comm): void {
  for (const interior of ["vertical", "laplace"] as const) {
    const [many, alone] = [surfaceRun(comm, interior), surfaceRun(undefined, interior)];
    many.advance(0, 3);
    alone.advance(0, 3);
    const found = many.surface.heights().values, expected = alone.surface.heights().values;
    // The flow is solved to 1e-11, the middle of the step to 1e-9.
    found.forEach((h, i) => assertAlmostEquals(h, expected[i], 1e-8));
    assertAlmostEquals(many.surface.volume(), alone.surface.volume(), 1e-9);
    const ids = many.T.globalDofIds;
    many.T.data.forEach((value, i) => assertAlmostEquals(value, alone.T.data[ids[i]], 1e-6));
    assertEquals(comm.allreduce(many.swarm.count), alone.swarm.count);
    assert(comm.size > 1 || many.swarm.count === alone.swarm.count);
  }
}

function putBack(comm: Comm): void {
  const u = surfaceRun(comm), b = surfaceRun(comm);
  u.advance(0, 4);
  b.advance(0, 1);
  using kept = b.model.saveState();
  b.advance(1, 3);
  b.model.loadState(kept);
  b.advance(1, 4);
  using end = u.model.saveState(), found = b.model.saveState();
  assertEquals(diffSnapshots(end, found), []);
}

function tangled(comm: Comm): void {
  const { model, surface } = surfaceRun(comm);
  using before = model.saveState();
  assertThrows(() => surface.step({ dt: 1e6, scheme: "rk4" }), MeshTangledError);
  using after = model.saveState();
  assertEquals(diffSnapshots(before, after), []);
}
