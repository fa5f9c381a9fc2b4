/** The signals that ask a run to end, when the script names no others. */
export const usualSignals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The numbers of signals, which exit codes are made of. */
const numbers: ReadonlyMap<Deno.Signal, number> = new Map([
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGBREAK", 3],
  ["SIGTERM", 15],
  ["SIGUSR2", Deno.build.os === "linux" ? 12 : 31],
  ["SIGXCPU", 24],
]);

/**
 * The signals of an option: the usual ones, none, or those of a list.
 *
 * @throws {TypeError} when it is something else.
 * @throws {RangeError} when one of the list is not known to ask programs to end.
 */
export function signalsOf(option: boolean | readonly Deno.Signal[] = true): readonly Deno.Signal[] {
  if (typeof option === "boolean") return option ? usualSignals : [];
  if (!Array.isArray(option)) {
    throw new TypeError(`Checkpoints: signals is true, false or a list of names, got ${option}`);
  }
  for (const signal of option) {
    if (numbers.has(signal)) continue;
    // Deno itself takes SIGUSR1, and opens a port for a debugger.
    throw new RangeError(
      `Checkpoints: signals may have ${[...numbers.keys()].join(", ")}, got ${signal}`,
    );
  }
  return [...option];
}

/** Listens for the signals that ask a run to end. */
export class SignalWatch {
  #received: Deno.Signal | null = null;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  /** @param again is called for the second signal: somebody does not want to wait. */
  constructor(signals: readonly Deno.Signal[], again: (code: number) => void) {
    for (const signal of signals) {
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
  return 128 + (numbers.get(signal) ?? 0);
}
