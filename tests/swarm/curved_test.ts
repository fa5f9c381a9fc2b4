import { assert, assertEquals, assertThrows } from "@std/assert";
import { CurvedCellsError } from "../../src/errors.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { BoundarySearch } from "../../src/mesh/boundary_walk.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { errorOf, orderOf, sizeOf } from "../_curved.ts";
import { assertSameBytes } from "../_helpers.ts";

function ring(cellSize: number) {
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize, geometryDegree: 2 });
  return { model, mesh };
}

/** Once around in the time 2 pi. */
const turning = (x: number, y: number, _z: number, out: Float64Array) => {
  out[0] = -y;
  out[1] = x;
};

Deno.test("points outside go to the nearest point of a curved boundary", () => {
  const { mesh } = ring(0.5), geometry = geometryOf(mesh), search = new BoundarySearch(geometry);
  const out = new Float64Array(2);
  for (let i = 0; i < 200; i++) {
    const angle = 0.1 + i * 0.0314, radius = i % 2 === 0 ? 2.05 : 0.93;
    const x = radius * Math.cos(angle), y = radius * Math.sin(angle);
    const cell = search.nearest(x, y, 0, out);
    assert(cell >= 0);
    // The parabolas leave the circles by less than this, and so does the nearest point.
    const found = Math.hypot(out[0], out[1]), wanted = i % 2 === 0 ? 2 : 1;
    assert(Math.abs(found - wanted) < 2e-4, `${found}`);
    assert(Math.hypot(out[0] - x, out[1] - y) < Math.abs(radius - wanted) + 2e-4);
    // Nothing of the boundary around is nearer.
    const { curved } = geometry, place = new Float64Array(2);
    const k = curved!.numbers[cell];
    for (let s = 0; k >= 0 && s <= 100; s++) {
      for (let local = 0; local < 3; local++) {
        const l = Float64Array.of(0, 0, 0);
        l[(local + 1) % 3] = s / 100;
        l[(local + 2) % 3] = 1 - s / 100;
        curved!.place(k, l, 0, place, 0);
        const isOut = Math.abs(Math.hypot(place[0], place[1]) - wanted) < 2e-4;
        const distance = Math.hypot(place[0] - x, place[1] - y);
        if (isOut) assert(distance > Math.hypot(out[0] - x, out[1] - y) - 1e-12);
      }
    }
  }
});

Deno.test("particles fill curved cells and stay in them, whatever the boundary rule", () => {
  for (const boundary of ["clamp", "reflect", "lose"] as const) {
    const { mesh } = ring(0.4), swarm = new Swarm(mesh, { boundary });
    swarm.populate({ perCell: 6 });
    const { cells } = mesh.locate(swarm.coordinates.data);
    cells.forEach((cell, i) => assertEquals(cell, Math.floor(i / 6)));
    const v = new MeshVariable(mesh, "v", { degree: 2, components: 2 });
    v.set((x, y, _z, out) => {
      const r = Math.hypot(x, y);
      out[0] = -y + 0.5 * x / r;
      out[1] = x + 0.5 * y / r;
    });
    const before = swarm.count;
    for (let k = 0; k < 10; k++) swarm.advect(v, 0.1);
    assert(boundary === "lose" ? swarm.count < before : swarm.count === before);
    assert(!mesh.locate(swarm.coordinates.data).cells.includes(-1));
  }
});

Deno.test("balance fills curved cells with particles inside of them", () => {
  const { mesh } = ring(0.4), swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  const { added } = swarm.balance({ fewest: 9 });
  assertEquals(added, 7 * mesh.cellCount);
  const counts = new Int32Array(mesh.cellCount);
  for (const cell of mesh.locate(swarm.coordinates.data).cells) counts[cell]++;
  assert(counts.every((count) => count === 9));
});

Deno.test("particles carry fields on curved cells: their projection is of third order", () => {
  const errors: number[] = [], sizes: number[] = [];
  for (const cellSize of [0.5, 0.25]) {
    const { mesh } = ring(cellSize), swarm = new Swarm(mesh);
    const T = swarm.addVariable("T");
    swarm.populate({ perCell: 12 });
    const { data } = swarm.coordinates;
    T.data.set(Float64Array.from({ length: swarm.count }, (_, i) => Math.sin(2 * data[2 * i])));
    const u = new MeshVariable(mesh, "u", { degree: 2 });
    new Projection(u, { source: T }).solve();
    errors.push(errorOf(u, ([x]) => Math.sin(2 * x)));
    sizes.push(sizeOf(u));
  }
  assert(orderOf(sizes, errors) > 2.5, `${errors}`);
});

/** Heat that turns with the flow: T = f(r) g(angle - t) would need a source; here it only diffuses slowly. */
function turned(cellSize: number, steps: number) {
  const { model, mesh } = ring(cellSize);
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const hill = (x: number, y: number) => Math.exp(-3 * ((x - 1.5) ** 2 + y * y));
  T.set(hill);
  const heat = new AdvectionDiffusion(T, {
    velocity: turning,
    diffusivity: 0,
    scheme: "crank-nicolson",
  });
  const dt = Math.PI / 2 / steps;
  for (let k = 0; k < steps; k++) {
    heat.solve({ dt });
    model.tracker.time += dt;
  }
  return { error: errorOf(T, ([x, y]) => hill(y, -x)), size: sizeOf(T) };
}

Deno.test("a hill carried a quarter turn along curved walls comes to its place", () => {
  const runs = [turned(0.4, 8), turned(0.2, 16)];
  assert(
    orderOf(runs.map(({ size }) => size), runs.map(({ error }) => error)) > 1.8,
    JSON.stringify(runs),
  );
  assert(runs[1].error < 1e-2, `${runs[1].error}`);
});

Deno.test("heat and particles near curved walls: put back, they go on to the same bytes", () => {
  const build = () => {
    const { model, mesh } = ring(0.5), T = new MeshVariable(mesh, "T", { degree: 2 });
    T.set((x, y) => x + y * y);
    const heat = new AdvectionDiffusion(T, { velocity: turning, diffusivity: 0.1 });
    heat.addDirichlet("inner", 1);
    const swarm = new Swarm(mesh, { boundary: "reflect" });
    swarm.populate({ perCell: 3 });
    const step = (dt = 0.05) => {
      heat.solve({ dt });
      swarm.advect((x, y, _z, out) => {
        out[0] = -y + x;
        out[1] = x + y;
      }, dt);
      model.tracker.time += dt;
    };
    step();
    return { model, mesh, T, swarm, step };
  };
  const never = build(), sim = build();
  using saved = sim.model.saveState();
  sim.mesh.deform(sim.T.coordinates.data.map((x) => 1.1 * x));
  sim.step(0.4);
  sim.model.loadState(saved);
  for (const { step } of [never, sim]) {
    step();
    step();
  }
  assertSameBytes(sim.T.data, never.T.data);
  assertSameBytes(sim.swarm.coordinates.data, never.swarm.coordinates.data);
  assertSameBytes(sim.swarm.ids, never.swarm.ids);
});

Deno.test("what particles do on straight cells alone says so by name", () => {
  const { model, mesh } = ring(0.6), u = new MeshVariable(mesh, "u");
  const refused = (call: () => unknown, what: string) => {
    assertEquals(assertThrows(call, CurvedCellsError).what, what);
  };
  refused(() => new LagrangianDDt(u, { order: 1, velocity: turning }), "LagrangianDDt");
  assertEquals(model.bearers.size, 0);
});
