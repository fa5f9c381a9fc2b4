/** Spherical shells, and a flow in them whose solution is known. @module */
import { findEdges } from "../../src/mesh/edge_table.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import type { Flow } from "./_flows.ts";

const { PI, sin, cos, hypot, sqrt } = Math;

/** The radii of the shell. */
const inner = 0.5, outer = 1;

/**
 * The shell 0.5 < r < 1: an icosahedron whose triangles are cut into n^2 each, in `layers` layers of prisms of three
 * tetrahedra.
 *
 * @param geometryDegree 2 for curved cells.
 */
export function shell(n: number, layers: number, geometryDegree: 1 | 2, model = new Model()): Mesh {
  const { points, triangles } = sphere(n), count = points.length;
  const radius = (level: number) => inner + (outer - inner) * level / layers;
  const coordinates = Float64Array.from(
    { length: 3 * count * (layers + 1) },
    (_, i) => radius(Math.floor(i / (3 * count))) * points[Math.floor(i / 3) % count][i % 3],
  );
  const cells: number[] = [];
  for (let level = 0; level < layers; level++) {
    for (const triangle of triangles) {
      // By ascending numbers prisms beside each other cut their common side alike.
      const low = triangle.map((i) => i + level * count).sort((a, b) => a - b);
      const high = low.map((i) => i + count);
      for (let k = 0; k < 3; k++) {
        cells.push(...oriented([...low.slice(0, 3 - k), ...high.slice(2 - k)], coordinates));
      }
    }
  }
  const at = (level: number) => Int32Array.from(triangles.flat(), (i) => i + level * count);
  const data = {
    dim: 3 as const,
    coordinates,
    cells: Int32Array.from(cells),
    boundaries: new Map([["inner", at(0)], ["outer", at(layers)]]),
    regions: new Map<string, Int32Array>(),
    meshType: "shell",
    notes: [],
  };
  return new Mesh(model, geometryDegree === 1 ? data : { ...data, middles: middlesOf(data) });
}

/** Mid-side nodes half-way between the radii of both ends. */
function middlesOf({ coordinates: x, cells }: { coordinates: Float64Array; cells: Int32Array }) {
  const sizes = { nodeCount: x.length / 3, cellCount: cells.length / 4 };
  const { nodes: edges, count } = findEdges({ dim: 3, cells, ...sizes });
  const points = new Float64Array(3 * count);
  for (let e = 0; e < count; e++) {
    const [a, b] = [0, 1].map((
      k,
    ) => [...x.subarray(3 * edges[2 * e + k], 3 * edges[2 * e + k] + 3)]);
    const middle = a.map((value, d) => value + b[d]);
    const scale = (hypot(...a) + hypot(...b)) / 2 / hypot(...middle);
    points.set(middle.map((value) => scale * value), 3 * e);
  }
  return { edges, points };
}

function oriented(cell: number[], x: Float64Array): number[] {
  const [a, b, c] = [1, 2, 3].map((k) =>
    [0, 1, 2].map((d) => x[3 * cell[k] + d] - x[3 * cell[0] + d])
  );
  const volume = a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
    a[2] * (b[0] * c[1] - b[1] * c[0]);
  return volume > 0 ? cell : [cell[1], cell[0], cell[2], cell[3]];
}

/** Points on the unit sphere, and the triangles between them. */
function sphere(n: number): { points: number[][]; triangles: number[][] } {
  const golden = (1 + sqrt(5)) / 2, corners: number[][] = [];
  for (const a of [-1, 1]) {
    for (const b of [-golden, golden]) corners.push([0, a, b], [a, b, 0], [b, 0, a]);
  }
  const points: number[][] = [], known = new Map<string, number>();
  const numbered = (place: number[]) => {
    const size = hypot(...place), point = place.map((value) => value / size);
    const key = point.map((value) => (value + 0).toFixed(9)).join();
    if (!known.has(key)) known.set(key, points.push(point) - 1);
    return known.get(key)!;
  };
  const beside = (i: number, j: number) =>
    hypot(...corners[i].map((value, d) => value - corners[j][d])) < 2.1;
  const triangles: number[][] = [];
  for (let i = 0; i < 12; i++) {
    for (let j = i + 1; j < 12; j++) {
      for (let k = j + 1; k < 12; k++) {
        if (!beside(i, j) || !beside(j, k) || !beside(i, k)) continue;
        const at = (a: number, b: number) =>
          numbered(
            [0, 1, 2].map((d) =>
              a * corners[i][d] + b * corners[j][d] + (n - a - b) * corners[k][d]
            ),
          );
        for (let a = 0; a < n; a++) {
          for (let b = 0; a + b < n; b++) {
            triangles.push([at(a, b), at(a + 1, b), at(a, b + 1)]);
            if (a + b < n - 1) triangles.push([at(a + 1, b + 1), at(a + 1, b), at(a, b + 1)]);
          }
        }
      }
    }
  }
  return { points, triangles };
}

/**
 * Free slip in the shell, of degree l = 2: the poloidal flow `v = l (l + 1) q / r^3 Y x + q' grad Y` with
 * q = sin(c (r^3 - 1/8)), c = pi / (7/8), and the pressure x y; viscosity 1. q and `r q'' - 2 q'`, and so the radial
 * velocity and the shear, vanish on both spheres. See the spherical solutions of S. C. Kramer, D. R. Davies,
 * C. R. Wilson, Geosci. Model Dev. 14 (2021) 1899-1919, DOI 10.5194/gmd-14-1899-2021.
 */
export const shellFlow: Flow = {
  velocity: (x, y, z) => {
    const r = hypot(x, y, z), [q, dq] = radial(r);
    return poloidal(x, y, z, r, q, dq);
  },
  pressure: (x, y) => x * y,
  force: (x, y, z, out) => {
    const r = hypot(x, y, z), [q, dq, d2q, d3q] = radial(r);
    // -Laplace v is the flow of -(q'' - 6 q / r^2).
    const forces = poloidal(
      x,
      y,
      z,
      r,
      6 * q / (r * r) - d2q,
      6 * dq / (r * r) - 12 * q / r ** 3 - d3q,
    );
    out[0] = forces[0] + y;
    out[1] = forces[1] + x;
    out[2] = forces[2];
  },
};

/** q and its derivatives. */
function radial(r: number): [number, number, number, number] {
  const c = PI / (outer ** 3 - inner ** 3), a = c * (r ** 3 - inner ** 3);
  const s = 3 * c * r * r, ds = 6 * c * r, d2s = 6 * c;
  return [
    sin(a),
    s * cos(a),
    ds * cos(a) - s * s * sin(a),
    (d2s - s ** 3) * cos(a) - 3 * s * ds * sin(a),
  ];
}

/** The flow of q and q' with Y = h / r^2, h = x y + (2 z^2 - x^2 - y^2) / 4. */
function poloidal(x: number, y: number, z: number, r: number, q: number, dq: number): number[] {
  const square = r * r, h = x * y + (2 * z * z - x * x - y * y) / 4;
  const slope = [y - x / 2, x - y / 2, z];
  return [x, y, z].map((at, d) =>
    6 * q / r ** 3 * (h / square) * at + dq * (slope[d] / square - 2 * h * at / (square * square))
  );
}
