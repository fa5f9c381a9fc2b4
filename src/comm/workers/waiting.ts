import { CommError } from "../../errors.ts";
import { callNames } from "../message_transport.ts";
import { abortWord, RankActivity, RankWord, type SharedLayout } from "./shared_layout.ts";

const leastSpins = 20;

/**
 * Lets a rank wait: it sleeps until another wakes it. Each time it wakes, it checks whether the run has
 * ended, whether the ranks it waits for have left, whether all ranks wait for each other, and the time.
 */
export class Waiting {
  readonly #control: Int32Array;
  readonly #layout: SharedLayout;
  readonly #rank: number;
  readonly #timeoutSeconds: number;
  readonly #mostSpins: number;
  /** How often the next wait checks before it sleeps. */
  #spins: number;
  /** Whether to keep waiting when all ranks wait for each other, because another will detect that and come. */
  patient = false;
  /** Called while the rank waits, to receive the messages sent to it. */
  onIdle: () => void = () => {};

  constructor(
    control: Int32Array,
    layout: SharedLayout,
    rank: number,
    timeoutSeconds: number,
    mostSpins: number,
  ) {
    this.#control = control;
    this.#layout = layout;
    this.#rank = rank;
    this.#timeoutSeconds = timeoutSeconds;
    this.#mostSpins = this.#spins = mostSpins;
  }

  /** Wakes a rank if it sleeps. */
  wake(rank: number): void {
    const at = this.#layout.words(rank);
    if (Atomics.load(this.#control, at + RankWord.asleep) !== 0) ringBell(this.#control, at);
  }

  /**
   * Spins for a while, then sleeps until `ready()`. Spinning pays off if the other rank runs on another
   * processor; if that rank needs this processor, spinning delays it. So each wait that has to sleep makes
   * the next one spin less.
   *
   * @throws {CommError} when the run has ended, a rank has left or is missing, or all ranks wait for each other.
   */
  wait(ready: () => boolean, doing: number, partner: number, awaited: number): void {
    for (let spins = this.#spins; spins > 0; spins--) {
      if (ready()) {
        this.#spins = Math.min(this.#mostSpins, this.#spins * 2);
        return;
      }
      Atomics.pause?.();
    }
    this.#spins = Math.max(leastSpins, this.#spins >> 1);
    this.#sleep(ready, doing, partner, awaited);
  }

  #sleep(ready: () => boolean, doing: number, partner: number, awaited: number): void {
    const control = this.#control, own = this.#layout.words(this.#rank);
    const start = performance.now();
    let slice = 20;
    control[own + RankWord.partner] = partner;
    control[own + RankWord.awaited] = awaited;
    try {
      for (;;) {
        const bell = Atomics.load(control, own + RankWord.bell);
        Atomics.store(control, own + RankWord.asleep, 1);
        const ended = this.#ended();
        this.onIdle();
        if (ready()) return;
        this.#checkAbort();
        // Until the next wake nothing is received, so that others can tell whether this rank can continue.
        Atomics.store(control, own + RankWord.doing, doing);
        for (const r of ended) {
          if (this.#waitsFor(this.#rank, r)) this.#fail(`rank ${r} is missing: it has ended`);
        }
        const left = this.#timeoutSeconds * 1000 - (performance.now() - start);
        if (left <= 0) this.#fail(`rank ${this.#rank} has waited ${this.#timeoutSeconds} seconds`);
        const woken = Atomics.wait(control, own + RankWord.bell, bell, Math.min(slice, left));
        if (woken === "timed-out" && !this.patient && this.#stuck()) {
          this.#fail("the ranks wait for each other");
        }
        Atomics.store(control, own + RankWord.doing, RankActivity.running);
        slice = Math.min(slice * 2, 500);
      }
    } finally {
      Atomics.store(control, own + RankWord.asleep, 0);
      Atomics.store(control, own + RankWord.doing, RankActivity.running);
    }
  }

  #checkAbort(): void {
    const who = Atomics.load(this.#control, abortWord);
    if (who === 0) return;
    throw new CommError(
      this.#rank,
      who > 0 ? `the run has ended: rank ${who - 1} threw` : "the run has ended",
    );
  }

  /** The ranks that have returned from main: they send nothing more and take no more steps. */
  #ended(): number[] {
    const ended: number[] = [];
    for (let r = 0; r < this.#layout.size; r++) {
      const doing = Atomics.load(this.#control, this.#layout.words(r) + RankWord.doing);
      if (doing === RankActivity.returned) ended.push(r);
    }
    return ended;
  }

  /** Whether `rank`, which sleeps, cannot continue before `other` does something. */
  #waitsFor(rank: number, other: number): boolean {
    const control = this.#control, layout = this.#layout, at = layout.words(rank);
    const doing = Atomics.load(control, at + RankWord.doing);
    if (doing === RankActivity.step) {
      const step = Atomics.load(control, layout.words(other) + RankWord.step);
      return ((step - control[at + RankWord.awaited]) | 0) < 0;
    }
    if (control[at + RankWord.partner] !== other) return false;
    const ring = doing === RankActivity.recv
      ? layout.ringWords(other, rank)
      : layout.ringWords(rank, other);
    const used = unread(control, ring);
    return doing === RankActivity.recv
      ? used === 0
      : doing === RankActivity.send && used === layout.ring;
  }

  /** Whether no rank runs and none can continue; checked twice, with no change in between. */
  #stuck(): boolean {
    const first = this.#picture();
    return first !== "" && first === this.#picture();
  }

