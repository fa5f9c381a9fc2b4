import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { PeriodicMeshError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { BoxAxis } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import type { SwarmOptions } from "../../src/swarm/swarm_options.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";

function swarmIn(periodic: BoxAxis[], options: SwarmOptions = {}, dim: 2 | 3 = 2) {
  const model = new Model({ seed: 7 }), cells = dim === 2 ? [6, 4] : [4, 3, 4];
  const mesh = boxMesh(model, {
    min: cells.map(() => 0),
    max: dim === 2 ? [3, 2] : [3, 2, 2],
    cells,
    periodic,
  });
  return { model, mesh, swarm: new Swarm(mesh, { wraps: periodic.length > 0, ...options }) };
}

/** Where particles would be had they never left, `[count x dim]`. */
function unwrapped(swarm: Swarm): Float64Array {
  const { coordinates: { data }, wraps, mesh: { dim, periods } } = swarm;
  const count = periods.shape[0];
  return data.map((x, i) => {
    let sum = x;
    for (let k = 0; k < count; k++) {
      sum += wraps.data[Math.floor(i / dim) * count + k] * periods.data[k * dim + i % dim];
    }
    return sum;
  }) as Float64Array;
}

Deno.test("particles go out through one side and come in through the other, with their ids, at every order", () => {
  for (const dim of [2, 3] as const) {
    for (const order of [1, 2, 4] as const) {
      for (const named of [false, true]) {
        const { mesh, swarm } = swarmIn(["x", "y"], {}, dim);
        swarm.populate({ perCell: 3 });
        const start = swarm.coordinates.data.slice(), ids = swarm.ids.slice();
        const v = new MeshVariable(mesh, "v", { components: dim });
        v.set((_x, _y, _z, out) => {
          out[0] = 7;
          out[1] = -4.5;
        });
        const way = (_x: number, _y: number, _z: number, out: Float64Array) => {
          out[0] = 7;
          out[1] = -4.5;
        };
        swarm.advect(named ? v : way as never, 1.5, { order });
        assertEquals(swarm.lost, 0);
        assertSameBytes(swarm.ids, ids);
        const x = swarm.coordinates.data, all = unwrapped(swarm);
        for (let i = 0; i < x.length; i++) {
          const moved = start[i] + [10.5, -6.75, 0][i % dim];
          assertAlmostEquals(all[i], moved, 1e-13);
          assert(x[i] >= 0 && x[i] <= (i % dim === 0 ? 3 : 2));
        }
      }
    }
  }
});

Deno.test("the variance of a random walk is 2 D t over many widths", () => {
  const { model, swarm } = swarmIn(["x", "y"]);
  swarm.populate({ perCell: 40 });
  const start = unwrapped(swarm), D = 2, dt = 0.5, steps = 40;
  for (let s = 0; s < steps; s++) {
    const x = swarm.coordinates.data;
    for (let i = 0; i < x.length; i++) x[i] += Math.sqrt(2 * D * dt) * model.random.normal();
    swarm.migrate();
  }
  const end = unwrapped(swarm);
  let sum = 0;
  for (let i = 0; i < end.length; i++) sum += (end[i] - start[i]) ** 2;
  // 3840 independent numbers: the standard error of their variance is 2.3 percent, and this is four of them.
  const expected = 2 * D * dt * steps;
  assert(Math.abs(sum / end.length / expected - 1) < 0.092, `${sum / end.length}, not ${expected}`);
  assert(Math.max(...swarm.wraps.data) > 4);
});

Deno.test("walls of a periodic box reflect, hold and lose particles, no matter through how many sides they go", () => {
  const away = (_x: number, _y: number, _z: number, out: Float64Array) => {
    out[0] = 10;
    out[1] = 1;
  };
  const run = (boundary: "reflect" | "clamp" | "lose") => {
    const { swarm } = swarmIn(["x"], { boundary });
    swarm.addParticles([[0.5, 1.5], [2.9, 0.25]]);
    swarm.advect(away as never, 1, { order: 1 });
    return swarm;
  };
  const mirrored = run("reflect");
  // From (0.5, 1.5) to (10.5, 2.5): mirrored at y = 2 to (10.5, 1.5), which is (1.5, 1.5) after three periods.
  const expected = [1.5, 1.5, 0.9, 1.25];
  mirrored.coordinates.data.forEach((x, i) => assertAlmostEquals(x, expected[i], 1e-13));
  assertEquals([...mirrored.wraps.data], [3, 4]);
  const held = run("clamp");
  [1.5, 2, 0.9, 1.25].forEach((x, i) => assertAlmostEquals(held.coordinates.data[i], x, 1e-13));
  const lost = run("lose");
  assertEquals([lost.count, lost.lost, lost.wraps.data[0]], [1, 1, 4]);
});

Deno.test("wraps are state, and counted only where they can be", async () => {
  const { model, mesh, swarm } = swarmIn(["x"]);
  swarm.populate({ perCell: 2 });
  const step = (target: Swarm) =>
    target.advect(
      ((_x: number, y: number, _z: number, out: Float64Array) => {
        out[0] = 5 + y;
        out[1] = 0;
      }) as never,
      1,
    );
  step(swarm);
  using folder = tempDir();
  const file = `${folder.path}/wraps.snap.h5`, token = model.saveState();
  await model.saveState({ file });
  step(swarm);
  const never = model.saveState();
  model.loadState(token);
  step(swarm);
  assertEquals(diffSnapshots(model.saveState(), never), []);
  const fresh = await Model.fromSnapshot(file), again = fresh.swarms.get("Swarm_0") as Swarm;
  step(again);
  assertSameBytes(again.wraps.data, swarm.wraps.data);
  assertSameBytes(again.coordinates.data, swarm.coordinates.data);
  const other = swarmIn(["x"], { wraps: false });
  assertThrows(() => other.model.loadState(token), SnapshotInvalidatedError, "counting of wraps");
  assertThrows(() => other.swarm.wraps, RangeError, "{ wraps: true }");
  assertThrows(() => swarmIn([], { wraps: true }), RangeError, "is not; make it");
  assertThrows(() => new Swarm(mesh, { wraps: 1 as never }), TypeError, "true or false");
  assertThrows(() => swarm.balance({ fewest: 1 }), PeriodicMeshError);
  assertThrows(() => new Swarm(mesh, { balance: { fewest: 1 } }), PeriodicMeshError);
});

Deno.test("a projection of particles on a periodic mesh keeps their total", () => {
  const { mesh, swarm } = swarmIn(["x", "y"]);
  swarm.populate({ perCell: 8 });
  const mass = swarm.addVariable("mass"), u = new MeshVariable(mesh, "u");
  const x = swarm.coordinates.data;
  for (let i = 0; i < swarm.count; i++) mass.data[i] = 1 + Math.sin(2 * Math.PI * x[2 * i] / 3);
  new Projection(u, { source: mass }).solve();
  for (const at of [0, 0.4, 2.9]) {
    assertAlmostEquals(
      u.evaluate([[at, 0.7]]).get(0, 0),
      1 + Math.sin(2 * Math.PI * at / 3),
      // Squares of half a unit: the projection is off by h^2 / 8 times the second derivative.
      0.15,
    );
  }
  assertAlmostEquals(u.integrate(), 6, 0.02);
});
