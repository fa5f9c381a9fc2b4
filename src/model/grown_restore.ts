/**
 * Restores into a model that is not the one that was saved: it has grown by fields, solvers or values, or lacks
 * some. The snapshot is completed before it is restored, so that the restore itself checks and writes as always:
 * with what the model has and the snapshot lacks, by what the model has now; and the model with what it lacks.
 *
 * @module
 */
import { kindOf, type TypedArray, viewOf } from "../arrays.ts";
import { meshPaths, meshSection } from "../mesh/stored.ts";
import {
  type CheckpointBackend,
  childKey,
  isWithin,
  type SnapshotEntry,
  type StateValue,
} from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { decodeState } from "../snapshot/state_decode.ts";
import { encodeState } from "../snapshot/state_encode.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmPaths, swarmSection } from "../swarm/stored.ts";
import { checkOptions, describe, isRecord, type OptionNames } from "../options.ts";

/** What a restore does where the model and the snapshot do not have the same objects. */
export interface RestoreOptions {
  /**
   * What the model has and the snapshot lacks (fields, particles' variables, solvers, conditions, parameters, tracker
   * values):
   * `refuse` it (the default; parameters and tracker values go), or `keep` it as it is now.
   */
  readonly missing?: "keep" | "refuse" | undefined;
  /**
   * What the snapshot has and the model lacks: `refuse` it (the default), or `keep` it in the model, as
   * `Model.fromSnapshot` does: fields and particles by name, the states of other objects as they are, so that the
   * next snapshot has them again. On several ranks whole meshes and swarms cannot be kept.
   */
  readonly extra?: "keep" | "refuse" | undefined;
}

/** The names of {@link RestoreOptions}. */
export const restoreOptionNames: OptionNames<RestoreOptions> = { missing: true, extra: true };

/**
 * Refuses options of a restore that do not exist, or have other values.
 *
 * @throws {TypeError} when they do.
 */
export function checkRestoreOptions(what: string, { missing, extra }: RestoreOptions): void {
  for (const [name, value] of Object.entries({ missing, extra })) {
    if (value === undefined || value === "keep" || value === "refuse") continue;
    throw new TypeError(`${what}: ${name} must be "keep" or "refuse", got ${describe(value)}`);
  }
}

/**
 * Refuses what a restore from a token cannot take.
 *
 * @throws {TypeError} when an option does not exist, or has another value.
 */
export function checkTokenOptions(options: RestoreOptions): void {
  checkOptions("loadState from a token", options, restoreOptionNames);
  checkRestoreOptions("loadState", options);
}

/** The snapshot with what only the live model has; entries are shared, not copied. */
export function completedBy(snapshot: CheckpointBackend, live: CheckpointBackend): MemoryBackend {
  const all = new MemoryBackend();
  const lists = new Map<string, readonly string[]>();
  const added: string[] = [];
  const complete = (section: string) => {
    const own = keysIn(snapshot, section), more = keysIn(live, section);
    const names = more.filter((name) => !own.includes(name));
    if (names.length > 0) lists.set(section, [...own, ...names]);
    added.push(...names.map((name) => childKey(section, name)));
    return own.filter((name) => more.includes(name)).map((name) => childKey(section, name));
  };
  for (const mesh of complete(meshSection)) complete(`${mesh}/${meshPaths.variables}`);
  const swarms = complete(swarmSection);
  for (const swarm of swarms) complete(`${swarm}/${swarmPaths.variables}`);
  const solvers = complete(stateSection).flatMap((key) => withConditions(key, snapshot, live));
  const records = ["tracker", "parameters", "names"];
  const isRecord = (key: string) => records.includes(key.split("/", 1)[0]);
  for (const key of snapshot.keys()) {
    if (isRecord(key) || solvers.some(({ key: own }) => isWithin(key, own))) continue;
    const entry = snapshot.get(key)!;
    all.put(key, { ...entry, keys: lists.get(key) ?? entry.keys }, "share");
  }
  for (const key of live.keys()) {
    const parent = added.find((start) => isWithin(key, start));
    if (parent === undefined || all.get(key) !== undefined) continue;
    const swarm = swarms.find((swarm) => key.startsWith(`${swarm}/${swarmPaths.variables}/`));
    const entry = live.get(key)!;
    all.put(key, swarm === undefined ? entry : rowsFor(entry, swarm, snapshot, live), "share");
  }
  for (const { key, state, className } of solvers) {
    encodeState(all, key, state, key.slice(stateSection.length + 1), className);
  }
  for (const record of records) {
    encodeState(all, record, mergedRecord(record, snapshot, live), record);
  }
  return all;
}

