/**
 * The program of the viewer's page, as a text: it draws triangles into pixels itself, so that what is under the
 * pointer is what was drawn. It asks for nothing from anywhere.
 *
 * @module
 */

/** The program, which finds its data in the page. */
export const pageScript = `"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
const at = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const floats = (text) => new Float32Array(bytes(text)), indices = (text) => new Int32Array(bytes(text));
const kept = new Map();
const once = (key, make) => (kept.has(key) || kept.set(key, make()), kept.get(key));
const surfaceOf = (i) => once("s" + i, () => {
  const { dim, points, triangles, values } = run.surfaces[i];
  return { dim, points: floats(points), triangles: indices(triangles), values: indices(values) };
});
const canvas = at("picture"), pen = canvas.getContext("2d");
const W = canvas.width, H = canvas.height;
const view = { zoom: 1, x: 0, y: 0, turn: 0.6, tilt: 0.4 };
const drawn = { value: new Float32Array(W * H), depth: new Float32Array(W * H), scale: 1, middle: [0, 0, 0], dim: 2, range: [0, 1] };
const short = (n) => Number.isFinite(n) ? String(Number(n.toPrecision(5))) : "not finite";

function option(select, value, text) {
  const one = document.createElement("option");
  one.value = value;
  one.textContent = text;
  select.append(one);
}

// What there is to choose: every component of every field, and the length of vectors.
const choices = new Map();
for (const { fields } of run.states) {
  for (const { name, components, units } of fields) {
    const parts = components === 1 ? [[0, name]] : [[-1, "|" + name + "|"], ...Array.from({ length: components }, (_, k) => [k, name + "[" + k + "]"])];
    for (const [part, text] of parts) choices.set(text, { name, part, units });
  }
}
for (const text of choices.keys()) option(at("field"), text, text);
option(at("particles"), "", "none");
const swarms = new Map();
for (const state of run.states) {
  for (const { name, variables } of state.swarms) {
    for (const variable of ["", ...Object.keys(variables)]) swarms.set(variable === "" ? name : name + ": " + variable, { name, variable });
  }
}
for (const text of swarms.keys()) option(at("particles"), text, text);
const tracked = [...new Set(run.states.flatMap(({ tracker }) => Object.keys(tracker)))].filter((name) => name !== "step" && name !== "time");
for (const name of tracked) option(at("quantity"), name, name);
at("charts").hidden = tracked.length === 0;
for (const name of Object.keys(run.palettes)) option(at("colors"), name, name);
for (const id of ['state', "other"]) at(id).max = String(run.states.length - 1);
at('state').value = String(run.states.length - 1);
at("title").textContent = run.title;
document.title = run.title;

/** The numbers of a choice at a state, one for each value of the surface; null where the state does not have it. */
function numbersOf(i, { name, part }) {
  const field = run.states[i].fields.find((it) => it.name === name);
  if (!field) return null;
  return once("n" + i + " " + part + " " + name, () => {
    const all = floats(field.data), c = field.components;
    if (c === 1) return { surface: field.surface, data: all };
    const data = Float32Array.from({ length: all.length / c }, (_, row) => {
      if (part >= 0) return all[row * c + part];
      let sum = 0;
      for (let k = 0; k < c; k++) sum += all[row * c + k] ** 2;
      return Math.sqrt(sum);
    });
    return { surface: field.surface, data };
  });
}

function extent(data) {
  let low = Infinity, high = -Infinity;
  for (const v of data) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
  return low <= high ? [low, high] : [0, 0];
}

/** Points on the canvas, with their depth. */
function placed(points, dim) {
  const out = new Float32Array(points.length / dim * 3), { scale, middle } = drawn;
  const a = Math.cos(view.turn), b = Math.sin(view.turn), c = Math.cos(view.tilt), d = Math.sin(view.tilt);
  for (let i = 0, o = 0; i < points.length; i += dim, o += 3) {
    let x = points[i] - middle[0], y = points[i + 1] - middle[1], z = 0;
    if (dim === 3) {
      const h = points[i + 2] - middle[2], along = a * x + b * y, away = a * y - b * x;
      x = along;
      y = c * h + d * away;
      z = c * away - d * h;
    }
    out[o] = W / 2 + (x * scale + view.x) * view.zoom;
    out[o + 1] = H / 2 - (y * scale + view.y) * view.zoom;
    out[o + 2] = z;
  }
  return out;
}

function fit({ points, dim }) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    low[i % dim] = Math.min(low[i % dim], points[i]);
    high[i % dim] = Math.max(high[i % dim], points[i]);
  }
  drawn.dim = dim;
  drawn.middle = low.map((v, d) => d < dim ? (v + high[d]) / 2 : 0);
  const size = low.map((v, d) => d < dim ? high[d] - v : 0);
  drawn.scale = dim === 2 ? Math.min(0.94 * W / size[0], 0.94 * H / size[1]) : 0.9 * Math.min(W, H) / Math.hypot(...size);
}

/** Fills the value and the depth of every pixel. */
function fill({ points, dim, triangles, values }, data) {
  const { value, depth } = drawn, p = placed(points, dim);
  value.fill(NaN);
  depth.fill(Infinity);
  drawn.covered = new Uint8Array(W * H);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]];
    const ax = p[a], ay = p[a + 1], bx = p[b], by = p[b + 1], cx = p[c], cy = p[c + 1];
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0) continue;
    const va = data[values[t]], vb = data[values[t + 1]], vc = data[values[t + 2]];
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5)), x1 = Math.min(W - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5)), y1 = Math.min(H - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const px = x + 0.5, py = y + 0.5;
        const u = ((bx - px) * (cy - py) - (cx - px) * (by - py)) / area;
        const v = ((cx - px) * (ay - py) - (ax - px) * (cy - py)) / area, w = 1 - u - v;
        if (u < -1e-6 || v < -1e-6 || w < -1e-6) continue;
        const z = u * p[a + 2] + v * p[b + 2] + w * p[c + 2], o = y * W + x;
        if (z >= depth[o]) continue;
        depth[o] = z;
        value[o] = u * va + v * vb + w * vc;
        drawn.covered[o] = 1;
      }
    }
  }
}

function paint() {
  const palette = once("p" + at("colors").value, () => new Uint8Array(bytes(run.palettes[at("colors").value])));
  const image = pen.createImageData(W, H), [low, high] = drawn.range;
  for (let i = 0; i < W * H; i++) {
    if (!drawn.covered[i]) continue;
    const v = drawn.value[i], k = Math.round(255 * Math.min(1, Math.max(0, (v - low) / (high - low || 1))));
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = v === v ? palette[3 * k + c] : 160;
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  const bar = at("bar").getContext("2d");
  for (let k = 0; k < 256; k++) {
    bar.fillStyle = "rgb(" + palette.slice(3 * k, 3 * k + 3).join(",") + ")";
    bar.fillRect(k, 0, 1, 12);
  }
}

/** Arrows of a vector, on a grid of pixels. */
function arrows(i, { name }) {
  const parts = [0, 1].map((part) => numbersOf(i, { name, part }));
  const field = run.states[i].fields.find((it) => it.name === name);
  if (!field || field.components !== 2 || parts.includes(null)) return;
  const saved = drawn.value, own = parts.map(({ surface, data }) => {
    drawn.value = new Float32Array(W * H);
    fill(surfaceOf(surface), data);
    return drawn.value;
  });
  drawn.value = saved;
  const most = Math.max(...extent(numbersOf(i, { name, part: -1 }).data).map(Math.abs)) || 1;
  pen.strokeStyle = "black";
  pen.beginPath();
  for (let y = 16; y < H; y += 32) {
    for (let x = 16; x < W; x += 32) {
      const dx = 26 * own[0][y * W + x] / most, dy = -26 * own[1][y * W + x] / most, size = Math.hypot(dx, dy);
      if (!(size > 2)) continue;
      const [ex, ey] = [x + dx / 2, y + dy / 2], h = Math.min(6, size / 2) / size;
      pen.moveTo(x - dx / 2, y - dy / 2);
      pen.lineTo(ex, ey);
      for (const s of [0.5, -0.5]) {
        pen.moveTo(ex, ey);
        pen.lineTo(ex - h * (dx + s * dy), ey - h * (dy - s * dx));
      }
    }
  }
  pen.stroke();
}

function dots(i) {
  const chosen = swarms.get(at("particles").value);
  const swarm = chosen && run.states[i].swarms.find(({ name }) => name === chosen.name);
  if (!swarm) return;
  const p = placed(floats(swarm.points), drawn.dim);
  const data = chosen.variable === "" ? null : floats(swarm.variables[chosen.variable]);
  const [low, high] = data ? extent(data) : [0, 1], palette = new Uint8Array(bytes(run.palettes.viridis));
  for (let k = 0; k < p.length / 3; k++) {
    const c = data ? Math.round(255 * (data[k] - low) / (high - low || 1)) : 0;
    pen.fillStyle = data ? "rgb(" + palette.slice(3 * c, 3 * c + 3).join(",") + ")" : "black";
    pen.fillRect(p[3 * k] - 1.5, p[3 * k + 1] - 1.5, 3, 3);
  }
}

function chart(i) {
  const name = at("quantity").value, svg = at("chart");
  if (!name) return;
  const all = run.states.map(({ time, tracker }) => [time, tracker[name]]).filter(([, v]) => v !== undefined);
  const [x0, x1] = extent(all.map(([t]) => t)), [y0, y1] = extent(all.map(([, v]) => v));
  const place = ([t, v]) => (10 + 280 * (t - x0) / (x1 - x0 || 1)).toFixed(1) + "," + (70 - 60 * (v - y0) / (y1 - y0 || 1)).toFixed(1);
  svg.querySelector("polyline").setAttribute("points", all.map(place).join(" "));
  const now = run.states[i], dot = svg.querySelector("circle"), [cx, cy] = place([now.time, now.tracker[name] ?? y0]).split(",");
  dot.setAttribute("cx", cx);
  dot.setAttribute("cy", cy);
  at("number").textContent = name + " = " + short(now.tracker[name]) + ", " + short(y0) + " to " + short(y1);
}

function draw() {
  const i = Number(at('state').value), j = Number(at("other").value), choice = choices.get(at("field").value);
  const state = run.states[i], differs = at("difference").checked;
  at("other").hidden = at("against").hidden = !differs;
  at("where").textContent = state.label + ": step " + state.step + ", time " + short(state.time) + (run.timeUnits && " " + run.timeUnits);
  at("against").textContent = "minus " + run.states[j].label;
  pen.clearRect(0, 0, W, H);
  drawn.covered = new Uint8Array(W * H);
  const shown = choice && numbersOf(i, choice), other = differs && choice ? numbersOf(j, choice) : null;
  const comparable = !differs || (other && shown && other.surface === shown.surface);
  at("note").textContent = !shown ? "this state does not have the field" : comparable ? "" : "the meshes of the two states differ, so there is no difference to show";
  if (shown && comparable) {
    const surface = surfaceOf(shown.surface);
    const data = differs ? shown.data.map((v, k) => v - other.data[k]) : shown.data;
    const over = at("same").checked && !differs ? run.states.flatMap((_, k) => extent(numbersOf(k, choice)?.data ?? data)) : extent(data);
    const [low, high] = [Math.min(...over), Math.max(...over)], most = Math.max(-low, high);
    drawn.range = differs ? [-most, most] : [low, high];
    fit(surface);
    fill(surface, data);
    paint();
    at("low").textContent = short(drawn.range[0]);
    at("high").textContent = short(drawn.range[1]) + (choice.units && " " + choice.units);
    if (at("arrows").checked && !differs) arrows(i, choice);
    if (at("arrows").checked && !differs) fill(surface, data);
  }
  dots(i);
  chart(i);
  const box = canvas.getBoundingClientRect();
  canvas.dataset.box = [box.left, box.top, box.width, box.height].join(" ");
}

/** Says what is at a place of the canvas. */
function look(x, y) {
  const v = drawn.value[Math.floor(y) * W + Math.floor(x)], inside = drawn.covered[Math.floor(y) * W + Math.floor(x)];
  if (!inside) return at("value").textContent = "";
  const place = drawn.dim === 3 ? "" : " at (" + short(drawn.middle[0] + ((x - W / 2) / view.zoom - view.x) / drawn.scale) + ", " +
    short(drawn.middle[1] + ((H / 2 - y) / view.zoom - view.y) / drawn.scale) + ")" + (run.lengthUnits && " " + run.lengthUnits);
  at("value").textContent = at("field").value + " = " + short(v) + place;
}

const inCanvas = (event) => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * W / box.width, (event.clientY - box.top) * H / box.height];
};
canvas.addEventListener("pointermove", (event) => {
  if (event.buttons === 1) {
    if (drawn.dim === 3 && !event.shiftKey) {
      view.turn += event.movementX / 150;
      view.tilt = Math.min(1.57, Math.max(-1.57, view.tilt + event.movementY / 150));
    } else {
      view.x += event.movementX / view.zoom;
      view.y -= event.movementY / view.zoom;
    }
    draw();
  }
  look(...inCanvas(event));
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  view.zoom = Math.min(200, Math.max(0.2, view.zoom * Math.exp(-event.deltaY / 500)));
  draw();
}, { passive: false });
canvas.addEventListener("dblclick", () => (Object.assign(view, { zoom: 1, x: 0, y: 0 }), draw()));
for (const control of document.querySelectorAll("input,select")) control.addEventListener("input", draw);
document.addEventListener("keydown", (event) => {
  if (event.target !== document.body || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  at('state').value = String(Number(at('state').value) + (event.key === "ArrowLeft" ? -1 : 1));
  draw();
});
// An address may name what to show: #state=3&field=T&other=0&x=400&y=300
const asked = new URLSearchParams(location.hash.slice(1));
for (const id of ['state', "field", "other", "particles", "colors", "quantity"]) if (asked.has(id)) at(id).value = asked.get(id);
if (asked.has("other")) at("difference").checked = true;
draw();
if (asked.has("x")) look(Number(asked.get("x")), Number(asked.get("y")));
`;
