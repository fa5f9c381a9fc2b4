import { assert } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { addMass } from "../../src/solve/assembly/mass.ts";
import { referenceOf } from "../../src/solve/assembly/reference.ts";
import { sparsityOf } from "../../src/solve/assembly/sparsity.ts";
import { addStiffness } from "../../src/solve/assembly/stiffness.ts";
import { errorOf, orderOf, sizeOf } from "../_curved.ts";
import { assertSameBytes } from "../_helpers.ts";
import { evaluated } from "./_assembly.ts";

function ring(cellSize: number, geometryDegree: 1 | 2 = 2, degree: 1 | 2 = 2) {
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize, geometryDegree });
  return { model, mesh, u: new MeshVariable(mesh, "u", { degree }) };
}

Deno.test("the kernels of an equation add up the matrices of the solvers on curved cells", () => {
  for (const degree of [1, 2] as const) {
    const { mesh } = ring(0.5, 2, degree), geometry = geometryOf(mesh);
    const parts = {
      weak: "3 * u * w + 2 * dot(grad(u), grad(w))",
      unknowns: [{ name: "u", degree, components: 1, continuous: true }],
      tests: ["w"],
      quadratureDegree: 2 * degree,
    };
    const { jacobian, space } = evaluated(mesh, parts);
    const { values } = jacobian(new Float64Array(space.count));
    const map = geometry.topology.dofMap(degree, true), sparsity = sparsityOf(map);
    const wanted = new Float64Array(values.length), reference = referenceOf(2, degree);
    addMass(wanted, geometry, reference, sparsity, 3);
    addStiffness(wanted, geometry, reference, sparsity, 2);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    values.forEach((value, k) =>
      assert(Math.abs(value - wanted[k]) < 1e-13 * largest, `${value} ${wanted[k]}`)
    );
  }
});

Deno.test("a nonlinear equation with a flux along the normal is of third order on a curved annulus", () => {
  const exact = ([x, y]: readonly number[]) => Math.sin(x) * Math.cos(y) + 2;
  const errors: number[] = [], sizes: number[] = [];
  for (const cellSize of [0.4, 0.2]) {
    const { u } = ring(cellSize);
    u.set(2);
    const equation = new Equation(u, {
      test: "w",
      define: {
        s: "sin(x) * cos(y) + 2",
        f: "-div((1 + s^2) * grad(s))",
        q: "(1 + s^2) * dot(grad(s), n)",
      },
      weak: "(1 + u^2) * dot(grad(u), grad(w)) - f * w",
    });
    equation.addDirichlet(u, "inner", (x, y) => exact([x, y]));
    equation.addNeumann(
      u,
      "outer",
      "(1 + (sin(x) * cos(y) + 2)^2) * (cos(x) * cos(y) * n[0] - sin(x) * sin(y) * n[1])",
    );
    equation.solve();
    errors.push(errorOf(u, exact));
    sizes.push(sizeOf(u));
  }
  assert(orderOf(sizes, errors) > 2.7, `${errors}`);
});

Deno.test("the Jacobian on curved cells is the derivative of the residual, of mixed degrees too", () => {
  const { mesh } = ring(0.8);
  const { residual, jacobian, space } = evaluated(mesh, {
    weak: "(1 + u * p) * dot(grad(u), grad(w)) + x * p * w + dot(grad(p), grad(q)) * u + u^2 * q",
    unknowns: [{ name: "u", degree: 2, components: 1, continuous: true }, {
      name: "p",
      degree: 1,
      components: 1,
      continuous: true,
    }],
    tests: ["w", "q"],
    fluxes: [["outer", 0, "u^2 * n[0] + y"]],
  });
  const x = new Float64Array(space.count).map((_, i) => Math.sin(i)), h = 1e-6;
  const direction = x.map((_, i) => Math.cos(3 * i)), slope = new Float64Array(x.length);
  jacobian(x).multiply(direction, slope);
  const ahead = residual(x.map((value, i) => value + h * direction[i]));
  const behind = residual(x.map((value, i) => value - h * direction[i]));
  slope.forEach((value, i) => {
    const wanted = (ahead[i] - behind[i]) / (2 * h);
    assert(Math.abs(value - wanted) < 1e-7 * (1 + Math.abs(value)), `${value} ${wanted}`);
  });
});

Deno.test("formulas of fields are set on curved cells: gradients of quadratic fields are exact", () => {
  const { mesh, u } = ring(0.4), slope = new MeshVariable(mesh, "slope", { degree: 1 });
  u.set((x, y) => 3 * x - 2 * y);
  for (const by of ["projection", "average", "recovery"] as const) {
    slope.setFrom("grad(u)[0] + x", { by });
    const { data } = slope.coordinates;
    slope.data.forEach((value, i) =>
      assert(
        Math.abs(value - 3 - data[2 * i]) < (by === "projection" ? 2e-2 : 1e-9),
        `${by}: ${value}`,
      )
    );
  }
});

Deno.test("an equation in time on curved cells: put back, it goes on to the same bytes", () => {
  const build = () => {
    const { model, u } = ring(0.6);
    u.set((x, y) => 1 + x * y / 4);
    const equation = new Equation(u, {
      test: "w",
      order: 2,
      weak: "dt(u) * w + u^2 * dot(grad(u), grad(w)) - x * w",
    });
    equation.addDirichlet(u, "outer", 1);
    const step = (dt = 0.02) => {
      equation.solve({ dt });
      model.tracker.time += dt;
    };
    step();
    return { model, u, step };
  };
  const never = build(), sim = build();
  using saved = sim.model.saveState();
  sim.u.mesh.deform(sim.u.coordinates.data.map((x) => 1.2 * x));
  sim.step(0.5);
  sim.model.loadState(saved);
  for (const { step } of [never, sim]) step();
  assertSameBytes(sim.u.data, never.u.data);
});
