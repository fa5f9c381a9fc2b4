import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  annulusMesh,
  boxMesh,
  convergenceOrder,
  MeshVariable,
  Model,
  plotConvergence,
  plotProfile,
  profileOf,
} from "../../../mod.ts";
import { assertWellFormed, textsOf } from "./_svg.ts";

const h = [0.2, 0.1, 0.05];

Deno.test("the order of a power law is its exponent, and noise is averaged", () => {
  assertAlmostEquals(convergenceOrder(h, h.map((x) => 7 * x ** 2.5)), 2.5, 1e-12);
  const noisy = [0.01, 0.1, 1].map((x, i) => x ** 2 * [1.1, 0.9, 1.1][i]);
  assertAlmostEquals(convergenceOrder([0.01, 0.1, 1], noisy), 2, 1e-12);
});

Deno.test("errors are drawn with logarithmic axes, and the legend has their orders", async () => {
  const { svg, title } = await plotConvergence({
    h,
    P1: h.map((x) => x ** 2),
    P2: h.map((x) => x ** 3),
  });
  assertWellFormed(svg);
  const texts = textsOf(svg);
  for (const text of ["P1, order 2.00", "P2, order 3.00", "h", "error", "0.001"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  assertEquals(title, "Convergence with h");
  // Two columns, and the fitted line of each.
  assertEquals(svg.match(/stroke-dasharray/g)!.length, 2);
  const dt = await plotConvergence({ dt: h, BDF2: h.map((x) => x ** 2) }, { x: "dt", y: "drift" });
  assert(textsOf(dt.svg).includes("drift"));
});

Deno.test("what has no order is refused", async () => {
  assertThrows(() => convergenceOrder([1], [1]), RangeError, "two at least");
  assertThrows(() => convergenceOrder([1, 1], [1, 2]), RangeError, "differ");
  assertThrows(() => convergenceOrder([1, 2], [1, 0]), RangeError, "errors above 0");
  assertThrows(() => convergenceOrder(3 as never, [1, 0]), TypeError, "lists");
  await assertRejects(() => plotConvergence({ h }), RangeError, "at least one more");
  await assertRejects(() => plotConvergence({ dt: h, e: h }), RangeError, "'h'");
  await assertRejects(() => plotConvergence([1] as never), TypeError, "columns");
  await assertRejects(() => plotConvergence({ h, e: [1, 2, NaN] }), RangeError, "above 0");
  await assertRejects(
    () => plotConvergence({ h, e: h }, { titel: "x" } as never),
    TypeError,
    "did you mean 'title'",
  );
});

Deno.test("a profile has the values of the fields along a line, and gaps outside", async () => {
  const model = new Model(), mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 });
  model.parameters.define("length", 1, { units: "km" });
  const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
  T.set((x, y) => 2 * x - y);
  v.set((x, _y, _z, out) => {
    out[0] = 1;
    out[1] = x;
  });
  const line = { from: [-0.9, 0.1], to: [0.9, 0.1], points: 19 };
  const { distance, values } = profileOf([T, v], line);
  assertEquals(Object.keys(values), ["T", "v[0]", "v[1]"]);
  for (let i = 0; i < 19; i++) {
    const x = -0.9 + 0.1 * i, inside = Math.hypot(x, 0.1) > 0.55;
    assertAlmostEquals(distance[i], 0.1 * i, 1e-12);
    if (inside) assertAlmostEquals(values.T[i], 2 * x - 0.1, 1e-12);
    else if (Math.abs(x) < 0.4) assertEquals(values.T[i], NaN);
  }
  const { svg } = await plotProfile([T, v], line);
  assertWellFormed(svg);
  const texts = textsOf(svg);
  for (const text of ["T", "v[0]", "v[1]", "distance (km)", "value"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  const one = await plotProfile(T, { ...line, units: "K" });
  assert(textsOf(one.svg).includes("T (K)"));
  assertEquals(one.svg.match(/aria-label="line"[^]*?d="([^"]*)"/)![1].match(/M/g)!.length, 2);
});

Deno.test("a line that is none is refused", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const T = new MeshVariable(mesh, "T");
  const from = [0, 0], to = [1, 1];
  await assertRejects(() => plotProfile(T, { from, to: [0, 0] }), RangeError, "same point");
  await assertRejects(() => plotProfile(T, { from, to: [1] }), RangeError, "2 finite numbers");
  await assertRejects(() => plotProfile(T, { from, to: [1, NaN] }), RangeError, "finite");
  await assertRejects(() => plotProfile(T, { from, to, points: 1 }), RangeError, "points");
  await assertRejects(() => plotProfile([], { from, to }), TypeError, "mesh variable");
  await assertRejects(() => plotProfile(mesh as never, { from, to }), TypeError, "mesh variable");
  await assertRejects(
    () => plotProfile(T, { form: from, to } as never),
    TypeError,
    "did you mean 'from'",
  );
  await assertRejects(() => plotProfile(T, undefined as never), TypeError, "plotProfile takes");
});
