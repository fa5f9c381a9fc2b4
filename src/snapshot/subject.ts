import type { Comm } from "../comm/comm.ts";
import type { SnapshotPayload, Snapshottable } from "./contract.ts";

/** The key below which the states of all bearers are stored. */
export const stateSection = "state";

/** Payloads of one kind. */
export interface PayloadSection {
  /** The key below which these payloads are stored. */
  readonly section: string;
  /** The noun for one of them in messages. */
  readonly noun: string;
  /** The payloads by name, in the order of capture. */
  readonly members: ReadonlyMap<string, SnapshotPayload>;
}

/** A part of the model that is one record of values: tracker, parameters, random stream. */
export interface ManagedRecord {
  /** The key of its entry, e.g. `tracker`. */
  readonly name: string;
  /** The class name in migrations; defaults to the constructor's name. */
  readonly stateClass?: string;
  /** The version of its layout, where it has one. */
  readonly schemaVersion?: unknown;
  /** Plain values; reading returns the live values, and setting replaces them. */
  state: object;
  /** Throws if `state` could not take this value, and writes nothing. */
  checkState(state: object): void;
}

/** The members that the walk visits, in this order. The model implements this interface. */
export interface Subject {
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** The number of names given out for each class, so that a restore continues the count. */
  readonly names: ManagedRecord;
  /** Objects with numerical data, in sections by kind; later kinds may depend on earlier ones. */
  readonly payloads: readonly PayloadSection[];
  readonly bearers: ReadonlyMap<string, Snapshottable>;
  readonly tracker: ManagedRecord;
  readonly parameters: ManagedRecord;
  readonly random: ManagedRecord;
  /** The state of the adaptive time-step loop. */
  readonly stepControl: ManagedRecord;
}

/** The class name used for a bearer's states in files and migrations. */
export function classNameOf(bearer: { readonly stateClass?: string }): string {
  return bearer.stateClass || bearer.constructor?.name || "Object";
}

/** The records of the model itself, in the order of the walk. */
export function recordsOf(subject: Subject): readonly ManagedRecord[] {
  const { tracker, parameters, random, stepControl, names } = subject;
  return [tracker, parameters, random, stepControl, names];
}
