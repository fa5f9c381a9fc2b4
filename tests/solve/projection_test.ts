import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { errorOf, fittedOrder, roughBox, unitBox } from "./_fields.ts";

for (const dim of [2, 3] as const) {
  Deno.test(`what a variable can hold is projected exactly, in ${dim}-D`, () => {
    const mesh = unitBox(3, dim);
    for (const degree of [0, 1, 2] as const) {
      for (const continuous of [true, false]) {
        const u = new MeshVariable(mesh, `u${degree}${continuous}`, { degree, continuous });
        const f = (x: number, y: number, z: number) => [2, x + 2 * y - z, x * x - y * z][degree];
        const { converged } = new Projection(u, { source: f }).solve();
        assertEquals(converged, true);
        // The solver stops at 1e-10 of values up to 2.
        assertLess(errorOf(u, f), 1e-9);
      }
    }
  });
}

Deno.test("projection converges with the order of the element plus one", () => {
  const f = (x: number, y: number) => Math.sin(4 * x) * Math.exp(y);
  for (const degree of [0, 1, 2] as const) {
    const h: number[] = [];
    const errors = [1 / 6, 1 / 12, 1 / 24].map((size) => {
      const u = new MeshVariable(roughBox(size), "u", { degree });
      h.push(1 / Math.sqrt(u.mesh.cellCount));
      new Projection(u, { source: f }).solve();
      return errorOf(u, f);
    });
    assertAlmostEquals(fittedOrder(h, errors), degree + 1, 0.25);
  }
});

Deno.test("fields are projected from one degree to another, all components", () => {
  const mesh = unitBox(4);
  const from = new MeshVariable(mesh, "from", { degree: 2, components: 2 });
  from.set((x, y, _z, out) => out.set([x * y, x - y]));
  const to = new MeshVariable(mesh, "to", { components: 2 });
  new Projection(to, { source: from }).solve();
  const [a, b] = to.integrate() as Float64Array;
  // A projection keeps integrals; 1e-9 is the solver's tolerance.
  assertAlmostEquals(a, 0.25, 1e-9);
  assertAlmostEquals(b, 0, 1e-9);
});

Deno.test("Dirichlet values stay, and a projection has no fluxes", () => {
  const u = new MeshVariable(unitBox(4), "u");
  const projection = new Projection(u, { source: 1 });
  projection.addDirichlet("left", 3);
  projection.solve();
  assertEquals(u.integrate("left"), 3);
  assertThrows(() => projection.addNeumann("left", 1), TypeError, "flux");
  assertThrows(() => projection.addRobin("left", 1, 1), TypeError, "flux");
  assertEquals(projection.estimateDt(), Infinity);
  const p0 = new MeshVariable(u.mesh, "p0", { degree: 0 });
  assertThrows(
    () => new Projection(p0, { source: 1 }).addDirichlet("left", 1),
    TypeError,
    "not continuous",
  );
});

function scattered(dim: 2 | 3, perCell: number) {
  const model = new Model({ seed: 5 });
  const swarm = new Swarm(unitBox(4, dim, model));
  const values = swarm.addVariable("values");
  const points = new Float64Array(swarm.mesh.cellCount * perCell * dim);
  for (let i = 0; i < points.length; i++) points[i] = model.random.next();
  swarm.addParticles(points);
  return { swarm, values, model };
}

for (const dim of [2, 3] as const) {
  Deno.test(`particles are fitted exactly by what a field can hold, in ${dim}-D`, () => {
    const { swarm, values } = scattered(dim, 60);
    for (const degree of [0, 1, 2] as const) {
      const f = (x: number, y: number, z: number) => [2, x + 2 * y - z, x * x - y * z][degree];
      values.set(f);
      const u = new MeshVariable(swarm.mesh, `u${degree}`, { degree });
      const { residual } = new Projection(u, { source: values, rtol: 1e-12 }).solve();
      assertLess(residual, 1e-12);
      // Conditioning of scattered points times the tolerance.
      assertLess(errorOf(u, f), 1e-8);
    }
  });
}

Deno.test("gaps between particles are filled from around them", () => {
  const { swarm, values } = scattered(2, 10);
  const near = (x: number, y: number) => Math.hypot(x - 0.5, y - 0.5) < 0.3;
  const { data } = swarm.coordinates;
  swarm.removeParticles(
    Array.from({ length: swarm.count }, (_, i) => near(data[2 * i], data[2 * i + 1])),
  );
  values.set((x, y) => 1 + x - y);
  const u = new MeshVariable(swarm.mesh, "u");
  new Projection(u, { source: values }).solve();
  assertLess(errorOf(u, (x, y) => 1 + x - y), 0.02);
  const p0 = new MeshVariable(swarm.mesh, "p0", { degree: 0 });
  assertThrows(() => new Projection(p0, { source: values }).solve(), RangeError, "no particle");
});

