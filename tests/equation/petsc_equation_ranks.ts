/**
 * Equations whose linear systems PETSc solves, under an MPI that has one. Anywhere else asking for it is refused on all
 * ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { Equation } from "../../src/equation/equation.ts";
import type { EquationOptions } from "../../src/equation/equation_options.ts";
import { PetscError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { petscFor } from "../../src/solve/petsc/petsc_ranks.ts";
import { runChecks } from "../_rank_checks.ts";
import { unitBox } from "../solve/_fields.ts";

type Solver = NonNullable<EquationOptions["linear"]>["solver"];

/** Runs all checks that this machine allows; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const found = petscFor(comm);
  if (found instanceof PetscError) {
    refusedTogether(comm, found.message);
    if (comm.rank === 0) console.log(`  PETSc took no part: ${found.message}`);
    return 1;
  }
  return runChecks(comm, [agreesWithOurs, factorsSolveWhatIsIndefinite, continuesToTheSameBytes]);
}

function refusedTogether(comm: Comm, why: string): void {
  const model = new Model({ comm }), u = new MeshVariable(unitBox(3, 2, model), "u");
  const options = {
    test: "v",
    weak: "dot(grad(u), grad(v)) - v",
    linear: { solver: "petsc" },
  } as const;
  const error = assertThrows(() => new Equation(u, options), PetscError);
  assertStringIncludes(error.message, 'solver "petsc" cannot be used');
  assertStringIncludes(error.message, why);
  assertEquals(model.bearers.size, 0);
}

/** One field, symmetric and not, linear and not, held and free; quadratic. */
function agreesWithOurs(comm: Comm): void {
  const forms = {
    poisson: "dot(grad(u), grad(v)) - x * v",
    carried: "dot(grad(u), grad(v)) + 5 * grad(u)[0] * v - x * v",
    bratu: "dot(grad(u), grad(v)) - 0.3 * exp(u) * v",
    free: "dot(grad(u), grad(v)) - (x - 0.5) * v",
  };
  for (const [name, weak] of Object.entries(forms)) {
    for (const preconditioner of [undefined, "ilu", "diagonal"] as const) {
      const [ours, theirs] = (["timestash", "petsc"] as const).map((solver) => {
        const u = new MeshVariable(unitBox(6, 2, new Model({ comm })), "u", { degree: 2 });
        const linear = { solver, ...(preconditioner && { preconditioner }) };
        const equation = new Equation(u, { test: "v", weak, linear, rtol: 1e-11 });
        if (name !== "free") equation.addDirichlet(u, "left", 0);
        equation.solve();
        return u.data;
      });
      // Both stop at 1e-11 of the right-hand side.
      ours.forEach((one, i) =>
        assertAlmostEquals(theirs[i], one, 1e-8, `${name}, ${preconditioner}`)
      );
    }
  }
}

/** Two fields in time, of which multigrid would need a form of its own. */
function separating(comm: Comm, solver: Solver) {
  const model = new Model({ comm }), mesh = unitBox(12, 2, model);
  const c = new MeshVariable(mesh, "c"), mu = new MeshVariable(mesh, "mu");
  c.set((x, y) => 0.63 + 0.02 * Math.sin(23 * x + 1) * Math.cos(31 * y + 2));
  const split = new Equation([c, mu], {
    test: ["q", "v"],
    order: 2,
    define: { dfdc: "200 * c * (1 - c) * (1 - 2 * c)" },
    weak: `dt(c) * q + dot(grad(mu), grad(q))
      + mu * v - dfdc * v - 0.01 * dot(grad(c), grad(v))`,
    ...(solver === "timestash" && { preconditioner: { define: { dfdc: "0" } } }),
    linear: { solver },
  });
  return { model, mu, split };
}

function factorsSolveWhatIsIndefinite(comm: Comm): void {
  const [ours, theirs] = (["timestash", "petsc"] as const).map((solver) => {
    const { mu, split } = separating(comm, solver);
    const { newton, iterations } = split.solve({ dt: 5e-6 });
    // Factors of the whole matrix need one iteration for each step of Newton's method.
    if (solver === "petsc") assertEquals(iterations, newton);
    return mu.norm();
  });
  assertAlmostEquals(theirs / ours, 1, 1e-7);
  const { split } = separating(comm, "petsc");
  assert(/linear systems\s+by PETSc: GMRES; lu/.test(split.toString()));
}

function continuesToTheSameBytes(comm: Comm): void {
  const run = ({ model, split }: ReturnType<typeof separating>, steps: number) => {
    for (let k = 0; k < steps; k++) {
      model.tracker.time += split.solve({ dt: 5e-6 * (1 + k % 2) }).dt;
    }
  };
  const never = separating(comm, "petsc"), back = separating(comm, "petsc");
  run(never, 4);
  run(back, 2);
  const token = back.model.saveState();
  run(back, 1);
  back.model.loadState(token);
  run(back, 2);
  const cold = separating(comm, "petsc");
  cold.model.loadState(token);
  run(cold, 2);
  const states = [never, back, cold].map(({ model }) => model.saveState());
  assertEquals(diffSnapshots(states[0], states[1]), []);
  assertEquals(diffSnapshots(states[0], states[2]), []);
}
