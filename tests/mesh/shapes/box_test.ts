import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fc } from "../../_fast_check.ts";
import { boxData, type BoxMeshOptions } from "../../../src/mesh/shapes/box.ts";
import { checkMesh, smallestAngle, sum, volumesOf } from "../mesh_facts.ts";
import { assertRounding } from "../../_helpers.ts";

Deno.test("a structured box in 2-D has the counts, the area and the sides asked for", () => {
  const box = boxData({ min: [-1, 2], max: [3, 2.5], cells: [8, 3] });
  checkMesh(box, { boundariesCoverAll: true });
  assertEquals([box.dim, box.meshType, box.notes.length, box.regions.size], [2, "box", 0, 0]);
  assertEquals([box.cells.length / 3, box.coordinates.length / 2], [48, 36]);
  assertRounding(sum(volumesOf(box)), 2, 40);
  const counts = [...box.boundaries].map(([name, nodes]) => [name, nodes.length / 2]);
  assertEquals(counts, [["left", 3], ["right", 3], ["bottom", 8], ["top", 8]]);
});

const planes = {
  left: [0, "min"],
  right: [0, "max"],
  bottom: [2, "min"],
  top: [2, "max"],
  front: [1, "min"],
  back: [1, "max"],
} as const;

Deno.test("every labelled side of a box lies exactly where its name says", () => {
  const corners = { min: [0.1, -0.7, 1 / 3], max: [0.3, 0.2, 0.7] };
  const flat = { min: corners.min.slice(0, 2), max: corners.max.slice(0, 2) };
  const boxes = [
    boxData({ ...corners, cells: [3, 2, 4] }),
    boxData({ ...flat, cells: [7, 11] }),
    boxData({ ...flat, cellSize: 0.04 }),
    boxData({ min: [...flat.min].reverse(), max: [...flat.max].reverse(), cellSize: 0.04 }),
  ];
  for (const [i, box] of boxes.entries()) {
    const min = i === 3 ? flat.min.toReversed() : corners.min;
    const max = i === 3 ? flat.max.toReversed() : corners.max;
    assertEquals(box.boundaries.size, 2 * box.dim);
    for (const [name, nodes] of box.boundaries) {
      const [axis, end] = planes[name as keyof typeof planes];
      const d = box.dim === 2 && axis === 2 ? 1 : axis;
      const wanted = end === "min" ? min[d] : max[d];
      for (const node of nodes) assertEquals(box.coordinates[box.dim * node + d], wanted);
    }
  }
});

Deno.test("the six tetrahedra of each box conform, fill it and have equal volumes", () => {
  const box = boxData({ min: [0, 0, 0], max: [2, 3, 1], cells: [4, 2, 3] });
  checkMesh(box, { boundariesCoverAll: true });
  assertEquals([box.cells.length / 4, box.coordinates.length / 3], [144, 60]);
  const volumes = volumesOf(box);
  assertRounding(sum(volumes), 6, 400);
  for (const volume of volumes) assertRounding(volume, 6 / 144, 4);
});

Deno.test("cellSize in 3-D gives the nearest whole numbers of boxes", () => {
  const box = boxData({ min: [0, 0, 0], max: [1, 0.1, 0.52], cellSize: 0.25 });
  assertEquals(box.cells.length / 4, 6 * 4 * 1 * 2);
});

Deno.test("structured boxes of any counts and corners conform and add up", () => {
  const count = fc.integer({ min: 1, max: 5 });
  const low = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const width = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  const axis = fc.record({ count, low, width });
  fc.assert(
    fc.property(fc.array(axis, { minLength: 2, maxLength: 3 }), (axes) => {
      const min = axes.map((a) => a.low), max = axes.map((a) => a.low + a.width);
      const box = boxData({ min, max, cells: axes.map((a) => a.count) });
      checkMesh(box, { boundariesCoverAll: true });
      const volume = max.reduce((product, high, d) => product * (high - min[d]), 1);
      // Differences of coordinates of size 1e3 have errors of 1e-13, over lengths of 1e-3 / 5.
      assertAlmostEquals(sum(volumesOf(box)), volume, 1e-8 * volume);
    }),
    { numRuns: 60, seed: 7 },
  );
});

Deno.test("an unstructured box of any shape and size has no angle below 25 degrees", () => {
  const length = fc.double({ min: 0.02, max: 20, noNaN: true });
  fc.assert(
    fc.property(length, length, fc.double({ min: 0.03, max: 3, noNaN: true }), (w, h, part) => {
      const cellSize = part * Math.sqrt(w * h);
      const box = boxData({ min: [-1, 4], max: [-1 + w, 4 + h], cellSize });
      checkMesh(box, { boundariesCoverAll: true });
      assert(smallestAngle(box) > 25, `${smallestAngle(box)} degrees`);
      // Differences of coordinates up to 24, over cells down to 0.03 * 0.02.
      assertAlmostEquals(sum(volumesOf(box)), w * h, 1e-10 * w * h);
    }),
    { numRuns: 60, seed: 11 },
  );
});

