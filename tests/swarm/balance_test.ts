import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import type { SwarmOptions } from "../../src/swarm/swarm_options.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

function build(dim: 2 | 3 = 2, options: SwarmOptions = {}) {
  const model = new Model({ seed: 2 });
  const mesh = boxMesh(model, {
    min: new Array(dim).fill(0),
    max: new Array(dim).fill(1),
    cells: new Array(dim).fill(dim === 2 ? 6 : 3),
  });
  const swarm = new Swarm(mesh, options);
  const mass = swarm.addVariable("mass"), kind = swarm.addVariable("kind", { dtype: "int32" });
  const field = swarm.addVariable("field", { components: 2 });
  const label = swarm.addVariable("label", { dtype: "int64" });
  return { model, mesh, swarm, mass, kind, field, label };
}

/** Points crowded into one corner, the same in every run. */
function crowd(swarm: Swarm, count: number): void {
  const { dim } = swarm.mesh;
  const points = Array.from(
    { length: count },
    (_, i) => Array.from({ length: dim }, (_, d) => ((i + 1) * 0.6180339887 ** (d + 1) % 1) ** 3),
  );
  swarm.addParticles(points);
}

function perCell(swarm: Swarm): number[] {
  const counts = new Array(swarm.mesh.cellCount).fill(0);
  for (const cell of swarm.mesh.locate(swarm.coordinates).cells) counts[cell]++;
  return counts;
}

const total = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((a, b) => a + b, 0);

Deno.test("every cell has from fewest to most particles, old ones keep their places and new ones new ids", () => {
  for (const dim of [2, 3] as const) {
    const { swarm } = build(dim);
    crowd(swarm, 900);
    const { ids } = swarm,
      before = [...ids],
      places = new Map(
        before.map((id, i) => [id, swarm.coordinates.data.slice(i * dim, (i + 1) * dim).join()]),
      );
    const { added, removed } = swarm.balance({ fewest: 3, most: 8 });
    assertEquals(swarm.count, 900 + added - removed);
    assert(added > 0 && removed > 0);
    assert(perCell(swarm).every((n) => n >= 3 && n <= 8));
    [...swarm.ids].forEach((id, i) => {
      const place = places.get(id);
      if (place === undefined) assert(id >= 900n);
      else assertEquals(swarm.coordinates.data.slice(i * dim, (i + 1) * dim).join(), place);
    });
    assertEquals(new Set(swarm.ids).size, swarm.count);
    // Nothing is left to do.
    assertEquals(swarm.balance({ fewest: 3, most: 8 }), { added: 0, removed: 0 });
  }
});

Deno.test("cells so thin that new particles lie beside them are filled once", () => {
  const { mesh, swarm } = build();
  swarm.populate({ perCell: 1 });
  const x = mesh.coordinates.data.slice();
  x[0] = -1e15;
  mesh.deform(x);
  const { added } = swarm.balance({ fewest: 2 });
  assert(added > 0 && added <= 2 * mesh.cellCount, `${added} came`);
});

Deno.test("those that are closest to others go first", () => {
  const { swarm, mesh } = build();
  const { cells } = mesh.locate([[0.05, 0.02]]);
  // All in the first cell, the third next to the first.
  swarm.addParticles([[0.05, 0.02], [0.14, 0.1], [0.051, 0.02], [0.15, 0.01]]);
  assertEquals(mesh.locate(swarm.coordinates).cells, new Int32Array(4).fill(cells[0]));
  swarm.balance({ most: 3 });
  assertEquals([...swarm.ids], [0n, 1n, 3n]);
});

