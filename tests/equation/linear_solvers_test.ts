import { assert, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import type { EquationOptions } from "../../src/equation/equation_options.ts";
import { ConvergenceError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { unitBox } from "../solve/_fields.ts";

/** A flow-like equation, not symmetric, on 10 x 10 cells. */
function transport(linear: EquationOptions["linear"]): { u: MeshVariable; equation: Equation } {
  const u = new MeshVariable(unitBox(10), "u");
  const equation = new Equation(u, {
    test: "v",
    weak: "0.1 * dot(grad(u), grad(v)) + dot([1, 0.5], grad(u)) * v - v",
    linear,
  });
  equation.addDirichlet(u, "left", 0);
  return { u, equation };
}

Deno.test("methods and preconditioners of one's choice lead to the same solution", () => {
  const first = transport(undefined);
  first.equation.solve();
  for (const method of ["gmres", "bicgstab"] as const) {
    for (const preconditioner of ["multigrid", "ilu", "diagonal"] as const) {
      const { u, equation } = transport({ method, preconditioner });
      equation.solve();
      // Relative residuals of 1e-10, times the condition of a coarse mesh.
      for (let i = 0; i < u.data.length; i++) {
        assert(Math.abs(u.data[i] - first.u.data[i]) < 1e-8, `${method} ${preconditioner}`);
      }
    }
  }
  const { equation } = transport({ method: "cg" });
  assertThrows(
    () => equation.solve(),
    RangeError,
    "conjugate gradients ask for a symmetric Jacobian",
  );
  assertThrows(
    () => transport({ method: "lu" as "cg" }),
    RangeError,
    'linear.method is one of "cg", "gmres", "bicgstab", got "lu"',
  );
});

Deno.test("GMRES takes over within a solve where a symmetric matrix is not positive definite", () => {
  const u = new MeshVariable(unitBox(10), "u");
  // Between the first eigenvalue of the Laplacian, (pi / 2)^2, and the second.
  const equation = new Equation(u, {
    test: "v",
    weak: "dot(grad(u), grad(v)) - 10 * u * v - x * v",
  });
  equation.addDirichlet(u, "left", 0);
  const { residual } = equation.solve();
  // The default of rtol.
  assert(residual <= 1e-10);
  assert(`${equation}`.includes("conjugate gradients, since the Jacobian is symmetric"));
});

Deno.test("a preconditioner's form makes a system solvable whose own one does not", () => {
  const build = (options: Partial<EquationOptions>) => {
    const model = new Model();
    model.parameters.define("lambda", 0.01);
    const mesh = unitBox(30, 2, model);
    const c = new MeshVariable(mesh, "c"), mu = new MeshVariable(mesh, "mu");
    const { cos, PI } = Math;
    c.set((x, y) => 0.63 + 0.02 * cos(7 * PI * x) * cos(11 * PI * y) + 0.01 * cos(19 * PI * x));
    return new Equation([c, mu], {
      test: ["q", "v"],
      define: { dfdc: "200 * c * (1 - c) * (1 - 2 * c)" },
      weak: `dt(c) * q + dot(grad(mu), grad(q))
        + mu * v - dfdc * v - lambda * dot(grad(c), grad(v))`,
      ...options,
    });
  };
  const dt = 5e-6;
  const { iterations, newton } = build({ preconditioner: { define: { dfdc: "0" } } }).solve({ dt });
  assert(newton <= 8 && iterations < 400, `${newton} ${iterations}`);
  const curved = "frozen(max(200 * (1 - 6 * c + 6 * c^2), 0)) * c";
  assert(build({ preconditioner: { define: { dfdc: curved } } }).solve({ dt }).newton <= 8);
  const whole = `dt(c) * q + dot(grad(mu), grad(q)) + mu * v - lambda * dot(grad(c), grad(v))`;
  assertEquals(build({ preconditioner: { weak: whole } }).solve({ dt }).iterations, iterations);
});

Deno.test("what is frozen counts by its value alone", () => {
  const u = new MeshVariable(unitBox(6), "u");
  const make = (k: string, name: string) => {
    const equation = new Equation(u, {
      name,
      test: "v",
      define: { k },
      weak: "k * dot(grad(u), grad(v)) - 5 * v",
    });
    equation.addDirichlet(u, "left", 0);
    return equation;
  };
  const exact = make("1 + u^2", "exact"), picard = make("frozen(1 + u^2)", "picard");
  const newton = exact.solve().newton;
  const solution = u.data.slice();
  u.set(0);
  const steps = picard.solve().newton;
  assert(newton < steps, `${newton} ${steps}`);
  // Fixed-point steps end at a residual of 1e-10, each with a few times that error left.
  for (let i = 0; i < solution.length; i++) assert(Math.abs(u.data[i] - solution[i]) < 1e-7);
  assert(`${picard}`.includes("symmetric (by its formulas)"), `${picard}`);
  assert(`${picard}`.includes("frozen(1 + u ^ 2) * grad(u)[0]"), `${picard}`);
  assertThrows(
    () => picard.define = { k: "grad(frozen(u))[0]" },
    RangeError,
    "put frozen(...) around",
  );
});

Deno.test("an equation says what was understood of it", async () => {
  const model = new Model(), mesh = unitBox(4, 2, model);
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const heat = new Equation(T, {
    test: "s",
    order: 2,
    define: { k: "1 + T" },
    weak: "rho * dt(T) * s + k * dot(grad(T), grad(s)) - H * s",
  });
  heat.addNeumann(T, "right", "sigma * (Ta^4 - T^4)");
  heat.addDirichlet(T, "left", 1200);
  heat.addDirichlet(T, "top", (x) => 1200 - x);
  const text = `${heat}`;
  for (
    const line of [
      "T (P2): 81 numbers",
      /times s +rho \* dt\(T\) - H\n/,
      /times grad\(s\) +\[\(1 \+ T\) \* grad\(T\)\[0\], \(1 \+ T\) \* grad\(T\)\[1\]\]/,
      /T: flux on right +sigma \* /,
      /T: held on left +1200\n/,
      /T: held on top +a function of position and time\n/,
      "nonlinear; not symmetric",
      "backward differences of order 2",
      "exact to degree 4 in cells, 8 on boundaries",
      "bi-conjugate gradients where it stands still; smoothed aggregation",
    ]
  ) assert(typeof line === "string" ? text.includes(line) : line.test(text), `${line}\n${text}`);
  const shown = await (heat as unknown as Record<symbol, () => Promise<Record<string, string>>>)[
    Symbol.for("Jupyter.display")
  ]();
  assertEquals(shown["text/plain"], text);
  const w = new MeshVariable(mesh, "w", { components: 2 });
  const body = new Equation(w, {
    define: { F: "I + grad(w)" },
    energy: "inner(F, F) - log(det(F)) + exp(det(F)^2) * det(F)^7",
  });
  assert(`${body}`.includes("symmetric (by its energy)"));
  assert(`${body}`.includes("operations)"), `${body}`);
  assert(`${body}`.includes("slope by grad(w[1])"), `${body}`);
  const p = new MeshVariable(mesh, "p");
  const flow = new Equation([w, p], {
    test: ["v", "q"],
    weak: "2 * inner(sym(grad(w)), sym(grad(v))) - p * div(v) - div(w) * q + v[1]",
    maxIterations: 3,
    linear: { preconditioner: "ilu" },
  });
  assert(/times grad\(v\[0\]\) +\[2 \* grad\(w\)\[0, 0\] - p, /.test(`${flow}`), `${flow}`);
  assert(/times q +-\(grad/.test(`${flow}`), `${flow}`);
  assert(/zero blocks +p: not in the rows/.test(`${flow}`), `${flow}`);
  flow.addDirichlet(w, "left", 0);
  const failed = assertThrows(() => flow.solve(), ConvergenceError);
  assert(failed.message.includes("(p: not in the rows of its own test function"), failed.message);
});

Deno.test("factors of the whole matrix are PETSc's, and refused without it", () => {
  const { message } = assertThrows(() => transport({ preconditioner: "lu" }), RangeError);
  assert(message.includes('solver: "petsc"'), message);
  const wrong = { solver: "mumps" } as unknown as EquationOptions["linear"];
  assertThrows(() => transport(wrong), RangeError, "linear.solver is one of");
});