for (const dim of [2, 3] as const) {
  Deno.test(`bounded means of particles stay in their range, where a fit leaves it, in ${dim}-D`, () => {
    const { swarm, values } = scattered(dim, 3);
    const { data } = swarm.coordinates;
    swarm.removeParticles(Array.from({ length: swarm.count }, (_, i) => data[dim * i] < 0.2));
    values.set((x, y) => x + y > 1 ? 100 : 1);
    const u = new MeshVariable(swarm.mesh, "u"),
      p0 = new MeshVariable(swarm.mesh, "p0", { degree: 0 });
    new Projection(u, { source: values }).solve();
    assert(u.min() < -5 && u.max() > 105, `${u.min()} to ${u.max()}`);
    for (const conserve of [false, true]) {
      new Projection(u, { source: values, bounded: true, conserve }).solve();
      assert(u.min() >= 1 && u.max() <= 100, `${u.min()} to ${u.max()}`);
    }
    const constant = new MeshVariable(swarm.mesh, "constant");
    values.set(7);
    new Projection(constant, { source: values, bounded: true, conserve: true }).solve();
    // The tolerance of the linear solver, before values are put into the range of one number.
    assertEquals([constant.min(), constant.max()], [7, 7]);
    assertThrows(
      () => new Projection(p0, { source: values, bounded: true }).solve(),
      RangeError,
      "no particle",
    );
  });
}

Deno.test("bounded means converge, and with conserve the integral is that of the particles", () => {
  const f = (x: number, y: number) => Math.sin(3 * x) + y * y;
  for (const degree of [0, 1, 2] as const) {
    const errors = [4, 8, 16].map((n) => {
      const mesh = unitBox(n, 2), swarm = new Swarm(mesh);
      const values = swarm.addVariable("values");
      swarm.populate({ perCell: 6 });
      values.set(f);
      const u = new MeshVariable(mesh, "u", { degree });
      new Projection(u, { source: values, bounded: degree < 2, conserve: true }).solve();
      let sum = 0;
      for (let i = 0; i < swarm.count; i++) sum += values.data[i] / swarm.count;
      // All cells are alike and have as many particles; sums of some 3,000 terms.
      assertLess(Math.abs((u.integrate() as number) - sum), 1e-12);
      return errorOf(u, f);
    });
    // First order: means at the boundary, constants, and the integral by so few particles in the cells.
    assert(Math.log2(errors[1] / errors[2]) > 0.85, `P${degree}: ${errors}`);
  }
});

Deno.test("bounded and conserve are refused where they cannot be kept", () => {
  const { swarm, values } = scattered(2, 3);
  const u = new MeshVariable(swarm.mesh, "u"),
    p2 = new MeshVariable(swarm.mesh, "p2", { degree: 2 });
  const make = (of: MeshVariable, options: unknown) => () =>
    new Projection(of, options as { source: number });
  assertThrows(make(u, { source: 1, bounded: true }), RangeError, "for particles");
  assertThrows(make(u, { source: 1, conserve: true }), RangeError, "for particles");
  assertThrows(make(p2, { source: values, bounded: true }), RangeError, "degree 0 and 1");
  assertThrows(make(u, { source: values, bounded: 1 }), TypeError, "true or false");
  const full = new Swarm(swarm.mesh), ones = full.addVariable("ones");
  full.populate({ perCell: 3 });
  ones.set(1);
  const held = new Projection(u, { source: ones, conserve: true });
  for (const side of ["left", "right", "top", "bottom"]) held.addDirichlet(side, 3);
  held.solve();
  assertLess(Math.abs((u.integrate() as number) - 1), 1e-12);
});

Deno.test("a projection of particles says what does not fit", () => {
  const { swarm, values, model } = scattered(2, 1);
  const two = new MeshVariable(swarm.mesh, "two", { components: 2 });
  assertThrows(() => new Projection(two, { source: values }), RangeError, "components");
  const ids = swarm.addVariable("ids", { dtype: "int64" });
  const u = new MeshVariable(swarm.mesh, "u");
  assertThrows(() => new Projection(u, { source: ids }), TypeError, "int64");
  const far = new MeshVariable(unitBox(2, 2, model), "far");
  assertThrows(() => new Projection(far, { source: values }), RangeError, "lives on");
  const projection = new Projection(u, { source: values });
  assertEquals(projection.state.particles, `${swarm.name}/values`);
  const other = { ...projection.state, particles: "Swarm_9/values" };
  assertThrows(() => projection.checkState(other), StateSchemaError, "Swarm_9");
  swarm.removeParticles(new Array(swarm.count).fill(true));
  assertThrows(() => projection.solve(), RangeError, "nothing to project");
});
