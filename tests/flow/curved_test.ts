import { assert, assertEquals, assertThrows } from "@std/assert";
import { CurvedCellsError } from "../../src/errors.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { orderOf, sizeOf } from "../_curved.ts";
import { assertSameBytes } from "../_helpers.ts";
import { fieldError } from "../solve/_fields.ts";
import { annulusFlow, type Flow, slipAround, stokesOn, thieulotFlow } from "./_flows.ts";

function ring(cellSize: number, inner: number, outer: number, flow: Flow) {
  const mesh = annulusMesh(new Model(), { inner, outer, cellSize, geometryDegree: 2 });
  return { mesh, ...stokesOn(mesh, { viscosity: 1, bodyForce: flow.force }) };
}

function errors(v: MeshVariable, p: MeshVariable, flow: Flow) {
  return [
    fieldError(v, flow.velocity).relative,
    fieldError(p, (x, y, z) => [flow.pressure(x, y, z)]).relative,
  ];
}

Deno.test("Thieulot's annulus, k = 1: orders 3 and 2, and errors as published", () => {
  const flow = thieulotFlow(1);
  const found = [1 / 4, 1 / 8].map((cellSize) => {
    const { v, p, stokes } = ring(cellSize, 1, 2, flow);
    for (const side of ["inner", "outer"]) {
      stokes.addDirichlet(side, (x, y, _z, out) => out.set(flow.velocity(x, y, 0)));
    }
    stokes.solve();
    return { size: sizeOf(p), errors: errors(v, p, flow) };
  });
  const sizes = found.map(({ size }) => size);
  assert(orderOf(sizes, found.map(({ errors }) => errors[0])) > 2.85);
  assert(orderOf(sizes, found.map(({ errors }) => errors[1])) > 1.9);
  // Measured elsewhere on triangles of the same size.
  assert(found[1].errors[0] < 1.5 * 2.22e-4, `${found[1].errors}`);
  assert(found[1].errors[1] < 1.5 * 1.09e-2, `${found[1].errors}`);
});

Deno.test("free slip on curved cells: orders 3 and 2, one free rotation", () => {
  const found = [0.2, 0.1].map((cellSize) => {
    const { v, p, stokes } = ring(cellSize, 0.5, 1, annulusFlow);
    slipAround(stokes);
    const { freeMotions, isPressureFree } = stokes.solve();
    assertEquals({ freeMotions, isPressureFree }, { freeMotions: 1, isPressureFree: true });
    return { size: sizeOf(p), errors: errors(v, p, annulusFlow) };
  });
  const sizes = found.map(({ size }) => size);
  const [v, p] = [0, 1].map((k) => found.map(({ errors }) => errors[k]));
  assert(orderOf(sizes, v) > 2.7, `${v}`);
  assert(orderOf(sizes, p) > 1.8, `${p}`);
});

Deno.test("tractions on curved boundaries balance the body force, and power is dissipated", () => {
  const flow = thieulotFlow(1), powers: number[] = [];
  for (const cellSize of [0.25, 0.125]) {
    const { mesh, v, stokes } = ring(cellSize, 1, 2, flow);
    for (const side of ["inner", "outer"]) {
      stokes.addDirichlet(side, (x, y, _z, out) => out.set(flow.velocity(x, y, 0)));
    }
    stokes.solve();
    const force = new MeshVariable(mesh, "force", { degree: 2, components: 2 });
    force.set((x, y, z, out) => flow.force(x, y, z, out as Float64Array));
    const body = force.integrate() as Float64Array;
    const sides = ["inner", "outer"].map((side) => stokes.traction(side));
    for (let d = 0; d < 2; d++) {
      // Up to the interpolation of the force.
      assert(Math.abs(sides[0][d] + sides[1][d] + body[d]) < 2e-2 * cellSize);
    }
    assert(v.norm() > 0);
    powers.push(stokes.dissipation());
  }
  assert(Math.abs(powers[0] / powers[1] - 1) < 1e-3, `${powers}`);
});

Deno.test("stabilised P1-P1 is refused on curved cells by name", () => {
  const mesh = annulusMesh(new Model(), { inner: 1, outer: 2, cellSize: 0.5, geometryDegree: 2 });
  assertThrows(() => stokesOn(mesh, { viscosity: 1 }, [1, 1]), CurvedCellsError, "with P1-P1");
});

Deno.test("a flow on a curved mesh: put back, it goes on to the same bytes", () => {
  const build = () => {
    const { mesh, v, p, stokes } = ring(0.4, 1, 2, thieulotFlow(2));
    stokes.addFreeSlip("outer");
    stokes.addDirichlet("inner", 0);
    stokes.solve();
    return { model: mesh.model as Model, mesh, v, p, stokes };
  };
  const never = build(), sim = build();
  using saved = sim.model.saveState();
  const places = new MeshVariable(
    annulusMesh(new Model(), {
      inner: 1,
      outer: 2,
      cellSize: 0.4,
      geometryDegree: 2,
    }),
    "places",
    { degree: 2 },
  ).coordinates.data;
  sim.mesh.deform(places.map((x) => 1.3 * x));
  sim.stokes.solve();
  sim.model.loadState(saved);
  for (const { stokes } of [never, sim]) stokes.solve();
  assertSameBytes(sim.v.data, never.v.data);
  assertSameBytes(sim.p.data, never.p.data);
});
