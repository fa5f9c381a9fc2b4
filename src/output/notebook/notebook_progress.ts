import {
  type ProgressOptions,
  type ProgressReporter,
  progressReporter,
  type ProgressTask,
} from "../../run/progress.ts";
import { xmlText } from "../xml_text.ts";

/** The part of the kernel's `Deno.jupyter` that is used. */
export interface Kernel {
  broadcast(type: string, content: object): Promise<void> | void;
}

/** The milliseconds between two updates. */
const PAUSE = 100;
let shown = 0;

/**
 * Makes a reporter that shows a progress bar below the running notebook cell, for `advanceWithProgress` and
 * everything else that takes a reporter. Outside of a notebook it is the same as `progressReporter`: a bar on a
 * terminal, and lines elsewhere.
 *
 * @param options used outside of a notebook.
 * @throws {TypeError} when `style` is not known.
 *
 * @example
 * ```ts
 * import { advanceWithProgress, Model, notebookProgress } from "@timestash/timestash";
 *
 * const model = new Model();
 * const reporter = await notebookProgress();
 * await advanceWithProgress(model, reporter, { dt: 0.1, until: 1, step: () => {} });
 * console.log(model.tracker.time); // 1
 * ```
 */
export async function notebookProgress(options: ProgressOptions = {}): Promise<ProgressReporter> {
  const kernel = kernelOf();
  return kernel === null ? await progressReporter(options) : reporterFor(kernel);
}

/** A reporter that shows bars through a kernel. */
export function reporterFor(kernel: Kernel): ProgressReporter {
  return { begin: (what, total) => new Bar(kernel, what, total) };
}

/** The notebook's kernel, or null; reading it throws outside of a notebook. */
function kernelOf(): Kernel | null {
  try {
    return (Deno as unknown as { jupyter: Kernel }).jupyter;
  } catch {
    return null;
  }
}

/** A bar that is redrawn in its place. */
class Bar implements ProgressTask {
  readonly #kernel: Kernel;
  readonly #what: string;
  readonly #total: number;
  readonly #id = `timestash-progress-${shown++}`;
  readonly #start = performance.now();
  #last = -Infinity;
  #share = 0;
  #begun = false;

  constructor(kernel: Kernel, what: string, total: number) {
    this.#kernel = kernel;
    this.#what = what;
    this.#total = total;
    this.#show();
  }

  done(amount: number): void {
    this.#share = this.#total > 0 ? Math.min(1, Math.max(0, amount / this.#total)) : 1;
    if (performance.now() - this.#last > PAUSE) this.#show();
  }

  end(): void {
    this.#show();
  }

  #show(): void {
    this.#last = performance.now();
    const seconds = ((this.#last - this.#start) / 1000).toFixed(1);
    const words = `${this.#what}: ${Math.floor(100 * this.#share + 1e-9)} % in ${seconds} s`;
    const type = this.#begun ? "update_display_data" : "display_data";
    this.#begun = true;
    this.#send(type, {
      data: { "text/html": bar(this.#share, words), "text/plain": words },
      metadata: {},
      transient: { display_id: this.#id },
    });
  }

  /** Sends without waiting; a kernel that went away must not stop the run. */
  async #send(type: string, content: object): Promise<void> {
    try {
      await this.#kernel.broadcast(type, content);
    } catch {
      // The next update may succeed.
    }
  }
}

function bar(share: number, words: string): string {
  return `<div style="width:320px;height:8px;border-radius:4px;background:#8884">` +
    `<div style="width:${(100 * share).toFixed(1)}%;height:8px;border-radius:4px;` +
    `background:#0072b2"></div></div><div style="font-size:12px;opacity:0.8">${
      xmlText(words)
    }</div>`;
}
