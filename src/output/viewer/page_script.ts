/**
 * The program of the viewer's page, as a text. It asks for nothing from anywhere, but for a run that goes on: that
 * page asks its own address for what is new.
 *
 * @module
 */
import { coarseScript } from "./page_coarse.ts";
import { controlsScript } from "./page_controls.ts";
import { liveScript } from "./page_live.ts";
import { rasterScript } from "./page_raster.ts";
import { sliceScript } from "./page_slice.ts";

/** What the parts share: the run, numbers from texts, and what is made once. */
const dataScript = `"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
// Its text is as large as the run, and is not needed again.
document.getElementById("run").textContent = "";
const at = (id) => document.getElementById(id);
function bytes(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text).buffer;
  const plain = atob(text), out = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) out[i] = plain.charCodeAt(i);
  return out.buffer;
}
const floats = (text) => new Float32Array(bytes(text)), indices = (text) => new Int32Array(bytes(text));
const kept = new Map();
const once = (key, make) => (kept.has(key) || kept.set(key, make()), kept.get(key));
const short = (n) => Number.isFinite(n) ? String(Number(n.toPrecision(5))) : "not finite";
const surfaceOf = (i) => once("s" + i, () => {
  const { dim, points, triangles, values, closed, cells } = run.surfaces[i];
  return {
    dim, closed, points: floats(points), triangles: indices(triangles), values: indices(values),
    cells: cells && { perCell: cells.perCell, points: indices(cells.points), values: indices(cells.values) },
  };
});

/** The numbers of a choice at a state, one for each value of the surface; null where the state does not have it. */
function numbersOf(i, { name, part }) {
  const field = run.states[i].fields.find((it) => it.name === name);
  if (!field) return null;
  return once("n" + run.states[i].serial + " " + part + " " + name, () => {
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
  for (const v of data) if (Number.isFinite(v)) { if (v < low) low = v; if (v > high) high = v; }
  return low <= high ? [low, high] : [0, 0];
}
`;

