/**
 * What finding the cell of a point costs, with a hint that is right, with one that is a cell or so off,
 * and without; and what evaluating a P1 velocity there costs.
 *
 *     deno run bench/locate_bench.ts
 */
import { boxData } from "../src/mesh/shapes/box.ts";
import type { MeshData } from "../src/mesh/mesh_data.ts";
import { elementOf } from "../src/mesh/elements/mod.ts";
import { Geometry } from "../src/mesh/geometry.ts";
import { evaluateInto, type Field } from "../src/mesh/interpolate.ts";
import { Topology } from "../src/mesh/topology.ts";

const count = 200_000;

/** The median time of `work` over 9 runs, in nanoseconds per point. */
function perPoint(prepare: () => void, work: () => void): string {
  const times = Array.from({ length: 9 }, () => {
    prepare();
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  const median = times.sort((a, b) => a - b)[4];
  return `${((median / count) * 1e6).toFixed(1)} ns`.padStart(12);
}

function geometryOf(data: MeshData): Geometry {
  const topology = new Topology({
    dim: data.dim,
    nodeCount: data.coordinates.length / data.dim,
    cells: data.cells.slice(),
    boundaries: new Map(),
    regions: new Map(),
  });
  return new Geometry(topology, data.coordinates.slice());
}

function report(data: MeshData): void {
  const geometry = geometryOf(data);
  const { dim, cellCount, nodeCount, cells: cellDofs } = geometry.topology;
  // A low-discrepancy sequence; blocks of it are spread over the whole domain.
  const points = new Float64Array(count * dim);
  for (let i = 0; i < points.length; i++) {
    points[i] = (Math.floor(i / dim) * [0.7548776662, 0.5698402910, 0.3]![i % dim]) % 1;
  }
  const moved = points.map((x) => Math.min(1, x + 0.5 * geometry.minRadius));
  const found = new Int32Array(count), cells = new Int32Array(count);
  const barycentric = new Float64Array(count * (dim + 1));
  found.fill(-1);
  geometry.locator.locate(points, count, found, barycentric);
  const locate = (where: Float64Array) => () =>
    geometry.locator.locate(where, count, cells, barycentric);
  const data1 = Float64Array.from({ length: nodeCount * dim }, (_, i) => i % 7);
  const field: Field = { components: dim, data: data1, cellDofs, element: elementOf(dim, 1) };
  const out = new Float64Array(count * dim);
  console.log(`${dim}-D, ${cellCount} cells, ${count} points`);
  console.log("  right hint     ", perPoint(() => cells.set(found), locate(points)));
  console.log("  half a cell off", perPoint(() => cells.set(found), locate(moved)));
  console.log("  no hint        ", perPoint(() => cells.fill(-1), locate(points)));
  console.log(
    "  P1 velocity    ",
    perPoint(() => {}, () => evaluateInto(field, cells, barycentric, count, out)),
  );
}

report(boxData({ min: [0, 0], max: [1, 1], cells: [100, 100] }));
report(boxData({ min: [0, 0, 0], max: [1, 1, 1], cells: [15, 15, 15] }));
