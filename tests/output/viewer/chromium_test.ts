import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boxMesh, MeshVariable, Model, saveViewer, Swarm } from "../../../mod.ts";
import { paletteOf } from "../../../src/output/plot/color_map.ts";
import { tempDir, testNeeding } from "../../_helpers.ts";
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
