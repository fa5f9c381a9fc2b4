/**
 * Draws faces with edges and shading, with hidden surfaces removed, on antialiased pixels.
 *
 * @module
 */
import type { Pixels } from "./png_file.ts";
import { scanTriangles } from "./raster.ts";

/** Every pixel of the result is the mean of this many by this many samples. */
const FINENESS = 2;
/** If edges would cover more than this part of a face, it gets one mixed colour instead. */
const CROWDED = 0.55;
/** The largest share of the edges' colour in a mixture. */
const DARKEST = 0.75;

/** The faces to draw. */
export interface Faces {
  /** Corners, `[count x 3 x 2]`, in units of the view. */
  readonly corners: Float64Array;
  /** The nearness to the viewer at the corners, `[count x 3]`; null in the plane. */
  readonly nearness: Float64Array | null;
  /** Factors of the colours, `[count]`; null for none. */
  readonly brightness: Float64Array | null;
  /** `[n x 3]`. */
  readonly palette: Uint8Array;
  /** The palette entry of a point of a face. */
  readonly colorAt: (face: number, l0: number, l1: number, l2: number) => number;
  /** How the edges are drawn, in units of the view; null for none. */
  readonly edges:
    | { readonly width: number; readonly color: readonly [number, number, number] }
    | null;
}

/** Draws faces on a view of `width` by `height`, with `scale` pixels for each of its units. */
export function drawFaces(faces: Faces, width: number, height: number, scale: number): Pixels {
  const fine = scale * FINENESS;
  const w = width * fine, h = height * fine;
  const rgba = new Uint8Array(4 * w * h);
  const nearest = new Float32Array(w * h).fill(-Infinity);
  const corners = faces.corners.map((value) => value * fine);
  const edges = edgesOf(faces, corners, fine);
  const { nearness: z, brightness, palette, colorAt } = faces;
  scanTriangles(corners, w, h, (face, pixel, l0, l1, l2) => {
    if (z !== null) {
      const near = l0 * z[3 * face] + l1 * z[3 * face + 1] + l2 * z[3 * face + 2];
      if (near <= nearest[pixel]) return;
      nearest[pixel] = near;
    }
    const from = 3 * colorAt(face, l0, l1, l2), to = 4 * pixel;
    const light = brightness === null ? 1 : brightness[face];
    const mixture = edges === null ? 0 : edges.share(face, l0, l1, l2);
    for (let k = 0; k < 3; k++) {
      const own = palette[from + k] * light;
      rgba[to + k] = own + mixture * ((edges?.color[k] ?? 0) - own);
    }
    rgba[to + 3] = 255;
  });
  return reduced(rgba, width * scale, height * scale);
}

/** The share of the edges' colour at the points of a face. */
function edgesOf({ edges }: Faces, corners: Float64Array, fine: number) {
  if (edges === null) return null;
  const half = edges.width * fine / 2;
  const heights = new Float32Array(corners.length / 2),
    crowd = new Float32Array(corners.length / 6);
  for (let f = 0; f < crowd.length; f++) {
    const o = 6 * f;
    const bx = corners[o + 2] - corners[o], by = corners[o + 3] - corners[o + 1];
    const cx = corners[o + 4] - corners[o], cy = corners[o + 5] - corners[o + 1];
    const area = Math.abs(bx * cy - by * cx);
    const sides = [Math.hypot(cx - bx, cy - by), Math.hypot(cx, cy), Math.hypot(bx, by)];
    for (let k = 0; k < 3; k++) heights[3 * f + k] = area / (sides[k] || 1);
    // Half the width of each edge lies in this face.
    const covered = area === 0 ? 0 : 2 * half * (sides[0] + sides[1] + sides[2]) / area;
    crowd[f] = covered > CROWDED ? Math.min(DARKEST, covered) : 0;
  }
  const share = (face: number, l0: number, l1: number, l2: number): number => {
    if (crowd[face] > 0) return crowd[face];
    const o = 3 * face;
    return l0 * heights[o] < half || l1 * heights[o + 1] < half || l2 * heights[o + 2] < half
      ? 1
      : 0;
  };
  return { share, color: edges.color };
}

/** The means of blocks of pixels; a block that is partly empty is partly transparent. */
function reduced(fine: Uint8Array, width: number, height: number): Pixels {
  const data = new Uint8Array(4 * width * height);
  const row = 4 * width * FINENESS;
  const sum = new Float64Array(4);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      sum.fill(0);
      for (let v = 0; v < FINENESS; v++) {
        for (let u = 0; u < FINENESS; u++) {
          const o = (j * FINENESS + v) * row + 4 * (i * FINENESS + u);
          if (fine[o + 3] === 0) continue;
          for (let k = 0; k < 4; k++) sum[k] += fine[o + k];
        }
      }
      if (sum[3] === 0) continue;
      const to = 4 * (j * width + i), full = sum[3] / 255;
      for (let k = 0; k < 3; k++) data[to + k] = Math.round(sum[k] / full);
      data[to + 3] = Math.round(sum[3] / (FINENESS * FINENESS));
    }
  }
  return { width, height, data };
}
