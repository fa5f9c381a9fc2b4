import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { annulusMesh, boxMesh, Mesh, Model } from "../../../mod.ts";
import { plotMesh } from "../../../src/output/plot/plot_mesh.ts";
import { assertWellFormed, imageOf, pathOf, textsOf } from "./_svg.ts";

Deno.test("every edge is drawn once, and boundaries have names and colours", async () => {
  const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.2 });
  const { svg } = await plotMesh(mesh);
  assertWellFormed(svg);
  // Euler: a ring has as many edges as nodes and cells.
  assertEquals(pathOf(svg, "edges")!.match(/M/g)!.length, mesh.nodeCount + mesh.cellCount);
  assertEquals(pathOf(svg, "rim")!.match(/Z/g)!.length, 2);
  assertEquals(svg.match(/class="boundary"/g)!.length, 2);
  const texts = textsOf(svg);
  assert(texts.includes("inner") && texts.includes("outer") && texts.includes("boundaries"));
  assert(texts[1].startsWith(`${mesh.nodeCount} nodes`), texts[1]);
});

Deno.test("an open boundary is one line, a closed one a ring", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [5, 5] });
  const { svg } = await plotMesh(mesh);
  const lines = [...svg.matchAll(/class="boundary" d="([^"]*)"/g)].map((match) => match[1]);
  assertEquals(lines.map((d) => d.match(/M/g)!.length), [1, 1, 1, 1]);
  assertEquals(lines.map((d) => d.match(/L/g)!.length), [5, 5, 5, 5]);
});

Deno.test("regions have tints and names", async () => {
  const mesh = new Mesh(new Model(), {
    dim: 2,
    coordinates: Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1),
    cells: Int32Array.of(0, 1, 2, 0, 2, 3),
    boundaries: new Map(),
    regions: new Map([["rock", Int32Array.of(0)], ["water & ice", Int32Array.of(1)]]),
    meshType: "plain",
    notes: [],
  });
  const picture = await plotMesh(mesh);
  assertWellFormed(picture.svg);
  assert(textsOf(picture.svg).includes("water &amp; ice"));
  const { width, height, pixels } = await imageOf(picture);
  const at = (x: number, y: number) =>
    [...pixels.subarray(4 * (y * width + x)).subarray(0, 4)].join();
  assert(at(width * 0.7 | 0, height * 0.7 | 0) !== at(width * 0.3 | 0, height * 0.3 | 0));
});

Deno.test("a large mesh is drawn on pixels: small, and quick", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [250, 250] });
  const { svg } = await plotMesh(mesh);
  assertLess(svg.length, 100_000);
  assertEquals(pathOf(svg, "edges"), null);
});

Deno.test("a 3-D mesh shows its surface, nearest faces in front", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 2] });
  // Straight from above only the top is seen; its tint is that of the fourth boundary.
  const picture = await plotMesh(mesh, { view: { azimuth: -90, elevation: 90 } });
  const { width, height, pixels } = await imageOf(picture);
  const colors = new Set<string>();
  for (let i = 0; i < width * height; i += 97) {
    if (pixels[4 * i + 3] === 255) colors.add([...pixels.subarray(4 * i, 4 * i + 3)].join());
  }
  const warm = [...colors].filter((color) => {
    const [r, , b] = color.split(",").map(Number);
    return r > b + 40;
  });
  assert(warm.length > 0);
  const top = [...mesh.boundaries.keys()].indexOf("top");
  assertEquals(top, 3);
});

Deno.test("what is no mesh is refused", async () => {
  await assertRejects(() => plotMesh({} as Mesh), TypeError, "a mesh first");
  const mesh = boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [1, 1, 1] });
  await assertRejects(() => plotMesh(mesh, { view: { azimuth: NaN } }), RangeError, "degrees");
});
