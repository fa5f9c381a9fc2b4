/**
 * A field on a coarse grid of its pixels, for lines of meshes whose cells are smaller than pixels.
 *
 * @module
 */
import type { PatchValues } from "./patches.ts";
import type { Raster } from "./raster.ts";

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
