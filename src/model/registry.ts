import type { MemberKind } from "../mesh/model_host.ts";
import { isCount, requireState } from "./require_state.ts";
import { FixedMap, writable } from "../fixed_fields.ts";

/**
 * The members of one kind by stable name, and the counters from which names are made.
 *
 * State: captured, by the walk: the members are what it visits.
 */
export class Registry<M extends object> {
  readonly #kind: MemberKind;
  readonly #members: FixedMap<string, M>;

  constructor(kind: MemberKind) {
    this.#kind = kind;
    const come = kind === "bearer" ? "model.register" : "constructing one";
    this.#members = new FixedMap(`a ${kind} comes by ${come} and goes by model.unregister`);
  }

  /** All members by name, in the order of registration. */
  get all(): ReadonlyMap<string, M> {
    return this.#members;
  }

  /** @throws {RangeError} when the name is taken. */
  requireFree(name: string): void {
    if (!this.#members.has(name)) return;
    throw new RangeError(
      `a ${this.#kind} named '${name}' is registered already; names are unique, so choose another one or ` +
        "unregister the first; a notebook cell that builds a model can be run again if it begins with model.reset()",
    );
  }

  /** @throws {RangeError} when the name is taken, or the member is registered under another. */
  add(name: string, member: M): void {
    this.requireFree(name);
    for (const [known, other] of this.#members) {
      if (other !== member) continue;
      throw new RangeError(`this ${this.#kind} is registered already, as '${known}'`);
    }
    writable(this.#members).set(name, member);
  }

  /** Records the current members; the returned function restores them. */
  mark(): () => void {
    const members = [...this.#members];
    return () => {
      const list = writable(this.#members);
      list.clear();
      for (const [name, member] of members) list.set(name, member);
    };
  }

  /** Removes all members. */
  clear(): void {
    writable(this.#members).clear();
  }

  /** Removes a member; returns false if it was not registered. */
  remove(member: M): boolean {
    for (const [name, known] of this.#members) {
      if (known === member) return writable(this.#members).delete(name);
    }
    return false;
  }
}

/** Makes names by counting for each class: `Mesh_0`, `Mesh_1`, `Swarm_0`. */
export class NameCounter {
  /** The key of its entry in a snapshot. */
  readonly name = "names";
  #next = new Map<string, number>();

  /** The next name of a class; {@link NameCounter.used} moves to the one after. */
  peek(className: string): string {
    return `${className}_${this.#next.get(className) ?? 0}`;
  }

  /** Marks the name from {@link NameCounter.peek} as used. */
  used(className: string): void {
    this.#next.set(className, (this.#next.get(className) ?? 0) + 1);
  }

  /** The next number of each class. */
  get state(): object {
    return Object.fromEntries(this.#next);
  }

  set state(state: object) {
    this.#next = new Map(Object.entries(state as Record<string, number>));
  }

  /** @throws {StateSchemaError} when a count is not a whole number. */
  checkState(state: object): void {
    for (const [className, next] of Object.entries(state)) {
      requireState(isCount(next), "names", `${className} is a whole number`, next);
    }
  }
}
