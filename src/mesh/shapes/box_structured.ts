/**
 * Boxes cut into equal boxes, and these into simplices.
 *
 * @module
 */
import type { MeshData } from "../mesh_data.ts";
import { type Corners, evenly } from "./box_corners.ts";

/**
 * `counts` equal boxes along each axis. In 2-D the diagonal from the lower left to the upper right
 * makes two triangles of each. In 3-D the six paths along edges from the lowest corner to the highest
 * make six tetrahedra (H. W. Kuhn, Some combinatorial lemmas in topology, IBM J. Res. Dev. 4 (1960),
 * DOI 10.1147/rd.45.0518); all boxes are cut alike, so faces of neighbours match.
 *
 * Nodes and boxes are numbered with x fastest.
 */
export function latticeBox(corners: Corners, counts: readonly number[]): MeshData {
  const axes = counts.map((n, d) => evenly(corners.min[d], corners.max[d], n));
  const flat = corners.dim === 2;
  return {
    dim: corners.dim,
    coordinates: flat ? planeNodes(axes[0], axes[1]) : spaceNodes(axes[0], axes[1], axes[2]),
    cells: flat ? triangles(counts[0], counts[1]) : tetrahedra(counts[0], counts[1], counts[2]),
    boundaries: flat ? sides(counts[0], counts[1]) : faces(counts[0], counts[1], counts[2]),
    regions: new Map(),
    meshType: "box",
    notes: [],
  };
}

function planeNodes(x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(2 * x.length * y.length);
  let at = 0;
  for (let j = 0; j < y.length; j++) {
    for (let i = 0; i < x.length; i++) {
      out[at++] = x[i];
      out[at++] = y[j];
    }
  }
  return out;
}

function spaceNodes(x: Float64Array, y: Float64Array, z: Float64Array): Float64Array {
  const out = new Float64Array(3 * x.length * y.length * z.length);
  let at = 0;
  for (let k = 0; k < z.length; k++) {
    for (let j = 0; j < y.length; j++) {
      for (let i = 0; i < x.length; i++) {
        out[at++] = x[i];
        out[at++] = y[j];
        out[at++] = z[k];
      }
    }
  }
  return out;
}

function triangles(nx: number, ny: number): Int32Array {
  const cells = new Int32Array(6 * nx * ny);
  let at = 0;
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const a = i + (nx + 1) * j, b = a + 1, c = b + nx + 1, d = a + nx + 1;
      cells[at++] = a;
      cells[at++] = b;
      cells[at++] = c;
      cells[at++] = a;
      cells[at++] = c;
      cells[at++] = d;
    }
  }
  return cells;
}

/** The four sides, each running with the box on its left. */
function sides(nx: number, ny: number): Map<string, Int32Array> {
  const line = (start: number, step: number, count: number) => {
    const nodes = new Int32Array(2 * count);
    for (let i = 0; i < count; i++) {
      nodes[2 * i] = start + step * i;
      nodes[2 * i + 1] = start + step * (i + 1);
    }
    return nodes;
  };
  const row = nx + 1, last = row * (ny + 1) - 1;
  return new Map([
    ["left", line(last - nx, -row, ny)],
    ["right", line(nx, row, ny)],
    ["bottom", line(0, 1, nx)],
    ["top", line(last, -1, nx)],
  ]);
}

function tetrahedra(nx: number, ny: number, nz: number): Int32Array {
  const dx = 1, dy = nx + 1, dz = (nx + 1) * (ny + 1);
  // From the lowest corner the path goes by `p`, then `q`; where the order of the axes is an odd
  // permutation, the two are exchanged to keep the orientation positive.
  const p = [dx, dx + dz, dy + dx, dy, dz, dz + dy];
  const q = [dx + dy, dx, dy, dy + dz, dz + dx, dz];
  const end = dx + dy + dz;
  const cells = new Int32Array(24 * nx * ny * nz);
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        const a = i * dx + j * dy + k * dz;
        for (let t = 0; t < 6; t++) {
          cells[at++] = a;
          cells[at++] = a + p[t];
          cells[at++] = a + q[t];
          cells[at++] = a + end;
        }
      }
    }
  }
  return cells;
}

/** The six faces, each square cut along its diagonal from lowest to highest, turning outwards. */
function faces(nx: number, ny: number, nz: number): Map<string, Int32Array> {
  const dx = 1, dy = nx + 1, dz = (nx + 1) * (ny + 1);
  /** Squares spanned by `u` and `v`, where u, v and the outward normal are right-handed. */
  const face = (start: number, u: number, nu: number, v: number, nv: number) => {
    const nodes = new Int32Array(6 * nu * nv);
    let at = 0;
    for (let j = 0; j < nv; j++) {
      for (let i = 0; i < nu; i++) {
        const a = start + i * u + j * v;
        nodes[at++] = a;
        nodes[at++] = a + u;
        nodes[at++] = a + u + v;
        nodes[at++] = a;
        nodes[at++] = a + u + v;
        nodes[at++] = a + v;
      }
    }
    return nodes;
  };
  return new Map([
    ["left", face(0, dz, nz, dy, ny)],
    ["right", face(nx * dx, dy, ny, dz, nz)],
    ["bottom", face(0, dy, ny, dx, nx)],
    ["top", face(nz * dz, dx, nx, dy, ny)],
    ["front", face(0, dx, nx, dz, nz)],
    ["back", face(ny * dy, dz, nz, dx, nx)],
  ]);
}
