import { type CheckpointBackend, childKey, type Payload } from "./contract.ts";
import { BackendSink } from "./sink.ts";
import { encodeState } from "./state_encode.ts";
import { classNameOf, recordsOf, type Subject } from "./subject.ts";

/**
 * The capture half of the one walk: meshes, swarms, bearers, then the records
 * of the model itself.
 *
 * @throws {SnapshotSerializationError} when a value cannot be saved.
 */
export function capture(subject: Subject, backend: CheckpointBackend): void {
  captureAll("meshes", subject.meshes, backend);
  captureAll("swarms", subject.swarms, backend);
  const bearers = subject.bearers;
  new BackendSink(backend, "state").group("", {}, [...bearers.keys()]);
  for (const [name, bearer] of bearers) {
    encodeState(backend, childKey("state", name), bearer.state, name, classNameOf(bearer));
  }
  for (const record of recordsOf(subject)) {
    encodeState(backend, record.name, record.state, record.name);
  }
}

function captureAll(
  section: string,
  members: ReadonlyMap<string, Payload>,
  backend: CheckpointBackend,
): void {
  new BackendSink(backend, section).group("", {}, [...members.keys()]);
  for (const [name, member] of members) {
    member.capture(new BackendSink(backend, childKey(section, name)));
  }
}
