import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { annulusMesh, boxMesh, MeshVariable, Model } from "../../../mod.ts";
import { paletteOf } from "../../../src/output/plot/color_map.ts";
import { plotField } from "../../../src/output/plot/plot_field.ts";
import { colorCount } from "../../../src/output/plot/raster.ts";
import { assertWellFormed, decodePng, imageOf, pathOf, textsOf } from "./_svg.ts";

const square = () => boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [8, 4] });

Deno.test("a plot has title, range, axes with units and a colour bar with ticks", async () => {
  const model = new Model();
  model.parameters.define("length", 1, { units: "km" });
  model.parameters.define("T", 0, { units: "K" });
  const T = new MeshVariable(
    boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] }),
    "T",
  );
  T.set((x) => 100 * x);
  model.tracker.time = 0.5;
  const { svg, width, height } = await plotField(T);
  assertWellFormed(svg);
  assertEquals(width, 600);
  assert(svg.startsWith(`<svg xmlns="http://www.w3.org/2000/svg" width="600" height="${height}"`));
  const texts = textsOf(svg);
  for (const text of ["T", "x (km)", "y (km)", "T (K)", "0.2", "20", "100"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  assert(texts[1].startsWith("min 0 K, max 100 K"), texts[1]);
  assert(texts[1].includes("time 0.5, step 0"), texts[1]);
});

Deno.test("model space has the same scale in both directions", async () => {
  const u = new MeshVariable(square(), "u");
  const [, w, h] = (await plotField(u)).svg.match(/viewBox="0 0 (\d+) (\d+)"><image/)!;
  // The window has 3 % of the longer side as a margin all around.
  assertAlmostEquals(Number(w) / Number(h), 2.12 / 1.12, 0.02);
});

for (
  const [degree, continuous] of [[0, true], [1, true], [1, false], [2, true], [2, false]] as const
) {
  Deno.test(`pixels have the colours of P${degree}${continuous ? "" : " discontinuous"}`, async () => {
    const mesh = square();
    const u = new MeshVariable(mesh, "u", { degree, continuous });
    u.set((x, y) => x * x + 3 * y);
    if (!continuous) { for (let i = 0; i < u.data.length; i++) u.data[i] += 0.1 * (i % 7); }
    const picture = await plotField(u, { range: [-1, 9] });
    const { width, height, pixels, palette } = await imageOf(picture);
    const expected = paletteOf("viridis", colorCount);
    let seen = 0;
    for (let j = 7; j < height; j += 40) {
      for (let i = 7; i < width; i += 40) {
        // The window is 2.12 wide, and centred on (1, 0.5).
        const perPixel = 2.12 / width;
        const x = 1 + (i + 0.5 - width / 2) * perPixel, y = 0.5 - (j + 0.5 - height / 2) * perPixel;
        // Next to an edge, a place that is off by part of a pixel is in the other cell.
        const near = [[x, y], [x + perPixel, y + perPixel], [x - perPixel, y - perPixel]];
        if (new Set(mesh.locate(near).cells).size > 1) continue;
        const value = u.evaluate([[x, y]]).get(0, 0);
        const entry = pixels[j * width + i];
        if (Number.isNaN(value)) assertEquals(entry, 0);
        else {
          const at = Math.floor((value + 1) / 10 * colorCount);
          // The height is rounded to pixels, so places are off by a small part of one.
          assertLess(Math.abs(entry - 1 - at), 2, `${x}, ${y}`);
          assertEquals(
            palette!.slice(3 * entry, 3 * entry + 3),
            expected.slice(3 * entry - 3, 3 * entry),
          );
          seen++;
        }
      }
    }
    assert(seen > 60, `${seen}`);
  });
}

Deno.test("values that are no numbers are gray, and counted", async () => {
  const u = new MeshVariable(square(), "u", { degree: 0 });
  u.set((x) => x);
  u.data[3] = NaN;
  const picture = await plotField(u);
  const { pixels } = await imageOf(picture);
  assert(pixels.includes(255));
  assert(textsOf(picture.svg)[1].includes("1 not finite (gray)"));
  u.data.fill(NaN);
  const said = textsOf((await plotField(u)).svg)[1];
  assert(said.includes("no finite value") && !said.includes("NaN"), said);
});

Deno.test("numbers at both ends of what a double can hold are drawn", async () => {
  for (const value of [(x: number) => x > 1 ? 1e308 : -1.7e308, (x: number) => x * 1e-310]) {
    const u = new MeshVariable(square(), "a\u0001b");
    u.set(value);
    const picture = await plotField(u);
    assertWellFormed(picture.svg);
    assert(!/NaN|Infinity/.test(picture.svg));
    assert((await picture.png()).length > 100);
  }
});

Deno.test("contours lie where the field has the value", async () => {
  const u = new MeshVariable(square(), "u", { degree: 2 });
  u.set((x) => x * x);
  const { svg } = await plotField(u, { contours: [1] });
  const [, w] = svg.match(/viewBox="0 0 (\d+) \d+"><image/)!;
  const xs = [...pathOf(svg, "contours")!.matchAll(/[ML]([\d.]+),/g)].map((match) =>
    Number(match[1])
  );
  assert(xs.length > 20);
  // x = 1 is the middle. A quadratic triangle is drawn as 16 linear ones: h^2/8 of their curvature
  // is 0.001, half a pixel.
  for (const x of xs) assertAlmostEquals(x, Number(w) / 2, 0.6);
});