/** The state of a solver with the conditions that only the live one has; nothing where there are none. */
function withConditions(
  key: string,
  snapshot: CheckpointBackend,
  live: CheckpointBackend,
): { readonly key: string; readonly state: object; readonly className?: string | undefined }[] {
  if (snapshot.get(key)?.kind !== "record" || !snapshot.get(key)!.keys?.includes("conditions")) {
    return [];
  }
  const saved = decodeState(snapshot, key) as Record<string, StateValue>;
  const conditions = allConditions(
    saved["conditions"],
    (decodeState(live, key) as Record<string, StateValue>)["conditions"],
  );
  if (conditions === null) return [];
  return [{ key, state: { ...saved, conditions }, className: snapshot.get(key)!.className }];
}

/**
 * Conditions in the order of the live solver: as they were saved, or, where they are new, as they are; by unknown for
 * an equation. Null where none is new.
 */
function allConditions(saved: StateValue, live: StateValue): StateValue | null {
  if (!Array.isArray(live) || !Array.isArray(saved)) {
    if (!isRecord(live) || !isRecord(saved)) return null;
    const own = saved as Record<string, StateValue>;
    const lists = Object.entries(live).map(([unknown, list]) =>
      [unknown, allConditions(own[unknown], list)] as const
    );
    if (lists.every(([, list]) => list === null)) return null;
    return Object.fromEntries(lists.map(([unknown, list]) => [unknown, list ?? own[unknown]]));
  }
  const isCondition = (it: StateValue) =>
    isRecord(it) && "kind" in it && "boundary" in it && "transfer" in it;
  if (![...live, ...saved].every(isCondition)) return null;
  const nameOf = (it: StateValue) => {
    const { kind, boundary, component } = it as Record<string, StateValue>;
    return JSON.stringify([kind, boundary, component]);
  };
  const known = new Map(saved.map((it) => [nameOf(it), it]));
  const all = live.map((it) => known.get(nameOf(it)) ?? it);
  return saved.every((it) => all.includes(it)) && all.length > saved.length ? all : null;
}

function keysIn(entries: CheckpointBackend, key: string): readonly string[] {
  return entries.get(key)?.keys ?? [];
}

/** A variable of particles for those of the snapshot, by id; 0 for particles that do not exist now. */
function rowsFor(
  entry: SnapshotEntry,
  swarm: string,
  snapshot: CheckpointBackend,
  live: CheckpointBackend,
): SnapshotEntry {
  const { data, shape } = entry;
  const wanted = snapshot.get(`${swarm}/${swarmPaths.ids}`)?.data,
    now = live.get(`${swarm}/${swarmPaths.ids}`)?.data;
  if (!data || !wanted || !now) return entry;
  const width = shape[1] ?? 1, rowOf = new Map<unknown, number>();
  now.forEach((id, row) => rowOf.set(id, row));
  const kind = kindOf(data), bytes = data.BYTES_PER_ELEMENT * width * wanted.length;
  const rows = viewOf(kind, new ArrayBuffer(bytes), width * wanted.length);
  wanted.forEach((id, i) => {
    const row = rowOf.get(id);
    if (row !== undefined) copyRow(rows, i * width, data, row * width, width);
  });
  return { ...entry, data: rows, shape: [wanted.length, ...shape.slice(1)] };
}

/** Bytes, since numbers would lose the payloads of NaN. */
function copyRow(to: TypedArray, at: number, from: TypedArray, start: number, width: number): void {
  const size = from.BYTES_PER_ELEMENT;
  const source = new Uint8Array(from.buffer, from.byteOffset + start * size, width * size);
  new Uint8Array(to.buffer, to.byteOffset + at * size, width * size).set(source);
}

/** The snapshot's record with what only the model has: values, parameters, counters of names. */
function mergedRecord(
  record: string,
  snapshot: CheckpointBackend,
  live: CheckpointBackend,
): object {
  const saved = decodeState(snapshot, record) as Record<string, StateValue>;
  const now = decodeState(live, record) as Record<string, StateValue>;
  if (record === "tracker") return { ...now, ...saved };
  if (record === "names") {
    const counts = Object.entries(now).map(([name, next]) =>
      [name, Math.max(next as number, (saved[name] ?? 0) as number)] as const
    );
    return { ...saved, ...Object.fromEntries(counts) };
  }
  const tables = ["values", "units", "first"].map((table) =>
    [table, { ...(now[table] as object), ...(saved[table] as object) }] as const
  );
  // The same order of names in all three, which a restore requires.
  return { ...saved, ...Object.fromEntries(tables) };
}
