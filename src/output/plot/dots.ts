/**
 * Draws particles: few as round dots, many as pixels.
 *
 * @module
 */
import { short } from "./lines.ts";

/** The number of particles above which they are drawn as pixels. */
export const MANY_DOTS = 20_000;

/**
 * One path for each colour.
 *
 * @param pixels `[n x 2]`.
 * @param colors Entries of the palette, `[n]`.
 * @param paint The colour of an entry.
 */
export function dotPaths(
  pixels: Float64Array,
  colors: Uint8Array,
  radius: number,
  paint: (entry: number) => string,
): string {
  const paths = new Map<number, string[]>();
  for (let i = 0; i < colors.length; i++) {
    let path = paths.get(colors[i]);
    if (path === undefined) paths.set(colors[i], path = []);
    // A line of length zero with round ends is a dot, in few bytes.
    path.push(`M${short(pixels[2 * i])},${short(pixels[2 * i + 1])}h0`);
  }
  const groups = [...paths].toSorted(([a], [b]) => a - b).map(([entry, path]) =>
    `<path stroke="${paint(entry)}" d="${path.join("")}"/>`
  );
  return `<g class="particles" fill="none" stroke-width="${short(2 * radius)}" ` +
    `stroke-linecap="round">${groups.join("")}</g>`;
}

/** Dots as pixels, later ones over earlier ones: palette entries, with 0 for the background. */
export function dotPixels(
  pixels: Float64Array,
  colors: Uint8Array,
  radius: number,
  width: number,
  height: number,
): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < colors.length; i++) {
    const x = pixels[2 * i], y = pixels[2 * i + 1];
    const left = Math.max(0, Math.ceil(x - radius - 0.5));
    const right = Math.min(width - 1, Math.floor(x + radius - 0.5));
    const top = Math.max(0, Math.ceil(y - radius - 0.5));
    const bottom = Math.min(height - 1, Math.floor(y + radius - 0.5));
    for (let v = top; v <= bottom; v++) {
      for (let u = left; u <= right; u++) {
        const dx = u + 0.5 - x, dy = v + 0.5 - y;
        if (dx * dx + dy * dy <= radius * radius) out[v * width + u] = colors[i];
      }
    }
  }
  return out;
}
