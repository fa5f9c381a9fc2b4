/**
 * Equations of one's own whose unknowns are divided among ranks, against the same on one. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { Equation } from "../../src/equation/equation.ts";
import type { EquationResult } from "../../src/equation/equation_options.ts";
import { ConvergenceError } from "../../src/errors.ts";
import type { HeldValues } from "../../src/mesh/formula_setter.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runChecks } from "../_rank_checks.ts";
import { faces, unitBox } from "../solve/_fields.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [
    ...Object.entries(problems).map(([name, make]) => named(name, (comm) => compare(comm, make))),
    stepsAgain,
    failures,
    formulas,
    matrices,
    turns,
  ]);
}

/** What a problem gives: its fields and how its solves went. */
interface Solved {
  readonly fields: readonly MeshVariable[];
  readonly results: readonly EquationResult[];
}

const problems: Readonly<Record<string, (model: Model) => Solved>> = {
  linear(model) {
    const u = new MeshVariable(unitBox(20, 2, model), "u");
    const equation = new Equation(u, {
      test: "v",
      weak: "(1 + x * y) * dot(grad(u), grad(v)) - (1 + x) * v",
    });
    equation.addDirichlet(u, "left", (_x, y) => y);
    equation.addNeumann(u, "right", "2 - u");
    return { fields: [u], results: [equation.solve()] };
  },
  constants(model) {
    const u = new MeshVariable(unitBox(9, 2, model), "u", { degree: 2 });
    const equation = new Equation(u, {
      test: "v",
      weak: "dot(grad(u), grad(v)) - cos(pi * x) * v",
    });
    return { fields: [u], results: [equation.solve()] };
  },
  nonlinear(model) {
    const u = new MeshVariable(unitBox(5, 3, model), "u");
    const equation = new Equation(u, {
      test: "v",
      weak: "(1 + u^2) * dot(grad(u), grad(v)) + dot([1, 2, 0], grad(u)) * v - exp(-u) * v",
    });
    for (const face of faces) equation.addDirichlet(u, face, (x, y) => x + y * y);
    return { fields: [u], results: [equation.solve()] };
  },
  elasticity(model) {
    const w = new MeshVariable(unitBox(16, 2, model), "w", { components: 2 });
    const equation = new Equation(w, {
      energy: "inner(sym(grad(w)), sym(grad(w))) / 2 + 0.7 * div(w)^2 + w[1] / 9",
    });
    equation.addDirichlet(w, "left", 0);
    return { fields: [w], results: [equation.solve()] };
  },
  quadraticElasticity(model) {
    const w = new MeshVariable(unitBox(8, 2, model), "w", { components: 2, degree: 2 });
    const equation = new Equation(w, {
      define: { F: "I + grad(w)", J: "det(F)" },
      energy: "(inner(F, F) - 2 * log(J)) / 2 + 0.7 * log(J)^2 + w[1] / 9",
    });
    equation.addDirichlet(w, "left", 0);
    return { fields: [w], results: [equation.solve()] };
  },
  cahnHilliard(model) {
    const mesh = unitBox(20, 2, model);
    const c = new MeshVariable(mesh, "c"), mu = new MeshVariable(mesh, "mu");
    c.set((x, y) => 0.63 + 0.02 * Math.cos(7 * Math.PI * x) * Math.cos(5 * Math.PI * y));
    const equation = new Equation([c, mu], {
      test: ["q", "v"],
      order: 2,
      define: { dfdc: "200 * c * (1 - c) * (1 - 2 * c)" },
      weak: `dt(c) * q + dot(grad(mu), grad(q))
        + mu * v - dfdc * v - 0.01 * dot(grad(c), grad(v))`,
      preconditioner: { define: { dfdc: "0" } },
      linear: { preconditioner: "multigrid" },
    });
    const results = [5e-6, 4e-6].map((dt) => equation.solve({ dt }));
    return { fields: [c, mu], results };
  },
  reactions(model) {
    const mesh = unitBox(14, 2, model);
    const a = new MeshVariable(mesh, "a"), b = new MeshVariable(mesh, "b");
    a.set((x) => 1 - x / 2);
    b.set((x, y) => x * y);
    const equation = new Equation([a, b], {
      test: ["p", "q"],
      weak: `dt(a) * p + 1e-4 * dot(grad(a), grad(p)) + (a * b^2 - 0.04 * (1 - a)) * p
        + dt(b) * q + 1e-4 * dot(grad(b), grad(q)) - (a * b^2 - 0.1 * b) * q`,
    });
    return { fields: [a, b], results: [1, 0.5].map((dt) => equation.solve({ dt })) };
  },
  mixedDegrees(model) {
    const mesh = unitBox(6, 2, model);
    const a = new MeshVariable(mesh, "a"), b = new MeshVariable(mesh, "b", { degree: 2 });
    const equation = new Equation([a, b], {
      test: ["p", "q"],
      weak: `dot(grad(a), grad(p)) + (a^2 - b) * p + dot(grad(b), grad(q)) + (2 + a) * q`,
    });
    for (const side of ["left", "right"]) {
      equation.addDirichlet(a, side, (x) => x);
      equation.addDirichlet(b, side, (x, y) => x * x + y);
    }
    return { fields: [a, b], results: [equation.solve()] };
  },
};

