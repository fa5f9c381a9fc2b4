import { assert, assertEquals } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import type { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { orderOf, sizeOf } from "../_curved.ts";
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
  const found = [1 / 8, 1 / 16, 1 / 32].map((cellSize) => {
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
  const published = [[2.22e-4, 1.09e-2], [2.68e-5, 2.53e-3], [3.39e-6, 6.43e-4]];
  for (const [i, [velocity, pressure]] of published.entries()) {
    assert(found[i].errors[0] < 1.5 * velocity, `${found[i].errors[0]}`);
    assert(found[i].errors[1] < 1.5 * pressure, `${found[i].errors[1]}`);
  }
});

Deno.test("free slip on curved cells: orders 3 and 2, one free rotation", () => {
  const found = [0.2, 0.1, 0.05].map((cellSize) => {
    const { v, p, stokes } = ring(cellSize, 0.5, 1, annulusFlow);
    slipAround(stokes);
    const { freeMotions, isPressureFree } = stokes.solve();
    assertEquals({ freeMotions, isPressureFree }, { freeMotions: 1, isPressureFree: true });
    return { size: sizeOf(p), errors: errors(v, p, annulusFlow) };
  });
  const sizes = found.map(({ size }) => size);
  const [v, p] = [0, 1].map((k) => found.map(({ errors }) => errors[k]));
  assert(orderOf(sizes, v) > 2.8, `${v}`);
  assert(orderOf(sizes, p) > 1.9, `${p}`);
});
