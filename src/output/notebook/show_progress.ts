import type { AcceptedStep } from "../../model/advance.ts";
import { briefly, grouped } from "../plot/numbers.ts";
import { escaped } from "../plot/svg_text.ts";

/** How {@link showProgress} shows a run. */
export interface ProgressOptions {
  /** The time at which the run began; 0 when left out. */
  readonly from?: number;
  /** What stands before the bar; nothing when left out. */
  readonly label?: string;
}

/** What is used of the kernel's `Deno.jupyter`. */
interface Kernel {
  broadcast(type: string, content: object): Promise<void>;
}

/** Milliseconds between two looks. */
const PAUSE = 100;
let shown = 0;

/**
 * Progress in place: a bar below the notebook cell, or a line on the terminal, that follows
 * `model.advance` until its end. Where there is neither (a log file, a test) it shows nothing.
 *
 * @param until The time at which the run ends.
 * @returns what `advance` takes as `onStep`.
 * @throws {RangeError} when `until` is not after the beginning.
 *
 * @example
 * ```ts
 * import { Model, showProgress } from "@timestash/timestash";
 *
 * const model = new Model();
 * await model.advance({ dt: 0.1, until: 1, step: () => {}, onStep: showProgress(1) });
 * console.log(model.tracker.time); // 1
 * ```
 */
export function showProgress(
  until: number,
  options: ProgressOptions = {},
): (step: AcceptedStep) => Promise<void> {
  const { from = 0, label = "" } = options;
  if (!(until > from)) {
    throw new RangeError(`showProgress: until (${until}) is after the beginning (${from})`);
  }
  const kernel = kernelOf();
  const id = `timestash-progress-${shown++}`;
  let last = -Infinity, begun = false, tries = 0;
  return async ({ step, time, dt, takenBack }) => {
    tries += takenBack.length;
    const now = performance.now(), over = time >= until;
    if (now - last < PAUSE && !over) return;
    last = now;
    const share = Math.min(1, (time - from) / (until - from));
    const words = `${label === "" ? "" : `${label}: `}${Math.floor(100 * share)} %, time ${
      briefly(time)
    }, step ${grouped(step)}, dt ${briefly(dt)}, ${tries} taken back`;
    if (kernel !== null) {
      await kernel.broadcast(begun ? "update_display_data" : "display_data", {
        data: { "text/html": bar(share, words), "text/plain": words },
        metadata: {},
        transient: { display_id: id },
      });
    } else if (Deno.stderr.isTerminal()) {
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${words}${over ? "\n" : ""}`));
    }
    begun = true;
  };
}

/** The notebook's kernel, which throws where there is none. */
function kernelOf(): Kernel | null {
  try {
    return (Deno as unknown as { jupyter: Kernel }).jupyter;
  } catch {
    return null;
  }
}

function bar(share: number, words: string): string {
  return `<div style="width:320px;height:8px;border-radius:4px;background:#8884">` +
    `<div style="width:${(100 * share).toFixed(1)}%;height:8px;border-radius:4px;` +
    `background:#0072b2"></div></div><div style="font-size:12px;opacity:0.8">${
      escaped(words)
    }</div>`;
}
