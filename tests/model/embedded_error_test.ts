import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  bdfCoefficients,
  errorCoefficients,
  extrapolationCoefficients,
} from "../../src/ddt/coefficients.ts";
import { Equation } from "../../src/equation/equation.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";

const rate = 3;

/** du/dt = -3 u at every node, u(0) = 1, in a model of its own. */
function decay(order: number) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const u = new MeshVariable(mesh, "u");
  u.set(1);
  const equation = new Equation(u, {
    test: "v",
    order,
    rtol: 1e-13,
    weak: `dt(u) * v + ${rate} * u * v`,
  });
  return { model, u, step: (dt: number) => equation.solve({ dt }) };
}

async function run(order: number, tolerance: number, dt = tolerance / 10) {
  const { model, u, step } = decay(order);
  const report = await model.advance({ dt, until: 1, step, error: "embedded", tolerance });
  return { ...report, u, model, error: Math.abs(u.max() - Math.exp(-rate)) };
}

Deno.test("the weights give the error of the formula one order lower, for any steps", () => {
  // u(t) = t^k has D = 1: the formula of order k - 1 is wrong by the product of k - 1 ages over its factor.
  const steps = [0.2, 0.5, 0.3], ages = [0.2, 0.7, 1];
  for (const k of [2, 3]) {
    const values = [0, ...ages.slice(0, k)].map((age) => (2 - age) ** k);
    const c = bdfCoefficients(k - 1, steps);
    const known = extrapolationCoefficients(k, steps).reduce(
      (sum, e, j) => sum + e * values[j + 1],
      0,
    );
    // One step of order k - 1 with the exact derivative.
    let stepped = k * 2 ** (k - 1);
    for (let j = 1; j < k; j++) stepped -= c[j] * values[j];
    stepped /= c[0];
    const found = errorCoefficients(k, steps).reduce(
      (sum, w, j) => sum + w * (j === 0 ? stepped : values[j]),
      0,
    );
    assertRounding(found, stepped - 2 ** k, 1000);
    assert(Math.abs(stepped - known) > Math.abs(found));
  }
  assertEquals([...errorCoefficients(1, steps)], [0, 0]);
});

Deno.test('with error: "embedded" the error falls with the tolerance, and order 3 takes fewer steps', async () => {
  for (const order of [2, 3]) {
    const coarse = await run(order, 1e-3), fine = await run(order, 1e-4);
    const ratio = coarse.error / fine.error;
    assert(ratio > 7 && ratio < 14, `order ${order}: ${ratio}`);
    assert(coarse.error < 1e-3);
    // The formula that is estimated is one order lower, its error per step goes with dt^order.
    const more = fine.accepted / coarse.accepted;
    assert(Math.abs(more - 10 ** (1 / order)) < 0.7, `order ${order}: ${more}`);
  }
});

Deno.test("steps that the estimate rejects leave no trace", async () => {
  const { model, u, steps, rejected } = await run(2, 1e-3, 0.1);
  assert(rejected > 0);
  const [{ takenBack }] = steps.filter((step) => step.takenBack.length > 0);
  assert(
    /the error .* of 'Equation_0' is above the tolerance 0.001/.test(takenBack[0]),
    takenBack[0],
  );
  const straight = decay(2);
  for (const { dt } of steps) {
    straight.model.tracker.dt = dt;
    straight.step(dt);
    straight.model.tracker.time += dt;
  }
  assertSameBytes(u.data, straight.u.data);
  assertEquals(model.tracker.step, steps.length);
});

Deno.test("what cannot estimate is refused, and the model is as before", async () => {
  const low = decay(1);
  await assertRejects(
    () => low.model.advance({ dt: 0.1, until: 1, step: low.step, error: "embedded" }),
    TypeError,
    "'Equation_0' is of order 1",
  );
  assertEquals([low.u.max(), low.model.tracker.step], [1, 0]);
  await assertRejects(
    () => low.model.advance({ dt: 0.1, until: 1, step: () => {}, error: "embedded" }),
    TypeError,
    "none took part",
  );
  for (
    const [options, type, word] of [
      [{ error: "imbedded" }, RangeError, '"embedded"'],
      [{ error: "embedded", order: 2 }, TypeError, "order"],
      [{ error: "embedded", accept: () => true }, TypeError, "accept or error"],
    ] as const
  ) {
    await assertRejects(
      () => low.model.advance({ dt: 0.1, until: 1, step: low.step, ...options as object }),
      type,
      word,
    );
  }
});
