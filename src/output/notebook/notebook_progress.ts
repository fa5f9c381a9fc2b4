import {
  type ProgressOptions,
  type ProgressReporter,
  progressReporter,
  type ProgressTask,
} from "../../run/progress.ts";
import { escaped } from "../plot/svg_text.ts";

/** What is used of the kernel's `Deno.jupyter`. */
export interface Kernel {
  broadcast(type: string, content: object): Promise<void> | void;
}

/** Milliseconds between two looks. */
const PAUSE = 100;
let shown = 0;

/**
 * Progress in place: a bar below the notebook cell that runs, for `advanceWithProgress` and whatever else
 * takes a reporter. Outside of a notebook it is what `progressReporter` makes, a bar on a terminal and lines
 * elsewhere.
 *
 * @param options For outside of a notebook.
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

/** The notebook's kernel, which throws where there is none. */
function kernelOf(): Kernel | null {
  try {
    return (Deno as unknown as { jupyter: Kernel }).jupyter;
  } catch {
    return null;
  }
}

/** One bar, which is drawn over and over in its place. */
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

  /** Nobody waits for a picture, and a kernel that went away is no reason for a run to stop. */
  async #send(type: string, content: object): Promise<void> {
    try {
      await this.#kernel.broadcast(type, content);
    } catch {
      // The next one may come through.
    }
  }
}

function bar(share: number, words: string): string {
  return `<div style="width:320px;height:8px;border-radius:4px;background:#8884">` +
    `<div style="width:${(100 * share).toFixed(1)}%;height:8px;border-radius:4px;` +
    `background:#0072b2"></div></div><div style="font-size:12px;opacity:0.8">${
      escaped(words)
    }</div>`;
}
