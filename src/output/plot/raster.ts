/**
 * Rasterises triangles: loops over every pixel whose centre is inside a triangle. Where cells are smaller than pixels,
 * lines are drawn from a coarse grid of the pixels instead.
 *
 * @module
 */
import type { PatchValues } from "./patches.ts";

/** Values on pixels; NaN outside of the triangles. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
  /** 1 inside a triangle, whatever its value. */
  readonly covered: Uint8Array;
}

/** The corners of triangles in pixels, `[count x 3 x 2]`. */
export type PixelCorners = Float64Array;

/** Paints a pixel. */
export interface PixelPainter {
  /** Called with the triangle, the pixel and the barycentric coordinates of its centre. */
  (triangle: number, pixel: number, l0: number, l1: number, l2: number): void;
}

/** Calls `paint` for every pixel of every triangle; on a common edge, for both triangles. */
export function scanTriangles(
  corners: PixelCorners,
  width: number,
  height: number,
  paint: PixelPainter,
): void {
  for (let n = 0, o = 0; o < corners.length; n++, o += 6) {
    const ax = corners[o], ay = corners[o + 1];
    const bx = corners[o + 2] - ax, by = corners[o + 3] - ay;
    const cx = corners[o + 4] - ax, cy = corners[o + 5] - ay;
    const det = bx * cy - by * cx;
    if (det === 0) continue;
    const left = Math.max(0, Math.ceil(ax + Math.min(0, bx, cx) - 0.5));
    const right = Math.min(width - 1, Math.floor(ax + Math.max(0, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(ay + Math.min(0, by, cy) - 0.5));
    const bottom = Math.min(height - 1, Math.floor(ay + Math.max(0, by, cy) - 0.5));
    for (let j = top; j <= bottom; j++) {
      const y = j + 0.5 - ay;
      for (let i = left; i <= right; i++) {
        const x = i + 0.5 - ax;
        const l1 = (x * cy - y * cx) / det, l2 = (bx * y - by * x) / det;
        const l0 = 1 - l1 - l2;
        // A little slack, so that a pixel cannot fall between two neighbours.
        if (l0 >= -1e-9 && l1 >= -1e-9 && l2 >= -1e-9) paint(n, j * width + i, l0, l1, l2);
      }
    }
  }
}

/** The value of a patch at barycentric coordinates: constant, linear or quadratic. */
export function valueAt(
  { perPatch, values }: PatchValues,
  patch: number,
  l0: number,
  l1: number,
  l2: number,
): number {
  const o = patch * perPatch;
  if (perPatch === 1) return values[o];
  if (perPatch === 3) return l0 * values[o] + l1 * values[o + 1] + l2 * values[o + 2];
  return l0 * (2 * l0 - 1) * values[o] + l1 * (2 * l1 - 1) * values[o + 1] +
    l2 * (2 * l2 - 1) * values[o + 2] +
    4 * (l0 * l1 * values[o + 3] + l1 * l2 * values[o + 4] + l2 * l0 * values[o + 5]);
}

/** A field on the pixels. */
export function rasterize(
  corners: PixelCorners,
  samples: PatchValues,
  width: number,
  height: number,
): Raster {
  const values = new Float64Array(width * height).fill(NaN);
  const covered = new Uint8Array(width * height);
  scanTriangles(corners, width, height, (triangle, pixel, l0, l1, l2) => {
    values[pixel] = valueAt(samples, triangle, l0, l1, l2);
    covered[pixel] = 1;
  });
  return { width, height, values, covered };
}

/** The number of colours of a field: palette entries 1 to 254. Entry 0 is the background, 255 is NaN. */
export const colorCount = 254;

/** The palette entries for the values of a raster; values beyond the range get the colour of its end. */
export function indexed(raster: Raster, [low, high]: readonly [number, number]): Uint8Array {
  const { values, covered } = raster;
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) {
    if (!covered[i]) continue;
    const value = values[i];
    if (value !== value) out[i] = 255;
    else {
      const at = Math.floor(((value - low) / (high - low)) * colorCount);
      out[i] = 1 + Math.min(colorCount - 1, Math.max(0, at));
    }
  }
  return out;
}

/** A palette for {@link indexed}, `[256 x 3]`. */
export function rasterPalette(colors: Uint8Array): Uint8Array {
  const palette = new Uint8Array(768).fill(0xb0);
  palette.set(colors, 3);
  return palette;
}

/**
 * Two linear triangles for every square of `step` pixels that lies inside the mesh.
 *
 * @param scale Pixels of the raster per unit of the view.
 * @returns corners in units of the view, `[count x 3 x 2]`, and values at them.
 */
export function coarseTriangles(
  { width, height, values }: Raster,
  step: number,
  scale: number,
): { corners: Float64Array; samples: PatchValues } {
  const corners: number[] = [], found: number[] = [];
  const put = (x: number, y: number, value: number) => {
    corners.push((x + 0.5) / scale, (y + 0.5) / scale);
    found.push(value);
  };
  for (let y = 0; y + step < height; y += step) {
    for (let x = 0; x + step < width; x += step) {
      const at = y * width + x;
      const a = values[at], b = values[at + step];
      const c = values[at + step * width], d = values[at + step * width + step];
      // NaN outside of the mesh, and where the field is NaN.
      if (Number.isNaN(a + b + c + d)) continue;
      put(x, y, a);
      put(x + step, y, b);
      put(x, y + step, c);
      put(x + step, y, b);
      put(x + step, y + step, d);
      put(x, y + step, c);
    }
  }
  return {
    corners: Float64Array.from(corners),
    samples: { perPatch: 3, values: Float64Array.from(found) },
  };
}