Deno.test("contours of very many cells are lines without gaps, too", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [250, 125] });
  const u = new MeshVariable(mesh, "u");
  u.set((x) => x);
  const few = pathOf((await plotField(u, { contours: [0.7] })).svg, "contours")!;
  const fine = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [500, 250] });
  const w = new MeshVariable(fine, "u");
  w.set((x) => x);
  const many = pathOf((await plotField(w, { contours: [0.7] })).svg, "contours")!;
  const length = (path: string) =>
    [...path.matchAll(/M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)/g)].map((match) =>
      match.slice(1).map(Number)
    )
      .reduce((sum, [ax, ay, bx, by]) => sum + Math.hypot(bx - ax, by - ay), 0);
  assertLess(many.length, 20_000);
  // The line may end up to a square of two pixels before the rim, at both ends.
  assertAlmostEquals(length(many), length(few), 8);
});

Deno.test("vectors are drawn by length, with arrows; or one component without", async () => {
  const v = new MeshVariable(square(), "v", { components: 2 });
  v.set([3, 4]);
  const both = await plotField(v), second = await plotField(v, { component: 1 });
  assert(textsOf(both.svg)[1].startsWith("min 5, max 5"));
  assert(textsOf(second.svg)[1].startsWith("min 4, max 4"));
  assertEquals([both.title, second.title], ["|v|", "v[1]"]);
  assert(both.svg.includes('aria-label="vector"') && !second.svg.includes('aria-label="vector"'));
});

Deno.test("flat domains have the colour bar below", async () => {
  const channel = boxMesh(new Model(), { min: [0, 0], max: [20, 1], cells: [40, 2] });
  const u = new MeshVariable(channel, "u");
  u.set((x) => x);
  const { svg, height } = await plotField(u);
  assert(svg.includes("timestash-viridis-flat"));
  assertLess(height, 300);
});

Deno.test("3-D fields are shown on the surface, or in a plane", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });
  const u = new MeshVariable(mesh, "u");
  u.set((x, y, z) => x + y + z);
  const surface = await plotField(u, { edges: true, view: { azimuth: 30 } });
  const plane = await plotField(u, { slice: { axis: "z", at: 0.5 }, contours: true });
  for (const { svg } of [surface, plane]) assertWellFormed(svg);
  assertEquals((await imageOf(surface)).palette, null);
  assert(textsOf(surface.svg).includes("x 0 to 1, y 0 to 1, z 0 to 1"));
  const texts = textsOf(plane.svg);
  assert(texts.includes("x") && texts.includes("y") && texts[1].includes("z = 0.5"));
});

Deno.test("the same data gives the same bytes, in SVG and PNG", async () => {
  const draw = async () => {
    const u = new MeshVariable(
      annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.2 }),
      "u",
    );
    u.set((x, y) => Math.sin(9 * x) * y);
    const picture = await plotField(u, { contours: true });
    return { svg: picture.svg, png: await picture.png() };
  };
  const [one, two] = [await draw(), await draw()];
  assertEquals(one.svg, two.svg);
  assertEquals(one.png, two.png);
});

Deno.test("PNGs have signature, size and letters", async () => {
  const u = new MeshVariable(square(), "u");
  const picture = await plotField(u, { width: 300 });
  const bytes = await picture.png({ scale: 1 });
  assertEquals([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const { width, height, size, pixels } = await decodePng(bytes);
  assertEquals([width, height, size], [300, picture.height, 3]);
  // The title stands in the upper left corner, at 16 to 26 across and 12 to 28 down.
  let dark = 0;
  for (let y = 12; y < 28; y++) {
    for (let x = 16; x < 28; x++) if (pixels[3 * (y * width + x)] < 100) dark++;
  }
  assert(dark > 20, `${dark}`);
  await assertRejects(() => picture.png({ scale: 0 }), RangeError, "scale");
});

Deno.test("the picture is of the moment of the call", async () => {
  const u = new MeshVariable(square(), "u");
  u.set(1);
  const drawing = plotField(u);
  u.set(2);
  assert(textsOf((await drawing).svg)[1].startsWith("min 1, max 1"));
});

Deno.test("a large mesh gives a small picture", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [250, 250] });
  const u = new MeshVariable(mesh, "u");
  u.set((x, y) => Math.sin(20 * x) * Math.cos(20 * y));
  assertLess((await plotField(u)).svg.length, 400_000);
});

Deno.test("what cannot be drawn is refused with what there is", async () => {
  const v = new MeshVariable(square(), "v", { components: 2 });
  const constant = new MeshVariable(v.mesh, "c", { degree: 0 });
  await assertRejects(() => plotField({} as MeshVariable), TypeError, "mesh variable");
  await assertRejects(() => plotField(v, { component: 2 }), RangeError, "components 0 to 1");
  await assertRejects(() => plotField(v, { range: [1, 1] }), RangeError, "low < high");
  await assertRejects(() => plotField(v, { width: 20 }), RangeError, "200 to 4000");
  await assertRejects(
    () => plotField(constant, { contours: true }),
    RangeError,
    "not have contours",
  );
  await assertRejects(
    () => plotField(v, { window: { min: [0, 0], max: [0, 1] } }),
    RangeError,
    "window",
  );
});
