import { coarseScript } from "../../../src/output/viewer/page_coarse.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  boxMesh,
  MeshVariable,
  Model,
  saveViewer,
  SnapshotFormatError,
  Swarm,
  viewer,
} from "../../../mod.ts";
import { RunData, type ViewerData } from "../../../src/output/viewer/run_data.ts";
import { checkpointsOf, heat, runTo } from "../../run/_run.ts";
import { sliceScript } from "../../../src/output/viewer/page_slice.ts";
import { cli, fillFolder } from "../../cli/_cli.ts";
import { assertRounding, assertSameBytes, tempDir, testNeeding } from "../../_helpers.ts";

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
  const [{ dim, points, triangles, values, closed, cells }] = run.data.surfaces;
  const places = floats(points), corners = indices(triangles), dofs = indices(values);
  // Each facet of a quadratic cell is four triangles.
  assertEquals([dim, corners.length], [3, 4 * 3 * 6 * 2 * 4]);
  corners.forEach((corner, i) => {
    const [x, y, z] = places.slice(3 * corner, 3 * corner + 3);
    assertEquals(T.data[dofs[i]], x + 2 * y + 4 * z);
  });
  // Seen from outside they turn counter-clockwise: the volume that they enclose is that of the box.
  let volume = 0;
  const at = (i: number) => places.slice(3 * corners[i], 3 * corners[i] + 3);
  for (let i = 0; i < corners.length; i += 3) {
    const [[a, b, c], [d, e, f], [g, h, k]] = [at(i), at(i + 1), at(i + 2)];
    volume += (a * (e * k - f * h) + b * (f * g - d * k) + c * (d * h - e * g)) / 6;
  }
  assertRounding(volume, 1, 9 * corners.length);
  assertEquals([closed, cells!.perCell], [true, 10]);
  const inside = indices(cells!.points), own = indices(cells!.values);
  assertEquals(inside.length, 10 * mesh.cellCount);
  inside.forEach((point, i) => {
    const [x, y, z] = places.slice(3 * point, 3 * point + 3);
    assertEquals(T.data[own[i]], x + 2 * y + 4 * z);
  });
});

Deno.test("a slice has the values of the field in the plane, and the part behind it ends there", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 2, 2] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y, z) => x + 2 * y + 4 * z);
  const run = new RunData("box");
  run.add(model, "now");
  const [it] = run.data.surfaces, cells = it.cells!;
  const typed = {
    points: new Float32Array(floats(it.points)),
    triangles: indices(it.triangles),
    values: indices(it.values),
    cells: {
      perCell: cells.perCell,
      points: indices(cells.points),
      values: indices(cells.values),
    },
  };
  interface Part {
    readonly points: Float32Array;
    readonly pairs: number[];
    readonly shares: number[];
  }
  const { planeThrough, partOf } = new Function(
    `${sliceScript}; return { planeThrough, partOf };`,
  )() as {
    planeThrough(surface: typeof typed, d: number, h: number): Part;
    partOf(surface: typeof typed, d: number, h: number, side: 1 | -1): Part;
  };
  const areaOf = ({ points }: Part) => {
    let area = 0;
    for (let t = 0; t < points.length; t += 9) {
      const [a, b, c] = [0, 3, 6].map((k) => points.slice(t + k, t + k + 3));
      const u = b.map((v, d) => v - a[d]), v = c.map((w, d) => w - a[d]);
      area += Math.hypot(
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
      ) / 2;
    }
    return area;
  };
  for (const [d, h] of [[0, 0.3], [1, 0.6], [2, 0.51]]) {
    const plane = planeThrough(typed, d, h);
    // 32-bit numbers.
    assert(Math.abs(areaOf(plane) - 1) < 1e-6, `${areaOf(plane)}`);
    plane.shares.forEach((share, i) => {
      const [x, y, z] = plane.points.slice(3 * i, 3 * i + 3), [p, q] = plane.pairs.slice(2 * i);
      assert(Math.abs([x, y, z][d] - h) < 1e-6);
      const value = (1 - share) * T.data[p] + share * T.data[q];
      assert(Math.abs(value - (x + 2 * y + 4 * z)) < 2e-6, `${value} at ${[x, y, z]}`);
    });
    const sides = [areaOf(partOf(typed, d, h, 1)), areaOf(partOf(typed, d, h, -1))];
    assert(Math.abs(sides[0] - (1 + 4 * h)) < 1e-5 && Math.abs(sides[1] - (5 - 4 * h)) < 1e-5);
  }
});

