import { assert, assertEquals } from "@std/assert";
import { forestOf } from "../../../src/mesh/adapt/change.ts";
import {
  jumpSquares,
  recoveryErrors,
  vertexGradients,
} from "../../../src/mesh/adapt/indicators.ts";
import { cellSizes, wantsOfShare } from "../../../src/mesh/adapt/marking.ts";
import { type Limits, planChange, type Target } from "../../../src/mesh/adapt/plan_change.ts";
import { elementOf } from "../../../src/mesh/elements/mod.ts";
import type { Geometry } from "../../../src/mesh/geometry.ts";
import type { Field } from "../../../src/mesh/interpolate.ts";
import { boxData } from "../../../src/mesh/shapes/box.ts";
import { geometryOfData } from "../_grids.ts";
import { meshOf } from "./_meshes.ts";
import { assertRounding } from "../../_helpers.ts";

const free: Limits = { minSize: 0, maxLevel: 255, maxCells: Infinity };

function square(n: number): Geometry {
  return geometryOfData(boxData({ min: [0, 0], max: [1, 1], cells: [n, n] }));
}

/** A size wanted at every node: small near a circle or sphere. */
function sizesAt(
  { topology: { dim, nodeCount }, coordinates }: Geometry,
  center: number,
  h: number,
) {
  return Float64Array.from({ length: nodeCount }, (_, n) => {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (coordinates[n * dim + d] - center) ** 2;
    return Math.max(h, 0.5 * Math.abs(Math.sqrt(square) - 0.3));
  });
}

Deno.test("a size field is met by every cell, and asking again changes nothing, while it moves", () => {
  for (
    const [name, h] of [["hexagons", 0.03], ["annulus", 0.03], ["channel", 0.02], [
      "kuhn",
      0.1,
    ]] as const
  ) {
    let { geometry, meshType } = meshOf(name);
    for (let move = 0; move < 3; move++) {
      const target = (): Target => ({
        kind: "size",
        wanted: sizesAt(geometry, 0.4 + 0.05 * move, h),
      });
      let passes = 0;
      for (; passes < 8; passes++) {
        const { change, limitedBy } = planChange(geometry, meshType, target(), free);
        assertEquals(limitedBy, null);
        if (change === null) break;
        geometry = change.geometry;
      }
      assert(passes < 8, `${name}: not settled after ${passes} passes`);
      const sizes = cellSizes(geometry), wanted = sizesAt(geometry, 0.4 + 0.05 * move, h);
      const { cells, dim } = geometry.topology;
      for (let c = 0; c < sizes.length; c++) {
        for (let k = 0; k <= dim; k++) assert(sizes[c] <= wanted[cells[c * (dim + 1) + k]]);
      }
    }
  }
});

function jumpsOf(geometry: Geometry, field: Field): Float64Array {
  return jumpSquares(geometry, vertexGradients(geometry, field), 1);
}

/** P1 values at nodes and their field. */
function nodal({ topology, coordinates }: Geometry, f: (x: number, y: number) => number) {
  const { dim, nodeCount } = topology;
  const data = Float64Array.from(
    { length: nodeCount },
    (_, n) => f(coordinates[n * dim], coordinates[n * dim + 1]),
  );
  const { cellDofs } = topology.dofMap(1, true);
  return { components: 1, data, cellDofs, element: elementOf(dim, 1) };
}

const front = (x: number, y: number) => Math.tanh(30 * (Math.hypot(x - 0.5, y - 0.5) - 0.3));

Deno.test("a front that stands still is settled within 8 calls", () => {
  let geometry = square(12), calls = 0;
  for (; calls < 8; calls++) {
    const indicator = recoveryErrors(geometry, nodal(geometry, front), null);
    const target = { kind: "tolerance" as const, indicator, value: 0.02, below: 0.1 };
    const { change } = planChange(geometry, "box", target, free);
    if (change === null) break;
    geometry = change.geometry;
  }
  assert(calls < 8);
  assert(geometry.topology.cellCount > 1000);
  const left = recoveryErrors(geometry, nodal(geometry, front), null);
  assert(left.every((error) => error <= 0.02));
});

