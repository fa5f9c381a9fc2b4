import { assertAlmostEquals, assertLess } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { Equation } from "../../src/equation/equation.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { placePoints } from "../../src/mesh/located_points.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { quadratureOf } from "../../src/mesh/quadrature.ts";
import { unitBox } from "../solve/_fields.ts";
import { slipAround } from "./_flows.ts";

/** The benchmark's start: layers above and below, and a cell that begins to turn. */
function start(x: number, y: number): number {
  const below = 0.102367, above = 0.897633;
  const layers = y < below
    ? 0.5 + 0.5 * (below - y) / below
    : y > above
    ? 0.5 * (1 - y) / (1 - above)
    : 0.5;
  return layers + 0.1 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
}

/** A field of another mesh at the nodes of this one. */
function take(T: MeshVariable, from: MeshVariable): void {
  const values = from.evaluate(T.coordinates);
  for (let i = 0; i < T.dofCount; i++) T.data[i] = values.get(i, 0);
}

/**
 * Implicit steps of growing size with Galerkin's method for the temperature, until it changes by less than `end`:
 * where it is steady, the steps have no part in it.
 *
 * @param dt The first step; each one is `growth` times the one before.
 */
function steady(
  cells: number,
  from: MeshVariable | null,
  { law, ra, dt, growth, end }: {
    law: string;
    ra: number;
    dt: number;
    growth: number;
    end: number;
  },
): { T: MeshVariable; v: MeshVariable } {
  const mesh = unitBox(cells);
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  if (from === null) T.set(start);
  else take(T, from);
  const stokes = new Stokes(v, new MeshVariable(mesh, "p"), {
    viscosity: expression(law),
    bodyForce: [0, expression(`${ra} * T`)],
    rtol: 1e-6,
  });
  slipAround(stokes);
  const heat = new Equation(T, {
    test: "w",
    weak: "(dt(T) + dot(v, grad(T))) * w + dot(grad(T), grad(w))",
    order: 1,
    rtol: 1e-6,
    maxIterations: 4000,
  });
  heat.addDirichlet(T, "bottom", 1);
  heat.addDirichlet(T, "top", 0);
  for (let step = 0, change = 1; change > end; step++) {
    assertLess(step, 80);
    stokes.solve();
    const before = T.data.slice(), size = dt * growth ** step;
    heat.solve({ dt: size });
    mesh.model.tracker.time += size;
    change = T.data.reduce((most, value, i) => Math.max(most, Math.abs(value - before[i])), 0);
  }
  stokes.solve();
  return { T, v };
}

/** The consistent heat flow of Galerkin's method, at the top as at the bottom: `1 + integral of v_y T`. */
function nusselt(T: MeshVariable, v: MeshVariable): number {
  const geometry = geometryOf(T.mesh), rule = quadratureOf(2, 8), { cellCount } = geometry.topology;
  const cells = new Int32Array(cellCount * rule.count).map((_, i) => Math.floor(i / rule.count));
  const barycentric = new Float64Array(3 * cells.length);
  for (let c = 0; c < cellCount; c++) barycentric.set(rule.barycentric, c * 3 * rule.count);
  const { coordinates } = placePoints(geometry, cells, barycentric);
  const heat = T.evaluate(coordinates), flow = v.evaluate(coordinates);
  return cells.reduce(
    (sum, cell, i) =>
      sum + geometry.volumes[cell] * rule.weights[i % rule.count] * heat.get(i, 0) * flow.get(i, 1),
    1,
  );
}

Deno.test("Blankenbach 1a on 16 squares, by Galerkin's method for the heat: within 5e-5 of what is published", () => {
  const { T, v } = steady(16, null, { law: "1", ra: 1e4, dt: 0.002, growth: 1.2, end: 1e-4 });
  // Measured: -0.0004 and 0.0008 percent. Other codes have 4.88460 and 42.865678.
  assertAlmostEquals(nusselt(T, v) / 4.884409, 1, 5e-5);
  assertAlmostEquals(v.norm() / 42.864947, 1, 5e-5);
});

Deno.test("Blankenbach 2a, whose viscosity falls by 1,000, on 32 squares: within 1.5 percent", () => {
  const law = "exp(-6.907755279 * T)", ra = 1e4;
  const coarse = steady(16, null, { law, ra, dt: 0.001, growth: 1.1, end: 2e-3 });
  const { T, v } = steady(32, coarse.T, { law, ra, dt: 0.04, growth: 1.3, end: 3e-4 });
  // Measured: 10.187 and 476.2, which is 1.2 percent more and 0.9 percent less; Q2-Q1 squares: 10.193 and 475.8.
  assertAlmostEquals(nusselt(T, v) / 10.066, 1, 0.015);
  assertAlmostEquals(v.norm() / 480.4334, 1, 0.015);
});
