/**
 * What a checkpoint holds, taken from the model at one moment.
 *
 * @module
 */
import { type Model, storageOf } from "../model/model.ts";
import type { FileCapture } from "../model/storage.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";
import { captureLevel } from "./checkpoint_levels.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";

/** What was captured of the model, and where it stood. */
export interface CapturedCheckpoint {
  readonly entries: FileCapture;
  readonly step: number;
  readonly time: number;
  readonly dt: number | null;
  /** Bytes of numbers, those of all ranks. */
  readonly dataBytes: number;
}

/**
 * Captures the model now. Collective.
 *
 * @param background Whether a thread will write it.
 * @throws {SnapshotSerializationError} when a value cannot be saved.
 */
export function captureCheckpoint(
  model: Model,
  { comm, levels }: ResolvedOptions,
  level: CheckpointLevel,
  background: boolean,
): CapturedCheckpoint {
  const { step, time, dt } = model.tracker;
  const entries = level < 2
    ? captureLevel(model, level, levels)
    : storageOf(model).captureForFile(background);
  const dataBytes = comm.size === 1 ? entries.bytes : comm.allreduce(entries.bytes);
  return { entries, step, time, dt, dataBytes };
}
