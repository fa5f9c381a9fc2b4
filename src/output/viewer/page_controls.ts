/**
 * A part of the viewer's page: what can be chosen, the pointer and the keys.
 *
 * @module
 */

/** Fills the lists of choices, and listens. */
export const controlsScript = `
function option(select, value, text) {
  const one = document.createElement("option");
  one.value = value;
  one.textContent = text;
  select.append(one);
}

/** Fills a list, and keeps what was chosen in it. */
function refill(id, texts) {
  const select = at(id), was = select.value;
  if (select.options.length === texts.length && texts.every((text, i) => select.options[i].textContent === text)) return;
  select.replaceChildren();
  for (const text of texts) option(select, text === "none" && id === "particles" ? "" : text, text);
  if (texts.includes(was)) select.value = was;
}

// Every component of every field, and the length of vectors; particles; numbers on the tracker.
const choices = new Map(), swarms = new Map();
function offer() {
  choices.clear();
  swarms.clear();
  for (const { fields, swarms: all } of run.states) {
    for (const { name, components, units } of fields) {
      const parts = components === 1 ? [[0, name]] : [[-1, "|" + name + "|"], ...Array.from({ length: components }, (_, k) => [k, name + "[" + k + "]"])];
      for (const [part, text] of parts) choices.set(text, { name, part, units });
    }
    for (const { name, variables } of all) {
      for (const variable of ["", ...Object.keys(variables)]) swarms.set(variable === "" ? name : name + ": " + variable, { name, variable });
    }
  }
  refill("field", [...choices.keys()]);
  refill("particles", ["none", ...swarms.keys()]);
  at("particleChoice").hidden = swarms.size === 0;
  const tracked = [...new Set(run.states.flatMap(({ tracker }) => Object.keys(tracker)))].filter((name) => name !== "step" && name !== "time");
  // The script's own numbers first.
  refill("quantity", [...tracked.filter((name) => name !== "dt"), ...tracked.filter((name) => name === "dt")]);
  at("charts").hidden = tracked.length === 0;
  for (const id of ['state', "other"]) at(id).max = String(run.states.length - 1);
  list();
}

/** The checkpoints that there are and were, with the rule that kept or removed each. */
function list() {
  const body = at("checkpoints").querySelector("tbody");
  body.replaceChildren();
  at("checkpoints").hidden = run.checkpoints.length === 0;
  const here = run.checkpoints.filter(({ kept }) => kept).length;
  at("checkpoints").querySelector("summary").textContent = "Checkpoints: " + here + " kept, " + (run.checkpoints.length - here) + " removed";
  for (const { step, file, kept, why, size } of run.checkpoints) {
    const row = document.createElement("tr");
    for (const text of [step === null ? "" : String(step), file, size, kept ? "kept" : "removed", why]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    if (!kept) row.className = "gone";
    body.append(row);
  }
}

for (const name of Object.keys(run.palettes)) option(at("colors"), name, name);
at("title").textContent = run.title;
document.title = run.title;
offer();
at('state').value = String(run.states.length - 1);

const inCanvas = (event) => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * W / box.width, (event.clientY - box.top) * H / box.height];
};
function turn(x, y) {
  startTurning();
  view.turn += x;
  view.tilt = Math.min(1.57, Math.max(-1.57, view.tilt + y));
}
canvas.addEventListener("pointermove", (event) => {
  if (event.buttons === 1) {
    if (drawn.dim === 3 && !event.shiftKey) turn(event.movementX / 150, event.movementY / 150);
    else {
      view.x += event.movementX / view.zoom;
      view.y -= event.movementY / view.zoom;
    }
    redraw();
  }
  look(...inCanvas(event));
});
const zoom = (factor) => (view.zoom = Math.min(200, Math.max(0.2, view.zoom * factor)), redraw());
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 500));
}, { passive: false });
const whole = () => (Object.assign(view, { zoom: 1, x: 0, y: 0 }), redraw());
canvas.addEventListener("dblclick", whole);
for (const control of document.querySelectorAll("input,select")) control.addEventListener("input", redraw);

const go = (i) => (at('state').value = String(i), redraw());
let playing = 0;
function play() {
  clearInterval(playing);
  playing = playing ? 0 : setInterval(() => go((Number(at('state').value) + 1) % run.states.length), 200);
  at("play").textContent = playing ? "stop" : "play";
}
at("play").addEventListener("click", play);
const choose = (id, by) => {
  const select = at(id), n = select.options.length;
  select.selectedIndex = (select.selectedIndex + by + n) % n;
  redraw();
};
const move = (by) => (at("position").value = String(Number(at("position").value) + by), redraw());
const keys = {
  ArrowLeft: () => go(Number(at('state').value) - 1), ArrowRight: () => go(Number(at('state').value) + 1),
  Home: () => go(0), End: () => go(run.states.length - 1), " ": play,
  f: () => choose("field", 1), F: () => choose("field", -1), c: () => choose("colors", 1), s: () => choose("slice", 1),
  "[": () => move(-20), "]": () => move(20), "+": () => zoom(1.25), "-": () => zoom(0.8), 0: whole,
  d: () => (at("difference").click(), redraw()), a: () => (at("arrows").click(), redraw()),
  h: () => (turn(-0.1, 0), redraw()), l: () => (turn(0.1, 0), redraw()), j: () => (turn(0, 0.1), redraw()), k: () => (turn(0, -0.1), redraw()),
};
document.addEventListener("keydown", (event) => {
  const busy = /^(INPUT|SELECT|BUTTON|SUMMARY)$/.test(event.target.tagName) && (event.target.type !== "checkbox" || event.key === " ");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
const dress = () => document.documentElement.style.colorScheme = at("theme").value;
at("theme").addEventListener("input", () => (dress(), redraw()));

// An address may name what to show: #state=3&field=T&other=0&slice=z&position=500&theme=dark&x=400&y=300
const wanted = new URLSearchParams(location.hash.slice(1));
for (const id of ['state', "field", "other", "particles", "colors", "quantity", "slice", "position", "theme"]) {
  // What the page does not have is not chosen: a list would show nothing.
  const text = wanted.get(id), { options } = at(id);
  if (text !== null && (!options || [...options].some(({ value }) => value === text))) at(id).value = text;
}
for (const id of ["turn", "tilt"]) if (wanted.has(id)) view[id] = Number(wanted.get(id));
for (const id of ["arrows", "same", "rest"]) if (wanted.has(id)) at(id).checked = wanted.get(id) !== "0";
if (wanted.has("other")) at("difference").checked = true;
dress();
draw();
if (wanted.has("x")) look(Number(wanted.get("x")), Number(wanted.get("y")));
// #turns=60 turns the picture once around in so many pictures that are really shown, and says at what rate.
if (wanted.has("turns")) {
  const turns = Math.max(1, Math.floor(Number(wanted.get("turns"))) || 1);
  let shown = -1, began = 0, busy = 0;
  const next = () => {
    const now = performance.now();
    // What is made for the first picture alone is not counted.
    if (shown <= 0) [began, busy] = [now, 0];
    if (shown === turns) {
      at("turns").hidden = false;
      at("turns").textContent = (1000 * turns / (now - began)).toFixed(1) + " pictures per second, " + (busy / turns).toFixed(1) + " ms to draw one";
      return;
    }
    turn(2 * Math.PI / turns, 0);
    draw();
    busy += performance.now() - now;
    shown++;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
`;
