import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boxMesh, MeshVariable, Model, saveViewer, Swarm, viewer } from "../../../mod.ts";
import { paletteOf } from "../../../src/output/plot/color_map.ts";
import { tempDir, testNeeding } from "../../_helpers.ts";
import { checkpointsOf, heat, runTo } from "../../run/_run.ts";
import { decodePng } from "../plot/_svg.ts";

/** Debian: `apt-get install chromium`. */
const chromium = { run: true, programs: ["chromium"] } as const;

/** Opens a page; what it is once its program has run, and what the browser complained about. */
function open(folder: string, page: string, hash: string, ...more: string[]) {
  const { success, stdout, stderr } = new Deno.Command("chromium", {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--enable-logging=stderr",
      `--user-data-dir=${folder}/profile`,
      "--window-size=1200,1000",
      ...more,
      `file://${page}#${hash}`,
    ],
  }).outputSync();
  assert(success);
  const said = new TextDecoder().decode(stderr).split("\n").filter((line) => /CONSOLE/.test(line));
  return { dom: new TextDecoder().decode(stdout), said };
}

const textOf = (dom: string, id: string) => new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(dom)![1];

testNeeding(
  chromium,
  "a browser shows states, values, differences and colours of a page",
  async () => {
    using dir = tempDir();
    const model = new Model({ name: "<b>heat</b>" });
    const mesh = boxMesh(model, { min: [0, 0], max: [4, 3], cells: [8, 6] });
    const T = new MeshVariable(mesh, "T<i>", { degree: 1 });
    new Swarm(mesh).populate({ perCell: 1 });
    for (; model.tracker.step < 3; model.tracker.step++) {
      T.set((x, y) => x + 10 * y + 100 * model.tracker.step);
      model.tracker.energy = model.tracker.step ** 2;
      model.timeline.record();
    }
    const page = dir.join("run.html");
    await saveViewer(page, model);
    const field = encodeURIComponent("T<i>");
    // The middle of the canvas is the middle of the mesh.
    const first = open(dir.path, page, `state=0&field=${field}&x=400&y=300`, "--dump-dom");
    assertEquals(first.said, []);
    assertEquals(textOf(first.dom, "title"), "&lt;b&gt;heat&lt;/b&gt;");
    assertStringIncludes(textOf(first.dom, "where"), "state of step 0: step 0, time 0");
    const [, value, x, y] = /= ([\d.]+) at \(([\d.]+), ([\d.]+)\)/.exec(textOf(first.dom, "value"))!
      .map(Number);
    // Half a pixel of 1/188.
    assert(Math.abs(value - 17) < 0.1 && Math.abs(x - 2) < 0.01 && Math.abs(y - 1.5) < 0.01);
    assertEquals([textOf(first.dom, "low"), textOf(first.dom, "high")], ["0", "34"]);
    assertStringIncludes(textOf(first.dom, "number"), "energy = 0, 0 to 4");
    // An address that names what the page does not have shows what there is.
    const unknown = open(dir.path, page, "state=0&field=U&colors=red&x=400&y=300", "--dump-dom");
    assertEquals(textOf(unknown.dom, "value"), textOf(first.dom, "value"));
    const difference = open(
      dir.path,
      page,
      `state=2&other=0&field=${field}&x=400&y=300`,
      "--dump-dom",
    );
    assertStringIncludes(textOf(difference.dom, "value"), "= 200 at");
    assertEquals(textOf(difference.dom, "low"), "-200");

    const shot = dir.join("shot.png");
    open(dir.path, page, `state=1&field=${field}`, `--screenshot=${shot}`);
    const [left, top, width, height] = /data-box="([^"]*)"/.exec(first.dom)![1].split(" ").map(
      Number,
    );
    const { pixels, width: across, size } = await decodePng(Deno.readFileSync(shot));
    const palette = paletteOf("viridis", 256);
    for (const [px, py] of [[0.5, 0.5], [0.3, 0.7], [0.8, 0.2]]) {
      const at = size * (Math.floor(top + py * height) * across + Math.floor(left + px * width));
      // The mesh of 4 by 3 fills 94 percent of the canvas of 800 by 600.
      const share = ((px - 0.5) / 0.94 * 4 + 2 + 10 * ((0.5 - py) / 0.94 * 3 + 1.5)) / 34;
      const wanted = [
        ...palette.slice(3 * Math.round(255 * share), 3 * Math.round(255 * share) + 3),
      ];
      const found = [...pixels.slice(at, at + 3)];
      // One step of the palette changes a channel by less than 4.
      assert(found.every((c, i) => Math.abs(c - wanted[i]) <= 4), `${found}, not ${wanted}`);
    }
  },
);

