import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import * as adaptive from "../../examples/adaptive.ts";
import * as bisect from "../../examples/bisect.ts";
import * as branching from "../../examples/branching.ts";
import * as cflBacktrack from "../../examples/cfl_backtrack.ts";
import * as cahnHilliard from "../../examples/cahn_hilliard.ts";
import * as circulation from "../../examples/circulation.ts";
import * as exponential from "../../examples/exponential.ts";
import * as front from "../../examples/front.ts";
import * as grayScott from "../../examples/gray_scott.ts";
import * as heat from "../../examples/heat.ts";
import * as hyperelastic from "../../examples/hyperelastic.ts";
import * as lShape from "../../examples/l_shape.ts";
import * as predictorCorrector from "../../examples/predictor_corrector.ts";
import * as radiation from "../../examples/radiation.ts";
import * as rkStaging from "../../examples/rk_staging.ts";
import * as stirring from "../../examples/stirring.ts";
import * as yieldSurface from "../../examples/yield_surface.ts";
import { assertDrawing, assertDrawn, keptSize, quiet } from "./_examples.ts";

Deno.test("heat reaches the known steady state, with second order in the cell size", async () => {
  const coarse = quiet(() => heat.main(0.2)), fine = quiet(() => heat.main(0.1));
  for (const { accepted, takenBack } of [coarse, fine]) {
    assertEquals([accepted, takenBack], [36, 3]);
  }
  assertLess(fine.error, 0.015);
  // The circles are polygons, which costs quadratic elements one order: 2.13 here, 1.93 and 1.89 on finer ones.
  assertAlmostEquals(Math.log2(coarse.error / fine.error), 2, 0.2);
  assertDrawn(await heat.picture(fine), "heat");
  assertEquals(fine.model.tracker.time, 0.5);
});

Deno.test("cfl_backtrack ends with the bits of a run without bad steps", async () => {
  const lines: string[] = [];
  const { accepted, bitIdentical } = await quiet(() => cflBacktrack.main(), lines);
  // What the README shows of it.
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const shown = readme.match(/```text\n(step\s+tried dt[\s\S]*?)```/)![1].trimEnd().split("\n");
  for (const line of shown.filter((line) => line.trim() !== "…")) {
    assert(lines.join("\n").split("\n").includes(line), `not printed: ${line}`);
  }
  assertEquals(accepted, [0.0025, 0.002, 0.0025, 0.002, 0.0025]);
  assert(bitIdentical);
  assertDrawn(await cflBacktrack.picture(), "cfl_backtrack");
});

Deno.test("cfl_backtrack does the same on a Gmsh mesh", async () => {
  const mesh = new URL("../data/annulus.msh", import.meta.url).pathname;
  const { accepted, bitIdentical } = await quiet(() => cflBacktrack.main(mesh));
  assertEquals(accepted.length, 5);
  assert(bitIdentical);
});

Deno.test("rk_staging has fourth order, and the bits of stages by hand", async () => {
  const { orders, bitIdentical } = quiet(() => rkStaging.main());
  assert(bitIdentical);
  assertDrawn(await rkStaging.picture(), "rk_staging");
  for (const order of orders) assert(Math.abs(order - 4) < 0.1, `${orders}`);
});

Deno.test("predictor_corrector takes back, and ends with the bits of a run that did not", async () => {
  const result = quiet(() => predictorCorrector.main());
  const { accepted, rejected, error, bitIdentical } = result;
  assertEquals([accepted, rejected, bitIdentical], [31, 2, true]);
  assertLess(error, 2e-3);
  assertDrawn(await predictorCorrector.picture(result), "predictor_corrector");
});

Deno.test("adaptive follows the stiffness with its step size", async () => {
  const result = await quiet(() => adaptive.main());
  assertGreater(result.report.accepted, 100);
  assertGreater(result.report.rejected, 0);
  assertEquals(Math.round(result.ratio), 21); // as docs/gallery.md says
  assertDrawn(await adaptive.picture(result), "adaptive");
});

Deno.test("branching: the branch that keeps its parameter equals a run without branches", async () => {
  const result = quiet(() => branching.main());
  assert(result.bitIdentical);
  // exp(-x^2 / w^2) spreads with a peak of 1 / sqrt(1 + 4 kappa t / w^2), w^2 = 1 / 200 here.
  const span = 200 * 0.25 / 64 ** 2;
  result.peaks.forEach((peak, i) => {
    const exact = 1 / Math.sqrt(1 + 800 * span * (1 + [0.5, 1, 1.5][i]));
    assertAlmostEquals(peak, exact, 2e-3 * exact);
  });
  assertDrawn(await branching.picture(result), "branching");
});

Deno.test("exponential takes steps that explicit schemes could not, and takes back what was too long", async () => {
  const result = await quiet(() => exponential.main(24));
  const { report: { accepted, rejected }, gain, order, bitIdentical } = result;
  assertEquals([accepted, rejected, bitIdentical], [50, 3, true]);
  assertAlmostEquals(gain, 19.5, 0.05);
  // The scheme has order 3; the steps are not yet small.
  assertAlmostEquals(order, 3, 0.25);
  assertDrawn(await exponential.picture(result), "exponential");
});

