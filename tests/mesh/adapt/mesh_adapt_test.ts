import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { SemiLagrangianDDt } from "../../../src/ddt/semi_lagrangian_ddt.ts";
import { annulusMesh } from "../../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../../src/mesh/box_mesh.ts";
import { recoveryError } from "../../../src/mesh/error_indicators.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { expression } from "../../../src/expression/mod.ts";
import { Model } from "../../../src/model/model.ts";
import { Diffusion } from "../../../src/solve/diffusion.ts";
import { Swarm } from "../../../src/swarm/swarm.ts";

Deno.test("adapting again and again loses no mass of continuous fields, and interpolation keeps bounds", () => {
  for (const dim of [2, 3] as const) {
    const mesh = boxMesh(new Model(), {
      min: new Array(dim).fill(0),
      max: new Array(dim).fill(1),
      cells: new Array(dim).fill(dim === 2 ? 6 : 2),
    });
    const fields = [1, 2].map((degree) =>
      new MeshVariable(mesh, `u${degree}`, { degree: degree as 1 | 2 })
    );
    const bounded = new MeshVariable(mesh, "bounded", { transfer: "interpolate" });
    const front = (t: number) => (x: number, y: number) =>
      (1 + Math.tanh(20 * (Math.hypot(x - t, y - 0.5) - 0.3))) / 2;
    for (const field of [...fields, bounded]) field.set(front(0.3));
    let most = 0;
    const masses = fields.map((field) => field.integrate() as number);
    for (let i = 0; i < 8; i++) {
      const near = front(0.3 + 0.05 * i);
      mesh.adapt((x, y) => (Math.abs(near(x, y) - 0.5) < 0.4 ? dim : -dim), { maxLevel: 2 * dim });
      most = Math.max(most, mesh.cellCount);
    }
    assert(most > (dim === 2 ? 300 : 200), `${most} cells`);
    fields.forEach((field, k) => {
      // Eight times roundings of some hundred sums.
      assertAlmostEquals((field.integrate() as number) / masses[k], 1, 1e-12);
    });
    assert(bounded.min() >= 0 && bounded.max() <= 1);
  }
});

Deno.test("histories are transferred as their variable", () => {
  for (const transfer of ["conserve", "interpolate"] as const) {
    const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
    const u = new MeshVariable(mesh, "u", { transfer });
    new Diffusion(u, { diffusivity: 1, order: 3 });
    new SemiLagrangianDDt(u, { velocity: (_x, _y, _z, out) => void out.fill(1), order: 2 });
    assert(mesh.variables.size > 4);
    const others = [...mesh.variables.values()].filter(({ components }) => components === 1);
    assertEquals(new Set(others.map((one) => one.transfer)), new Set([transfer]));
  }
});

Deno.test("BDF2 keeps its order where the mesh changes every second step", () => {
  const errors = [16, 32, 64].map((n) => {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
    const u = new MeshVariable(mesh, "u");
    // Linear in space, so that neither elements nor transfers err: what is left is the time scheme.
    const exact = (x: number, y: number, t: number) => Math.sin(3 * t) * (1 + x - 2 * y);
    u.set(0);
    const heat = new Diffusion(u, {
      diffusivity: 0.01,
      order: 2,
      source: (x, y, _z, t) => 3 * Math.cos(3 * t) * (1 + x - 2 * y),
    });
    for (const side of mesh.boundaries.keys()) {
      heat.addDirichlet(side, (x, y, _z, t) => exact(x, y, t));
    }
    for (let i = 0; i < n; i++) {
      if (i % 2 === 1) {
        mesh.adapt((x, y) => (Math.hypot(x - i / n, y) < 0.5 ? 1 : -2), { maxLevel: 4 });
      }
      heat.solve({ dt: 1 / n });
      model.tracker.time += 1 / n;
    }
    assert(mesh.cellCount > 18);
    const at = u.coordinates;
    return u.data.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - exact(at.get(k, 0), at.get(k, 1), 1))),
      0,
    );
  });
  const order = Math.log2(errors[1] / errors[2]);
  // From the first step by backward Euler there is still some of order 3.
  assert(order > 1.9 && order < 2.1, `${errors}: order ${order}`);
});

