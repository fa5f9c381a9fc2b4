/**
 * Progress of long work: a bar on a terminal, lines elsewhere.
 *
 * @module
 */
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { FileLayer, LayerFile } from "../snapshot/file/file_layer.ts";

/** A piece of work whose progress is shown. */
export interface ProgressTask {
  /** Reports how much is done by now, in the units of the total. */
  done(amount: number): void;
  /** Reports that it has ended, successfully or not. */
  end(): void;
}

/** Shows progress. */
export interface ProgressReporter {
  /** Begins a piece of work. */
  begin(what: string, total: number): ProgressTask;
}

/** Options of {@link progressReporter}. */
export interface ProgressOptions {
  /** `bar`, `lines`, or `auto` (the default): a bar if standard error is a terminal. */
  readonly style?: "auto" | "bar" | "lines";
  /** The time in seconds before work is shown at all; defaults to 0.5. */
  readonly delay?: number;
  /** The time between lines, in seconds; defaults to 5. */
  readonly interval?: number;
  /** Receives the lines; defaults to standard error. */
  readonly write?: (line: string) => void;
}

const progressOptionNames: OptionNames<ProgressOptions> = {
  style: true,
  delay: true,
  interval: true,
  write: true,
};

/** A reporter that shows nothing. */
export const silentReporter: ProgressReporter = {
  begin: () => ({ done: () => {}, end: () => {} }),
};

/**
 * A reporter for people: it shows longer work as a bar, or as lines at intervals.
 *
 * @returns the reporter, once the package for the bar is loaded.
 * @throws {TypeError} when `style` is not known, or an option does not exist or has a wrong type.
 * @throws {RangeError} when a time is negative.
 *
 * @example
 * ```ts
 * import { progressReporter } from "@timestash/timestash";
 *
 * const reporter = await progressReporter({ style: "lines", delay: 0, interval: 0 });
 * const task = reporter.begin("reading", 3);
 * for (let i = 1; i <= 3; i++) task.done(i);
 * task.end();
 * ```
 */
export async function progressReporter(options: ProgressOptions = {}): Promise<ProgressReporter> {
  checkOptions("progressReporter", options, progressOptionNames);
  const { style = "auto", delay = 0.5, interval = 5 } = options;
  for (const [name, value] of Object.entries({ delay, interval })) {
    if (typeof value === "number" && value >= 0) continue;
    const message = `progress: ${name} must be a number of at least 0, got ${describe(value)}`;
    throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
  }
  if (style !== "auto" && style !== "bar" && style !== "lines") {
    throw new TypeError(`progress: style must be "auto", "bar" or "lines", got ${String(style)}`);
  }
  if (options.write !== undefined && typeof options.write !== "function") {
    throw new TypeError(`progress: write must be a function, got ${describe(options.write)}`);
  }
  const write = options.write ?? writeToStandardError;
  const bar = style === "bar" || (style === "auto" && Deno.stderr.isTerminal());
  const { drawBar } = bar ? await import("../deps/cli_progress.ts") : { drawBar: null };
  const make = (what: string, total: number): ProgressTask =>
    drawBar === null ? new Lines(what, total, interval, write) : drawBar(what, total);
  return { begin: (what, total) => new Late(delay, () => make(what, total)) };
}

/** Shows nothing until the work has taken a while. */
class Late implements ProgressTask {
  readonly #begun = performance.now();
  readonly #delay: number;
  readonly #make: () => ProgressTask;
  #task: ProgressTask | null = null;

  constructor(delay: number, make: () => ProgressTask) {
    this.#delay = delay * 1000;
    this.#make = make;
  }

  done(amount: number): void {
    if (this.#task === null && performance.now() - this.#begun < this.#delay) return;
    this.#task ??= this.#make();
    this.#task.done(amount);
  }

  end(): void {
    this.#task?.end();
    this.#task = null;
  }
}

class Lines implements ProgressTask {
  readonly #what: string;
  readonly #total: number;
  readonly #interval: number;
  readonly #write: (line: string) => void;
  readonly #begun = performance.now();
  #shown = -Infinity;

  constructor(what: string, total: number, interval: number, write: (line: string) => void) {
    this.#what = what;
    this.#total = total;
    this.#interval = interval * 1000;
    this.#write = write;
  }

  done(amount: number): void {
    const now = performance.now();
    if (now - this.#shown < this.#interval) return;
    this.#shown = now;
    const percent = this.#total > 0 ? Math.min(100, Math.floor(100 * amount / this.#total)) : 0;
    this.#write(`${this.#what}: ${percent} %`);
  }

  end(): void {
    this.#write(
      `${this.#what}: done in ${((performance.now() - this.#begun) / 1000).toFixed(1)} s`,
    );
  }
}

function writeToStandardError(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

/** A layer that reports how many bytes went through it. */
export function countingLayer(
  layer: FileLayer,
  which: "read" | "write",
  count: (bytes: number) => void,
): FileLayer {
  let total = 0;
  const counted = (bytes: number) => {
    total += bytes;
    count(total);
    return bytes;
  };
  return {
    open(path, mode) {
      const file = layer.open(path, mode);
      const counting: LayerFile = {
        read: (target, position) =>
          which === "read" ? counted(file.read(target, position)) : file.read(target, position),
        write: (source, position) =>
          which === "write" ? counted(file.write(source, position)) : file.write(source, position),
        truncate: (size) => file.truncate(size),
        size: () => file.size(),
        flush: () => file.flush(),
        tryLock: () => file.tryLock(),
        lock: () => file.lock(),
        lockShared: () => file.lockShared(),
        close: () => file.close(),
      };
      if (file.beginFlush) counting.beginFlush = () => file.beginFlush!();
      return counting;
    },
    rename: (from, to) => layer.rename(from, to),
    remove: (path) => layer.remove(path),
    makeDirectory: (path) => layer.makeDirectory(path),
    syncDirectory: (path) => layer.syncDirectory(path),
    stat: (path) => layer.stat(path),
    lstat: (path) => layer.lstat(path),
    realPath: (path) => layer.realPath(path),
    list: (path) => layer.list(path),
  };
}