testNeeding(
  chromium,
  "a browser cuts a body by a plane, says the value and the place in space, and is dark where it should be",
  async () => {
    using dir = tempDir();
    const model = new Model({ name: "box" });
    const mesh = boxMesh(model, { min: [0, 0, 0], max: [2, 1, 1], cells: [6, 4, 4] });
    new MeshVariable(mesh, "T", { degree: 2 }).set((x, y, z) => x + 10 * y + 100 * z);
    const page = dir.join("box.html");
    await saveViewer(page, model);
    // The middle of the canvas is the middle of the box, which the surface hides and the plane shows.
    const whole = open(dir.path, page, "field=T&x=400&y=300", "--dump-dom");
    assertEquals(whole.said, []);
    const placeIn = (dom: string) =>
      /T = ([-\d.]+) at \(([-\d.]+), ([-\d.]+), ([-\d.]+)\)/.exec(textOf(dom, "value"))!.slice(1)
        .map(Number);
    const [value, x, y, z] = placeIn(whole.dom);
    assert(Math.abs(value - (x + 10 * y + 100 * z)) < 0.5, textOf(whole.dom, "value"));
    assert(Math.min(x, y, z, 2 - x, 1 - y, 1 - z) < 0.01, "on the surface");
    // It turns in pictures that are shown, and says how long they took.
    const turned = open(dir.path, page, "turns=5", "--dump-dom", "--virtual-time-budget=3000");
    assert(/^[\d.]+ pictures per second, [\d.]+ ms to draw one$/.test(textOf(turned.dom, "turns")));
    const hash = "field=T&slice=y&position=500&rest=1&theme=dark";
    const cut = open(dir.path, page, `${hash}&x=400&y=300`, "--dump-dom");
    // A pixel is 0.005 wide.
    placeIn(cut.dom).forEach((v, i) => assert(Math.abs(v - [56, 1, 0.5, 0.5][i]) < 0.7 / (i + 1)));
    assertEquals(textOf(cut.dom, "height"), "0.5");
    const shot = dir.join("shot.png");
    open(dir.path, page, hash, `--screenshot=${shot}`);
    const { pixels } = await decodePng(Deno.readFileSync(shot));
    assert([...pixels.slice(0, 3)].every((channel) => channel < 40), `${pixels.slice(0, 3)}`);
  },
);

testNeeding(
  { ...chromium, net: "127.0.0.1" },
  "a page of a run that goes on shows the new checkpoint without a reload",
  async () => {
    using dir = tempDir();
    const { checkpoints } = checkpointsOf(heat(), dir.join("run"), { every: { steps: 1 } });
    await runTo(checkpoints, 1);
    const page = await viewer(dir.join("run"));
    // What stands between the two knows when the browser has the first page.
    let loaded = () => {};
    const first = new Promise<void>((resolve) => loaded = resolve);
    const between = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (it) => {
        const { pathname, search } = new URL(it.url);
        const answer = await fetch(new URL(pathname + search, page.url));
        const copy = new Response(
          await answer.arrayBuffer().then((it) => it.byteLength ? it : null),
          answer,
        );
        loaded();
        return copy;
      },
    );
    const url = new URL(page.url);
    url.port = String(between.addr.port);
    // The browser's own clock runs ahead until nothing is left to do for 30 seconds of it.
    const browser = new Deno.Command("chromium", {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        `--user-data-dir=${dir.path}/profile`,
        "--virtual-time-budget=30000",
        "--dump-dom",
        url.href,
      ],
    }).output();
    await first;
    await runTo(checkpoints, 3);
    await checkpoints.complete();
    const dom = new TextDecoder().decode((await browser).stdout);
    assertStringIncludes(textOf(dom, "where"), "heat-step3.snap.h5: step 3");
    assertEquals(textOf(dom, "live"), "live");
    await between.shutdown();
    await page.close();
  },
);