/** The same problem on all ranks and on one. */
function compare(comm: Comm, make: (model: Model) => Solved): void {
  const here = make(new Model({ comm })), alone = make(new Model());
  here.fields.forEach((u, f) => {
    const ids = u.globalDofIds, { components, data } = u, expected = alone.fields[f].data;
    for (let i = 0; i < data.length; i++) {
      const at = ids[Math.floor(i / components)] * components + i % components;
      // Relative residuals of 1e-10 on both, times the condition of small meshes.
      assert(Math.abs(data[i] - expected[at]) < 1e-6, `${u.name}: ${data[i]}, not ${expected[at]}`);
    }
  });
  here.results.forEach(({ newton, iterations }, k) => {
    const { newton: steps, iterations: single } = alone.results[k];
    assertEquals(comm.allreduce(iterations, "max"), iterations);
    assert(Math.abs(newton - steps) <= 1, `${newton} steps, ${steps} on one rank`);
    // Sweeps and factors end where a rank ends, which costs one or two in each linear system.
    assert(
      iterations <= single + 2 * Math.max(newton, steps),
      `${iterations} iterations in ${newton} steps, ${single} in ${steps} on one rank`,
    );
  });
}

/** Restore, and the same steps again give the same bytes; with a text and a parameter that change. */
function stepsAgain(comm: Comm): void {
  const build = () => {
    const model = new Model({ comm });
    model.parameters.define("k", 0.3);
    const mesh = unitBox(7, 2, model);
    const u = new MeshVariable(mesh, "u"), w = new MeshVariable(mesh, "w");
    u.set((x, y) => 1 + x * y);
    const equation = new Equation([u, w], {
      test: ["p", "q"],
      order: 3,
      define: { f: "u^2" },
      weak: `dt(u) * p + k * dot(grad(u), grad(p)) + (f - w) * p
        + dot(grad(w), grad(q)) + (w - abs(u)^k) * q`,
    });
    equation.addDirichlet(u, "left", (_x, y, _z, t) => 1 + y * t);
    const step = (n: number) => {
      equation.solve({ dt: 0.01 + 0.002 * (n % 2) });
      model.tracker.time += 0.01;
      model.parameters.set("k", 0.3 + 0.1 * model.random.next());
      equation.define = { f: `u^2 + ${n} / 10` };
    };
    return { model, step };
  };
  const run = (kind: "U" | "B" | "C") => {
    const { model, step } = build();
    for (let n = 0; n < 6; n++) {
      if (n === 3 && kind !== "U") {
        using token = model.saveState();
        if (kind === "C") [7, 8].forEach(step);
        model.loadState(token);
      }
      step(n);
    }
    return model.saveState();
  };
  using uninterrupted = run("U");
  for (const kind of ["B", "C"] as const) {
    using other = run(kind);
    assertEquals(diffSnapshots(uninterrupted, other).slice(0, 3), []);
  }
}

