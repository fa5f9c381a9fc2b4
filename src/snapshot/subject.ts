import type { Comm } from "../comm/comm.ts";
import type { SnapshotPayload, Snapshottable } from "./contract.ts";

/** The key below which the states of all bearers stand. */
export const stateSection = "state";

/** Payloads of one kind. */
export interface PayloadSection {
  /** The key below which they stand. */
  readonly section: string;
  /** What one of them is called in messages. */
  readonly noun: string;
  /** By name, in the order in which they are captured. */
  readonly members: ReadonlyMap<string, SnapshotPayload>;
}

/** A part of the model that is one record of managed values: tracker, parameters, random stream. */
export interface ManagedRecord {
  /** The key of its entry, e.g. `tracker`. */
  readonly name: string;
  /** Plain values; reading gives the live ones, setting takes over fresh ones. */
  state: object;
  /** Throws where `state` could not take this value, and writes nothing. */
  checkState(state: object): void;
}

/** What the walk visits, in this order. The model is one; it composes the floors below. */
export interface Subject {
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** How many names were given out by class, so that a restore continues the count. */
  readonly names: ManagedRecord;
  /** What has numbers of its own, kind after kind; later kinds may depend on earlier ones. */
  readonly payloads: readonly PayloadSection[];
  readonly bearers: ReadonlyMap<string, Snapshottable>;
  readonly tracker: ManagedRecord;
  readonly parameters: ManagedRecord;
  readonly random: ManagedRecord;
  /** The memory of the adaptive loop. */
  readonly stepControl: ManagedRecord;
}

/** The class by which a bearer's states are known in files and migrations. */
export function classNameOf(bearer: { readonly stateClass?: string }): string {
  return bearer.stateClass || bearer.constructor?.name || "Object";
}

/** The records of the model itself, in the order of the walk. */
export function recordsOf(subject: Subject): readonly ManagedRecord[] {
  const { tracker, parameters, random, stepControl, names } = subject;
  return [tracker, parameters, random, stepControl, names];
}
