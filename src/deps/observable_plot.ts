// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * Observable Plot, which draws axes and marks; loaded when a plot is first asked for.
 *
 * @module
 */

/** A plot; the marks are its children. */
export interface PlotElement {
  readonly innerHTML: string;
}

/** A layer of a plot; opaque. */
export interface PlotMark {
  readonly plot?: unknown;
}

/** Plot's options are open records, documented at observablehq.com/plot/features/plots. */
export type PlotLibraryOptions = Readonly<Record<string, unknown>>;

type MakeMark = (data: readonly unknown[] | null, options?: PlotLibraryOptions) => PlotMark;

/** The functions of Plot that `output/` calls. */
export interface PlotLibrary {
  plot(options: PlotLibraryOptions): PlotElement;
  frame(options?: PlotLibraryOptions): PlotMark;
  axisX: MakeMark;
  axisY: MakeMark;
  gridX: MakeMark;
  gridY: MakeMark;
  line: MakeMark;
  dot: MakeMark;
  ruleX: MakeMark;
  rectY: MakeMark;
  text: MakeMark;
  vector: MakeMark;
}

/** Loads the library. */
export async function loadPlot(): Promise<PlotLibrary> {
  // The package's own types refer to the DOM, which Deno's library does not have.
  return await import("npm:@observablehq/plot@0.6.17") as unknown as PlotLibrary;
}
