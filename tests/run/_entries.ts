/** Entries of a catalog without files, for rules. @module */
import type { CheckpointEntry } from "../../src/run/checkpoint_entry.ts";

/** An entry of run "r" at a step, with sensible values for the rest. */
export function entryAt(step: number, changes: Partial<CheckpointEntry> = {}): CheckpointEntry {
  const file = `r-step${step}.snap.h5`;
  return {
    file,
    path: `/runs/${file}`,
    run: "r",
    name: "r",
    sequence: step,
    step,
    time: step * 0.1,
    dt: 0.1,
    createdAt: new Date(Date.UTC(2026, 0, 1) + step * 60_000),
    toolkitVersion: "0.1.0",
    level: 2,
    labels: {},
    bytes: 100,
    fileBytes: 100,
    dataBytes: 80,
    checksum: "xxh64:0",
    needs: [],
    ...changes,
  };
}
