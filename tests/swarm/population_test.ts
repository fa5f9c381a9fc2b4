import { assert, assertEquals, assertThrows } from "@std/assert";
import { fc } from "../_fast_check.ts";
import { assertSameBytes } from "../_helpers.ts";
import { ModelBusyError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { layoutOf } from "../../src/swarm/layout.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { boxSwarm, scattered } from "./_setup.ts";

Deno.test("populate puts perCell particles strictly inside every cell, alike in all", () => {
  for (const dim of [2, 3] as const) {
    for (const perCell of [1, 2, 3, 4, 6, 13, 80]) {
      const { mesh, swarm } = boxSwarm({ dim, n: 2 });
      assertEquals(swarm.populate({ perCell }), perCell * mesh.cellCount);
      const { cells, barycentric } = mesh.locate(swarm.coordinates);
      const layout = layoutOf(dim, perCell);
      for (let i = 0; i < swarm.count; i++) {
        assertEquals(cells[i], Math.floor(i / perCell));
        for (let k = 0; k <= dim; k++) {
          const expected = layout[(i % perCell) * (dim + 1) + k];
          assert(expected > 1e-4);
          // Coordinates are of size 1: a few roundings of 1e-16, times the inverse cell size.
          assert(Math.abs(barycentric.get(i, k) - expected) < 1e-13);
        }
      }
    }
  }
});

Deno.test("populate spreads the particles of a cell and starts from the centroid", () => {
  for (const dim of [2, 3] as const) {
    for (let k = 0; k <= dim; k++) {
      assertEquals(layoutOf(dim, 1)[k], 1 / (dim + 1));
    }
    for (const n of [3, 4, 6, 10, 20]) {
      const layout = layoutOf(dim, n), width = dim + 1;
      let nearest = Infinity;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) {
          let sum = 0;
          for (let k = 0; k < width; k++) {
            sum += (layout[i * width + k] - layout[j * width + k]) ** 2;
          }
          nearest = Math.min(nearest, Math.sqrt(sum / 2));
        }
      }
      // In units of the edge, centroids of four equal triangles are 0.58 * 4^(-1/2) apart, and spheres
      // packed as densely as can be would be 0.55 * n^(-1/3) apart in a tetrahedron.
      assert(nearest > (dim === 2 ? 0.5 : 0.35) * n ** (-1 / dim), `${dim}-D, ${n}: ${nearest}`);
    }
  }
});

Deno.test("populate is the same in every run, and adds to what is there", () => {
  const a = boxSwarm().swarm, b = boxSwarm().swarm;
  a.populate({ perCell: 5 });
  b.populate({ perCell: 5 });
  assertSameBytes(a.coordinates.data, b.coordinates.data);
  const before = a.count;
  assertEquals(a.populate({ perCell: 1 }), 128);
  assertEquals(a.count, before + 128);
});

Deno.test("ids are unique for ever, through adding, removing, losing and restoring", () => {
  const { model, swarm } = boxSwarm();
  const seen = new Set<bigint>();
  const note = (ids: BigInt64Array) => {
    for (const id of ids) {
      assert(!seen.has(id));
      seen.add(id);
    }
  };
  note(swarm.addParticles(scattered(10, 2)));
  swarm.removeParticles((i) => i >= 5);
  note(swarm.addParticles([[0, 0]]));
  assertEquals(swarm.addParticles([[0, 5], [0.5, 0.5], [9, 9]]), BigInt64Array.of(12n));
  note(BigInt64Array.of(12n));
  assertEquals(swarm.lost, 2);
  note(swarm.addParticles([[0, 0]]));
  assertEquals(swarm.ids.at(-1), 14n);
  using token = model.saveState();
  const first = swarm.addParticles([[0, 0], [0.1, 0]]);
  model.loadState(token);
  assertEquals(swarm.addParticles([[0, 0], [0.1, 0]]), first);
});

