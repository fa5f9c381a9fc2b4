import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { boxSwarm, scattered } from "./_setup.ts";

const right = (_x: number, _y: number, _z: number, out: Float64Array) => void (out[0] = 1);
const diagonal = (_x: number, _y: number, _z: number, out: Float64Array) => void out.fill(1);

Deno.test("lose removes and counts; the others keep order, ids and values", () => {
  const { swarm } = boxSwarm();
  const v = swarm.addVariable("v", { dtype: "int32" });
  swarm.addParticles([[0.9, 0], [0, 0], [0.7, 0.5], [-1, 1]]);
  v.data.set([1, 2, 3, 4]);
  swarm.advect(right, 0.2);
  assertEquals([...swarm.ids], [1n, 2n, 3n]);
  assertEquals([...v.data], [2, 3, 4]);
  assertEquals(swarm.lost, 1);
  swarm.advect(right, 100);
  assertEquals([swarm.count, swarm.lost, v.data.length], [0, 4, 0]);
});

Deno.test("a particle on the edge is inside", () => {
  for (const boundary of ["lose", "clamp", "reflect"] as const) {
    const { swarm } = boxSwarm({ boundary });
    swarm.addParticles([[0.5, 1], [-1, -1], [0.75, 1]]);
    swarm.advect(right, 0.25);
    assertEquals([...swarm.coordinates.data], [0.75, 1, -0.75, -1, 1, 1]);
  }
});

Deno.test("clamp puts particles at the nearest point, corners included", () => {
  for (const dim of [2, 3] as const) {
    const { mesh, swarm } = boxSwarm({ boundary: "clamp", dim, n: 3 });
    swarm.addParticles(dim === 2 ? [[0.9, 0.9], [0.9, 0]] : [[0.9, 0.9, 0.9], [0.9, 0, 0]]);
    swarm.advect(diagonal, 0.5);
    const expected = dim === 2 ? [1, 1, 1, 0.5] : [1, 1, 1, 1, 0.5, 0.5];
    // The nearest point is computed with a few roundings, then moved inside by as many.
    expected.forEach((x, i) => assertAlmostEquals(swarm.coordinates.data[i], x, 1e-14));
    assert(mesh.locate(swarm.coordinates).cells.every((c) => c >= 0));
    assertEquals(swarm.lost, 0);
  }
});

Deno.test("reflect mirrors the path at the edge, twice in a corner", () => {
  for (const dim of [2, 3] as const) {
    const { mesh, swarm } = boxSwarm({ boundary: "reflect", dim, n: 3 });
    swarm.addParticles(dim === 2 ? [[0.9, 0.7], [0.8, 0]] : [[0.9, 0.7, 0.8], [0.8, 0, 0]]);
    swarm.advect(diagonal, 0.5);
    const expected = dim === 2 ? [0.6, 0.8, 0.7, 0.5] : [0.6, 0.8, 0.7, 0.7, 0.5, 0.5];
    expected.forEach((x, i) => assertRounding(swarm.coordinates.data[i], x, 40));
    assert(mesh.locate(swarm.coordinates).cells.every((c) => c >= 0));
  }
});

Deno.test("reflect through several walls ends where the folded path ends", () => {
  const { swarm } = boxSwarm({ boundary: "reflect" });
  swarm.addParticles([[0, 0.25]]);
  swarm.advect(right, 11);
  // 11 is folded at 1, -1, 1, ..: a triangle wave of period 4.
  assertAlmostEquals(swarm.coordinates.data[0], -1, 1e-13);
  assertAlmostEquals(swarm.coordinates.data[1], 0.25, 1e-13);
});

Deno.test("a path through a thousand walls ends where the folded path ends; a longer one at a wall of its own", () => {
  const { swarm } = boxSwarm({ boundary: "reflect" });
  swarm.addParticles([[0.25, 0.5], [0.5, 0.25]]);
  swarm.advect(right, 2002, { order: 1 });
  // Folded 1001 times; each crossing rounds once, the first one a number of size 2002.
  assertAlmostEquals(swarm.coordinates.get(0, 0), -0.25, 1e-11);
  assertAlmostEquals(swarm.coordinates.get(1, 0), -0.5, 1e-11);
  swarm.coordinates.data.set([0.1, 0.2, 0.3, 0.4]);
  swarm.advect((x, y, _z, out) => void out.set([y, x + 0.3]), 1e9, { order: 1 });
  const [x, y, u, v] = swarm.coordinates.data;
  for (const [a, b] of [[x, y], [u, v]]) {
    assertRounding(Math.max(Math.abs(a), Math.abs(b)), 1, 4);
  }
  assert(Math.hypot(x - u, y - v) > 1e-3);
});

