/** ParaView as the tests ask it. @module */

import { missingOf } from "../_helpers.ts";

/** What `read_view.py` says of one file. */
export interface Seen {
  readonly reader: string;
  readonly points: number;
  readonly cells: number;
  /** Points, those at the same place counted once. */
  readonly places: number;
  readonly bounds: number[];
  /** The range of every component of every array. */
  readonly point: Record<string, [number, number][]>;
  readonly cell: Record<string, [number, number][]>;
  /** What `IntegrateVariables` makes of every component: a range of one number. */
  readonly integral: Record<"point" | "cell", Record<string, [number, number][]>>;
  readonly times: number[];
  readonly steps: Record<string, [number, number][]>[];
}

/** Debian: `apt-get install paraview python3-paraview xvfb xauth`. */
export const paraview = { run: true, programs: ["pvpython", "xvfb-run"] } as const;

/** Debian's interpreter, which has python3-meshio. */
export const python = "/usr/bin/python3";

/** Under `deno task test:look` the report says which packages would run what it ignores. */
export function sayMissing(): void {
  if (missingOf({ run: true }).length > 0) return;
  const missing = missingOf(paraview);
  if (missing.length > 0) {
    console.warn(
      `tests/output/paraview_test.ts: no ${missing.join(" and no ")}, so ParaView is not asked; ` +
        "Debian has them: apt-get install paraview python3-paraview xvfb xauth",
    );
  }
  if (!hasMeshio()) {
    console.warn(
      `tests/output/paraview_test.ts: ${python} has no meshio, so it is not asked; ` +
        "Debian has it: apt-get install python3-meshio",
    );
  }
}

/** True where meshio can be imported; without the permission to ask, false. */
export function hasMeshio(): boolean {
  return hasModule("meshio");
}

/** True where VTK can be imported, which comes with Debian's python3-paraview and with python3-vtk9. */
export function hasVtk(): boolean {
  return hasModule("vtkmodules.vtkIOHDF");
}

function hasModule(name: string): boolean {
  if (missingOf({ run: true, programs: [python] }).length > 0) return false;
  return new Deno.Command(python, { args: ["-c", `import ${name}`], stderr: "null" }).outputSync()
    .success;
}

/** What VTK's own reader makes of files. */
export function readByVtk(
  files: readonly string[],
): Pick<Seen, "points" | "cells" | "point" | "cell">[] {
  const reader = new URL("./read_vtk.py", import.meta.url).pathname;
  const { success, stdout, stderr } = new Deno.Command(python, {
    args: [reader, ...files],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const script = new URL("./read_view.py", import.meta.url).pathname;

/** Opens files as a double click does, and draws the first; from another folder than theirs. */
export function see(picture: string, files: readonly string[]): Record<string, Seen> {
  const { success, stdout, stderr } = new Deno.Command("xvfb-run", {
    // ParaView closes its first connection and opens another. The server starts again when its last client leaves,
    // and on a slow machine does not answer in time: "bad X server connection".
    args: [
      "-a",
      "-s",
      "-screen 0 1280x1024x24 -nolisten tcp -noreset",
      ...["pvpython", script, picture, ...files],
    ],
    cwd: "/",
  }).outputSync();
  const text = new TextDecoder().decode(stdout).trim();
  if (!success) throw new Error(text + new TextDecoder().decode(stderr));
  return JSON.parse(text.split("\n").at(-1)!);
}

/** The ranges that an array of `components` columns should show; 2 columns have a third of zeros. */
export function rangesOf(data: ArrayLike<number | bigint>, components = 1): [number, number][] {
  const ranges = Array.from({ length: components }, (): [number, number] => [Infinity, -Infinity]);
  for (let i = 0; i < data.length; i++) {
    const range = ranges[i % components], value = Number(data[i]);
    range[0] = Math.min(range[0], value);
    range[1] = Math.max(range[1], value);
  }
  return components === 2 ? [...ranges, [0, 0]] : ranges;
}
