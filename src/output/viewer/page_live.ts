/**
 * A part of the viewer's page: a run that goes on is asked for what is new, at the page's own address.
 *
 * @module
 */

/** Asks every two seconds, if the page is of such a run. */
export const liveScript = `
async function refresh() {
  const newest = run.states.reduce((most, { serial }) => Math.max(most, serial), -1);
  const known = new URLSearchParams({ stamp: run.stamp, serial: String(newest), surfaces: String(run.surfaces.length) });
  let answer;
  try {
    answer = await fetch("data?" + known);
  } catch {
    at("live").textContent = "not connected";
    return;
  }
  at("live").textContent = answer.ok ? "live" : await answer.text();
  if (answer.status !== 200) return;
  const { order, states, surfaces, ...rest } = await answer.json();
  const i = Number(at('state').value), last = i === run.states.length - 1;
  const was = run.states[i].serial, other = run.states[Number(at("other").value)].serial;
  const all = new Map([...run.states, ...states].map((state) => [state.serial, state]));
  for (const serial of all.keys()) {
    if (order.includes(serial)) continue;
    for (const key of kept.keys()) if (key.startsWith("n" + serial + " ") || key.startsWith("e" + serial + " ")) kept.delete(key);
  }
  Object.assign(run, rest, { states: order.map((serial) => all.get(serial)), surfaces: [...run.surfaces, ...surfaces] });
  offer();
  const placeOf = (serial) => Math.max(0, run.states.findIndex((state) => state.serial === serial));
  at('state').value = String(last ? run.states.length - 1 : placeOf(was));
  at("other").value = String(placeOf(other));
  redraw();
}
if (run.live) {
  at("live").textContent = "live";
  setInterval(refresh, 2000);
}
`;
