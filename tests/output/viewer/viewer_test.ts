import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { boxMesh, MeshVariable, Model, saveViewer, Swarm, viewer } from "../../../mod.ts";
import { RunData, type ViewerData } from "../../../src/output/viewer/run_data.ts";
import { cli, fillFolder } from "../../cli/_cli.ts";
import { assertSameBytes, tempDir, testNeeding } from "../../_helpers.ts";

const floats = (text: string) => [...new Float32Array(Uint8Array.fromBase64(text).buffer)];
const indices = (text: string) => [...new Int32Array(Uint8Array.fromBase64(text).buffer)];

/** What a page holds. */
function dataIn(html: string): ViewerData & { palettes: Record<string, string> } {
  return JSON.parse(/<script type="application\/json" id="run">(.*?)<\/script>/s.exec(html)![1]);
}

Deno.test("a page holds every state of the timeline and the present one, surfaces once, and changes nothing", async () => {
  using dir = tempDir();
  const model = new Model({ name: "heat" });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [2, 1] });
  const T = new MeshVariable(mesh, "T");
  const u = new MeshVariable(mesh, "u", { degree: 2, components: 2 });
  const k = new MeshVariable(mesh, "k", { degree: 0 });
  k.set((x) => x);
  u.set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  const swarm = new Swarm(mesh);
  swarm.addVariable("kind", { dtype: "int32" });
  swarm.addParticles([[0.5, 0.25]]);
  model.parameters.define("T", 0, { units: "K" });
  for (; model.tracker.step < 3; model.tracker.step++) {
    T.set((x) => x + model.tracker.step);
    model.tracker.energy = 2 * model.tracker.step;
    model.timeline.record();
  }
  const before = T.data.slice();
  await saveViewer(dir.join("run.html"), model);
  assertSameBytes(T.data, before);
  const { states, surfaces, title } = dataIn(Deno.readTextFileSync(dir.join("run.html")));
  assertEquals([title, states.length, surfaces.length], ["heat", 4, 3]);
  assertEquals(states.map(({ step }) => step), [0, 1, 2, 3]);
  assertEquals(states[1].tracker, { time: 0, step: 1, energy: 2 });
  const [linear, quadratic, constant] = states[3].fields;
  assertEquals([linear.units, quadratic.components, constant.name], ["K", 2, "k"]);
  assertEquals(floats(states[1].fields[0].data), [...T.data].map((v) => v - 1));
  assertEquals(indices(surfaces[linear.surface].triangles), [...mesh.cells.data as Int32Array]);
  assertEquals(indices(surfaces[quadratic.surface].triangles).length, 4 * 3 * mesh.cellCount);
  assertEquals(indices(surfaces[constant.surface].values), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  assertEquals(floats(states[0].swarms[0].points), [0.5, 0.25]);
  await saveViewer(dir.join("two.html"), model, { states: 2 });
  assertEquals(dataIn(Deno.readTextFileSync(dir.join("two.html"))).states.length, 2);
});

Deno.test("in space a page holds the surface, with the values that the cells have there", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 2] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y, z) => x + 2 * y + 4 * z);
  const run = new RunData("box");
  run.add(model, "now");
  const [{ dim, points, triangles, values }] = run.data.surfaces;
  const places = floats(points), corners = indices(triangles), dofs = indices(values);
  assertEquals([dim, corners.length], [3, 3 * 6 * 2 * 4]);
  corners.forEach((corner, i) => {
    const [x, y, z] = places.slice(3 * corner, 3 * corner + 3);
    assertEquals(T.data[dofs[i]], x + 2 * y + 4 * z);
  });
});

Deno.test("no name of a file becomes a part of the page, and the page names no other place", async () => {
  using dir = tempDir();
  const evil = '</script><script>alert(1)</script><img src=x onerror="alert(2)">&\u2028';
  const model = new Model({ name: evil });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  new MeshVariable(mesh, evil).set(1);
  model.timeline.pin(evil);
  await saveViewer(dir.join("run.html"), model);
  const html = Deno.readTextFileSync(dir.join("run.html"));
  assertEquals((html.match(/<script/g) ?? []).length, 2);
  assert(!html.includes("<img") && !html.includes("alert(1)</script>"));
  assertEquals(dataIn(html).states[0].fields[0].name, evil);
  assertStringIncludes(html, "default-src 'none'");
  const own = html.replace(/<(script type="application|title).*?<\/(script|title)>/gs, "");
  assertEquals(own.match(/https?:|\bsrc=|@import|fetch\(|XMLHttp|WebSocket/g), null);
  assert(!own.includes("innerHTML"));
});

Deno.test("view writes the page of a folder and of a snapshot; wrong calls say what to do", async () => {
  using dir = tempDir();
  await fillFolder(dir.join("run"));
  const page = dir.join("run.html");
  assertEquals((await cli("view", dir.join("run"), "--html", page)).out, `wrote ${page}\n`);
  const { states, title } = dataIn(Deno.readTextFileSync(page));
  assertEquals([title, states.map(({ step }) => step)], ["heat", [2, 4, 6]]);
  assertEquals(states[0].label, "heat-step2.snap.h5");
  await cli("view", dir.join("run/heat-step4.snap.h5"), "--html", page);
  assertEquals(dataIn(Deno.readTextFileSync(page)).states.map(({ step }) => step), [4]);
  assertEquals((await cli("view", dir.path, "--html", page)).code, 3);
  assertEquals((await cli("view", dir.join("run"), "--html", page, "--run", "heta")).code, 3);
  await assertRejects(() => saveViewer(page, dir.path, { states: 0 }), RangeError, "at least 1");
  await assertRejects(() => saveViewer(page, dir.path), RangeError, "whole checkpoint");
  await assertRejects(() => saveViewer(page, 3 as never), TypeError);
});

testNeeding(
  { net: "127.0.0.1" },
  "a page is served under its own address only, and shows what is there now",
  async () => {
    using dir = tempDir();
    const page = await viewer(dir.path);
    const early = await fetch(page.url);
    assertEquals([early.status, early.headers.get("cache-control")], [500, "no-store"]);
    assertStringIncludes(await early.text(), "does not have a whole checkpoint");
    await fillFolder(dir.path);
    const found = await fetch(page.url);
    assertEquals(dataIn(await found.text()).states.length, 3);
    const { origin, pathname } = new URL(page.url);
    assertEquals(pathname.length, 34);
    for (const other of ["/", pathname.slice(0, -2), `${pathname}../heat-step2.snap.h5`]) {
      const answer = await fetch(origin + other);
      assertEquals([answer.status, await answer.text()], [404, "there is nothing here\n"], other);
    }
    const posted = await fetch(page.url, { method: "POST" });
    assertEquals([posted.status, await posted.text()], [404, "there is nothing here\n"]);
    await page.close();
    await assertRejects(() => viewer(dir.path, { state: 1 } as never), TypeError, "states");
  },
);
