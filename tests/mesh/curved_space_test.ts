import { assert, assertEquals } from "@std/assert";
import { BoundarySearch } from "../../src/mesh/boundary_walk.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { errorOf, orderOf } from "../_curved.ts";
import { shellPiece } from "./_shell.ts";

Deno.test("P2 on curved tetrahedra is of third order, volumes and areas of fourth", () => {
  const n = [2, 4], h = n.map((cells) => 1 / cells);
  const found = n.map((cells) => {
    const mesh = shellPiece(cells), u = new MeshVariable(mesh, "u", { degree: 2 });
    const solver = new Poisson(u),
      harmonic = (x: number, y: number, z: number) => 1 / Math.hypot(x, y, z);
    for (const side of mesh.boundaries.keys()) solver.addDirichlet(side, harmonic);
    solver.solve();
    const one = new MeshVariable(mesh, "one");
    one.set(1);
    return {
      error: errorOf(u, ([x, y, z]) => harmonic(x, y, z)),
      // The shell between radii 1 and 2 over the area at radius 1, up to the same error.
      volume: one.integrate() as number,
      area: one.integrate("left") as number,
      outer: one.integrate("right") as number,
    };
  });
  assert(orderOf(h, found.map(({ error }) => error)) > 2.8, JSON.stringify(found));
  // The solid angle of the pyramid with half angles of 0.4: 4 asin(sin a sin b) of its right angles.
  const angle = 4 * Math.asin(Math.sin(0.4) ** 2);
  for (
    const [wanted, of] of [[7 / 3 * angle, "volume"], [angle, "area"], [
      4 * angle,
      "outer",
    ]] as const
  ) {
    const errors = found.map((one) => Math.abs(one[of] - wanted));
    assert(orderOf(h, errors) > 3.5, `${of}: ${errors}`);
  }
});

Deno.test("every point of a curved mesh in space has one cell, and particles stay inside", () => {
  const mesh = shellPiece(2), geometry = geometryOf(mesh), { locator } = geometry;
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set((x, y, z) => x - 2 * y + 3 * z);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 4 });
  const { data } = swarm.coordinates;
  for (let i = 0; i < swarm.count; i++) {
    const [x, y, z] = data.subarray(3 * i, 3 * i + 3);
    const cell = locator.cellOf(x, y, z);
    assertEquals(cell, Math.floor(i / 4));
    for (const hint of [0, cell, 47 - cell]) assertEquals(locator.cellOf(x, y, z, hint), cell);
  }
  const values = u.evaluate(data).data;
  values.forEach((value, i) => {
    const wanted = data[3 * i] - 2 * data[3 * i + 1] + 3 * data[3 * i + 2];
    assert(Math.abs(value - wanted) < 1e-12);
  });
  swarm.advect((x, _y, _z, out) => {
    out[0] = x;
    out[1] = out[2] = 0.3;
  }, 0.5);
  assert(!mesh.locate(swarm.coordinates.data).cells.includes(-1));
  const search = new BoundarySearch(geometry), out = new Float64Array(3);
  // Straight ahead of the middle of the outer side: radius 2, but for the parabolas.
  assert(search.nearest(2.5, 0.1, -0.1, out) >= 0);
  assert(Math.abs(Math.hypot(...out) - 2) < 2e-3, `${out}`);
  assert(Math.hypot(out[1] - 0.08, out[2] + 0.08) < 5e-3, `${out}`);
});
