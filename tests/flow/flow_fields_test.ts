import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { fittedOrder } from "../solve/_fields.ts";
import { annulusFlow, slipAround, solCx, stokesOn, unitCells } from "./_flows.ts";

const { PI, sin, cos } = Math;

Deno.test("strain rate, stress and invariants of a linear flow are exact in every kind of field", () => {
  for (const dim of [2, 3] as const) {
    const mesh = unitCells(2, dim), { v, p, stokes } = stokesOn(mesh, { viscosity: 3 });
    v.set((x, y, z, out) => {
      out[0] = 2 * x + 4 * y;
      out[1] = -2 * y + z;
      if (dim === 3) out[2] = 6 * x;
    });
    p.set(5);
    const rate = dim === 2 ? [2, -2, 2] : [2, -2, 0, 0.5, 3, 2];
    const square = rate.reduce((sum, e, k) => sum + (k < dim ? 0.5 : 1) * e * e, 0);
    for (const [degree, continuous] of [[0, false], [1, true], [1, false], [2, true]] as const) {
      const name = `t${degree}${continuous}`, components = rate.length;
      const tensor = new MeshVariable(mesh, name, { components, degree, continuous });
      const scalar = new MeshVariable(mesh, `${name}s`, { degree, continuous });
      stokes.strainRate(tensor);
      tensor.data.forEach((value, i) => assertAlmostEquals(value, rate[i % components], 1e-12));
      stokes.stress(tensor);
      tensor.data.forEach((value, i) => {
        const k = i % components;
        assertAlmostEquals(value, 6 * rate[k] - (k < dim ? 5 : 0), 1e-11);
      });
      stokes.invariant("strainRate", scalar);
      scalar.data.forEach((value) => assertAlmostEquals(value, Math.sqrt(square), 1e-12));
      stokes.invariant("stress", scalar);
      scalar.data.forEach((value) => assertAlmostEquals(value, 6 * Math.sqrt(square), 1e-11));
      stokes.invariant("viscosity", scalar);
      scalar.data.forEach((value) => assertAlmostEquals(value, 3, 1e-13));
    }
    // 2 viscosity e : e over a unit volume.
    assertAlmostEquals(stokes.dissipation(), 6 * 2 * square, 1e-11);
    const wrong = new MeshVariable(mesh, "wrong", { components: 2 });
    assertThrows(() => stokes.strainRate(wrong), RangeError, "components, ");
    assertThrows(() => stokes.invariant("stress", p2(mesh)), RangeError, "writes into variables");
  }
});

/** A field elsewhere. */
function p2(_mesh: unknown): MeshVariable {
  return new MeshVariable(unitCells(1), "elsewhere");
}

Deno.test("forces on boundaries balance the body force to the solver's tolerance", () => {
  const { stokes } = stokesOn(unitCells(6), {
    viscosity: (x) => Math.exp(3 * x),
    bodyForce: [(_x, y) => 3 + y, (x, y) => -x * y * 8],
    rtol: 1e-11,
  });
  stokes.addDirichlet("bottom", 0);
  stokes.addFreeSlip("left");
  stokes.addNeumann("right", [0, -1]);
  stokes.solve();
  const total = ["left", "right", "bottom", "top"].map((side) => stokes.traction(side));
  // The integrals of the body force: 3.5 and -2.
  assertAlmostEquals(total.reduce((sum, f) => sum + f[0], 0), -3.5, 1e-8);
  assertAlmostEquals(total.reduce((sum, f) => sum + f[1], 0), 2, 1e-8);
  assertThrows(() => stokes.traction("lid"), RangeError, 'no boundary "lid"');
});

