import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { geometryOf } from "../../../src/mesh/mesh.ts";
import { liftConstrained, withoutConstrained } from "../../../src/solve/assembly/dirichlet.ts";
import {
  addFacetLoad,
  addFacetMass,
  facetDofs,
  facetMeasures,
  facetRule,
} from "../../../src/solve/assembly/facets.ts";
import { addLoad } from "../../../src/solve/assembly/load.ts";
import { addMass } from "../../../src/solve/assembly/mass.ts";
import { referenceOf } from "../../../src/solve/assembly/reference.ts";
import { cellPoints } from "../../../src/solve/assembly/cell_points.ts";
import { sparsityOf } from "../../../src/solve/assembly/sparsity.ts";
import { addStiffness } from "../../../src/solve/assembly/stiffness.ts";
import { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { roughBox, unitBox } from "../_fields.ts";
import { assertRounding } from "../../_helpers.ts";

type Function3 = (x: number, y: number, z: number) => number;

/** Everything of one element on one mesh, with matrices made by `fill`. */
function setting(dim: 2 | 3, degree: 1 | 2) {
  const mesh = dim === 2 ? roughBox(0.3) : unitBox(2, 3);
  const geometry = geometryOf(mesh);
  const map = geometry.topology.dofMap(degree, true);
  const sparsity = sparsityOf(map), reference = referenceOf(dim, degree);
  const x = geometry.dofCoordinates(degree, true);
  const matrix = (fill: (values: Float64Array) => void) => {
    const values = new Float64Array(sparsity.columns.length);
    fill(values);
    return new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
  };
  const nodal = (f: Function3) =>
    new Float64Array(map.count).map((_, i) =>
      f(x[dim * i], x[dim * i + 1], dim === 3 ? x[3 * i + 2] : 0)
    );
  const { coordinates, count } = cellPoints(geometry, reference);
  const sampled = (f: Function3) =>
    new Float64Array(count).map((_, i) =>
      f(coordinates[dim * i], coordinates[dim * i + 1], dim === 3 ? coordinates[3 * i + 2] : 0)
    );
  return { mesh, geometry, map, sparsity, reference, matrix, nodal, sampled };
}

/** `v^T A u`. */
function form(a: CsrMatrix, v: Float64Array, u: Float64Array): number {
  const y = new Float64Array(a.rows);
  a.multiply(u, y);
  return y.reduce((sum, value, i) => sum + value * v[i], 0);
}

/** Integrals over the unit box of x^a y^b z^c. */
const moment = (a: number, b = 0, c = 0) => 1 / ((a + 1) * (b + 1) * (c + 1));

for (const dim of [2, 3] as const) {
  for (const degree of [1, 2] as const) {
    const where = `P${degree} in ${dim}-D`;

    Deno.test(`${where}: stiffness integrates products of gradients exactly`, () => {
      const { matrix, geometry, reference, sparsity, nodal, sampled } = setting(dim, degree);
      const u = nodal((x, y) => (degree === 1 ? 2 * x + y : x * x + x * y));
      const v = nodal((x, y) => (degree === 1 ? x - y : y * y));
      const k = matrix((values) => addStiffness(values, geometry, reference, sparsity, 3));
      // grad: (2, 1).(1, -1) = 1; (2x + y, x).(0, 2y) = 2xy.
      assertRounding(form(k, v, u), 3 * (degree === 1 ? 1 : 2 * moment(1, 1)), 4000);
      const varying = matrix((values) =>
        addStiffness(values, geometry, reference, sparsity, sampled((x) => 1 + x))
      );
      const expected = degree === 1 ? 1.5 : 2 * (moment(1, 1) + moment(2, 1));
      assertRounding(form(varying, v, u), expected, 4000);
      const constant = sampled(() => 3);
      const same = matrix((values) =>
        addStiffness(values, geometry, reference, sparsity, constant)
      );
      assertRounding(form(same, v, u), form(k, v, u), 4000);
    });

    Deno.test(`${where}: stiffness and mass are symmetric to the bit, stiffness has no constants`, () => {
      const { matrix, geometry, reference, sparsity, nodal, sampled } = setting(dim, degree);
      const k = sampled((x, y) => 1 + x * y);
      for (const add of [addStiffness, addMass]) {
        const a = matrix((values) => add(values, geometry, reference, sparsity, k));
        const t = a.transpose();
        assert(a.values.every((value, i) => value === t.values[i]));
      }
      const a = matrix((values) => addStiffness(values, geometry, reference, sparsity, k));
      const y = new Float64Array(a.rows);
      a.multiply(nodal(() => 1), y);
      assertRounding(Math.max(...y.map(Math.abs)), 0, 400);
    });

    Deno.test(`${where}: mass and load integrate polynomials exactly`, () => {
      const { matrix, geometry, reference, sparsity, map, nodal, sampled } = setting(dim, degree);
      const u = nodal((x) => x), v = nodal((_x, y) => y);
      const m = matrix((values) => addMass(values, geometry, reference, sparsity, 2));
      assertRounding(form(m, v, u), 2 * moment(1, 1), 400);
      const one = nodal(() => 1);
      const density = sampled((x) => x);
      const weighted = matrix((values) => addMass(values, geometry, reference, sparsity, density));
      assertRounding(form(weighted, one, u), moment(2), 400);
      for (const f of [2, sampled(() => 2)]) {
        const load = new Float64Array(map.count);
        addLoad(load, geometry, reference, map, f);
        assertRounding(load.reduce((sum, value, i) => sum + value * u[i], 0), 1, 400);
      }
    });

    Deno.test(`${where}: boundary integrals of load and mass are exact`, () => {
      const { matrix, geometry, sparsity, map, nodal } = setting(dim, degree);
      const facets = geometry.topology.facetsOf("right");
      const rule = facetRule(geometry, facets, map);
      assertRounding(facetMeasures(geometry, facets).reduce((a, b) => a + b), 1, 400);
      const y = nodal((_x, y) => y);
      const load = new Float64Array(map.count);
      addFacetLoad(load, rule, map, rule.located.coordinates.filter((_, i) => i % dim === 1));
      assertRounding(load.reduce((sum, value, i) => sum + value * y[i], 0), 1 / 3, 400);
      const mass = matrix((values) => addFacetMass(values, rule, map, sparsity, 2));
      assertRounding(form(mass, y, y), 2 / 3, 400);
      const t = mass.transpose();
      assert(mass.values.every((value, i) => value === t.values[i]));
      const x = nodal((x) => x);
      const dofs = new Set(facetDofs(dim, facets, map));
      x.forEach((value, i) => assertEquals(dofs.has(i), value === 1));
    });
  }
}

Deno.test("a pattern is computed once and is ascending and complete", () => {
  const { map, sparsity } = setting(2, 2);
  assertStrictEquals(sparsityOf(map), sparsity);
  const { rowStarts, columns, positions } = sparsity;
  for (let i = 0; i < map.count; i++) {
    for (let k = rowStarts[i] + 1; k < rowStarts[i + 1]; k++) assert(columns[k - 1] < columns[k]);
  }
  for (let c = 0; c < map.cellDofs.length / 6; c++) {
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        const at = positions[(c * 6 + a) * 6 + b], row = map.cellDofs[c * 6 + a];
        assert(at >= rowStarts[row] && at < rowStarts[row + 1]);
        assertEquals(columns[at], map.cellDofs[c * 6 + b]);
      }
    }
  }
});

Deno.test("eliminating constrained values keeps symmetry and the solution", () => {
  const { matrix, geometry, reference, sparsity, nodal, map } = setting(2, 1);
  const a = matrix((values) => addStiffness(values, geometry, reference, sparsity, 1));
  const constrained = new Uint8Array(map.count);
  for (const dof of facetDofs(2, geometry.topology.facetsOf("left"), map)) constrained[dof] = 1;
  const free = withoutConstrained(a, constrained), t = free.transpose();
  assert(free.values.every((value, i) => value === t.values[i]));
  const u = nodal((x, y) => 1 + x * y), b = new Float64Array(map.count);
  a.multiply(u, b);
  liftConstrained(a, constrained, u, b);
  const rest = u.map((value, i) => (constrained[i] === 1 ? 0 : value)),
    y = new Float64Array(map.count);
  free.multiply(rest, y);
  y.forEach((value, i) => assertRounding(value, b[i], 400));
});