  /** What each rank waits for, or "" if a rank runs or can continue. */
  #picture(): string {
    const control = this.#control, layout = this.#layout;
    let picture = "";
    for (let r = 0; r < layout.size; r++) {
      const at = layout.words(r);
      const doing = Atomics.load(control, at + RankWord.doing);
      picture += `${doing} ${Atomics.load(control, at + RankWord.step)} `;
      for (let s = 0; s < layout.size; s++) {
        picture += `${Atomics.load(control, layout.ringWords(s, r) + 32)},`;
      }
      if (doing === RankActivity.returned) continue;
      let blocked = false;
      for (let s = 0; s < layout.size; s++) {
        if (s === r) continue;
        if (this.#waitsFor(r, s)) blocked = true;
        // What has been sent to a rank wakes it. It may continue then, or make room for the rank that sent it, but a
        // busy machine may not have let it run yet.
        if (unread(control, layout.ringWords(s, r)) > 0) return "";
      }
      if (doing === RankActivity.running || !blocked) return "";
    }
    return picture;
  }

  #fail(what: string): never {
    const ranks = Array.from({ length: this.#layout.size }, (_, r) => this.#describe(r));
    throw new CommError(this.#rank, `${what}. ${ranks.join("; ")}`);
  }

  #describe(rank: number): string {
    const control = this.#control, at = this.#layout.words(rank);
    const call = callNames[control[at + RankWord.op] & 0xff] ?? "?";
    const calls = control[at + RankWord.calls];
    const partner = control[at + RankWord.partner];
    switch (Atomics.load(control, at + RankWord.doing)) {
      case RankActivity.step: {
        const missing = Array.from({ length: this.#layout.size }, (_, r) => r)
          .filter((r) => r !== rank && this.#waitsFor(rank, r));
        return `rank ${rank} waits in ${call} (its collective ${calls}) for ${listed(missing)}`;
      }
      case RankActivity.recv:
        return `rank ${rank} waits in recv for a message from rank ${partner}`;
      case RankActivity.send:
        return `rank ${rank} waits in send until rank ${partner} receives`;
      case RankActivity.returned:
        return `rank ${rank} has returned from main`;
      default:
        return `rank ${rank} is missing: it is running outside of the calls (` +
          (calls === 0
            ? "it has not made a collective call yet)"
            : `its last call was ${call}, its collective ${calls})`);
    }
  }
}

/** The bytes in a ring that have not been received. */
function unread(control: Int32Array, ring: number): number {
  return (Atomics.load(control, ring) - Atomics.load(control, ring + 32)) | 0;
}

/** Wakes a rank by changing its bell, which also prevents a sleep that is about to begin. */
export function ringBell(control: Int32Array, at: number): void {
  Atomics.add(control, at + RankWord.bell, 1);
  Atomics.notify(control, at + RankWord.bell);
}

function listed(ranks: number[]): string {
  return ranks.length === 0 ? "no rank" : `rank${ranks.length > 1 ? "s" : ""} ${ranks.join(", ")}`;
}