Deno.test("in a channel the forces on all sides are those of the parabola", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [6, 4] });
  const { stokes } = stokesOn(mesh, { viscosity: 3, rtol: 1e-11 });
  for (const side of ["bottom", "top"]) stokes.addDirichlet(side, 0);
  stokes.addDirichlet("left", [(_x, y) => 4 * y * (1 - y), 0]);
  stokes.addNeumann("right", [-7, (_x, y) => 12 * (1 - 2 * y)]);
  stokes.solve();
  // p = 7 + 24 (2 - x), shear stress 12 (1 - 2 y); P2-P1 has both exactly.
  const expected = { top: [-24, -62], bottom: [-24, 62], left: [55, 0], right: [-7, 0] };
  for (const [side, force] of Object.entries(expected)) {
    for (const [d, value] of stokes.traction(side).entries()) {
      assertAlmostEquals(value, force[d], 1e-7, side);
    }
  }
  assertEquals([...(stokes.flux("top") as Float64Array)], stokes.traction("top"));
});

Deno.test("with free slip the dissipation is the power of the body force", () => {
  const flow = solCx(1);
  const { v, stokes } = stokesOn(unitCells(8), {
    viscosity: 1,
    bodyForce: flow.force,
    rtol: 1e-12,
  });
  slipAround(stokes);
  stokes.solve();
  // The discrete equation tested with the velocity itself: B v = 0.
  const work = new MeshVariable(v.mesh, "work", { degree: 2 });
  work.set((x, y) => sin(PI * y) * cos(PI * x));
  const fine = stokes.dissipation();
  const power = integralOf(v, work);
  // The force is interpolated here, and integrated from quadrature points there: order 4.
  assertAlmostEquals(fine / power, 1, 1e-3);
});

/** The integral of the second component times another field, by values at the nodes of small triangles. */
function integralOf(v: MeshVariable, f: MeshVariable): number {
  const product = new MeshVariable(v.mesh, "product", { degree: 2 });
  product.data.set(f.data.map((value, i) => value * v.data[2 * i + 1]));
  return product.integrate() as number;
}

Deno.test("the normal stress at the top by forces on nodes has order 2 and more", () => {
  const flow = solCx(1), n = [8, 16];
  const errors = n.map((cells) => {
    const { stokes } = stokesOn(unitCells(cells), { viscosity: 1, bodyForce: flow.force });
    slipAround(stokes);
    stokes.solve();
    const { points, values } = stokes.normalStress("top");
    let square = 0, whole = 0;
    for (const [k, value] of values.entries()) {
      const x = points.get(k, 0), h = 1e-5;
      // v_y vanishes at the top: a one-sided difference of its exact values.
      const slope = -(flow.velocity(x, 1 - h, 0)[1] - 0) / h;
      const exact = -flow.pressure(x, 1, 0) + 2 * slope;
      square += (value - exact) ** 2;
      whole += exact ** 2;
    }
    return Math.sqrt(square / whole);
  });
  assertLess(errors[1], 1e-3);
  assertLess(1.9, fittedOrder(n.map((cells) => 1 / cells), errors));
});

Deno.test("dynamic topography has the mean 0, on circles and in 3-D too", () => {
  const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.15 });
  const ring = stokesOn(mesh, { viscosity: 1, bodyForce: annulusFlow.force });
  slipAround(ring.stokes);
  ring.stokes.solve();
  const { points, values } = ring.stokes.dynamicTopography("outer", { density: 2, gravity: 10 });
  assertEquals(points.shape, [values.length, 2]);
  // Weighted alike on a uniform circle: 4 middles for 2 vertices.
  let sum = 0;
  for (const [k, value] of values.entries()) {
    sum += value * (Math.hypot(points.get(k, 0), points.get(k, 1)) > 1 - 1e-9 ? 1 : 2);
  }
  assertLess(Math.abs(sum / values.length), 1e-6 * Math.max(...values));
  const block = stokesOn(unitCells(3, 3), {
    viscosity: 1,
    bodyForce: [0, 0, (x, y) => cos(PI * x) * cos(PI * y)],
  });
  slipAround(block.stokes);
  block.stokes.solve();
  const top = block.stokes.normalStress("top");
  // A hot column lifts the surface: sigma_zz < 0 where the force points up.
  const at = (x: number, y: number) =>
    top.values.find((_, k) => top.points.get(k, 0) === x && top.points.get(k, 1) === y)!;
  assertLess(at(0, 0), 0);
  assertLess(0, at(1, 0));
});