Deno.test("removing keeps the order and all values of the others", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (mask) => {
      const { swarm } = boxSwarm({ n: 1 });
      const a = swarm.addVariable("a", { dtype: "uint8", components: 3 });
      const b = swarm.addVariable("b", { dtype: "float32" });
      const points = scattered(mask.length, 2);
      swarm.addParticles(points);
      for (let i = 0; i < a.data.length; i++) a.data[i] = i;
      for (let i = 0; i < b.data.length; i++) b.data[i] = -i;
      const stay = mask.map((gone, i) => gone ? -1 : i).filter((i) => i >= 0);
      assertEquals(swarm.removeParticles(mask), mask.length - stay.length);
      assertEquals([...swarm.ids], stay.map(BigInt));
      assertEquals([...b.data], stay.map((i) => -i));
      assertEquals(
        [...a.data],
        stay.flatMap((i) => [3 * i, 3 * i + 1, 3 * i + 2].map((v) => v & 255)),
      );
      assertEquals(
        [...swarm.coordinates.data],
        stay.flatMap((i) => [points[2 * i], points[2 * i + 1]]),
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("the three kinds of mask mean the same", () => {
  const count = (mask: Parameters<Swarm["removeParticles"]>[0]) => {
    const { swarm } = boxSwarm();
    swarm.addParticles(scattered(6, 2));
    swarm.removeParticles(mask);
    return [...swarm.ids];
  };
  const expected = [0n, 2n, 3n, 4n];
  assertEquals(count(Uint8Array.of(0, 1, 0, 0, 0, 1)), expected);
  assertEquals(count([false, true, false, false, false, true]), expected);
  assertEquals(count((i) => i % 4 === 1), expected);
});

Deno.test("new particles have zeros, also in rows that removed ones left", () => {
  const { swarm } = boxSwarm();
  const v = swarm.addVariable("v");
  swarm.addParticles(scattered(40, 2));
  v.set(7);
  swarm.removeParticles((i) => i >= 3);
  swarm.addParticles(scattered(500, 2));
  assertEquals([...v.data.slice(0, 4)], [7, 7, 7, 0]);
  assert(v.data.subarray(3).every((x) => Object.is(x, 0)));
});

Deno.test("views are live: the same object until the population changes", () => {
  const { swarm } = boxSwarm();
  swarm.addParticles([[0, 0], [0.5, 0.5]]);
  const view = swarm.coordinates;
  assert(view === swarm.coordinates && swarm.ids === swarm.ids);
  view.set(1, 0, 0.25);
  assertEquals(swarm.coordinates.data[2], 0.25);
  swarm.advect((_x, _y, _z, out) => void (out[0] = 0.5), 0.1);
  assertEquals(view.get(1, 0), 0.3);
  swarm.addParticles([[0, 0]]);
  assert(view !== swarm.coordinates);
  assertEquals(swarm.coordinates.shape, [3, 2]);
});

Deno.test("populationGeneration grows with every change of population", () => {
  const { model, swarm } = boxSwarm();
  let last = swarm.populationGeneration;
  const grows = (work: () => unknown) => {
    work();
    assert(swarm.populationGeneration > last);
    last = swarm.populationGeneration;
  };
  grows(() => swarm.populate({ perCell: 1 }));
  grows(() => swarm.addParticles([[0, 0]]));
  grows(() => swarm.removeParticles((i) => i === 0));
  grows(() => swarm.migrate());
  grows(() => swarm.advect((_x, _y, _z, out) => void (out[0] = 1), 0.5));
  const token = model.saveState();
  swarm.advect((_x, _y, _z, out) => void (out[0] = 0), 0.5);
  assertEquals(swarm.populationGeneration, last);
  grows(() => model.loadState(token));
});

Deno.test("a swarm of no particles does everything", () => {
  const { model, swarm } = boxSwarm();
  const v = swarm.addVariable("v", { components: 2 });
  assertEquals(swarm.addParticles([]), new BigInt64Array(0));
  assertEquals(swarm.addParticles(new Float64Array(0), { migrate: false }).length, 0);
  assertEquals([swarm.count, swarm.ids.length, v.data.length], [0, 0, 0]);
  assertEquals([swarm.coordinates.shape, v.array.shape], [[0, 2], [0, 2]]);
  swarm.advect((_x, _y, _z, out) => void (out[0] = 1), 1, { order: 4, stepLimit: 1 });
  swarm.migrate();
  swarm.removeParticles([]);
  v.set(3);
  model.loadState(model.saveState());
  assertEquals(swarm.count, 0);
});

Deno.test("bad arguments are errors, and change nothing", () => {
  const { model, mesh, swarm } = boxSwarm();
  swarm.addParticles([[0, 0], [0.5, 0.5]]);
  const v = swarm.addVariable("v");
  const generation = swarm.populationGeneration;
  // deno-lint-ignore no-explicit-any -- wrong types on purpose
  const bad = (value: unknown) => value as any;
  assertThrows(() => new Swarm(bad({})), TypeError, "mesh first");
  assertThrows(() => new Swarm(mesh, { boundary: bad("bounce") }), RangeError, "bounce");
  assertThrows(() => new Swarm(mesh, { name: swarm.name }), RangeError);
  assertEquals(model.swarms.size, 1);
  assertThrows(() => swarm.addVariable("v"), RangeError, "already");
  assertThrows(() => swarm.addVariable(""), TypeError);
  assertThrows(() => swarm.addVariable("w", { components: 0 }), RangeError, "components");
  assertThrows(() => swarm.addVariable("w", { components: 1.5 }), RangeError, "components");
  assertThrows(() => swarm.addVariable("w", { dtype: bad("float128") }), RangeError, "float64");
  assertThrows(() => swarm.removeVariable(bad({ name: "v" })), RangeError, "is none of");
  for (const perCell of [0, -1, 1.5, NaN, "3", undefined]) {
    assertThrows(() => swarm.populate({ perCell: bad(perCell) }), RangeError, "perCell");
  }
  assertThrows(() => swarm.addParticles(bad("here")), TypeError);
  assertThrows(() => swarm.addParticles([[1, 2, 3]]), RangeError);
  assertThrows(() => swarm.addParticles([[0, NaN]]), RangeError, "point 0");
  assertThrows(() => swarm.removeParticles([true]), RangeError, "2 particles");
  assertThrows(() => swarm.removeParticles(bad(1)), TypeError);
  assertEquals([swarm.count, swarm.populationGeneration], [2, generation]);
  assertEquals([...swarm.variables.keys()], [v.name]);
  swarm.removeVariable(v);
  assertThrows(() => swarm.removeVariable(v), RangeError);
  assertEquals(swarm.variables.size, 0);
});

Deno.test("swarms get names by count, or their own", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  assertEquals(new Swarm(mesh).name, "Swarm_0");
  assertEquals(new Swarm(mesh, { name: "dust" }).name, "dust");
  assertEquals([...model.swarms.keys()], ["Swarm_0", "dust"]);
});

Deno.test("functions that change the population while it is looked at are refused", () => {
  const { swarm } = boxSwarm();
  swarm.populate({ perCell: 1 });
  const { count } = swarm;
  const mark = swarm.addVariable("mark");
  assertThrows(
    () => swarm.removeParticles(() => swarm.populate({ perCell: 1 }) > 0),
    ModelBusyError,
    "removeParticles of swarm",
  );
  assertEquals([swarm.count, swarm.removeParticles(() => false)], [count, 0]);
  assertThrows(
    () => mark.set(() => swarm.populate({ perCell: 1 })),
    ModelBusyError,
    "set of variable 'mark' of swarm",
  );
  assertEquals(swarm.count, count);
});

Deno.test("populate fills the cells that it is given, as it fills all", () => {
  const { swarm, mesh } = boxSwarm({ n: 3 });
  const all = new Swarm(mesh);
  all.populate({ perCell: 4 });
  assertEquals(swarm.populate({ perCell: 4, cells: [2, 5, 17] }), 12);
  assertEquals(swarm.populate({ perCell: 4, cells: Int32Array.of(0) }), 4);
  assertEquals(swarm.populate({ perCell: 2, cells: [] }), 0);
  assertEquals([...swarm.ids], Array.from({ length: 16 }, (_, i) => BigInt(i)));
  [2, 5, 17, 0].forEach((cell, n) => {
    assertEquals(
      swarm.coordinates.data.slice(8 * n, 8 * n + 8),
      all.coordinates.data.slice(8 * cell, 8 * cell + 8),
    );
  });
  for (const cells of [[3, 2], [1, 1], [-1], [18], [0.5], ["a"]]) {
    assertThrows(
      () => swarm.populate({ perCell: 1, cells: cells as number[] }),
      RangeError,
      "ascending",
    );
  }
  assertThrows(() => swarm.populate({ perCell: 1, cells: 3 as never }), TypeError, "the number 3");
  assertThrows(() => swarm.populate({ perCell: 0, cells: [1] }), RangeError, "perCell");
  assertEquals(swarm.count, 16);
});
