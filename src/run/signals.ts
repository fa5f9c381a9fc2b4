/** The signals that ask a run to end, and the code a process ends with after each. */
const codes: ReadonlyMap<Deno.Signal, number> = Deno.build.os === "windows"
  ? new Map([["SIGINT", 130], ["SIGBREAK", 131]])
  : new Map([["SIGINT", 130], ["SIGTERM", 143]]);

/** Listens for the signals that ask a run to end. */
export class SignalWatch {
  #received: Deno.Signal | null = null;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  /** @param again is called for the second signal: somebody does not want to wait. */
  constructor(again: (code: number) => void) {
    for (const signal of codes.keys()) {
      const listener = () => {
        if (this.#received === null) this.#received = signal;
        else again(exitCodeOf(signal));
      };
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
  }

  /** The first signal that came. */
  get received(): Deno.Signal | null {
    return this.#received;
  }

  /** Leaves the signals to whoever wants them. */
  stop(): void {
    for (const [signal, listener] of this.#listeners.splice(0)) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}

/** What a shell expects of a process that ended by a signal: 128 and its number. */
export function exitCodeOf(signal: Deno.Signal): number {
  return codes.get(signal) ?? 1;
}
