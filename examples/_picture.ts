/**
 * What the examples share: `--picture FILE` behind an example draws what it came to, as PNG or, where the
 * name ends in `.svg`, as SVG. Only then does an example need permission to write:
 * `deno run --allow-write=heat.png examples/heat.ts --picture heat.png`.
 *
 * @module
 */
import { Picture } from "../mod.ts";

/** Draws when `--picture FILE` is among the arguments; otherwise `draw` is not called. */
export async function drawOnRequest(
  draw: () => Promise<Picture>,
  args: readonly string[] = Deno.args,
): Promise<void> {
  const flag = args.indexOf("--picture");
  if (flag < 0) return;
  const file = args[flag + 1];
  if (file === undefined || !/\.(png|svg)$/.test(file)) {
    throw new TypeError(
      `--picture takes the name of a .png or .svg file, found ${file ?? "nothing"}`,
    );
  }
  const picture = await draw();
  const bytes = file.endsWith(".svg")
    ? new TextEncoder().encode(picture.svg)
    // Wide pictures are sharp enough with one pixel for each unit.
    : await picture.png({ scale: picture.width > 600 ? 1 : 2 });
  Deno.writeFileSync(file, bytes);
  console.log(`drawn: ${file}, ${(bytes.length / 1000).toFixed(0)} kB`);
}

/** The arguments without `--picture FILE`. */
export function withoutPicture(args: readonly string[] = Deno.args): string[] {
  const flag = args.indexOf("--picture");
  return args.filter((_, i) => flag < 0 || (i !== flag && i !== flag + 1));
}

/** Pictures in rows of `columns`, as one picture. */
export function tiled(title: string, columns: number, pictures: readonly Picture[]): Picture {
  let width = 0, y = 0, inner = "";
  for (let first = 0; first < pictures.length; first += columns) {
    let x = 0, height = 0;
    for (const picture of pictures.slice(first, first + columns)) {
      inner += picture.svg.replace("<svg ", `<svg x="${x}" y="${y}" `);
      x += picture.width;
      height = Math.max(height, picture.height);
    }
    width = Math.max(width, x);
    y += height;
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" ` +
    `viewBox="0 0 ${width} ${y}">${inner}</svg>`;
  return new Picture(svg, title, width, y);
}
