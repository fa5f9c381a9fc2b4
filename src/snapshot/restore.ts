/**
 * The restore half of the snapshot walk. Everything is checked before anything is written: first
 * the member names on both sides, then each payload, then the states of the bearers. An error lists
 * all problems. With several ranks, no rank writes before all of them have checked, and if one rank
 * refuses, all refuse. Writing then follows a fixed order: payloads of each kind, bearers, tracker,
 * parameters, random stream, names.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import {
  SnapshotInvalidatedError,
  SnapshotSerializationError,
  StateSchemaError,
  TimestashError,
} from "../errors.ts";
import { captureAll } from "./capture.ts";
import {
  type CheckpointBackend,
  childKey,
  type Snapshottable,
  type SnapshottableState,
  type StateValue,
} from "./contract.ts";
import { MemoryBackend } from "./memory_backend.ts";
import type { BufferPool } from "./pool.ts";
import { lifted, liftedRecord } from "./migrations.ts";
import { BackendSource } from "./source.ts";
import { decodeState } from "./state_decode.ts";
import { encodeState } from "./state_encode.ts";
import { shapeProblems } from "./state_shape.ts";
import {
  classNameOf,
  type ManagedRecord,
  type PayloadSection,
  recordsOf,
  stateSection,
  type Subject,
} from "./subject.ts";

/** A bearer and the state that it will receive. */
interface BearerPlan {
  readonly name: string;
  readonly bearer: Snapshottable;
  readonly state: SnapshottableState;
}

/** A record of the model and the values that it will receive. */
interface RecordPlan {
  readonly record: ManagedRecord;
  readonly state: object;
}

/** Everything that a restore will write, already checked. */
interface Plan {
  readonly payloads: readonly (() => void)[];
  readonly bearers: readonly BearerPlan[];
  readonly records: readonly RecordPlan[];
}

/**
 * Restores the contents of `backend` into `subject`, either completely or not at all. Collective.
 *
 * @param pool Provides memory for the undo copy that is kept while bearers without `checkState` are
 *   written.
 * @throws {SnapshotInvalidatedError} when the snapshot does not fit; `problems` lists why.
 * @throws {StateSchemaError} when a bearer cannot take its state.
 */
export function restore(subject: Subject, backend: CheckpointBackend, pool: BufferPool): void {
  const { comm } = subject;
  const plan = allOrNone(comm, () => planOf(subject, backend));
  const mayFail = plan.bearers.some(({ bearer }) => bearer.checkState === undefined);
  // Ranks may have different bearers, so either all ranks keep an undo copy or none does.
  if (comm.size === 1 ? !mayFail : comm.allreduce(mayFail ? 1 : 0, "max") === 0) {
    commit(plan, comm);
    return;
  }
  const present = new MemoryBackend(pool);
  try {
    const undo = allOrNone(comm, () => undoOf(subject, present));
    commitOrUndo(plan, undo, comm);
  } finally {
    present.release();
  }
}

function commitOrUndo(plan: Plan, undo: () => Plan, comm: Comm): void {
  try {
    commit(plan, comm);
  } catch (error) {
    commit(undo(), comm);
    throw error;
  }
}

/**
 * Copies what a restore writes over. A value that cannot be saved may be what the restore is to take away, so
 * records of the model, which are written last and as a whole, are kept as they are; so is the state of a
 * bearer that cannot be saved.
 */
function undoOf(subject: Subject, backend: CheckpointBackend): () => Plan {
  for (const payloads of subject.payloads) captureAll(payloads, backend);
  const states = [...subject.bearers].map(([name, bearer]) => undoOfBearer(name, bearer, backend));
  const records = recordsOf(subject).map((record) => ({ record, state: record.state }));
  return () => ({
    payloads: subject.payloads.flatMap((payloads) => planPayloads(payloads, backend, [])),
    bearers: states.map((stateOf) => stateOf()),
    records,
  });
}

function undoOfBearer(
  name: string,
  bearer: Snapshottable,
  backend: CheckpointBackend,
): () => BearerPlan {
  const { state } = bearer, key = childKey(stateSection, name);
  try {
    encodeState(backend, key, state, name, classNameOf(bearer));
  } catch (error) {
    if (!(error instanceof SnapshotSerializationError)) throw error;
    return () => ({ name, bearer, state });
  }
  return () => ({
    name,
    bearer,
    state: decodeState(backend, key) as unknown as SnapshottableState,
  });
}

/** Writes a plan. Payloads may communicate but cannot fail; bearers may fail on any rank. */
function commit(plan: Plan, comm: Comm): void {
  for (const write of plan.payloads) write();
  allOrNone(comm, () => {
    for (const bearerPlan of plan.bearers) give(bearerPlan);
    for (const { record, state } of plan.records) record.state = state;
  });
}