Deno.test("steps of any size end inside", () => {
  for (const boundary of ["clamp", "reflect"] as const) {
    for (const dim of [2, 3] as const) {
      for (const size of [1e3, 1e12, 1e160, 1e300]) {
        const { mesh, swarm } = boxSwarm({ boundary, dim, n: 3 });
        swarm.addParticles(scattered(40, dim));
        swarm.advect(
          (x, y, z, out) => {
            out[0] = y + 0.1;
            out[1] = 0.3 - x;
            if (dim === 3) out[2] = z - x;
          },
          size,
          { order: 1 },
        );
        assertEquals(swarm.count, 40);
        assert(mesh.locate(swarm.coordinates).cells.every((c) => c >= 0));
      }
    }
  }
});

Deno.test("sub-steps apply the rule each time", () => {
  const { swarm } = boxSwarm({ boundary: "clamp" });
  swarm.addParticles([[0.9, 0]]);
  // Out to the right at first, then to the left: clamped in between, the particle is farther left.
  swarm.advect((_x, _y, _z, out, t) => void (out[0] = t < 0.5 ? 1 : -1), 1, {
    order: 1,
    stepLimit: 0.1,
  });
  assert(swarm.coordinates.data[0] < 0.6);
  const lose = boxSwarm().swarm;
  lose.addParticles([[0.9, 0], [0, 0]]);
  lose.advect((_x, _y, _z, out, t) => void (out[0] = t < 0.5 ? 1 : -1), 1, { stepLimit: 0.1 });
  assertEquals([[...lose.ids], lose.lost], [[1n], 1]);
});

Deno.test("migrate deals with what the user or a deformed mesh put outside", () => {
  for (const boundary of ["lose", "clamp", "reflect"] as const) {
    const { mesh, swarm } = boxSwarm({ boundary });
    swarm.addParticles([[0.25, 0], [0.8, 0], [0, 0]]);
    swarm.coordinates.set(2, 0, 3);
    swarm.migrate();
    if (boundary === "lose") assertEquals([...swarm.ids], [0n, 1n]);
    else assertEquals([...swarm.coordinates.data], [0.25, 0, 0.8, 0, 1, 0]);
    mesh.deform(mesh.coordinates.data.map((x) => x / 2));
    assertEquals(swarm.count, boundary === "lose" ? 2 : 3);
    // The next step finds them outside as well, and deals with them before it moves.
    swarm.advect(right, 0.125);
    if (boundary === "lose") {
      assertEquals([[...swarm.coordinates.data], swarm.lost], [[0.375, 0], 2]);
    } else {
      const x = swarm.coordinates.data, far = boundary === "clamp" ? 0.5 : 0.375;
      [0.375, 0, far, 0, far, 0].forEach((v, i) => assertRounding(x[i], v, 40));
    }
  }
});

Deno.test("points outside wait for migrate where addParticles is told to", () => {
  const { swarm } = boxSwarm();
  assertEquals([...swarm.addParticles([[5, 5], [0, 0]], { migrate: false })], [0n, 1n]);
  assertEquals([...swarm.coordinates.data], [5, 5, 0, 0]);
  swarm.migrate();
  assertEquals([[...swarm.ids], swarm.lost], [[1n], 1]);
});

Deno.test("in an annulus, particles stay between its circles", () => {
  for (const boundary of ["clamp", "reflect"] as const) {
    const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.15 });
    const swarm = new Swarm(mesh, { boundary });
    swarm.populate({ perCell: 2 });
    const { count } = swarm;
    for (let k = 0; k < 5; k++) {
      swarm.advect((x, y, _z, out, t) => {
        out[0] = x - 2 * y + t;
        out[1] = y + 2 * x;
      }, k % 2 ? 0.4 : -0.3);
    }
    assertEquals(swarm.count, count);
    assert(mesh.locate(swarm.coordinates).cells.every((c) => c >= 0));
    const before = swarm.coordinates.data.slice();
    swarm.migrate();
    assertSameBytes(swarm.coordinates.data, before);
  }
});

Deno.test("particles that slide along a tilted wall stay in the domain, step after step", () => {
  const c = Math.cos(0.5), s = Math.sin(0.5);
  for (const boundary of ["lose", "clamp", "reflect"] as const) {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
    const turned = mesh.coordinates, { data } = turned;
    for (let i = 0; i < data.length; i += 2) {
      [data[i], data[i + 1]] = [c * data[i] - s * data[i + 1], s * data[i] + c * data[i + 1]];
    }
    mesh.deform(turned);
    const swarm = new Swarm(mesh, { boundary });
    const start = Array.from({ length: 50 }, (_, i) => i / 100);
    swarm.addParticles(start.map((x) => [c * x, s * x]));
    assertEquals([swarm.count, swarm.lost], [50, 0]);
    for (let step = 0; step < 400; step++) {
      swarm.advect((_x, _y, _z, out) => {
        out[0] = c;
        out[1] = s;
      }, 0.001);
    }
    assertEquals([swarm.count, swarm.lost], [50, 0], boundary);
    start.forEach((x, i) => {
      const [px, py] = [swarm.coordinates.get(i, 0), swarm.coordinates.get(i, 1)];
      // 400 steps of one rounding each along the wall, and two at most across it.
      assertAlmostEquals(c * px + s * py, x + 0.4, 1e-13);
      assertAlmostEquals(c * py - s * px, 0, 5e-16);
    });
  }
});