Deno.test("a field on a periodic mesh is drawn where its cells are", () => {
  for (const degree of [1, 2] as const) {
    const model = new Model();
    const mesh = boxMesh(model, {
      min: [0, 0],
      max: [4, 1],
      cells: [4, 1],
      periodic: ["x"],
    });
    new MeshVariable(mesh, "T", { degree }).set(1);
    const run = new RunData("ring");
    run.add(model, "now");
    const [{ points, triangles }] = run.data.surfaces, places = floats(points);
    const across = indices(triangles).map((p) => places[2 * p]);
    for (let t = 0; t < across.length; t += 3) {
      const [a, b, c] = across.slice(t, t + 3);
      assert(Math.max(a, b, c) - Math.min(a, b, c) <= 1, `${[a, b, c]}`);
    }
  }
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

Deno.test("a page of a folder says which rule keeps or removed each checkpoint", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.join("run"), {
    every: { steps: 1 },
    keep: { last: 2 },
  });
  await runTo(checkpoints, 4);
  await checkpoints.complete();
  await saveViewer(dir.join("run.html"), dir.join("run"));
  const listed = dataIn(Deno.readTextFileSync(dir.join("run.html"))).checkpoints;
  assertEquals(listed.map(({ step, kept, why }) => `${step} ${kept}: ${why}`), [
    "1 false: no rule keeps it",
    "2 false: no rule keeps it",
    "3 true: one of the last 2",
    "4 true: the newest",
  ]);
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
    assertEquals(early.headers.get("refresh"), "2");
    const text = dir.join("notes.txt");
    Deno.writeTextFileSync(text, "not a snapshot");
    await assertRejects(() => viewer(text), SnapshotFormatError, "notes.txt");
    await fillFolder(dir.path);
    const found = await fetch(page.url), html = await found.text();
    assertStringIncludes(html, "connect-src 'self'");
    const shown = dataIn(html);
    assertEquals([shown.states.length, shown.live], [3, true]);
    // What is new, and nothing else.
    const ask = async () => {
      const { stamp, states, surfaces } = shown;
      const serial = Math.max(...states.map(({ serial }) => serial));
      return await fetch(
        `${page.url}data?stamp=${stamp}&serial=${serial}&surfaces=${surfaces.length}`,
      );
    };
    const same = await ask();
    assertEquals([same.status, await same.text()], [204, ""]);
    const model = await Model.fromSnapshot(`${dir.path}/heat-step6.snap.h5`);
    const { checkpoints } = checkpointsOf(model, dir.path, { keep: { last: 2 } });
    model.tracker.step = 8;
    await checkpoints.save({ labels: ["late"] });
    await checkpoints.complete();
    const run = await viewer(dir.path, { run: checkpoints.run!.id });
    const { checkpoints: listed } = dataIn(await (await fetch(run.url)).text());
    assertEquals(listed.map(({ step, kept, why }) => [step, kept, why]), [[8, true, "the newest"]]);
    await run.close();
    const news = await (await ask()).json();
    assertEquals(news.order.length, news.states.length);
    assertEquals(news.states.map(({ step }: { step: number }) => step), [8]);
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

Deno.test("a large surface that is turned is drawn with fewer triangles, in the same places, with its own values", () => {
  // A sphere of 60,000 triangles, all of them smaller than a cell of the grid.
  const n = 300, m = 101, points = new Float32Array(3 * n * m), triangles: number[] = [];
  for (let k = 0; k < n * m; k++) {
    const u = 2 * Math.PI * (k % n) / n, v = Math.PI * Math.floor(k / n) / (m - 1);
    points.set([Math.sin(v) * Math.cos(u), Math.sin(v) * Math.sin(u), Math.cos(v)], 3 * k);
    const next = k - k % n + (k + 1) % n;
    if (k < n * (m - 1)) triangles.push(k, k + n, next, next, k + n, next + n);
  }
  const surface = { points, triangles, values: triangles, closed: true };
  const merged = new Function(
    "drawn",
    "surface",
    `${coarseScript}\nreturn merged(surface);`,
  )({ low: [-1, -1, -1], high: [1, 1, 1] }, surface) as {
    readonly points: Float32Array;
    readonly triangles: Int32Array;
    readonly values: Int32Array;
  };
  assert(merged.triangles.length < 0.8 * triangles.length, `${merged.triangles.length / 3}`);
  let area = 0;
  const corner = (t: number) => merged.points.subarray(3 * merged.triangles[t]).subarray(0, 3);
  for (let t = 0; t < merged.triangles.length; t++) {
    const own = points.subarray(3 * merged.values[t]), at = corner(t);
    // The diagonal of a cell of the grid.
    assert(Math.hypot(own[0] - at[0], own[1] - at[1], own[2] - at[2]) < 2 * Math.sqrt(3) / 95);
    if (t % 3 > 0) continue;
    const [p, q] = [corner(t + 1), corner(t + 2)].map((it) => it.map((x, d) => x - at[d]));
    const normal = [0, 1, 2].map((d) =>
      p[(d + 1) % 3] * q[(d + 2) % 3] - p[(d + 2) % 3] * q[(d + 1) % 3]
    );
    area += Math.hypot(...normal) / 2;
  }
  // Corners that moved along the surface leave it a little uneven.
  assert(Math.abs(area / (4 * Math.PI) - 1) < 0.1, `${area}`);
});
