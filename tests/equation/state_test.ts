import { assert, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { tempDir } from "../_helpers.ts";
import { assertSameSnapshots } from "../model/_sim.ts";

type Step = (dt: number) => void;

/** Equations on a small mesh; each reads the parameter kappa, which changes after every step. */
const cases: Readonly<Record<string, (model: Model, u: MeshVariable) => Step>> = {
  "linear, steady": (_, u) => {
    const equation = new Equation(u, {
      test: "v",
      weak: "(kappa + x^2) * dot(grad(u), grad(v)) - (1 + t) * v",
    });
    equation.addDirichlet(u, "left", (_x, y, _z, t) => y + t);
    equation.addNeumann(u, "right", "kappa * (2 - u)");
    return () => void equation.solve();
  },
  "nonlinear, steady": (_, u) => {
    const equation = new Equation(u, {
      test: "v",
      weak: "(1 + kappa * u^2) * dot(grad(u), grad(v)) + tanh(u) * v - abs(x)^kappa * v",
    });
    equation.addDirichlet(u, "left", 1);
    return () => void equation.solve();
  },
  ...Object.fromEntries([1, 2, 3].map((order) => [`BDF${order}`, (_: Model, u: MeshVariable) => {
    const equation = new Equation(u, {
      test: "v",
      order,
      weak: "dt(u) * v + kappa * dot(grad(u + dt(u) / 50), grad(v)) + exp(u / 2) * v",
    });
    return (dt: number) => void equation.solve({ dt });
  }])),
  "theta 1/2, a constant matrix": (_, u) => {
    const equation = new Equation(u, {
      test: "v",
      theta: 0.5,
      weak: "dt(u) * v + 0.1 * dot(grad(u), grad(v)) - kappa * v",
    });
    equation.addDirichlet(u, "top", 0.3);
    return (dt) => void equation.solve({ dt });
  },
  "Cahn-Hilliard, BDF3, a preconditioner of its own": (_, u) => {
    const mu = new MeshVariable(u.mesh, "mu");
    const equation = new Equation([u, mu], {
      test: ["q", "v"],
      order: 3,
      define: { dfdc: "200 * u * (1 - u) * (1 - 2 * u)" },
      weak: `dt(u) * q + (1 + kappa * abs(u)^1.7) * dot(grad(mu), grad(q))
        + mu * v - dfdc * v - 0.1 * dot(grad(u), grad(v))`,
      preconditioner: { define: { dfdc: "0" } },
    });
    return (dt) => void equation.solve({ dt: dt / 1000 });
  },
  "an energy whose text changes": (model, u) => {
    const w = new MeshVariable(u.mesh, "w", { components: 2 });
    const equation = new Equation(w, {
      define: { F: "I + grad(w)", J: "det(F)", G: "1" },
      energy: "G / 2 * (inner(F, F) - 2 * log(J)) + log(J)^2 + kappa * w[1] * u / 9",
    });
    equation.addDirichlet(w, "left", 0);
    return () => {
      equation.define = { ...equation.define, G: `1 + ${model.tracker.step} / 4` };
      equation.addNeumann(w, "right", `[0.01 * ${model.tracker.step}, 0]`);
      equation.solve();
    };
  },
};

/** A model with one of the cases, ready to step. */
export function build(name: string): { model: Model; step: Step } {
  const model = new Model({ name: "equations" });
  model.parameters.define("kappa", 0.2);
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [5, 4] });
  const u = new MeshVariable(mesh, "u", { degree: 1 });
  u.set((x, y) => 0.6 + 0.1 * Math.sin(7 * x + 3 * y));
  const own = cases[name](model, u);
  return {
    model,
    step(dt) {
      own(dt);
      model.parameters.set("kappa", 0.2 + 0.05 * model.random.next());
      model.tracker.time += dt;
      model.tracker.step += 1;
    },
  };
}

/** Sizes that change, so that histories matter. */
const sizes = [0.02, 0.05, 0.03, 0.04, 0.02, 0.05];
const SAVED = 3;

for (const name of Object.keys(cases)) {
  Deno.test(`U = B = C in every byte: ${name}`, () => {
    const [u, b, c] = (["U", "B", "C"] as const).map((kind) => {
      const { model, step } = build(name);
      sizes.forEach((dt, k) => {
        if (k === SAVED && kind !== "U") {
          using token = model.saveState();
          if (kind === "C") tryAbsurd(model, step);
          model.loadState(token);
        }
        step(dt);
      });
      return model.saveState();
    });
    assertSameSnapshots(b, u);
    assertSameSnapshots(c, u);
  });

  Deno.test(`a fresh model goes on from a file to the same bytes: ${name}`, async () => {
    using folder = tempDir();
    const first = build(name), second = build(name);
    for (const dt of sizes.slice(0, SAVED)) first.step(dt);
    const file = await first.model.saveState({ file: folder.join("middle.snap.h5") });
    await second.model.loadState(file);
    for (const dt of sizes.slice(SAVED)) {
      first.step(dt);
      second.step(dt);
    }
    assertSameSnapshots(second.model.saveState(), first.model.saveState());
  });
}

/** A step that is far too long and changes everything it can. */
function tryAbsurd(model: Model, step: Step): void {
  try {
    model.parameters.set("kappa", 17);
    step(300);
    step(0.01);
  } catch (error) {
    assert(error instanceof ConvergenceError || error instanceof RangeError, `${error}`);
  }
}

Deno.test("texts rewind: the physics is what it was", () => {
  const model = new Model();
  const u = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] }), "u");
  const equation = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - v" });
  equation.addDirichlet(u, "left", 0);
  using before = model.saveState();
  equation.weak = "u^3 * v + dot(grad(u), grad(v)) - f * v";
  equation.define = { f: "2" };
  equation.addNeumann(u, "right", "1 - u");
  const { state } = equation;
  using after = model.saveState();
  model.loadState(before);
  assertEquals(equation.weak, "dot(grad(u), grad(v)) - v");
  assertEquals(equation.define, {});
  assertEquals(equation.state.fluxes, []);
  model.loadState(after);
  assertEquals(equation.state, state);
});

Deno.test("a state that does not fit is refused whole", () => {
  const make = (weak: string, options: object = {}, held = "left") => {
    const model = new Model();
    const u = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), "u");
    const equation = new Equation(u, { test: "v", weak, name: "it", ...options });
    equation.addDirichlet(u, held, 0);
    return equation;
  };
  const heat = "dt(u) * v + dot(grad(u), grad(v))";
  const equation = make(heat, { theta: 0.5 });
  const { state } = equation;
  for (
    const [other, message] of [
      [make(heat, { theta: 0.7 }), "theta is 0.7"],
      [make(heat, { order: 2 }), "theta is 1"],
      [make("dot(grad(u), grad(v))"), "theta is 1"],
      [make(heat, { theta: 0.5 }, "right"), "the boundary conditions were (dirichlet on right)"],
    ] as const
  ) {
    assertThrows(() => equation.checkState(other.state), StateSchemaError, message);
  }
  const bad = { ...state, text: "dt(u) * v + nonsense(" };
  assertThrows(
    () => equation.checkState(bad),
    Error,
    "it: the weak form: the formula ends too early",
  );
  assertThrows(
    () => equation.checkState({ ...state, schemaVersion: 2 }),
    Error,
    "schema version 2",
  );
  assertEquals(equation.state, state);
});
