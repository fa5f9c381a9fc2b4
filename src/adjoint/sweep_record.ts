/**
 * How far a reverse sweep is, in a file: a small model of its own, so that it is written and read like any state.
 *
 * @module
 */
import { requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { RunIdentityError } from "../errors.ts";
import { Model } from "../model/model.ts";
import { onFirstRank } from "../run/first_rank.ts";
import { existsSync } from "node:fs";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { hexOf, newXxh64, updateWith } from "../xxh64.ts";
import type { ReverseOptions } from "./reverse_options.ts";

/** What a record says of a sweep. */
interface Progress {
  /** How many steps the run has. */
  readonly steps: number;
  /** The states before this step and all later ones have been visited. */
  readonly end: number;
}

/** The record of a sweep. */
export class SweepRecord {
  readonly #memo: Model;
  readonly #options: NonNullable<ReverseOptions["record"]>;
  readonly #start: string;
  #written = performance.now();

  private constructor(comm: Comm, options: NonNullable<ReverseOptions["record"]>, start: string) {
    this.#memo = new Model({ name: "reverse", comm });
    this.#options = options;
    this.#start = start;
  }

  /** The record that `options` ask for, of a sweep that begins in the model's state; null for none. Collective. */
  static open(model: Model, options: ReverseOptions["record"]): SweepRecord | null {
    if (options === undefined) return null;
    requireSame(model.comm, "reverse: record.file", options.file);
    using start = model.saveState();
    return new SweepRecord(model.comm, options, fingerprintOf(start));
  }

  /**
   * What an earlier call left, its carry put into the caller's; null where there is no file. Collective.
   *
   * @throws {RunIdentityError} when it is of a sweep that began in another state.
   */
  async read(): Promise<Progress | null> {
    const { file, carry } = this.#options;
    if (!await onFirstRank(this.#memo.comm, () => existsSync(file))) return null;
    await this.#memo.loadState(file);
    const { start, steps, end, carry: saved } = this.#memo.tracker;
    if (start !== this.#start) {
      throw new RunIdentityError(
        String(start),
        [`the state before step 0: ${start} in the record, ${this.#start} now`],
        `${file} is the record of a reverse sweep that began in another state; go on from the state that it ` +
          "began in, or remove the file to begin anew",
      );
    }
    for (const name of Object.keys(carry)) delete carry[name];
    Object.assign(carry, saved);
    return { steps: steps as number, end: end as number };
  }

  /** Writes the record, if it is time or `always`. Collective: the first rank's clock counts. */
  async write({ steps, end }: Progress, always: boolean): Promise<void> {
    const { file, carry, everySeconds = 60 } = this.#options, { comm, tracker } = this.#memo;
    const waited = (performance.now() - this.#written) / 1000;
    if (!always && !comm.bcast(waited >= everySeconds)) return;
    Object.assign(tracker, { start: this.#start, steps, end, carry });
    await this.#memo.saveState({ file });
    this.#written = performance.now();
  }
}

/** A hash of all numbers and names of a state. */
function fingerprintOf(state: Snapshot): string {
  const hash = newXxh64(), text = new TextEncoder();
  for (const key of state.keys().sort()) {
    hash.update(text.encode(key));
    const data = state.read(key);
    if (data === null) continue;
    updateWith(hash, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hexOf(hash.digest());
}
