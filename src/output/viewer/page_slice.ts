/**
 * A part of the viewer's page: cells in space cut by a plane, and what is seen around them.
 *
 * @module
 */

/** Declares `sliced`, which gives what to draw of a surface, and `frame`, which draws the box and the directions. */
export const sliceScript = `
/** The eight tetrahedra in one of ten points: corners, then the middles of (0,1) (1,2) (2,0) (0,3) (1,3) (2,3). */
const eighths = [0, 4, 6, 7, 4, 1, 5, 8, 6, 5, 2, 9, 7, 8, 9, 3, 4, 5, 6, 8, 4, 6, 7, 8, 6, 5, 9, 8, 6, 9, 7, 8];

/** Corners of triangles that lie between two points each: where, and how far from the first. */
class Cut {
  constructor(points) {
    this.points = points;
    this.places = [];
    this.pairs = [];
    this.shares = [];
  }
  add(p, q, vp, vq, share) {
    const { points } = this;
    for (let d = 0; d < 3; d++) this.places.push(points[3 * p + d] + share * (points[3 * q + d] - points[3 * p + d]));
    this.pairs.push(vp, vq);
    this.shares.push(share);
  }
  done() {
    const order = Int32Array.from(this.shares, (_, i) => i);
    return { dim: 3, closed: false, points: Float32Array.from(this.places), triangles: order, values: order, pairs: this.pairs, shares: this.shares };
  }
}

/** The plane where coordinate d has the value h, through all cells. */
function planeThrough({ points, cells }, d, h) {
  const cut = new Cut(points), { perCell } = cells, parts = perCell === 10 ? eighths : [0, 1, 2, 3];
  const side = (p) => points[3 * p + d] > h;
  for (let cell = 0; cell < cells.points.length; cell += perCell) {
    for (let k = 0; k < parts.length; k += 4) {
      const up = [], down = [];
      for (let j = k; j < k + 4; j++) (side(cells.points[cell + parts[j]]) ? up : down).push(cell + parts[j]);
      if (up.length === 0 || down.length === 0) continue;
      const corner = (u, v) => {
        const p = cells.points[u], q = cells.points[v], a = points[3 * p + d], b = points[3 * q + d];
        cut.add(p, q, cells.values[u], cells.values[v], (h - a) / (b - a));
      };
      if (up.length === 2) {
        const round = [[up[0], down[0]], [up[0], down[1]], [up[1], down[1]], [up[1], down[0]]];
        for (const i of [0, 1, 2, 0, 2, 3]) corner(...round[i]);
      } else {
        const [[one], three] = up.length === 1 ? [up, down] : [down, up];
        for (const other of three) corner(one, other);
      }
    }
  }
  return cut.done();
}

/** The part of the surface on one side of the plane: s is 1 for small coordinates and -1 for large ones. */
function partOf({ points, triangles, values }, d, h, s) {
  const cut = new Cut(points);
  for (let t = 0; t < triangles.length; t += 3) {
    const shape = [];
    for (let k = 0; k < 3; k++) {
      const i = t + k, j = t + (k + 1) % 3, p = triangles[i], q = triangles[j];
      const a = s * (points[3 * p + d] - h), b = s * (points[3 * q + d] - h);
      if (a <= 0) shape.push([p, p, values[i], values[i], 0]);
      if (a <= 0 !== b <= 0) shape.push([p, q, values[i], values[j], a / (a - b)]);
    }
    for (let k = 2; k < shape.length; k++) [shape[0], shape[k - 1], shape[k]].forEach((it) => cut.add(...it));
  }
  return cut.done();
}

const heightOf = (d) => drawn.low[d] + at("position").value / 1000 * (drawn.high[d] - drawn.low[d]);

/** The surfaces to draw, and how to take their numbers from those of the field. */
function sliced(key, surface) {
  const d = ["x", "y", "z"].indexOf(at("slice").value);
  if (d < 0 || !surface.cells) return [{ surface, of: (data) => data }];
  const h = heightOf(d), parts = [["plane", () => planeThrough(surface, d, h)]];
  // Whether what has small coordinates is farther away.
  const { turn, tilt } = view, depths = [-Math.cos(tilt) * Math.sin(turn), Math.cos(tilt) * Math.cos(turn), -Math.sin(tilt)];
  const s = depths[d] < 0 ? 1 : -1;
  if (at("rest").checked) parts.push(["rest " + s, () => partOf(surface, d, h, s)]);
  return parts.map(([name, make]) => {
    const part = recent(name, key + " " + d + " " + h, make);
    return { surface: part, of: (data) => Float32Array.from(part.shares, (s, i) => (1 - s) * data[part.pairs[2 * i]] + s * data[part.pairs[2 * i + 1]]) };
  });
}

/** The latest of its kind, made again where the key differs: planes are many. */
const latest = new Map();
function recent(kind, key, make) {
  if (latest.get(kind)?.key !== key) latest.set(kind, { key, made: make() });
  return latest.get(kind).made;
}

/** A line, where nothing is before it. */
function edge([ax, ay, az], [bx, by, bz]) {
  const steps = Math.ceil(Math.max(Math.abs(bx - ax), Math.abs(by - ay), 1));
  pen.globalAlpha = 0.4;
  for (let i = 0; i <= steps && steps < 4 * W; i++) {
    const s = i / steps, x = Math.round(ax + s * (bx - ax)), y = Math.round(ay + s * (by - ay));
    const inside = x >= 0 && y >= 0 && x < W && y < H;
    if (inside && az + s * (bz - az) < drawn.depth[y * W + x] + 1) pen.fillRect(x, y, 1, 1);
  }
  pen.globalAlpha = 1;
}

/** The edges of the box around everything, where a slice leaves most of it open, and the three directions. */
function frame() {
  if (drawn.dim !== 3) return;
  const { low, high } = drawn, corners = Float32Array.from({ length: 24 }, (_, i) => (Math.floor(i / 3) >> i % 3 & 1 ? high : low)[i % 3]);
  pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
  if (at("slice").value !== "") {
    const p = placed(corners, 3).slice();
    for (let i = 0; i < 8; i++) {
      for (const k of [1, 2, 4]) {
        if (!(i & k)) edge(p.subarray(3 * i, 3 * i + 3), p.subarray(3 * (i + k), 3 * (i + k) + 3));
      }
    }
  }
  const a = Math.cos(view.turn), b = Math.sin(view.turn), c = Math.cos(view.tilt), d = Math.sin(view.tilt);
  const ends = [[a, -d * b], [b, d * a], [0, c]];
  pen.font = "13px system-ui,sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  ends.forEach(([x, y], k) => {
    pen.beginPath();
    pen.moveTo(48, H - 48);
    pen.lineTo(48 + 28 * x, H - 48 - 28 * y);
    pen.stroke();
    pen.fillText("xyz"[k], 48 + 38 * x, H - 48 - 38 * y);
  });
}
`;