/** What fails on one rank fails on all, and changes nothing. */
function failures(comm: Comm): void {
  const model = new Model({ comm });
  const u = new MeshVariable(unitBox(6, 2, model), "u");
  u.set(0.5);
  const before = u.data.slice();
  const equation = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - 50 * exp(u) * v" });
  equation.addDirichlet(u, "left", 0);
  assertThrows(() => equation.solve(), ConvergenceError);
  equation.addDirichlet(u, "right", (_x, y) => y > 0.8 ? NaN : 0);
  assertThrows(() => equation.solve(), RangeError);
  assert(u.data.every((value, i) => value === before[i]));
  equation.weak = "dot(grad(u), grad(v)) - missing * v";
  assertThrows(() => equation.solve(), RangeError, "missing");
}

/** Fields from formulas, and fields that come to another mesh, are those of one rank. */
function formulas(comm: Comm): void {
  const make = (model: Model) => {
    const mesh = unitBox(7, 2, model);
    const T = new MeshVariable(mesh, "T", { degree: 2 }), S = new MeshVariable(mesh, "S");
    T.set((x, y) => Math.sin(3 * x) * y);
    S.set((x, y) => x * x - y);
    const targets = (["projection", "average", "recovery"] as const).flatMap((by) =>
      [0, 1, 2].map((degree) => {
        const name = `${by}${degree}`, kind = { degree: degree as 0 | 1 | 2, components: 2 };
        const target = new MeshVariable(mesh, name, kind);
        const held: HeldValues = degree === 0 ? {} : { left: [1, S], top: 3 };
        target.setFrom("[grad(T)[1] * S, dot(grad(S), grad(T))]", { by, held });
        return target;
      })
    );
    const moved = new MeshVariable(unitBox(5, 2, model), "moved", { components: 2 });
    assertEquals(transfer(targets[2], moved), { count: 36, copied: false, outside: 0 });
    return [...targets, moved];
  };
  const here = make(new Model({ comm })), alone = make(new Model());
  here.forEach((u, f) => {
    const ids = u.globalDofIds, expected = alone[f].data;
    // Averages are sums in the same order. Projections end at 1e-12, with sums over ranks in another order.
    const slack = u.name.startsWith("projection") || u === here.at(-1) ? 1e-10 : 0;
    for (let i = 0; i < u.data.length; i++) {
      const wanted = expected[2 * ids[i >> 1] + i % 2];
      assert(Math.abs(u.data[i] - wanted) <= slack, `${u.name}: ${u.data[i]}, not ${wanted}`);
    }
  });
}

/** Rows of the residual and of the Jacobian that a rank owns are those of one rank. */
function matrices(comm: Comm): void {
  const make = (model: Model) => {
    const u = new MeshVariable(unitBox(6, 2, model), "u", { degree: 2 });
    u.set((x, y) => x - y * y);
    const equation = new Equation(u, {
      test: "v",
      weak: "(1 + u^2) * dot(grad(u), grad(v)) - x * v",
    });
    equation.addNeumann(u, "right", "u^2");
    const r = equation.residual(), y = new Float64Array(r.length), at = equation.vector();
    equation.jacobian({ at }).multiply(at, y);
    return { u, r, y };
  };
  const here = make(new Model({ comm })), alone = make(new Model());
  const ids = here.u.globalDofIds;
  for (let i = 0; i < here.u.ownedDofCount; i++) {
    // Cells are added up in another order.
    assert(Math.abs(here.r[i] - alone.r[ids[i]]) < 1e-14);
    assert(Math.abs(here.y[i] - alone.y[ids[i]]) < 1e-13);
  }
}

/** A check under the name of its problem. */
function named(name: string, check: (comm: Comm) => void): (comm: Comm) => void {
  return Object.defineProperty(check, "name", { value: name });
}

/** A coefficient that changes on one rank and back again: matrices that the ranks did not make together are not mixed. */
function turns(comm: Comm): void {
  const mesh = unitBox(8, 2, new Model({ comm })), u = new MeshVariable(mesh, "u");
  const k = new MeshVariable(mesh, "k", { degree: 0 });
  const equation = new Equation(u, { test: "v", weak: "k * dot(grad(u), grad(v)) - v" });
  equation.addDirichlet(u, "left", 0);
  const solved = (inCorner: number) => {
    k.set((x, y) => x < 0.2 && y < 0.2 ? inCorner : 1);
    u.set(0);
    equation.solve();
    return u.data.slice();
  };
  const first = solved(1);
  solved(1e4);
  assertSameBytes(solved(1), first);
}
