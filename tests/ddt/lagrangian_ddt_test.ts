import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { assertGoesOn, lastOrder, square } from "./_setup.ts";
import { assertRounding } from "../_helpers.ts";

const turn = (x: number, y: number, _z: number, out: Float64Array) => {
  out[0] = 0.5 - y;
  out[1] = x - 0.5;
};

/** Sets u to what pure transport, bdf() = 0, makes of its history. */
function transport(u: MeshVariable, ddt: LagrangianDDt): void {
  const c = ddt.leadingCoefficient();
  u.set(ddt.historyTerms().map((h) => -h / c));
}

Deno.test("a hill that turns keeps its shape to second order, however many steps", () => {
  for (const degree of [1, 2] as const) {
    const errors = [10, 20, 40].map((n) => {
      const { mesh } = square(n);
      const u = new MeshVariable(mesh, "u", { degree });
      const hill = (x: number, y: number) => Math.exp(-40 * ((x - 0.5) ** 2 + (y - 0.7) ** 2));
      u.set(hill);
      const ddt = new LagrangianDDt(u, { velocity: turn });
      const dt = Math.PI / 2 / n;
      for (let k = 0; k < n; k++) {
        ddt.updatePreSolve(dt);
        transport(u, ddt);
        ddt.updatePostSolve();
      }
      // A quarter of a turn: (x, y) came from (y, 1 - x).
      let sum = 0;
      for (let i = 0; i < u.dofCount; i++) {
        const x = u.coordinates.get(i, 0), y = u.coordinates.get(i, 1);
        // Farther out, values flow in at the corners.
        if (Math.hypot(x - 0.5, y - 0.5) > 0.45) continue;
        sum += (u.data[i] - hill(y, 1 - x)) ** 2;
      }
      return Math.sqrt(sum / u.dofCount);
    });
    assert(lastOrder(errors) > 1.8, `P${degree}: ${errors}`);
  }
});

Deno.test("bdf() is the material derivative of what grows, where it is and while it turns", () => {
  for (const order of [1, 2, 3]) {
    const model = new Model();
    const mesh = annulusMesh(model, { inner: 0.4, outer: 1, cellSize: 0.2 });
    const u = new MeshVariable(mesh, "u", { components: 2 });
    // Where a particle was on the x axis at time 0: linear in space, and it stays the same along a path.
    const origin = (x: number, y: number, t: number) => x * Math.cos(t) + y * Math.sin(t);
    const at = (t: number) =>
      u.set((x, y, _z, out) => out.set([t ** order, origin(x, y, t) * t ** order]));
    at(0);
    const velocity: VectorFunction = (x, y, _z, out) => out.set([-y, x]);
    const ddt = new LagrangianDDt(u, { velocity, order });
    for (const dt of [0.1, 0.05, 0.2, 0.1]) {
      ddt.updatePreSolve(dt);
      const end = model.tracker.time + dt;
      at(end);
      if (ddt.effectiveOrder === order) {
        const rate = ddt.bdf(), growth = order * end ** (order - 1);
        for (let i = 0; i < u.dofCount; i++) {
          // The scheme is exact for t^order, but for rounding of values below 1 divided by steps.
          assertAlmostEquals(rate[2 * i], growth, 1e-12);
          const x = u.coordinates.get(i, 0), y = u.coordinates.get(i, 1);
          // At the boundary there are no particles on one side.
          if (Math.abs(Math.hypot(x, y) - 0.7) > 0.1) continue;
          // Paths of second order miss the end by 0.2^3 / 6 of the radius, and the rate by that over a step.
          assertAlmostEquals(rate[2 * i + 1], origin(x, y, end) * growth, 0.2 ** 2 / 6 * growth);
        }
      }
      ddt.updatePostSolve();
      model.tracker.time = end;
    }
  }
});

Deno.test("what flows in is filled up, and crowds are thinned", () => {
  const { mesh } = square(8);
  const u = new MeshVariable(mesh, "u");
  u.set((x) => 1 + x);
  const ddt = new LagrangianDDt(u, { velocity: (_x, _y, _z, out) => void (out[0] = 1) });
  for (let k = 0; k < 12; k++) {
    ddt.updatePreSolve(0.1);
    transport(u, ddt);
    // The Dirichlet value at the inflow.
    const { coordinates } = u;
    for (let i = 0; i < u.dofCount; i++) if (coordinates.get(i, 0) === 0) u.data[i] = 1;
    ddt.updatePostSolve();
  }
  assert(ddt.swarm.lost > 0);
  const cells = mesh.locate(ddt.swarm.coordinates).cells;
  const count = new Int32Array(mesh.cellCount);
  for (const cell of cells) count[cell]++;
  assert(Math.min(...count) >= 2 && Math.max(...count) <= 16, `${count}`);
  // All of the first values have left.
  assert(u.max() < 1.05 && u.min() > 0.95, `${u.min()} ${u.max()}`);
});

