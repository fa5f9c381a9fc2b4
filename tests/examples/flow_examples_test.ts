import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import * as annulusConvection from "../../examples/annulus_convection.ts";
import * as convection from "../../examples/convection.ts";
import * as dispersion from "../../examples/dispersion.ts";
import * as onset from "../../examples/onset.ts";
import * as relaxing from "../../examples/relaxing_topography.ts";
import * as rayleighTaylor from "../../examples/rayleigh_taylor.ts";
import * as sinker from "../../examples/sinker.ts";
import * as softBall from "../../examples/soft_ball.ts";
import * as viscoElastic from "../../examples/visco_elastic.ts";
import { assertDrawn, quiet } from "./_examples.ts";

Deno.test("convection becomes steady near the published heat flow and speed", async () => {
  const result = await quiet(() => convection.main(8, 0.18));
  // On 8 x 8 squares, where it wavers by 1.5 percent; 16 x 16 squares are 0.1 percent off.
  assertAlmostEquals(result.nusselt / 4.884409, 1, 0.03);
  assertAlmostEquals(result.speed / 42.864947, 1, 0.01);
  // What comes in leaves, up to the wavering.
  assertAlmostEquals(result.nusselt / result.nusseltBelow, 1, 0.01);
  assertDrawn(await convection.picture(result), "convection");
});

Deno.test("onset finds the critical Rayleigh number, and rates within one percent", async () => {
  const result = quiet(() => onset.main(6));
  // 8 pi^4, by a mesh of 6 x 6 and to the 0.5 of the bisection.
  assertAlmostEquals(result.critical, result.known, 3);
  assertAlmostEquals(result.trials.rate[1] / onset.rateOfGrowth(1000), 1, 0.01);
  assert(result.putBack);
  assertDrawn(await onset.picture(result), "onset");
});

Deno.test("dispersion: particles in a periodic channel spread as Taylor and Aris found", async () => {
  const result = quiet(() => dispersion.main(4, 4));
  // The variance of 1,024 particles has a standard error of 4.4 percent; the seed is given, so this one is known.
  assertAlmostEquals(result.found / result.known, 1, 0.1);
  assertLess(20, result.rounds);
  assert(result.putBack);
  assertDrawn(await dispersion.picture(result), "dispersion");
});

Deno.test("sinker: a soft disc sinks fastest, and stiffness beyond a hundred does not count", async () => {
  const result = await quiet(() => sinker.main(10));
  const [soft, stiff, rigid] = result.discs;
  assertLess(1.15 * stiff.depth, soft.depth);
  assertAlmostEquals(rigid.depth / stiff.depth, 1, 0.05);
  assertLess(rigid.iterations, 60);
  assertDrawn(await sinker.picture(result), "sinker");
});

Deno.test("annulus_convection: no rotation, and heat leaves as it comes in", async () => {
  const result = await quiet(() => annulusConvection.main(0.3, 0.08));
  assertEquals(result.freeMotions, 1);
  // Speeds are of size 50, and symmetry leaves no rotation but rounding and the tolerance of 1e-6.
  assertLess(Math.abs(result.spin), 1e-3);
  assertLess(3, result.inner);
  assertDrawn(await annulusConvection.picture(result), "annulus_convection");
});

Deno.test("relaxing_topography: orders in time, and long steps beside theory", async () => {
  const result = quiet(() => relaxing.main(8, 1));
  const expected = { euler: 1, rk2: 2, midpoint: 2, rk4: 4 };
  for (const [scheme, order] of Object.entries(expected)) {
    assertAlmostEquals(result.orders[scheme], order, 0.4, scheme);
  }
  // The error of this mesh is 0.7 percent of the rate, which a step of 3 tau makes larger.
  for (const [scheme, [found, known]] of Object.entries(result.long)) {
    assertAlmostEquals(found, known, 0.06, scheme);
  }
  // exp(-1) is that of a low wave on a fine mesh; this one is 0.05 high.
  assertAlmostEquals(result.left, 0.3761, 1e-3);
  assertAlmostEquals(result.left, Math.exp(-1), 0.01);
  assertLess(Math.abs(result.drift[0]), 1e-11);
  assertLess(Math.abs(result.drift[1]), 1e-3);
  assertDrawn(await relaxing.picture(result), "relaxing_topography");
});

Deno.test("rayleigh_taylor: a light layer rises, and the peak is gone through again", async () => {
  const settings = { cells: 8, perCell: 12, dt: 8, until: 280 };
  const result = await quiet(() => rayleighTaylor.main(settings));
  // Cells of an eighth are larger than the bump: published are 0.011 and 3.1e-3 at 209, see examples_long.ts.
  assertAlmostEquals(result.growth, 0.0072, 0.001);
  assertAlmostEquals(result.peak.speed, 3.0e-3, 0.15e-3);
  assertAlmostEquals(result.peak.time, 250, 20);
  assertLess(0.3, result.entrained);
  assertDrawn(await rayleighTaylor.picture(result), "rayleigh_taylor");
});

Deno.test("visco_elastic: stress builds up and turns as it should", async () => {
  const result = quiet(() => viscoElastic.main());
  // The flow has 1e-10; the scheme is exact here.
  for (const error of [...result.errors, result.releaseError]) assertLess(error, 1e-9);
  const [coarse, , fine] = result.shearErrors;
  assertAlmostEquals(Math.log2(coarse / fine) / 2, 2, 0.05);
  assertDrawn(await viscoElastic.picture(result), "visco_elastic");
});

Deno.test("soft_ball: what was tried and put back leaves no trace", async () => {
  const result = quiet(() => softBall.main(4));
  assertEquals(result.putBack, { elastic: 6, plastic: 1 });
  assertEquals(result.taken.filter(({ isPlastic }) => isPlastic).length, 5);
  assertLess(result.overstress, 1e-12);
  assert(result.isSame);
  assertDrawn(await softBall.picture(result), "soft_ball");
});
