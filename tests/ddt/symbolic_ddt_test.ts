import { assert, assertEquals, assertThrows } from "@std/assert";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { type Expression, expression } from "../../src/expression/mod.ts";
import { Model } from "../../src/model/model.ts";
import { fc } from "../_fast_check.ts";
import { assertRounding } from "../_helpers.ts";

const powers = ["1", "t", "t ^ 2", "t ^ 3"];

/** Steps through `sizes` with the expression as it is. */
function run(model: Model, ddt: SymbolicDDt, sizes: number[]): void {
  for (const dt of sizes) {
    ddt.updatePreSolve(dt);
    ddt.updatePostSolve(dt);
    model.tracker.time += dt;
  }
}

Deno.test("bdf() reproduces the derivative of t^k exactly for any step ratio", () => {
  const size = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(size, { minLength: 4, maxLength: 6 }), (sizes) => {
      for (const order of [1, 2, 3]) {
        const model = new Model();
        const ddt = new SymbolicDDt(model, expression(powers[order]), { order });
        run(model, ddt, sizes.slice(0, -1));
        const dt = sizes[sizes.length - 1];
        ddt.updatePreSolve(dt);
        const t = model.tracker.time + dt;
        const value = ddt.bdf().compile()({ t });
        // Cancellation: values of size t^k over the smallest step, 0.01, at 2e-16 each.
        const tolerance = 1e-12 * Math.max(1, t ** order);
        assert(Math.abs(value - order * t ** (order - 1)) < tolerance, `${value} at ${t}`);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("adamsMoultonFlux() is the mean of t^k over the step", () => {
  const sizes = [0.3, 0.1, 0.4, 0.25];
  for (const order of [1, 2, 3]) {
    const model = new Model();
    const ddt = new SymbolicDDt(model, expression(powers[order]), { order });
    run(model, ddt, sizes);
    ddt.updatePreSolve(0.2);
    const a = model.tracker.time, b = a + 0.2;
    const mean = (b ** (order + 1) - a ** (order + 1)) / (order + 1) / 0.2;
    assertRounding(ddt.adamsMoultonFlux().compile()({ t: b }), mean, 400);
  }
});

Deno.test("the order ramps up, and past values start it at the top", () => {
  const model = new Model();
  const ddt = new SymbolicDDt(model, expression("t ^ 3"), { order: 3 });
  const orders = [ddt.effectiveOrder];
  for (let k = 0; k < 3; k++) {
    run(model, ddt, [0.1]);
    orders.push(ddt.effectiveOrder);
  }
  assertEquals(orders, [1, 2, 3, 3]);

  const known = new SymbolicDDt(model, expression("t ^ 3"), { order: 3 });
  known.initialiseHistory([0, 1, 2].map(() => expression("t ^ 3")), [0.2, 0.1]);
  assertEquals(known.effectiveOrder, 3);
  known.updatePreSolve(0.3);
  const t = model.tracker.time + 0.3;
  const slope = known.bdf().compile()({ t });
  assertRounding(slope, 3 * t * t, 4000);

  assertThrows(() => known.initialiseHistory([expression("t")], []), RangeError, "3 levels");
  const three = [1, 2, 3].map((v) => expression(v));
  assertThrows(() => known.initialiseHistory(three), RangeError, "2 positive steps");
  assertThrows(() => known.initialiseHistory(three, [0.1, -1]), RangeError, "2 positive steps");
  known.initialiseHistory(three, 0.5);
  assertEquals(known.state.dtHistory, [0.5, 0.5]);
});

Deno.test("past levels keep the parameter values and the time they had", () => {
  const model = new Model();
  model.parameters.define("kappa", 2);
  const ddt = new SymbolicDDt(model, expression("kappa * x + t + T"), { order: 2 });
  model.tracker.time = 1;
  ddt.updatePreSolve(0.5);
  assertEquals(ddt.history.map(String), ["2 * x + 1 + T", "2 * x + 1 + T"]);
  model.parameters.set("kappa", 3);
  ddt.updatePostSolve();
  assertEquals(ddt.history.map(String), ["3 * x + 1.5 + T", "2 * x + 1 + T"]);
  assertEquals(`${ddt.expression}`, "kappa * x + t + T");
  model.parameters.set("kappa", 10);
  assertEquals(ddt.bdf(1).variables(), ["T", "kappa", "t", "x"]);
});

Deno.test("a step may be begun again with another size", () => {
  const model = new Model();
  const ddt = new SymbolicDDt(model, expression("t"));
  ddt.updatePreSolve(1);
  ddt.updatePreSolve(0.25);
  assertEquals(ddt.state.dt, 0.25);
  assertThrows(() => ddt.updatePostSolve(1), RangeError, "begun with 0.25");
  ddt.updatePostSolve(0.25);
  assertEquals(ddt.state.dtHistory, [0.25]);
  assertEquals(`${ddt.history[0]}`, "0.25");
});

Deno.test("wrong calls are refused and change nothing", () => {
  const model = new Model();
  assertThrows(() => new SymbolicDDt(model, "x" as never), TypeError, "Expression");
  assertThrows(() => new SymbolicDDt(model, expression("x"), { order: 4 }), RangeError, "order");
  assertThrows(() => new SymbolicDDt(model, expression("x"), { theta: 2 }), RangeError, "theta");
  assertEquals(model.bearers.size, 0);
  const ddt = new SymbolicDDt(model, expression("x"), { order: 2, name: "heat" });
  assertEquals(ddt.name, "heat");
  assertThrows(() => new SymbolicDDt(model, expression("x"), { name: "heat" }), RangeError);
  assertThrows(() => ddt.updatePostSolve(1), Error, "updatePreSolve(dt) first");
  assertThrows(() => ddt.bdf(), Error, "updatePreSolve(dt) first");
  for (const dt of [0, -1, NaN, Infinity]) {
    assertThrows(() => ddt.updatePreSolve(dt), RangeError, "positive and finite");
  }
  assertEquals(ddt.state.historyInitialised, false);
  ddt.updatePreSolve(1);
  assertThrows(() => ddt.bdf(3), RangeError, "keeps 2 levels");
  assertThrows(() => ddt.bdf(0), RangeError, "order");
  assertThrows(() => (ddt.expression = 3 as never), TypeError);
  assertEquals(new SymbolicDDt(model, expression("x")).name, "SymbolicDDt_0");
});

Deno.test("states that do not fit are refused whole", () => {
  const ddt = new SymbolicDDt(new Model(), expression("x"), { order: 2 });
  ddt.updatePreSolve(1);
  ddt.updatePostSolve(1);
  const good = ddt.state;
  const bad: [Record<string, unknown>, string][] = [
    [{ schemaVersion: 2 }, "schemaVersion 2"],
    [{ order: 3 }, "of order 3"],
    [{ psiStar: [good.psi] }, "psiStar has 1 levels, not 2"],
    [{ psiStar: ["x", "x"] }, "not a list of expressions"],
    [{ psi: "x" }, "psi is not an expression"],
    [{ dtHistory: [0] }, "dtHistory"],
    [{ dtHistory: [1, 1, 1] }, "dtHistory has 3"],
    [{ dtHistory: [] }, "dtHistory has 0"],
    [{ dt: -1 }, "dt is -1"],
    [{ phase: "later" }, "phase"],
    [{ theta: 3 }, "theta"],
    [{ nSolvesCompleted: -1 }, "nSolvesCompleted"],
    [{ stepStart: NaN }, "stepStart"],
    [{ historyInitialised: 1 }, "historyInitialised"],
    [{ phase: "step", dt: null }, "phase is 'step'"],
  ];
  for (const [change, message] of bad) {
    assertThrows(() => (ddt.state = { ...good, ...change } as never), StateSchemaError, message);
    assertEquals(ddt.state, good);
  }
});

Deno.test("restored between or within steps, the run goes on with the same values", () => {
  const model = new Model();
  model.parameters.define("kappa", 0.7);
  const ddt = new SymbolicDDt(model, expression("exp(-kappa * t) * x"), { order: 3 });
  const goOn = (): string[] => {
    const seen: string[] = [];
    for (let n = 0; n < 4; n++) {
      const dt = 0.1 / (n + 1);
      if (ddt.state.phase === "between") ddt.updatePreSolve(dt);
      seen.push(`${ddt.bdf()} | ${ddt.adamsMoultonFlux()} | ${ddt.effectiveOrder}`);
      ddt.updatePostSolve();
      model.tracker.time += dt;
    }
    return seen;
  };
  run(model, ddt, [0.1, 0.3]);
  for (const phase of ["between", "step"]) {
    if (phase === "step") ddt.updatePreSolve(0.05);
    using token = model.saveState();
    const expected = goOn();
    ddt.updatePreSolve(500);
    ddt.expression = expression("x + 1e9");
    ddt.updatePostSolve();
    model.loadState(token);
    assertEquals(goOn(), expected);
    model.loadState(token);
  }
});

Deno.test("a state set by hand gives the same derivative at once", () => {
  const model = new Model();
  const make = (e: Expression) => new SymbolicDDt(model, e, { order: 2, theta: 0.3 });
  const a = make(expression("t ^ 2 * x")), b = make(expression("y"));
  for (const dt of [0.1, 0.2, 0.3]) {
    a.updatePreSolve(dt);
    a.updatePostSolve();
    model.tracker.time += dt;
  }
  b.state = a.state;
  assertEquals(`${b.bdf()}`, `${a.bdf()}`);
  assertEquals(b.state, a.state);
});
