/**
 * Photographs what others show of the examples: pages in Chromium (Debian: `chromium`), the notebook
 * (`jupyter-nbconvert`), and a snapshot in ParaView (`paraview`, `python3-paraview`, `xvfb`, `xauth`).
 *
 * @module
 */

import { existsSync } from "@std/fs";
import { shots } from "../examples/stirring.ts";

/** The pictures that examples/stirring.ts and the notebook leave to others, by name. */
export const photographs = ["animation", ...Object.keys(shots), "notebook", "paraview"];

/** A part of a page: its width and height in pixels. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/** The parts of the viewer's page and of the notebook that the pictures show. */
const PAGE: Frame = { width: 840, height: 910 }, NOTEBOOK: Frame = { width: 860, height: 780 };

/** A cell of a notebook. */
interface Cell {
  readonly outputs?: readonly { readonly data?: Readonly<Record<string, string | string[]>> }[];
}

/** The cells of the notebook that the picture shows. */
const CELLS = [6, 9] as const;

/** Saves what Chromium shows of a file, whose address may end in `#...`. */
async function photographPage(
  address: string,
  picture: string,
  { width, height }: Frame = PAGE,
): Promise<void> {
  const profile = await Deno.makeTempDir();
  try {
    await run("chromium", [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
      // The browser's own clock, which waits for nothing: enough for what a page loads late.
      "--virtual-time-budget=10000",
      `--user-data-dir=${profile}`,
      `--window-size=${width},${height}`,
      `--screenshot=${picture}`,
      `file://${address}`,
    ]);
  } finally {
    await Deno.remove(profile, { recursive: true });
  }
}

/** Saves what the notebook shows. */
export async function photographNotebook(notebook: string, picture: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const whole = JSON.parse(await Deno.readTextFile(notebook));
    const cells = whole.cells.slice(...CELLS).map(withImages);
    await Deno.writeTextFile(`${folder}/notebook.ipynb`, JSON.stringify({ ...whole, cells }));
    await run("jupyter-nbconvert", ["--to", "html", `${folder}/notebook.ipynb`]);
    if (!existsSync(`${folder}/notebook.html`)) return;
    await photographPage(`${folder}/notebook.html`, picture, NOTEBOOK);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A cell whose drawings are images, because nbconvert (6.5) takes what it does not know out of drawings. */
function withImages(cell: Cell): Cell {
  if (cell.outputs === undefined) return cell;
  const outputs = cell.outputs.map((output) => {
    const drawing = output.data?.["image/svg+xml"];
    if (drawing === undefined) return output;
    const text = new TextEncoder().encode([drawing].flat().join("")).toBase64();
    const html = `<img src="data:image/svg+xml;base64,${text}">`;
    return { ...output, data: { "text/html": html } };
  });
  return { ...cell, outputs };
}

/** Saves what ParaView shows of a snapshot. */
async function photographSnapshot(snapshot: string, picture: string): Promise<void> {
  const script = new URL("./paraview_picture.py", import.meta.url).pathname;
  // The server stays when its only client opens another connection, which ParaView does.
  const screen = ["-a", "-s", "-screen 0 1280x1024x24 -nolisten tcp -noreset"];
  await run("xvfb-run", [...screen, "pvpython", script, snapshot, picture]);
}

/** Saves what examples/stirring.ts writes for others, and what they show of it. */
export async function photographStirring(pages: string, folder: string): Promise<void> {
  await Deno.copyFile(`${pages}/animation.png`, `${folder}/animation.png`);
  for (const [name, address] of Object.entries(shots)) {
    await photographPage(`${pages}/${address}`, `${folder}/${name}.png`);
  }
  await photographSnapshot(`${pages}/ball.snap.h5`, `${folder}/paraview.png`);
}

/** Runs a program; one that is not there is reported, and its picture stays as it was. */
async function run(program: string, args: string[]): Promise<void> {
  const command = new Deno.Command(program, { args });
  const { success, stderr } = await command.output().catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.warn(`no new picture: ${program} is not there (see the task test:look)`);
    return { success: true, stderr: new Uint8Array() };
  });
  if (success) return;
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