function give({ name, bearer, state }: BearerPlan): void {
  try {
    bearer.state = state;
  } catch (error) {
    throw asRefusal(name, bearer, error);
  }
}

/** Adds the name of the bearer to an error, unless it is one of the toolkit's own. */
function asRefusal(name: string, bearer: object, error: unknown): unknown {
  if (error instanceof TimestashError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const problem = `'${name}' (${classNameOf(bearer)}) does not take its state: ${reason}`;
  return new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem], {
    cause: error,
  });
}

function planOf(subject: Subject, backend: CheckpointBackend): Plan {
  const problems: string[] = [];
  const payloads = [
    ...subject.payloads.flatMap((payloads) => planPayloads(payloads, backend, problems)),
  ];
  const names = compareNames("bearer", stateSection, subject.bearers, backend, problems);
  for (const name of names) compareClass(name, subject.bearers.get(name)!, backend, problems);
  if (problems.length > 0) throw refusal(problems);
  return {
    payloads,
    bearers: names.map((name) => planBearer(name, subject.bearers.get(name)!, backend)),
    records: recordsOf(subject).map((record) => planRecord(record, backend)),
  };
}

function refusal(problems: readonly string[]): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(
    `the snapshot does not fit the model, and nothing was restored:\n  ${problems.join("\n  ")}`,
    problems,
  );
}

function planPayloads(
  { noun, section, members }: PayloadSection,
  backend: CheckpointBackend,
  problems: string[],
): (() => void)[] {
  return compareNames(noun, section, members, backend, problems).map((name) =>
    members.get(name)!.plan(new BackendSource(backend, childKey(section, name), problems))
  );
}

/** Compares the names on both sides; if they differ, the problem shows both lists. */
function compareNames(
  what: string,
  section: string,
  live: ReadonlyMap<string, unknown>,
  backend: CheckpointBackend,
  problems: string[],
): string[] {
  const group = backend.get(section), captured = group?.keys ?? [];
  if (group !== undefined && group.kind !== "group") {
    problems.push(`"${section}" should be a group, and is marked "${group.kind}"`);
  }
  const missing = captured.filter((name) => !live.has(name));
  const unknown = [...live.keys()].filter((name) => !captured.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    problems.push(
      `${section}: captured ${listed(captured)}; live ${listed([...live.keys()])}` +
        (missing.length > 0
          ? `; no longer registered: ${
            listed(missing)
          } (register the same, or load with { extra: "keep" })`
          : "") +
        (unknown.length > 0
          ? `; unknown to the snapshot: ${
            listed(unknown)
          } (unregister the ${what}, or take a snapshot ` +
            'that has it, or load with { missing: "keep" })'
          : ""),
    );
  }
  return captured.filter((name) => live.has(name));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `'${name}'`).join(", ");
}

function compareClass(
  name: string,
  bearer: Snapshottable,
  backend: CheckpointBackend,
  problems: string[],
): void {
  const captured = backend.get(childKey(stateSection, name))?.className;
  const live = classNameOf(bearer);
  if (captured !== undefined && captured !== live) {
    problems.push(`bearer '${name}' was captured as a ${captured} and is a ${live} now`);
  }
}

function planBearer(name: string, bearer: Snapshottable, backend: CheckpointBackend): BearerPlan {
  const captured = decodeState(backend, requireRecord(backend, childKey(stateSection, name))) as
    & StateValue
    & SnapshottableState;
  const state = lifted(classNameOf(bearer), captured, bearer);
  try {
    bearer.checkState?.(state);
  } catch (error) {
    throw withShape(name, asRefusal(name, bearer, error), bearer.state, state);
  }
  return { name, bearer, state };
}

/** A state is a record; in a file another kind of entry may stand in its place. */
function requireRecord(backend: CheckpointBackend, key: string): string {
  const kind = backend.get(key)?.kind;
  if (kind === undefined || kind === "record") return key;
  const problem = `the entry "${key}" should be a record, and is a ${kind}`;
  throw new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem]);
}

function planRecord(record: ManagedRecord, backend: CheckpointBackend): RecordPlan {
  const saved = decodeState(backend, requireRecord(backend, record.name)) as object;
  const state = liftedRecord(record, saved);
  try {
    record.checkState(state);
  } catch (error) {
    throw withShape(record.name, asRefusal(record.name, record, error), record.state, state);
  }
  return { record, state };
}

/** What a state lacks says more than what its class found when it looked at something else that followed from it. */
function withShape(name: string, error: unknown, live: object, saved: object): unknown {
  const problems = shapeProblems(live, saved);
  if (problems.length === 0) return error;
  const message = `${name}: in the saved state ${problems.join(", ")}; nothing was restored`;
  return new StateSchemaError(name, message, { cause: error });
}