Deno.test("new particles carry the values of the nearest, bit for bit, of any type", () => {
  const { swarm, kind, field, label } = build();
  swarm.populate({ perCell: 1 });
  kind.set((x) => (x > 0.5 ? 7 : -7));
  label.data.forEach((_, i) => label.data[i] = 2n ** 60n + BigInt(i));
  const words = new Uint32Array(field.data.buffer, field.data.byteOffset, field.data.length * 2);
  // A NaN with a payload of its own must stay that one.
  words.set([1234, 0x7ff80000], 0);
  const first = swarm.count;
  swarm.balance({ fewest: 4 });
  const { cells } = swarm.mesh.locate(swarm.coordinates);
  for (let i = first; i < swarm.count; i++) {
    let nearest = -1, least = Infinity;
    for (let j = 0; j < first; j++) {
      const x = swarm.coordinates.get(i, 0) - swarm.coordinates.get(j, 0);
      const y = swarm.coordinates.get(i, 1) - swarm.coordinates.get(j, 1);
      if (x * x + y * y < least) [least, nearest] = [x * x + y * y, j];
    }
    assertEquals(label.data[i], label.data[nearest]);
    assertEquals(kind.data[i], kind.data[nearest]);
    const now = new Uint32Array(field.data.buffer, field.data.byteOffset, field.data.length * 2);
    assertEquals(now.slice(4 * i, 4 * i + 4), now.slice(4 * nearest, 4 * nearest + 4));
  }
  assert(cells.every((cell) => cell >= 0));
});

Deno.test("linear values are exact for linear functions, and bounded by the particles around", () => {
  for (const dim of [2, 3] as const) {
    const { swarm, field } = build(dim);
    swarm.populate({ perCell: 3 });
    const linear = (x: number, y: number, z: number, out: Float64Array) => {
      out[0] = 1 + 2 * x - 3 * y + z;
      out[1] = x > 0.5 ? 1 : 0;
    };
    field.set(linear);
    const first = swarm.count, row = new Float64Array(2);
    swarm.balance({ fewest: 6, values: "linear" });
    assert(swarm.count > first);
    for (let i = first; i < swarm.count; i++) {
      const x = swarm.coordinates.data.subarray(i * dim, (i + 1) * dim);
      linear(x[0], x[1], dim === 3 ? x[2] : 0, row);
      // At the boundary a value outside of those around is cut off.
      const inside = x.every((t) => t > 0.2 && t < 0.8);
      if (inside) assertAlmostEquals(field.data[2 * i], row[0], 1e-12);
      assert(field.data[2 * i + 1] >= 0 && field.data[2 * i + 1] <= 1);
    }
  }
});

Deno.test("totals stay where that is asked for", () => {
  const { swarm, mass } = build();
  crowd(swarm, 500);
  mass.set((x, y) => 1 + x * y);
  const before = total(mass.data);
  const { added, removed } = swarm.balance({ fewest: 2, most: 6, conserve: ["mass"] });
  assert(added > 0 && removed > 0);
  // Sums of some hundred numbers of size 1.
  assertAlmostEquals(total(mass.data), before, 1e-10);
  assert(mass.data.every((m) => m >= 0));
});

Deno.test("a swarm that balances itself goes on in the same bytes after a restore", () => {
  const run = (spoil: boolean) => {
    const { model, swarm, mesh } = build(2, { boundary: "clamp", balance: { fewest: 2, most: 6 } });
    swarm.populate({ perCell: 4 });
    const step = () =>
      swarm.advect((x, y, _z, out) => {
        out[0] = 0.5 - y + 0.2 * (0.5 - x);
        out[1] = x - 0.5 + 0.2 * (0.5 - y);
      }, 0.2);
    for (let i = 0; i < 3; i++) step();
    const state = model.saveState();
    if (spoil) {
      mesh.refine();
      step();
      model.loadState(state);
    }
    for (let i = 0; i < 3; i++) step();
    assert(perCell(swarm).every((n) => n >= 2 && n <= 6));
    return model.saveState();
  };
  assertEquals(diffSnapshots(run(false), run(true)), []);
});

Deno.test("an empty swarm stays empty, and bad options change nothing", () => {
  const { swarm } = build();
  assertEquals(swarm.balance({ fewest: 3 }), { added: 0, removed: 0 });
  const refused = (options: object, words: string) =>
    assertThrows(() => swarm.balance(options), Error, words);
  refused({ fewest: 0.5 }, "fewest is a whole number");
  refused({ fewest: 3, most: 2 }, "not below fewest (3)");
  refused({ values: "best" }, '"nearest" or "linear"');
  refused({ conserve: ["kind"] }, "there are 'mass', 'field'");
  refused({ conserve: "mass" }, "a list of names");
});