/** What is drawn besides triangles, and the picture as a whole. */
const drawScript = `
/** Arrows of a vector, on a grid of pixels. */
function arrows(i, { name }) {
  const parts = [0, 1].map((part) => numbersOf(i, { name, part }));
  const field = run.states[i].fields.find((it) => it.name === name);
  if (!field || field.components !== 2 || parts.includes(null)) return;
  const saved = drawn.value, own = parts.map(({ surface, data }) => {
    drawn.value = new Float32Array(W * H);
    drawn.depth.fill(Infinity);
    fill(surfaceOf(surface), data);
    return drawn.value;
  });
  drawn.value = saved;
  const most = Math.max(...extent(numbersOf(i, { name, part: -1 }).data).map(Math.abs)) || 1;
  pen.beginPath();
  for (let y = 16; y < H; y += 32) {
    for (let x = 16; x < W; x += 32) {
      const dx = 26 * own[0][y * W + x] / most, dy = -26 * own[1][y * W + x] / most, size = Math.hypot(dx, dy);
      if (!(size > 2) || drawn.depth[y * W + x] === Infinity) continue;
      const [ex, ey] = [x + dx / 2, y + dy / 2], h = Math.min(6, size / 2) / size;
      pen.moveTo(x - dx / 2, y - dy / 2);
      pen.lineTo(ex, ey);
      for (const s of [0.5, -0.5]) {
        pen.moveTo(ex, ey);
        pen.lineTo(ex - h * (dx + s * dy), ey - h * (dy - s * dx));
      }
    }
  }
  // Dark with a light rim, to be seen on every colour.
  for (const [color, width] of [["#ffffffb0", 3.5], ["#000000", 1.3]]) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.stroke();
  }
  pen.lineWidth = 1;
}

function dots(i) {
  const chosen = swarms.get(at("particles").value);
  const swarm = chosen && run.states[i].swarms.find(({ name }) => name === chosen.name);
  if (!swarm) return;
  const p = placed(floats(swarm.points), drawn.dim);
  const data = chosen.variable === "" ? null : floats(swarm.variables[chosen.variable]);
  const [low, high] = data ? extent(data) : [0, 1], palette = paletteOf("viridis");
  const few = p.length < 15000, r = few ? 2 : 1.5;
  pen.fillStyle = "#ffffffc0";
  // All of the rims first: that of one particle is not on its neighbour.
  for (let k = 0; few && k < p.length; k += 3) pen.fillRect(p[k] - 3, p[k + 1] - 3, 6, 6);
  for (let k = 0; k < p.length / 3; k++) {
    const c = data ? Math.round(255 * (data[k] - low) / (high - low || 1)) : 0;
    pen.fillStyle = data ? "rgb(" + palette.slice(3 * c, 3 * c + 3).join(",") + ")" : "black";
    pen.fillRect(p[3 * k] - r, p[3 * k + 1] - r, 2 * r, 2 * r);
  }
  if (data) at("dots").textContent = at("particles").value + ": " + short(low) + " to " + short(high);
}

function chart(i) {
  const name = at("quantity").value, svg = at("chart");
  if (!name) return;
  const all = run.states.map(({ time, tracker }) => [time, tracker[name]]).filter(([, v]) => v !== undefined);
  const [x0, x1] = extent(all.map(([t]) => t)), [y0, y1] = extent(all.map(([, v]) => v));
  // What differs only by rounding is a flat line in the middle.
  const flat = y1 - y0 <= 1e-9 * Math.max(Math.abs(y0), Math.abs(y1));
  const place = ([t, v]) => (10 + 280 * (t - x0) / (x1 - x0 || 1)).toFixed(1) + "," + (flat ? 40 : 70 - 60 * (v - y0) / (y1 - y0)).toFixed(1);
  svg.querySelector("polyline").setAttribute("points", all.map(place).join(" "));
  const now = run.states[i], dot = svg.querySelector("circle"), [cx, cy] = place([now.time, now.tracker[name] ?? y0]).split(",");
  dot.setAttribute("cx", cx);
  dot.setAttribute("cy", cy);
  at("number").textContent = name + " = " + short(now.tracker[name]) + ", " + short(y0) + " to " + short(y1);
}

/** The least and the largest number of the field in a state, or in each that has it. */
const rangeOf = (i, choice) => once("e" + run.states[i].serial + " " + choice.part + " " + choice.name, () => extent(numbersOf(i, choice).data));
const wholeRange = (choice) => run.states.flatMap((_, k) => numbersOf(k, choice) ? rangeOf(k, choice) : []);

function draw() {
  const i = Number(at('state').value), j = Number(at("other").value), choice = choices.get(at("field").value);
  const state = run.states[i], differs = at("difference").checked;
  at("other").hidden = at("against").hidden = !differs;
  at("colors").disabled = differs;
  at("where").textContent = state.label + ": step " + state.step + ", time " + short(state.time) + (run.timeUnits && " " + run.timeUnits);
  at("against").textContent = "minus " + run.states[j].label;
  at("dots").textContent = "";
  pen.clearRect(0, 0, W, H);
  clear();
  const shown = choice && numbersOf(i, choice), other = differs && choice ? numbersOf(j, choice) : null;
  const comparable = !differs || (other && shown && other.surface === shown.surface);
  at("note").textContent = !choice ? "there is no field to show" : !shown ? "this state does not have the field" : comparable ? "" : "the meshes of the two states differ, so there is no difference to show";
  if (shown && comparable) {
    const surface = surfaceOf(shown.surface);
    const data = differs ? shown.data.map((v, k) => v - other.data[k]) : shown.data;
    const over = differs ? extent(data) : at("same").checked ? wholeRange(choice) : rangeOf(i, choice);
    const [low, high] = [Math.min(...over), Math.max(...over)], most = Math.max(-low, high);
    drawn.range = differs ? [-most, most] : [low, high];
    if (drawn.fitted !== surface) fit(surface);
    drawn.fitted = surface;
    for (const id of ["slices", "turns"]) at(id).hidden = !surface.cells;
    at("arrowed").hidden = surface.dim === 3;
    for (const id of ["position", "rested"]) at(id).hidden = at("slice").value === "";
    at("height").textContent = at("slice").value && surface.cells ? short(heightOf(["x", "y", "z"].indexOf(at("slice").value))) + (run.lengthUnits && " " + run.lengthUnits) : "";
    for (const part of sliced("s" + shown.surface, surface)) {
      fill(part.surface === surface ? coarse(shown.surface, surface) : part.surface, part.of(data));
    }
    // Departures from zero have colours of their own, whichever were chosen for amounts.
    paint(differs ? "blueRed" : at("colors").value);
    frame();
    at("extent").textContent = drawn.low.slice(0, surface.dim).map((v, d) => "xyz"[d] + " " + short(v) + " to " + short(drawn.high[d])).join(", ") + (run.lengthUnits && " " + run.lengthUnits);
    at("low").textContent = short(drawn.range[0]);
    at("high").textContent = short(drawn.range[1]) + (choice.units && " " + choice.units);
    if (at("arrows").checked && !differs && surface.dim === 2) {
      arrows(i, choice);
      clear();
      fill(surface, data);
    }
  }
  dots(i);
  chart(i);
  const box = canvas.getBoundingClientRect();
  canvas.dataset.box = [box.left, box.top, box.width, box.height].join(" ");
}

/** Draws before the next frame, once however often it was asked for. */
let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

/** Says what is at a place of the canvas. */
function look(x, y) {
  const o = Math.floor(y) * W + Math.floor(x), z = drawn.depth[o];
  if (z === undefined || z === Infinity) return at("value").textContent = "";
  const s = drawn.scale * view.zoom, u = (x - W / 2) / s - view.x / drawn.scale, v = (H / 2 - y) / s - view.y / drawn.scale;
  const a = Math.cos(view.turn), b = Math.sin(view.turn), c = Math.cos(view.tilt), d = Math.sin(view.tilt);
  const away = d * v + c * z / s, place = drawn.dim === 2 ? [u, v] : [a * u - b * away, b * u + a * away, c * v - d * z / s];
  at("value").textContent = at("field").value + " = " + short(drawn.value[o]) +
    " at (" + place.map((p, k) => short(drawn.middle[k] + p)).join(", ") + ")" + (run.lengthUnits && " " + run.lengthUnits);
}
`;

/** The program, which finds its data in the page. */
export const pageScript: string = dataScript + rasterScript + coarseScript + sliceScript +
  drawScript + controlsScript;

/** What is added to it for a run that goes on. */
export const livePageScript: string = pageScript + liveScript;
