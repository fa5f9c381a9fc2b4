/**
 * Every byte of small runs on 1, 2, 3 and 4 ranks is what it was when `tests/data/fingerprints.json` was recorded. Runs on
 * workers: the quick ones in `tests/ranks_test.ts`, all in `fingerprints_long.ts`.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import recorded from "../data/fingerprints.json" with { type: "json" };
import { quickCases } from "./_fingerprint_cases.ts";
import { digestsOf, requireRecorded } from "./_fingerprints.ts";

/** Compares the quick cases; returns how many checks that was. */
export function main(comm: Comm): number {
  if (comm.size <= 4) requireRecorded(comm.size, digestsOf(comm, quickCases), recorded);
  return Object.keys(quickCases).length;
}
