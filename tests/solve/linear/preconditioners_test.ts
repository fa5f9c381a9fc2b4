import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { geometryOf } from "../../../src/mesh/mesh.ts";
import { nodalLevels } from "../../../src/equation/nodal_levels.ts";
import { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { Ilu0 } from "../../../src/solve/linear/ilu0.ts";
import { gmres } from "../../../src/solve/linear/krylov/gmres.ts";
import { BlockMultigrid } from "../../../src/solve/linear/multigrid/block_multigrid.ts";
import { assertRounding, assertSameBytes } from "../../_helpers.ts";
import { evaluated, wave } from "../../equation/_assembly.ts";
import { field } from "../../equation/_vocabulary.ts";
import { roughBox, unitBox } from "../_fields.ts";
import { matrixOf, poisson2d, someVector } from "./_matrices.ts";

Deno.test("incomplete factors of a triangular pattern are the factors themselves", () => {
  // Tridiagonal: no fill is left out.
  const n = 30;
  const a = matrixOf(n, (i, put) => {
    if (i > 0) put(i - 1, -1.5);
    put(i, 3 + i);
    if (i < n - 1) put(i + 1, 0.7);
  });
  const x = someVector(n), b = new Float64Array(n), z = new Float64Array(n);
  a.multiply(x, b);
  new Ilu0(a).apply(b, z);
  for (let i = 0; i < n; i++) assertRounding(z[i], x[i], 400);
});

Deno.test("incomplete factors of a symmetric matrix are symmetric, and better than its diagonal", () => {
  const a = poisson2d(16), m = new Ilu0(a);
  const [u, v] = [wave(a.rows, 0.1), wave(a.rows, 0.6)];
  const dot = (x: Float64Array, y: Float64Array) =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  const mu = new Float64Array(a.rows), mv = new Float64Array(a.rows);
  m.apply(u, mu);
  m.apply(v, mv);
  // Sums of 289 terms in another order.
  assertAlmostEquals(dot(mu, v), dot(u, mv), 1e-12 * Math.abs(dot(mu, v)));
  const x = new Float64Array(a.rows);
  assert(gmres(a, someVector(a.rows), x, m, { rtol: 1e-8 }).iterations < 25);
});

Deno.test("rows without a pivot are refused", () => {
  assertThrows(
    () => new Ilu0(matrixOf(2, (i, put) => put(i, 1 - i))),
    RangeError,
    "row 1 of the matrix",
  );
  assertThrows(() => new Ilu0(matrixOf(2, (i, put) => put(i, i / i))), RangeError, "not finite");
});

/** Linear elasticity with one side held: the matrix, what is held, and the levels. */
function elasticity(n: number, degree: 1 | 2 = 1) {
  const mesh = unitBox(n);
  const equation = evaluated(mesh, {
    unknowns: [field("w", 2, degree)],
    energy: "inner(sym(grad(w)), sym(grad(w))) / 2 + 0.7 * trace(grad(w))^2",
  });
  const { space } = equation;
  const matrix = equation.jacobian(new Float64Array(space.count));
  const geometry = geometryOf(mesh);
  const [{ map }] = space.fields;
  const coordinates = geometry.dofCoordinates(degree, true);
  const constrained = new Uint8Array(space.count);
  for (let i = 0; i < map.count; i++) {
    if (coordinates[2 * i] === 0) constrained.fill(1, 2 * i, 2 * i + 2);
  }
  return { matrix, constrained, levels: nodalLevels(geometry, map) };
}

/** The matrix with constrained rows and columns emptied but for their diagonal. */
function emptied(a: CsrMatrix, constrained: Uint8Array): CsrMatrix {
  const values = a.values.slice();
  for (let i = 0; i < a.rows; i++) {
    for (let k = a.rowStarts[i]; k < a.rowStarts[i + 1]; k++) {
      const j = a.columns[k];
      if (i !== j && (constrained[i] === 1 || constrained[j] === 1)) values[k] = 0;
    }
  }
  return new CsrMatrix(a.rows, a.cols, a.rowStarts, a.columns, values);
}

Deno.test("multigrid with blocks solves elasticity in nearly as many iterations on every mesh", () => {
  const counts = [8, 16, 32].map((n) => {
    const { matrix, constrained, levels } = elasticity(n);
    const free = emptied(matrix, constrained);
    const b = wave(matrix.rows).map((value, i) => constrained[i] === 1 ? 0 : value);
    const x = new Float64Array(matrix.rows);
    const m = new BlockMultigrid(levels, matrix, constrained);
    return gmres(free, b, x, m, { rtol: 1e-8 }).iterations;
  });
  assert(counts[2] <= 26 && counts[2] - counts[0] <= 8, `${counts}`);
});

Deno.test("a cycle is symmetric where the matrix is, and the same bits when it is made again", () => {
  const { matrix, constrained, levels } = elasticity(10, 2);
  const free = (x: Float64Array) => x.map((value, i) => constrained[i] === 1 ? 0 : value);
  const u = free(wave(matrix.rows, 0.1)), v = free(wave(matrix.rows, 0.6));
  const m = new BlockMultigrid(levels, matrix, constrained);
  const again = new BlockMultigrid(levels, matrix, constrained);
  const mu = new Float64Array(u.length), mv = new Float64Array(u.length);
  m.apply(u, mu);
  m.apply(v, mv);
  const dot = (x: Float64Array, y: Float64Array) =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  // Smoothers are kept in single precision.
  assertAlmostEquals(dot(mu, v), dot(u, mv), 1e-5 * Math.abs(dot(mu, u)));
  const other = new Float64Array(u.length);
  again.apply(u, other);
  assertSameBytes(other, mu);
  assert(mu.every((value, i) => constrained[i] === 0 || value === 0));
});

Deno.test("three unknowns per node, and a block that is singular", () => {
  const mesh = roughBox(0.1);
  const equation = evaluated(mesh, {
    unknowns: [field("a"), field("b"), field("c")],
    tests: ["p", "q", "r"],
    weak: `dot(grad(a), grad(p)) + a * p - b * p + 2 * dot(grad(b), grad(q)) + (a + b - c) * q
      + dot(grad(c), grad(r)) + (c - a) * r`,
  });
  const { space } = equation;
  const matrix = equation.jacobian(new Float64Array(space.count));
  const geometry = geometryOf(mesh);
  const levels = nodalLevels(geometry, geometry.topology.dofMap(1, true));
  const m = new BlockMultigrid(levels, matrix, new Uint8Array(matrix.rows));
  const x = new Float64Array(matrix.rows);
  assert(gmres(matrix, wave(matrix.rows), x, m, { rtol: 1e-8 }).iterations < 20);
  const start = matrix.rowStarts[3];
  matrix.values.fill(NaN, start, matrix.rowStarts[4]);
  assertThrows(
    () => new BlockMultigrid(levels, matrix, new Uint8Array(matrix.rows)),
    RangeError,
    "the diagonal block of node 1 is singular",
  );
  assertEquals(levels[0].nodes * 3, matrix.rows);
});
