/**
 * A part of the viewer's page: triangles into pixels. Typed arrays that are made once and loops without allocation
 * turn a million triangles at the rate that docs/look.md says, without a graphics card; and what is under the pointer
 * is what was drawn.
 *
 * @module
 */

/** Declares `W`, `H`, `view`, `drawn`, `fit`, `placed`, `fill`, `paint`. */
export const rasterScript = `
const canvas = at("picture"), pen = canvas.getContext("2d", { willReadFrequently: true });
const W = canvas.width, H = canvas.height;
const view = { zoom: 1, x: 0, y: 0, turn: 0.6, tilt: 0.4 };
const drawn = {
  value: new Float32Array(W * H), depth: new Float32Array(W * H), shade: new Uint8Array(W * H),
  scale: 1, middle: [0, 0, 0], low: [0, 0, 0], high: [1, 1, 1], dim: 2, range: [0, 1],
};
const image = pen.createImageData(W, H), ink32 = new Uint32Array(image.data.buffer);

/** Points on the canvas, [x, y, depth] each, in one array for each number of points. */
const buffers = new Map();
function placed(points, dim) {
  const count = points.length / dim;
  if (!buffers.has(count)) {
    if (buffers.size > 3) buffers.clear();
    buffers.set(count, new Float32Array(3 * count));
  }
  const out = buffers.get(count), { scale, middle } = drawn, s = scale * view.zoom;
  const cx = W / 2 + view.x * view.zoom, cy = H / 2 - view.y * view.zoom;
  const [m0, m1, m2] = middle;
  if (dim === 2) {
    for (let i = 0, o = 0; i < points.length; i += 2, o += 3) {
      out[o] = cx + (points[i] - m0) * s;
      out[o + 1] = cy - (points[i + 1] - m1) * s;
      out[o + 2] = 0;
    }
    return out;
  }
  const a = Math.cos(view.turn), b = Math.sin(view.turn), c = Math.cos(view.tilt), d = Math.sin(view.tilt);
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i] - m0, y = points[i + 1] - m1, h = points[i + 2] - m2;
    const away = a * y - b * x;
    out[i] = cx + (a * x + b * y) * s;
    out[i + 1] = cy - (c * h + d * away) * s;
    out[i + 2] = (c * away - d * h) * s;
  }
  return out;
}

function fit({ points, dim }) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    if (points[i] < low[i % dim]) low[i % dim] = points[i];
    if (points[i] > high[i % dim]) high[i % dim] = points[i];
  }
  const size = low.map((v, d) => d < dim ? high[d] - v : 0);
  Object.assign(drawn, { dim, low, high, middle: low.map((v, d) => d < dim ? (v + high[d]) / 2 : 0) });
  drawn.scale = dim === 2 ? Math.min(0.94 * W / size[0], 0.94 * H / size[1]) : 0.9 * Math.min(W, H) / Math.hypot(...size);
}

function clear() {
  drawn.value.fill(NaN);
  drawn.depth.fill(Infinity);
}

/** Draws triangles; of a closed surface only those that face the viewer. */
function fill({ points, dim, triangles, values, closed }, data) {
  const { value, depth, shade } = drawn, p = placed(points, dim), solid = dim === 3;
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t], b = 3 * triangles[t + 1], c = 3 * triangles[t + 2];
    const ax = p[a], ay = p[a + 1], bx = p[b], by = p[b + 1], cx = p[c], cy = p[c + 1];
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (closed ? area >= 0 : area === 0) continue;
    let x0 = ax < bx ? ax : bx, x1 = ax > bx ? ax : bx, y0 = ay < by ? ay : by, y1 = ay > by ? ay : by;
    if (cx < x0) x0 = cx; else if (cx > x1) x1 = cx;
    if (cy < y0) y0 = cy; else if (cy > y1) y1 = cy;
    if (x1 < 0 || y1 < 0 || x0 > W || y0 > H) continue;
    x0 = x0 < 0.5 ? 0 : Math.ceil(x0 - 0.5);
    y0 = y0 < 0.5 ? 0 : Math.ceil(y0 - 0.5);
    x1 = x1 > W - 0.5 ? W - 1 : Math.floor(x1 - 0.5);
    y1 = y1 > H - 0.5 ? H - 1 : Math.floor(y1 - 0.5);
    if (x0 > x1 || y0 > y1) continue;
    const az = p[a + 2], bz = p[b + 2], cz = p[c + 2], f = 1 / area;
    const va = data[values[t]], vb = data[values[t + 1]], vc = data[values[t + 2]];
    let light = 255;
    if (solid) {
      const nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay), ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az);
      light = 175 + 80 * Math.abs(area) / Math.sqrt(nx * nx + ny * ny + area * area);
    }
    const du = (by - cy) * f, dv = (cy - ay) * f;
    for (let y = y0; y <= y1; y++) {
      const px = x0 + 0.5, py = y + 0.5;
      let u = ((bx - px) * (cy - py) - (cx - px) * (by - py)) * f, v = ((cx - px) * (ay - py) - (ax - px) * (cy - py)) * f;
      for (let x = x0, o = y * W + x0; x <= x1; x++, o++, u += du, v += dv) {
        const w = 1 - u - v;
        if (u < -1e-6 || v < -1e-6 || w < -1e-6) continue;
        const z = u * az + v * bz + w * cz;
        if (z >= depth[o]) continue;
        depth[o] = z;
        value[o] = u * va + v * vb + w * vc;
        shade[o] = light;
      }
    }
  }
}

/** The map that the bar of colours shows. */
let barred = "";
const paletteOf = (name) => once("p" + name, () => new Uint8Array(bytes(run.palettes[name])));

function paint(name) {
  const palette = paletteOf(name), [low, high] = drawn.range, factor = 255 / (high - low || 1);
  const { value, depth, shade } = drawn, solid = drawn.dim === 3;
  const colors = once("c" + name, () => Uint32Array.from({ length: 256 }, (_, k) =>
    (0xff << 24 | palette[3 * k + 2] << 16 | palette[3 * k + 1] << 8 | palette[3 * k]) >>> 0));
  for (let i = 0; i < W * H; i++) {
    if (depth[i] === Infinity) { ink32[i] = 0; continue; }
    const v = value[i];
    let k = (v - low) * factor + 0.5;
    k = k < 0 ? 0 : k > 255 ? 255 : k | 0;
    let color = v === v ? colors[k] : 0xffa0a0a0;
    if (solid && shade[i] < 255) {
      const s = shade[i];
      color = 0xff000000 | ((color >> 16 & 255) * s >> 8) << 16 | ((color >> 8 & 255) * s >> 8) << 8 | ((color & 255) * s >> 8);
    }
    ink32[i] = color;
  }
  pen.putImageData(image, 0, 0);
  if (barred === name) return;
  barred = name;
  const bar = at("bar").getContext("2d");
  for (let k = 0; k < 256; k++) {
    bar.fillStyle = "rgb(" + palette.slice(3 * k, 3 * k + 3).join(",") + ")";
    bar.fillRect(k, 0, 1, 12);
  }
}
`;
