import { SelfComm } from "../../src/comm/self.ts";
import type { ModelHost } from "../../src/mesh/model_host.ts";
import type { SnapshotPayload, StateValue } from "../../src/snapshot/contract.ts";

/** As much of a model as a mesh needs. */
export class FakeHost implements ModelHost {
  readonly name = "fake";
  readonly comm = new SelfComm();
  readonly tracker = { time: 0, step: 0, dt: null };
  readonly values = new Map<string, StateValue>();
  readonly parameters = {
    has: (name: string) => this.values.has(name),
    get: (name: string) => this.values.get(name)!,
  };
  readonly meshes = new Map<string, SnapshotPayload>();
  readonly swarms = new Map<string, SnapshotPayload>();

  adopt(kind: string, member: unknown, className: string, wanted?: string): string {
    const members = kind === "mesh" ? this.meshes : this.swarms;
    const name = wanted ?? `${className}_${members.size}`;
    if (members.has(name)) throw new RangeError(`${name} is taken`);
    members.set(name, member as SnapshotPayload);
    return name;
  }

  requireIdle(): void {}

  unregister(_member: object): void {}

  requireMember(): void {}

  requireUnowned(): void {}

  indivisible<R>(_what: string, work: () => R): R {
    return work();
  }
}
