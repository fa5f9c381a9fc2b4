/** The signals that ask a run to end, by default. */
export const usualSignals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The numbers of signals, from which exit codes are made. */
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
 * The signals that an option selects: the usual ones, none, or those of a list.
 *
 * @throws {TypeError} when it is neither a boolean nor a list.
 * @throws {RangeError} when the list has a signal that does not ask programs to end.
 */
export function signalsOf(option: boolean | readonly Deno.Signal[] = true): readonly Deno.Signal[] {
  if (typeof option === "boolean") return option ? usualSignals : [];
  if (!Array.isArray(option)) {
    throw new TypeError(
      `Checkpoints: signals must be true, false or a list of names, got ${option}`,
    );
  }
  for (const signal of option) {
    if (numbers.has(signal)) continue;
    // SIGUSR1 is not among them: Deno itself uses it to open a port for a debugger.
    throw new RangeError(
      `Checkpoints: signals may have ${[...numbers.keys()].join(", ")}, got ${signal}`,
    );
  }
  return [...option];
}

/**
 * The signals after which a run saves and goes on.
 *
 * @throws {TypeError} when it is not a list.
 * @throws {RangeError} when a signal cannot be one of them, or ends the run already.
 */
export function saveSignalsOf(
  option: readonly Deno.Signal[] | undefined = [],
  ending: readonly Deno.Signal[],
): readonly Deno.Signal[] {
  if (!Array.isArray(option)) {
    throw new TypeError(`Checkpoints: saveSignals must be a list of names, got ${option}`);
  }
  const both = signalsOf(option).find((signal) => ending.includes(signal));
  if (both === undefined) return [...option];
  throw new RangeError(
    `Checkpoints: ${both} cannot both end the run and only save; leave it out of signals or of saveSignals`,
  );
}

/** Listens for the signals after which a run saves and goes on. */
export class SaveRequests {
  #wanted: Deno.Signal | null = null;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  constructor(signals: readonly Deno.Signal[]) {
    for (const signal of signals) {
      const listener = () => this.#wanted = signal;
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
  }

  /** The signal that asks for a save, or null. */
  get wanted(): Deno.Signal | null {
    return this.#wanted;
  }

  /** Called when it was saved. */
  served(): void {
    this.#wanted = null;
  }

  /** Stops listening. */
  close(): void {
    for (const [signal, listener] of this.#listeners.splice(0)) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}

/** Listens for the signals that ask a run to end. */
export class SignalWatch {
  #received: Deno.Signal | null = null;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  /** @param again is called for the second signal, which asks to end without waiting. */
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

  /** The first signal received, or null. */
  get received(): Deno.Signal | null {
    return this.#received;
  }

  /** Stops listening. */
  close(): void {
    for (const [signal, listener] of this.#listeners.splice(0)) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}

/** The exit code that a shell expects after a signal: 128 plus its number. */
export function exitCodeOf(signal: Deno.Signal): number {
  return 128 + (numbers.get(signal) ?? 0);
}
