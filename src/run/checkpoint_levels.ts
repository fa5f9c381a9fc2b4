/**
 * Saves of less than everything: the bearers up to a level, without meshes, swarms and fields. Such a save
 * records which items of a batch are finished, and lets a run restart the unfinished one.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { SnapshotInvalidatedError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import {
  type CheckpointBackend,
  childKey,
  type Snapshottable,
  type SnapshottableState,
} from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { decodeState } from "../snapshot/state_decode.ts";
import { encodeState } from "../snapshot/state_encode.ts";
import { classNameOf, stateSection } from "../snapshot/subject.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";

/** A bearer that declares its own level, or what to do when its item restarts. */
export interface LeveledBearer extends Snapshottable {
  /** 0 for finished items, 1 for what an item needs to restart, 2 for everything else. */
  readonly checkpointLevel?: CheckpointLevel;
  /** Called after a restore of less than everything, when the unfinished item restarts. */
  restartItem?(): void;
}

/** The bearers that are saved at `level`, with their names. */
function bearersUpTo(
  model: Model,
  level: CheckpointLevel,
  levels: Readonly<Record<string, CheckpointLevel>>,
): [string, LeveledBearer][] {
  return [...model.bearers].filter(([name, bearer]: [string, LeveledBearer]) =>
    ((Object.hasOwn(levels, name) ? levels[name] : bearer.checkpointLevel) ?? 2) <= level
  );
}

/**
 * Captures the bearers up to a level, and the clock for information; on all ranks or on none. Collective.
 *
 * @throws {SnapshotSerializationError} when a value cannot be saved.
 */
export function captureLevel(
  model: Model,
  level: CheckpointLevel,
  levels: Readonly<Record<string, CheckpointLevel>>,
): MemoryBackend {
  const backend = new MemoryBackend();
  const chosen = bearersUpTo(model, level, levels);
  const keys = chosen.map(([name]) => name);
  allOrNone(model.comm, () => {
    backend.put(
      stateSection,
      { kind: "group", data: null, shape: [], attributes: {}, keys },
      "share",
    );
    for (const [name, bearer] of chosen) {
      encodeState(backend, childKey(stateSection, name), bearer.state, name, classNameOf(bearer));
    }
    const { time, step, dt } = model.tracker;
    encodeState(backend, "tracker", { time, step, dt }, "tracker");
  });
  return backend;
}

/**
 * Puts bearers back from a save of less than everything; the rest of the model stays as it is. Collective:
 * if one rank refuses, all do.
 *
 * @throws {SnapshotInvalidatedError} when a bearer is missing, or refuses its state; nothing is changed.
 */
export function restoreLevel(model: Model, entries: CheckpointBackend): void {
  const undo: (() => void)[] = [];
  try {
    allOrNone(model.comm, () => {
      for (const [name, bearer] of bearersIn(model, entries)) {
        const state = decodeState(
          entries,
          childKey(stateSection, name),
        ) as unknown as SnapshottableState;
        bearer.checkState?.(state);
        const before = bearer.state;
        undo.push(() => bearer.state = before);
        bearer.state = state;
      }
    });
  } catch (error) {
    for (const back of undo.toReversed()) back();
    throw error;
  }
  for (const bearer of model.bearers.values() as Iterable<LeveledBearer>) bearer.restartItem?.();
}

/** The bearers whose state a save holds. */
function bearersIn(model: Model, entries: CheckpointBackend): [string, LeveledBearer][] {
  const names = entries.get(stateSection)?.keys ?? [];
  const missing = names.filter((name) => !model.bearers.has(name));
  if (missing.length === 0) return names.map((name) => [name, model.bearers.get(name)!]);
  const list = missing.join(", ");
  throw new SnapshotInvalidatedError(
    `the checkpoint holds state of ${list}, which the model does not have; register the same objects`,
  );
}
