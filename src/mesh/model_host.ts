import type { Comm } from "../comm/comm.ts";
import type { SnapshotPayload, Snapshottable, StateValue } from "../snapshot/contract.ts";

/** The three kinds of things a model keeps by name. */
export type MemberKind = "mesh" | "swarm" | "bearer";

/** What the floors below the model know of it. */
export interface ModelHost {
  /** Names the run. */
  readonly name: string;
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** The time, step and step size that `tracker` holds now. */
  readonly tracker: { time: number; step: number; dt: number | null };
  /** Values of parameters by name, for expressions; undefined where there is none. */
  readonly parameters: { has(name: string): boolean; get(name: string): StateValue };
  /** Meshes by name. */
  readonly meshes: ReadonlyMap<string, SnapshotPayload>;
  /** Swarms by name. */
  readonly swarms: ReadonlyMap<string, SnapshotPayload>;
  /**
   * Registers `member` and returns its name: `wanted`, or `${className}_${n}` counted per class.
   * Called last in a constructor, so that one that throws leaves nothing behind.
   *
   * @throws {TypeError} when `wanted` is not a non-empty string.
   * @throws {RangeError} when a member of that kind has the name already.
   */
  adopt(
    kind: MemberKind,
    member: SnapshotPayload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string;
  /**
   * Forgets a member, with what it made for itself.
   *
   * @throws {RangeError} when it is not registered.
   */
  unregister(member: object): void;
  /**
   * For calls on a member: one that was forgotten is in no snapshot, so that its work could not be taken back.
   *
   * @param asked What was called, for the message.
   * @throws {RangeError} when `member` is not registered now.
   */
  requireMember(asked: string, member: { readonly name: string }): void;
  /**
   * For what removes a variable or a member.
   *
   * @throws {RangeError} when a bearer made `part` for itself: it would go on without.
   */
  requireUnowned(part: { readonly name: string }): void;
  /**
   * Runs `work` as one indivisible thing: saving or loading inside it is an error, and so is to begin it again.
   *
   * @param isNoted Whether it is an event of the run; false for what only calls a function of the script.
   * @throws {Error} whatever `work` throws.
   */
  indivisible<R>(what: string, work: () => R, isNoted?: boolean): R;
  /**
   * For calls that would pull the ground from under what is under way.
   *
   * @throws {ModelBusyError} inside of something indivisible: a solve, a move of particles, a save.
   */
  requireIdle(asked: string): void;
}