Deno.test("the bulk criterion marks the fewest cells with their share, ties by number", () => {
  const indicator = Float64Array.of(1, 3, 2, 2, 2, 0.1);
  // Squares 1, 9, 4, 4, 4, 0.01 with the sum 22.01.
  const marks = (share: number, below = 0) => [...wantsOfShare(2, indicator, share, below).wants];
  assertEquals(marks(0.4), [0, 2, 0, 0, 0, 0]);
  assertEquals(marks(0.5), [0, 2, 2, 0, 0, 0]);
  assertEquals(marks(0.75), [0, 2, 2, 2, 0, 0]);
  assertEquals(marks(0.75, 0.1), [0, 2, 2, 2, 0, -2]);
  assertEquals(marks(1), [2, 2, 2, 2, 2, 2]);
  // No error at all needs no cells.
  assertEquals([...wantsOfShare(2, new Float64Array(3), 0.5, 0.1).wants], [-2, -2, -2]);
});

Deno.test("limits hold: sizes, levels and numbers of cells", () => {
  const geometry = square(8), wants = new Int16Array(128).fill(9);
  const plan = (limits: Partial<Limits>, target: Target = { kind: "wants", wants }) =>
    planChange(geometry, "box", target, { ...free, ...limits });
  const bySize = plan({ minSize: 1 / 32 });
  assertEquals(bySize.limitedBy, "minSize");
  for (const h of cellSizes(bySize.change!.geometry)) assertRounding(h, 1 / 32, 40);
  const byLevel = plan({ maxLevel: 3 });
  assertEquals(byLevel.limitedBy, "maxLevel");
  assert(forestOf(byLevel.change!.geometry).levels.every((level) => level === 3));
  const indicator = recoveryErrors(geometry, nodal(geometry, front), null);
  const targets: Target[] = [
    { kind: "size", wanted: sizesAt(geometry, 0.5, 0.01) },
    { kind: "tolerance", indicator, value: 0.02, below: 0.1 },
    { kind: "share", indicator, value: 0.9, below: 0.1 },
    { kind: "wants", wants: new Int16Array(128).map((_, c) => (c % 7 === 0 ? 4 : 0)) },
  ];
  for (const target of targets) {
    const whole = plan({}, target);
    assertEquals(whole.limitedBy, null);
    const most = Math.floor(0.8 * whole.change!.geometry.topology.cellCount);
    const { change, limitedBy } = plan({ maxCells: most }, target);
    assertEquals(limitedBy, "maxCells");
    const count = change?.geometry.topology.cellCount ?? 128;
    // All cells of one size are halved, or none: then nothing is left to do.
    assert(count <= most && (count > 128 || target.kind === "wants"), `${target.kind}: ${count}`);
  }
});

Deno.test("indicators vanish for what the elements hold, and fall with the order of the error", () => {
  const linear = nodal(square(5), (x, y) => 2 * x - y + 1);
  const g = square(5);
  for (const values of [recoveryErrors(g, linear, null), jumpsOf(g, linear)]) {
    // Gradients of size 2 from differences of values of size 1.
    assert(values.every((value) => value < 1e-13));
  }
  const total = (n: number, kind: "recovery" | "jumps") => {
    const geometry = square(n), field = nodal(geometry, (x, y) => Math.sin(3 * x) * Math.exp(y));
    const squares = kind === "jumps"
      ? jumpsOf(geometry, field)
      : recoveryErrors(geometry, field, null).map((error) => error * error);
    return Math.sqrt(squares.reduce((sum, x) => sum + x, 0));
  };
  for (const kind of ["recovery", "jumps"] as const) {
    const order = Math.log2(total(16, kind) / total(32, kind));
    // Gradients of linear functions have order 1.
    assert(Math.abs(order - 1) < 0.06, `${kind}: order ${order}`);
  }
});

Deno.test("a jump of the normal derivative has its exact integral", () => {
  // u = |x - 1/2| on a mesh with an edge row at x = 1/2: the jump is 2 on a line of length 1.
  const geometry = square(4), field = nodal(geometry, (x) => Math.abs(x - 0.5));
  const total = jumpsOf(geometry, field).reduce((sum, x) => sum + x, 0);
  // Both sides, h = sqrt(2) / 4, over 24: all factors are exact up to roundings.
  assert(Math.abs(total - 2 * 4 * Math.SQRT2 / 4 / 24) < 1e-14);
});
