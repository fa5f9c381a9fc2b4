/**
 * A part of the viewer's page: what is drawn of a large surface while it is turned. Points that are a few pixels
 * apart become one, so that about eighty thousand triangles are left, however many there were.
 *
 * @module
 */

/** Declares `coarse`, which gives the surface to draw, and `startTurning`. */
export const coarseScript = `
/** Surfaces with fewer triangles are turned as they are. */
const MANY = 150000, GRID = 96;

let turning = false, resting = 0;
/** Until nothing has been turned for a while. */
function startTurning() {
  turning = true;
  clearTimeout(resting);
  resting = setTimeout(() => (turning = false, redraw()), 250);
}

function coarse(key, surface) {
  if (!turning || surface.dim !== 3 || surface.triangles.length < 3 * MANY) return surface;
  return once("coarse " + key, () => merged(surface));
}

/** The first point in each cell of a grid stands for all of them; triangles with two corners in one cell go. */
function merged({ points, triangles, values, closed }) {
  const { low, high } = drawn, size = Math.max(...high.map((v, d) => v - low[d])), f = (GRID - 1) / size;
  const first = new Int32Array(GRID ** 3).fill(-1), place = new Int32Array(points.length / 3), kept = [];
  for (let p = 0, i = 0; i < points.length; p++, i += 3) {
    const cell = (((points[i] - low[0]) * f | 0) * GRID + ((points[i + 1] - low[1]) * f | 0)) * GRID + ((points[i + 2] - low[2]) * f | 0);
    if (first[cell] < 0) {
      first[cell] = kept.length / 3;
      kept.push(points[i], points[i + 1], points[i + 2]);
    }
    place[p] = first[cell];
  }
  const corners = [], own = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const a = place[triangles[t]], b = place[triangles[t + 1]], c = place[triangles[t + 2]];
    if (a === b || b === c || c === a) continue;
    corners.push(a, b, c);
    own.push(values[t], values[t + 1], values[t + 2]);
  }
  return { dim: 3, closed, points: Float32Array.from(kept), triangles: Int32Array.from(corners), values: Int32Array.from(own) };
}
`;