Deno.test("a Dirichlet value that jumps does not grow, in 3-D on tetrahedra of any shape", async () => {
  const model = new Model();
  const bytes = await Deno.readFile(new URL("../data/shell3d.msh", import.meta.url));
  const mesh = await readGmsh(model, bytes);
  for (const degree of [1, 2] as const) {
    const u = new MeshVariable(mesh, `u${degree}`, { degree });
    const velocity: VectorFunction = (x, y, _z, out) => void out.set([-y, x, 0]);
    const history = new LagrangianDDt(u, { velocity, order: 1 });
    const solver = new AdvectionDiffusion(u, { velocity, diffusivity: 1e-4, history });
    solver.addDirichlet("outer", 1);
    solver.addDirichlet("inner", 0);
    for (let k = 0; k < (degree === 1 ? 6 : 2); k++) {
      solver.solve({ dt: 0.05 });
      // The first solve alone undershoots by 0.7: the jump is sharper than the cells.
      assert(u.min() > -0.75 && u.max() < 1.05, `P${degree}, step ${k}: ${u.min()} to ${u.max()}`);
    }
  }
});

Deno.test("restored between or within steps, it goes on with the same bytes", () => {
  for (const order of [1, 3]) {
    for (const degree of [1, 2] as const) {
      const { model, mesh } = square(4, true);
      const u = new MeshVariable(mesh, "u", { degree });
      u.set((x, y) => Math.sin(3 * x) * y);
      const velocity = new MeshVariable(mesh, "v", { components: 2 });
      velocity.set((x, y, _z, out) => turn(x, y, 0, out));
      assertGoesOn(model, new LagrangianDDt(u, { order, velocity }));
    }
  }
  const model = new Model();
  const box = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 2] });
  const w = new MeshVariable(box, "w");
  w.set((x, y, z) => x * y + z);
  const velocity = new MeshVariable(box, "v", { components: 3 });
  velocity.set([0.1, 0.2, -0.1]);
  assertGoesOn(model, new LagrangianDDt(w, { order: 2, velocity }));
});

Deno.test("a step may be begun again with another size", () => {
  const { mesh } = square(5);
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v");
  for (const one of [u, v]) one.set((x) => x * x);
  const a = new LagrangianDDt(u, { velocity: turn }), b = new LagrangianDDt(v, { velocity: turn });
  a.updatePreSolve(0.7);
  a.updatePreSolve(0.1);
  b.updatePreSolve(0.1);
  assertEquals(a.historyTerms(), b.historyTerms());
});

Deno.test("particles that a deformed mesh leaves outside are dropped, and cells filled again", () => {
  const { mesh } = square(5);
  const u = new MeshVariable(mesh, "u");
  u.set(3);
  const ddt = new LagrangianDDt(u, { velocity: turn });
  ddt.updatePreSolve(0.1);
  ddt.updatePostSolve();
  mesh.deform(mesh.coordinates.data.map((x) => 0.5 * x));
  ddt.updatePreSolve(0.1);
  ddt.historyTerms().forEach((h) => assertRounding(h * -0.1, 3, 4000));
  ddt.updatePostSolve();
  assert(mesh.locate(ddt.swarm.coordinates).cells.every((cell) => cell >= 0));
});

Deno.test("wrong options and states are refused", () => {
  const { model, mesh } = square(2);
  const u = new MeshVariable(mesh, "u");
  const loose = new MeshVariable(mesh, "d", { continuous: false });
  assertThrows(() => new LagrangianDDt(loose, { velocity: turn }), RangeError, "discontinuous");
  assertThrows(() => new LagrangianDDt(u, { velocity: u }), RangeError, "components");
  assertThrows(() => new LagrangianDDt(u, {} as never), TypeError);
  assertThrows(() => new LagrangianDDt(u, { velocity: turn, perCell: 1 }), RangeError, "perCell");
  assertThrows(() => new LagrangianDDt("u" as never, { velocity: turn }), TypeError);
  assertEquals([model.bearers.size, model.swarms.size, mesh.variables.size], [0, 0, 2]);
  const ddt = new LagrangianDDt(u, { velocity: turn, name: "hill" });
  assertEquals([...model.swarms.keys()], ["hill_swarm"]);
  const good = ddt.state;
  for (const change of [{ swarm: "s" }, { particleStar: [] }, { psiStar: ["u"] }]) {
    assertThrows(() => (ddt.state = { ...good, ...change } as never), StateSchemaError);
  }
});
