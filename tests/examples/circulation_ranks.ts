/**
 * The example with a step that all ranks take back. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { main as circulation } from "../../examples/circulation.ts";
import type { Comm } from "../../mod.ts";
import { runChecks } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [takesBack]);
}

/** 48 x 12 rectangles, in two triangles with three particles each. */
const particles = 48 * 12 * 2 * 3;

function takesBack(comm: Comm): void {
  const { before, lost, after, sameTable, bitIdentical } = circulation(comm);
  assertEquals([before, after], [particles, particles]);
  // A regression pin: how many a step of 0.9 throws out depends on the scheme alone.
  assertEquals(lost, 316);
  assert(sameTable && bitIdentical);
}