Deno.test("cahn_hilliard: mass stays, the energy falls, and steps that are too long are taken back", async () => {
  const result = await quiet(() => cahnHilliard.main(16, 3e-5));
  const { report: { accepted, rejected }, energies: [start, end], drift } = result;
  assertEquals([accepted, rejected], [7, 3]);
  // 100 0.63^2 0.37^2 less what a random start has.
  assertAlmostEquals(start, 5.4337, 1e-3);
  assertAlmostEquals(end, 4.4248, 1e-3);
  assertLess(drift, 1e-12);
  assertDrawn(await cahnHilliard.picture(result), "cahn_hilliard");
});

Deno.test("radiation: what the bar loses is radiated, and it cools as a perfect conductor nearly does", async () => {
  const result = await quiet(() => radiation.main(6, 1));
  const { report: { accepted, rejected }, imbalance, end, perfect } = result;
  assertEquals([accepted, rejected], [50, 8]);
  // The trapezoidal rule with steps of up to several minutes.
  assertLess(imbalance, 0.005);
  // A bar that has to conduct the heat to its surface is warmer, by a share of the Biot number (0.1).
  assertGreater(end, perfect);
  assertLess(end, 1.03 * perfect);
  assertDrawn(await radiation.picture(result), "radiation");
});

Deno.test("hyperelastic: the work of the load is stored, and small loads bend it as a slender beam", async () => {
  const result = await quiet(() => hyperelastic.main(1));
  const { report: { accepted, rejected }, tip, beamError, imbalance } = result;
  assertEquals([accepted, rejected], [35, 6]);
  // Shear, and quadratic cells as large as the beam is high.
  assertLess(beamError, 0.05);
  // The trapezoidal rule with steps of the load.
  assertLess(imbalance, 0.01);
  assertAlmostEquals(tip[1], -3.277, 0.001);
  // The shape of the picture depends on how far the beam bends, and so on the cells.
  assertDrawing(await hyperelastic.picture(result));
  assertGreater(keptSize("hyperelastic").width, 0);
});

Deno.test("gray_scott takes back steps that are too long, and grows a spot", async () => {
  const result = await quiet(() => grayScott.main(28, 100));
  assertEquals([result.report.accepted, result.report.rejected], [29, 3]);
  assertEquals(result.spots, [0, 1, 1]);
  assertDrawn(await grayScott.picture(result), "gray_scott");
});

Deno.test("bisect finds the planted fault with log2 N + 1 looks", async () => {
  const result = quiet(() => bisect.main());
  const { found, asked, megabytes } = result;
  assertEquals(found, 617);
  assertEquals(asked, 11); // log2 1000 and the last one, as docs/gallery.md says
  assertLess(megabytes, 50);
  assertDrawn(await bisect.picture(result), "bisect");
});

Deno.test("yield_surface never ends a step beyond the yield surface", async () => {
  const result = quiet(() => yieldSurface.main());
  const { elasticSteps, plasticSteps, worst } = result;
  assertEquals([elasticSteps, plasticSteps], [8, 12]);
  // Rounding of one return to the surface.
  assertLess(worst, 1e-14);
  assertDrawn(await yieldSurface.picture(result), "yield_surface");
});

Deno.test("front: the mesh follows, tries are taken back with their mesh, and the run is the same again", async () => {
  const { cells, takenBack, differences, accepted } = await quiet(() => front.main(0.3));
  assertEquals(cells[0], 512);
  assert(cells[1] > 1000 && takenBack > 0 && accepted > 5);
  assertEquals(differences, [0, 0]);
});

Deno.test("l_shape: the corner costs nothing where the mesh adapts", async () => {
  const result = await quiet(() => lShape.main(2500));
  const { uniform, linear, quadratic } = result;
  // 1/3 for equal cells, and degree / 2 for cells that are refined well (see the docblock of the example).
  assertAlmostEquals(uniform.rate, 1 / 3, 0.03);
  assertAlmostEquals(linear.rate, 1 / 2, 0.03);
  assertAlmostEquals(quadratic.rate, 1.025, 0.075);
  for (const { steps } of [linear, quadratic]) {
    // Not on the first mesh of 24 cells.
    for (const { iterations, estimate, error } of steps.slice(1)) {
      assert(iterations <= 15);
      assert(estimate / error > 0.9 && estimate / error < 1.5);
    }
  }
  assertDrawn(await lShape.picture(result), "l_shape");
});

Deno.test("circulation draws the picture of its page", async () => {
  assertDrawn(await circulation.picture(), "circulation");
});

Deno.test("stirring keeps the heat, and every page shows one of its states and fields", async () => {
  const lines: string[] = [];
  const result = await quiet(() => stirring.main(12, 6), lines);
  const [before, after] = result.means;
  assertLess(Math.abs(after - before), 0.1);
  assertAlmostEquals(result.contrasts[1], 136.28, 0.01);
  assertDrawn(await stirring.picture(result), "stirring");
  const names = new Set(["v[0]", "v[1]", "|v|", "T"]);
  for (const address of Object.values(stirring.shots)) {
    const [page, asked] = address.split("#");
    assert(/^(run|ball)\.html$/.test(page));
    assert(names.has(new URLSearchParams(asked).get("field")!), address);
  }
});
