import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { ConvergenceError } from "../../../src/errors.ts";
import { Jacobi } from "../../../src/solve/linear/jacobi.ts";
import { biCgStab } from "../../../src/solve/linear/krylov/bicgstab.ts";
import { conjugateGradients } from "../../../src/solve/linear/krylov/cg.ts";
import { gmres } from "../../../src/solve/linear/krylov/gmres.ts";
import { SmoothedAggregation } from "../../../src/solve/linear/multigrid/smoothed_aggregation.ts";
import { ConstantNullSpace } from "../../../src/solve/linear/null_space.ts";
import { Reductions } from "../../../src/solve/linear/reductions.ts";
import { matrixOf, neumann2d, poisson2d, residualOf, someVector } from "./_matrices.ts";

const methods = { conjugateGradients, biCgStab, gmres };

for (const [name, method] of Object.entries(methods)) {
  Deno.test(`${name} reaches its tolerance, with Jacobi and with multigrid`, () => {
    const a = poisson2d(24), b = someVector(a.rows);
    for (const m of [new Jacobi(a), new SmoothedAggregation(a)]) {
      const x = new Float64Array(a.rows);
      const { iterations, residual, history } = method(a, b, x, m, { rtol: 1e-10 });
      assertEquals(history.length, iterations + 1);
      assertLess(residual, 1e-10);
      // |b| is about 7 and a maximum is below a 2-norm.
      assertLess(residualOf(a, b, x), 1e-9 * 8);
    }
  });

  Deno.test(`${name} leaves a zero right-hand side with the zero solution`, () => {
    const a = poisson2d(8), x = someVector(a.rows);
    const { iterations, residual } = method(a, new Float64Array(a.rows), x, new Jacobi(a));
    assertEquals([iterations, residual], [0, 0]);
    assert(x.every((value) => value === 0));
  });

  Deno.test(`${name} starts from the guess it is given`, () => {
    const a = poisson2d(8), x = someVector(a.rows), b = new Float64Array(a.rows);
    a.multiply(x, b);
    assertEquals(method(a, b, x, new Jacobi(a)).iterations, 0);
  });

  Deno.test(`${name} refuses what is not finite and reports what does not converge`, () => {
    const a = poisson2d(16), m = new Jacobi(a), b = someVector(a.rows);
    const x = new Float64Array(a.rows);
    const bad = b.slice();
    bad[7] = NaN;
    assertThrows(() => method(a, bad, x, m), RangeError, "finite");
    assertThrows(() => method(a, b, bad, m), RangeError, "first guess");
    assertThrows(() => method(a, b, x, m, { rtol: -1 }), RangeError, "rtol");
    const error = assertThrows(
      () => method(a, b, x, m, { maxIterations: 3, what: "Poisson_0" }),
      ConvergenceError,
      "Poisson_0",
    );
    assertEquals(error.iterations, 3);
    assertEquals(error.history.length, 4);
  });

  Deno.test(`${name} solves a singular system up to its null space`, () => {
    const a = neumann2d(24), n = a.rows;
    const nullSpace = new ConstantNullSpace(new Reductions(n));
    const b = someVector(n);
    nullSpace.project(b);
    const x = new Float64Array(n).fill(3);
    const m = new SmoothedAggregation(a);
    const { iterations } = method(a, b, x, m, { rtol: 1e-10, nullSpace });
    assertLess(iterations, 20);
    // In the maximum, of 1e-10 |b| with |b| about 7, and what rounding adds.
    assertLess(residualOf(a, b, x), 1e-8);
    assertLess(Math.abs(x.reduce((sum, value) => sum + value, 0)), 1e-10);
  });
}

for (const method of [biCgStab, gmres]) {
  Deno.test(`${method.name} solves upwinded advection with multigrid`, () => {
    for (const flow of [1, 100, 3000]) {
      const a = poisson2d(32, flow), b = someVector(a.rows), x = new Float64Array(a.rows);
      const { iterations } = method(a, b, x, new SmoothedAggregation(a), { rtol: 1e-10 });
      assertLess(iterations, 40);
      // As above; the flow makes entries up to 3000.
      assertLess(residualOf(a, b, x), 1e-7);
    }
  });

  Deno.test(`${method.name} ends on a singular operator with an error`, () => {
    const a = matrixOf(2, (i, put) => put(i, i === 0 ? 1 : 1e-300));
    const singular = { rows: 2, multiply: (x: Float64Array, y: Float64Array) => y.set([x[0], 0]) };
    assertThrows(
      () => method(singular, Float64Array.of(1, 1), new Float64Array(2), new Jacobi(a)),
      ConvergenceError,
    );
  });
}

Deno.test("gmres needs a positive restart, and converges through restarts", () => {
  const a = poisson2d(12, 50), b = someVector(a.rows), x = new Float64Array(a.rows);
  assertThrows(() => gmres(a, b, x, new Jacobi(a), { restart: 0 }), RangeError);
  gmres(a, b, x, new Jacobi(a), { restart: 7, rtol: 1e-9 });
  // 1e-9 of |b|, which is about 4.
  assertLess(residualOf(a, b, x), 1e-7);
});

Deno.test("conjugateGradients says that a matrix is not positive definite", () => {
  const a = matrixOf(3, (i, put) => put(i, i - 1.5));
  const identity = { apply: (r: Float64Array, z: Float64Array) => z.set(r) };
  assertThrows(
    () => conjugateGradients(a, Float64Array.of(1, 0, 0), new Float64Array(3), identity),
    ConvergenceError,
    "not positive definite",
  );
});
