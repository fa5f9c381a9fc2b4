// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * Progress bars on a terminal.
 *
 * @module
 */
import cliProgress from "npm:cli-progress@3.12.0";

/** The part of the package's bars that is used. */
interface Bar {
  start(total: number, value: number): void;
  update(value: number): void;
  stop(): void;
}

/** The package comes without types. */
const { SingleBar, Presets } = cliProgress as unknown as {
  SingleBar: new (options: object, preset: object) => Bar;
  Presets: { legacy: object };
};

/** Draws a bar on standard error, and removes it when the work has ended. */
export function drawBar(
  what: string,
  total: number,
): { done(amount: number): void; end(): void } {
  const format = `${what} [{bar}] {percentage} %, {eta_formatted} left`;
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: null }, Presets.legacy);
  bar.start(Math.max(total, 1), 0);
  return { done: (amount) => bar.update(Math.min(amount, total)), end: () => bar.stop() };
}
