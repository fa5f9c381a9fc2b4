import { meshSection } from "../mesh/stored.ts";
import type { SnapshotPayload } from "../snapshot/contract.ts";
import type { PayloadSection } from "../snapshot/subject.ts";
import { swarmSection } from "../swarm/stored.ts";

/** An object that has meshes and swarms by name: a model, or a selection from one. */
export interface PayloadOwner {
  readonly meshes: ReadonlyMap<string, SnapshotPayload>;
  readonly swarms: ReadonlyMap<string, SnapshotPayload>;
}

/** The payloads of a model in the order of the walk: meshes, then the swarms that live on them. */
export function payloadsOf({ meshes, swarms }: PayloadOwner): readonly PayloadSection[] {
  return [
    { section: meshSection, noun: "mesh", members: meshes },
    { section: swarmSection, noun: "swarm", members: swarms },
  ];
}
