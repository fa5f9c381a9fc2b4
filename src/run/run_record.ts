/**
 * What is known of a run: its id, identity and status.
 *
 * @module
 */
import type { RetentionPolicy } from "./retention.ts";
import type { RunIdentity } from "./run_identity.ts";

/** The status of a run. */
export type RunStatus = "running" | "completed" | "failed" | "interrupted";

/** A run as its folder describes it. */
export interface RunRecord {
  /** Its id, which is unique in the folder; the names of its files begin with it. */
  readonly id: string;
  /** The name of the model. */
  readonly name: string;
  /** The seed of `model.random`. */
  readonly seed: number;
  /** The XXH64 of `identity`, `xxh64:0123456789abcdef`; in earlier records its SHA-256. */
  readonly signature: string;
  /** The XXH64 of the part of `identity` that says which problem is solved: meshes, numbers, texts of equations. */
  readonly problemSignature: string;
  /** The XXH64 of the part that says how: variables, solvers and histories with their schemes. */
  readonly algorithmSignature: string;
  /** What identifies it: the shape of the model, the numbers of the script, and what the script adds. */
  readonly identity: RunIdentity;
  /** Its status; a run whose process died is interrupted. */
  readonly status: RunStatus;
  /** Why it failed or was interrupted. */
  readonly message: string | null;
  /** When it was begun. */
  readonly startedAt: Date;
  /** When its status last changed. */
  readonly updatedAt: Date;
  /** How often it was resumed. */
  readonly resumed: number;
  /** Which of its checkpoints it keeps, as far as that can be written: without functions; missing if all. */
  readonly keep?: RetentionPolicy;
  /** The seconds for which it was going until `updatedAt`, in all its processes together. */
  readonly elapsed: number;
}

/** The seconds until a moment, for a run that is going since its record was last written. */
export function elapsedBy({ elapsed, updatedAt }: RunRecord, now: Date): number {
  return elapsed + Math.max(0, (+now - +updatedAt) / 1000);
}
