import { type CheckpointBackend, childKey } from "./contract.ts";
import { BackendSink } from "./sink.ts";
import { encodeState } from "./state_encode.ts";
import {
  classNameOf,
  type PayloadSection,
  recordsOf,
  stateSection,
  type Subject,
} from "./subject.ts";

/**
 * The capture half of the snapshot walk. It visits the payloads of each kind, then the bearers,
 * then the records of the model itself.
 *
 * @throws {SnapshotSerializationError} when a value cannot be saved.
 */
export function capture(subject: Subject, backend: CheckpointBackend): void {
  for (const payloads of subject.payloads) captureAll(payloads, backend);
  const bearers = subject.bearers;
  new BackendSink(backend, stateSection).group("", {}, [...bearers.keys()]);
  for (const [name, bearer] of bearers) {
    encodeState(backend, childKey(stateSection, name), bearer.state, name, classNameOf(bearer));
  }
  for (const record of recordsOf(subject)) {
    encodeState(backend, record.name, record.state, record.name);
  }
}

/** Writes the names of all payloads of a kind, then each of them. */
export function captureAll(
  { section, members }: Omit<PayloadSection, "noun">,
  backend: CheckpointBackend,
): void {
  new BackendSink(backend, section).group("", {}, [...members.keys()]);
  for (const [name, member] of members) {
    member.capture(new BackendSink(backend, childKey(section, name)));
  }
}
