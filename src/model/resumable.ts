import { checkOptions, describe, namingOptions } from "../options.ts";
import { StateSchemaError } from "../errors.ts";
import { fixFields } from "../fixed_fields.ts";

/** Lets a {@link resumable} generator keep its place. */
export interface ResumableContext {
  /**
   * Runs `work` only once, counting earlier processes of the run.
   *
   * @throws {RangeError} when a generator calls it twice.
   */
  once(work: () => void): void;
  /**
   * The indices from 0 to `count - 1` that are not done. An index is done when the generator has yielded in
   * its turn of the loop, or has moved on to the next. Put the `yield` last: a run that is resumed there does
   * not execute what follows it.
   *
   * @throws {RangeError} when `count` is not a whole number, or when a generator calls it twice.
   */
  count(count: number): Iterable<number>;
}

/** The state of a {@link Resumable}. */
export interface ResumableState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** Whether `once` has run. */
  readonly begun: boolean;
  /** The next index. */
  readonly next: number;
}

/** A generator function that keeps its place in {@link ResumableContext}. */
export type ResumableBody<Y> = (progress: ResumableContext) => Generator<Y, void, void>;

/** The part of a model that {@link resumable} needs. */
export interface ResumableHost {
  /** As in `Model`. */
  register(bearer: { readonly name?: string | undefined; state: ResumableState }): string;
}

/**
 * Iterates a generator whose place is part of every snapshot. Iterating again after a restore, in this
 * process or in another, continues after the last yielded step: `once` does not run again, and every step
 * is yielded only once.
 *
 * @param body takes a {@link ResumableContext}; everything else that it changes has to be state of the model.
 * @param options `name`: the name of the bearer; defaults to `Resumable_${n}`.
 * @throws {TypeError} when `body` is not a function, or an option does not exist.
 * @throws {RangeError} when the name is taken.
 *
 * @example
 * ```ts
 * import { Model, resumable } from "@timestash/timestash";
 *
 * const model = new Model();
 * const run = resumable(model, function* (progress) {
 *   progress.once(() => model.tracker.sum = 0);
 *   for (const k of progress.count(4)) {
 *     model.tracker.sum += k;
 *     yield k;
 *   }
 * });
 * const steps = run[Symbol.iterator]();
 * steps.next();
 * steps.next();
 * const token = model.saveState();
 * for (const _ of run);
 * model.loadState(token);
 * console.log([...run], model.tracker.sum); // [ 2, 3 ] 6
 * ```
 */
export function resumable<Y>(
  model: ResumableHost,
  body: ResumableBody<Y>,
  options: { name?: string } = {},
): Resumable<Y> {
  if (typeof body !== "function") {
    throw new TypeError(`resumable takes a model and a generator function, got ${describe(body)}`);
  }
  checkOptions("resumable", options, namingOptions);
  const run = new Resumable(body, options.name);
  model.register(run);
  return run;
}

/**
 * An iterable that knows which of its steps are done.
 *
 * @hideconstructor
 */
export class Resumable<Y> implements Iterable<Y> {
  /** The name of the bearer, where one was given. */
  readonly name?: string | undefined;
  readonly #body: ResumableBody<Y>;
  #begun = false;
  #next = 0;
  /** The index of the current turn; null outside of the loop. It belongs to the running code, not to the state. */
  #turn: number | null = null;
  /** Whether the body has yielded in this turn. */
  #shown = false;

  /** Made by {@link resumable}. */
  constructor(body: ResumableBody<Y>, name?: string) {
    this.#body = body;
    this.name = name;
    fixFields(this, new.target, Resumable);
  }

  /**
   * Continues after the last yielded step.
   *
   * @throws {RangeError} when the body yields outside of the loop, or twice in one turn.
   */
  *[Symbol.iterator](): Generator<Y, void, void> {
    this.#turn = null;
    const called = new Set<string>();
    const progress: ResumableContext = {
      once: (work) => {
        requireFirst(called, "once");
        this.#once(work);
      },
      count: (count) => {
        requireFirst(called, "count");
        return this.#count(count);
      },
    };
    for (const value of this.#body(progress)) {
      if (this.#turn === null || this.#shown) {
        throw new RangeError(
          "resumable: yield exactly once in each turn of the loop over count(), and nowhere else; " +
            "otherwise a resumed run would repeat a step, or skip what follows it",
        );
      }
      // Counted as done before it is yielded, so that a snapshot taken by the receiver continues after it.
      this.#next = this.#turn + 1;
      this.#shown = true;
      yield value;
    }
  }

  /** Where the next iteration continues. */
  get state(): ResumableState {
    return { schemaVersion: 1, begun: this.#begun, next: this.#next };
  }

  set state(state: ResumableState) {
    this.checkState(state);
    this.#begun = state.begun;
    this.#next = state.next;
  }

  /**
   * Refuses what the setter would.
   *
   * @throws {StateSchemaError} when the state is of another schema version or incomplete.
   */
  checkState(state: ResumableState): void {
    if (
      state.schemaVersion === 1 && typeof state.begun === "boolean" &&
      Number.isSafeInteger(state.next)
    ) return;
    throw new StateSchemaError(
      this.name ?? "Resumable",
      `a resumable's state has schema version 1, begun and next; found ${JSON.stringify(state)}`,
    );
  }

  #once(work: () => void): void {
    if (this.#begun) return;
    work();
    this.#begun = true;
  }

  *#count(count: number): Iterable<number> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`count: must be a whole number of at least 0, got ${count}`);
    }
    // Read again in each turn, since the receiver of a step may restore an earlier state.
    while (this.#next < count) {
      const k = this.#turn = this.#next;
      this.#shown = false;
      yield k;
      if (!this.#shown) this.#next = k + 1;
    }
    this.#turn = null;
  }
}

function requireFirst(called: Set<string>, what: string): void {
  if (called.has(what)) {
    throw new RangeError(`${what}: called twice in one generator, which can keep only one place`);
  }
  called.add(what);
}