Deno.test("an unstructured box has about the cells that cellSize asks for, and no structured ones", () => {
  const box = boxData({ min: [0, 0], max: [1, 1], cellSize: 0.05 });
  // Equilateral triangles of that size would be 924.
  assert(Math.abs(box.cells.length / 3 - 924) < 150, `${box.cells.length / 3} cells`);
  const valence = new Int32Array(box.coordinates.length / 2);
  for (const node of box.cells) valence[node]++;
  const six = valence.filter((cells) => cells === 6).length;
  assert(six / valence.length > 0.7, "inside, six triangles meet at a node");
});

Deno.test("a thin box gets triangles as small as it is thin", () => {
  const box = boxData({ min: [0, 0], max: [10, 0.02], cellSize: 1 });
  checkMesh(box, { boundariesCoverAll: true });
  assert(smallestAngle(box) > 25);
});

Deno.test("the same box twice has the same bits", () => {
  const options = { min: [0, 0], max: [1, 0.7], cellSize: 0.03 };
  const a = boxData(options), b = boxData(options);
  assertEquals(a.cells, b.cells);
  assertEquals(a.coordinates, b.coordinates);
});

Deno.test("moving a box far away changes coordinates only", () => {
  const near = boxData({ min: [0, 0], max: [1, 1], cellSize: 0.1 });
  const far = boxData({ min: [1e9, 1e9], max: [1e9 + 1, 1e9 + 1], cellSize: 0.1 });
  assertEquals(near.cells, far.cells);
});

Deno.test("what is no box is refused with what was asked and found", () => {
  const unit = { min: [0, 0], max: [1, 1] };
  const range: [unknown, string][] = [
    [{ min: [0, NaN], max: [1, 1], cellSize: 1 }, "min[1] has to be finite, got NaN"],
    [{ min: [0, 1], max: [1, 1], cellSize: 1 }, "min[1] has to be below max[1], got 1 and 1"],
    [{ min: [0], max: [1], cells: [1] }, "2 or 3 numbers, got 1"],
    [{ min: [0, 0], max: [1, 1, 1], cells: [1, 1] }, "max has to have 2 numbers, got 3"],
    [{ min: [-1e308, 0], max: [1e308, 1], cells: [2, 2] }, "too large"],
    [{ min: [1e16, 0], max: [1e16 + 4, 1], cells: [9, 1] }, "too small to be told apart"],
    [{ ...unit, cells: [2, 0] }, "cells[1] has to be a whole number from 1 on, got 0"],
    [{ ...unit, cells: [2.5, 2] }, "cells[0] has to be a whole number from 1 on, got 2.5"],
    [{ ...unit, cells: [2, 2, 2] }, "cells has to have 2 numbers, got 3"],
    [{ ...unit, cells: [1e5, 1e5] }, "2.00e+10 cells; the limit is 50 million"],
    [{ ...unit, cellSize: 0 }, "cellSize has to be above 0, got 0"],
    [{ ...unit, cellSize: -1 }, "cellSize has to be above 0, got -1"],
    [{ ...unit, cellSize: Infinity }, "cellSize has to be finite"],
    [{ ...unit, cellSize: 1e-9 }, "the limit is 50 million"],
    [{ min: [0, 0], max: [1, 1e-9], cellSize: 1 }, "the limit is 50 million"],
    [{ min: [0, 0, 0], max: [1, 1, 1], cellSize: 1e-300 }, "the limit is 50 million"],
  ];
  for (const [options, message] of range) {
    assertThrows(() => boxData(options as BoxMeshOptions), RangeError, message);
  }
  // Nothing is made of these; ranks share what each of them makes a part of.
  const large = { ...unit, cells: [6000, 5000] };
  assertEquals(boxData(large, 2).meshType, "box");
  const twice = { ...unit, cells: [12000, 5000] };
  assertThrows(() => boxData(twice, 2), RangeError, "the limit is 100 million on 2 ranks");
  const around = { ...large, periodic: ["x"] as const };
  assertThrows(() => boxData(around, 2), RangeError, "the limit is 50 million");
  const type: [unknown, string][] = [
    [undefined, "boxMesh takes { min, max, cellSize, cells, periodic }, got undefined"],
    [unit, "either cellSize or cells, got neither"],
    [{ ...unit, cellSize: 1, cells: [1, 1] }, "either cellSize or cells, got both"],
    [{ ...unit, cellSize: "1" }, 'cellSize has to be a number, got "1"'],
    [{ ...unit, cells: 4 }, "cells has to be a list of numbers, got 4"],
    [{ ...unit, cells: [2, null] }, "cells[1] has to be a number, got null"],
    [{ max: [1, 1], cellSize: 1 }, "min has to be a list of numbers, got undefined"],
    [{ ...unit, cellsize: 1 }, "no option 'cellsize'; did you mean 'cellSize'?"],
  ];
  for (const [options, message] of type) {
    assertThrows(() => boxData(options as BoxMeshOptions), TypeError, message);
  }
});