Deno.test("particles keep their places, and none is lost where a circle gets coarser", () => {
  const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.2 });
  mesh.refine(2);
  const swarm = new Swarm(mesh, { boundary: "lose" });
  swarm.populate({ perCell: 1 });
  const ring = (i: number) => [0.999 * Math.cos(0.1 * i), 0.999 * Math.sin(0.1 * i)];
  swarm.addParticles(Array.from({ length: 60 }, (_, i) => ring(i)));
  const { count } = swarm, before = swarm.coordinates.data.slice();
  const finer = mesh.refine();
  assertEquals(finer.particlesMoved, 0);
  assertEquals(swarm.coordinates.data, before);
  const { particlesMoved } = mesh.coarsen();
  assert(particlesMoved > 0 && particlesMoved < 0.05 * count, `${particlesMoved} of ${count}`);
  let changed = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = [0, 1].map((d) => before[2 * i + d] - swarm.coordinates.get(i, d));
    // The chord of an edge of length 0.2 is 0.01 off a circle of radius 0.5.
    assert(Math.hypot(x, y) < 0.01);
    if (x !== 0 || y !== 0) changed++;
  }
  assertEquals(changed, particlesMoved);
  swarm.migrate();
  assertEquals([swarm.count, swarm.lost], [count, 0]);
});

Deno.test("particles that were outside before stay there for the next move", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const swarm = new Swarm(mesh, { boundary: "lose" });
  swarm.addParticles([[0.5, 0.5], [0.1, 0.1]]);
  swarm.coordinates.data[0] = 3;
  assertEquals(mesh.refine().particlesMoved, 0);
  assertEquals(swarm.coordinates.get(0, 0), 3);
  swarm.migrate();
  assertEquals([swarm.count, swarm.lost], [1, 1]);
});

Deno.test("a report says what was done and what kept it from more; versions grow by one", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const report = mesh.refine();
  assertEquals(report, {
    changed: true,
    passes: 1,
    halved: 96,
    merged: 0,
    cellCount: 128,
    limitedBy: null,
    particlesMoved: 0,
  });
  assertEquals([mesh.topologyVersion, mesh.geometryVersion], [1, 1]);
  assertEquals(mesh.coarsen((x) => (x < 0.5 ? -2 : 0)).merged > 0, true);
  const limited = mesh.adapt({ size: 0.01, maxCells: 500 });
  assertEquals(limited.limitedBy, "maxCells");
  assert(mesh.cellCount <= 500 && mesh.cellCount > 128);
  const { topologyVersion } = mesh;
  assertEquals(mesh.adapt(() => 0).changed, false);
  assertEquals(mesh.topologyVersion, topologyVersion);
  assertEquals(mesh.coarsen().cellCount, 32);
  assert(mesh.cellLevels.every((level) => level === 0));
});

Deno.test("sizes may be expressions, variables and functions, and markers variables", () => {
  const count = (ask: (mesh: ReturnType<typeof boxMesh>) => unknown) => {
    const model = new Model();
    model.parameters.define("h", 0.1);
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
    ask(mesh);
    return mesh.cellCount;
  };
  const expected = count((mesh) => mesh.adapt({ size: (x) => 0.1 + x }));
  assert(expected > 32);
  assertEquals(count((mesh) => mesh.adapt({ size: expression("h + x") })), expected);
  assertEquals(
    count((mesh) => {
      const size = new MeshVariable(mesh, "size");
      size.set((x) => 0.1 + x);
      mesh.adapt({ size });
    }),
    expected,
  );
  const marked = count((mesh) => {
    const marker = new MeshVariable(mesh, "marker", { degree: 0 });
    marker.set((x) => (x < 0.3 ? 2 : 0));
    mesh.adapt(marker);
  });
  assertEquals(marked, count((mesh) => mesh.adapt((x) => (x < 0.3 ? 2 : 0))));
});

Deno.test("an error in a function leaves the mesh in the middle of its passes as it was", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const u = new MeshVariable(mesh, "u");
  u.set((x, y) => x * y);
  const { data } = u, cells = mesh.cells.data;
  let calls = 0;
  let thrown = "";
  try {
    mesh.adapt({
      size: (x, y) => {
        // In the second pass there are more nodes.
        if (++calls > 60) throw new Error("no more");
        return 0.05 + x + y;
      },
    });
  } catch (error) {
    thrown = (error as Error).message;
  }
  assertEquals(thrown, "no more");
  assertEquals(mesh.cells.data, cells);
  assert(u.data === data);
  assertEquals([mesh.topologyVersion, mesh.geometryVersion], [0, 0]);
  assert(recoveryError(u).length === mesh.cellCount);
});
