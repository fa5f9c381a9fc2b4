/**
 * The nearest point on a segment and on a triangle. C. Ericson, Real-Time Collision Detection (2005),
 * sections 5.1.2 and 5.1.5, DOI 10.1201/b14581.
 *
 * @module
 */

/** On the segment in the plane with the corners at `c[o..]`, `[2 x 3]`; z is 0. */
export function closestOnSegment(
  c: Float64Array,
  o: number,
  x: number,
  y: number,
  out: Float64Array,
): void {
  const ax = c[o], ay = c[o + 1];
  const ex = c[o + 3] - ax, ey = c[o + 4] - ay;
  const s = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey);
  if (s >= 1) write(c, o + 3, out);
  else if (s > 0) {
    out[0] = ax + s * ex;
    out[1] = ay + s * ey;
    out[2] = 0;
  } else write(c, o, out);
}

/** On the triangle with the corners at `c[o..]`, `[3 x 3]`. */
export function closestOnTriangle(
  c: Float64Array,
  o: number,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): void {
  const ax = c[o], ay = c[o + 1], az = c[o + 2];
  const ux = c[o + 3] - ax, uy = c[o + 4] - ay, uz = c[o + 5] - az;
  const vx = c[o + 6] - ax, vy = c[o + 7] - ay, vz = c[o + 8] - az;
  const px = x - ax, py = y - ay, pz = z - az;
  const d1 = ux * px + uy * py + uz * pz, d2 = vx * px + vy * py + vz * pz;
  if (d1 <= 0 && d2 <= 0) return write(c, o, out);
  const uu = ux * ux + uy * uy + uz * uz, vv = vx * vx + vy * vy + vz * vz;
  const uv = ux * vx + uy * vy + uz * vz;
  const d3 = d1 - uu, d4 = d2 - uv;
  if (d3 >= 0 && d4 <= d3) return write(c, o + 3, out);
  const d5 = d1 - uv, d6 = d2 - vv;
  if (d6 >= 0 && d5 <= d6) return write(c, o + 6, out);
  const wc = d1 * d4 - d3 * d2, wb = d5 * d2 - d1 * d6, wa = d3 * d6 - d5 * d4;
  let s = 0, t = 0;
  if (wc <= 0 && d1 >= 0 && d3 <= 0) s = d1 / (d1 - d3);
  else if (wb <= 0 && d2 >= 0 && d6 <= 0) t = d2 / (d2 - d6);
  else if (wa <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
    t = (d4 - d3) / (d4 - d3 + (d5 - d6));
    s = 1 - t;
  } else {
    const total = wa + wb + wc;
    s = wb / total;
    t = wc / total;
  }
  out[0] = ax + s * ux + t * vx;
  out[1] = ay + s * uy + t * vy;
  out[2] = az + s * uz + t * vz;
}

function write(c: Float64Array, o: number, out: Float64Array): void {
  out[0] = c[o];
  out[1] = c[o + 1];
  out[2] = c[o + 2];
}
