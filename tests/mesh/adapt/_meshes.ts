/** Meshes of all kinds for tests of adaptation, and what is measured of them. */
import type { Geometry } from "../../../src/mesh/geometry.ts";
import { gmshData } from "../../../src/mesh/gmsh/gmsh_data.ts";
import type { MeshData } from "../../../src/mesh/mesh_data.ts";
import { annulusData } from "../../../src/mesh/shapes/annulus.ts";
import { boxData } from "../../../src/mesh/shapes/box.ts";
import { geometryOfData } from "../_grids.ts";

function fromFile(name: string): MeshData {
  return gmshData(Deno.readFileSync(new URL(`../../data/${name}`, import.meta.url)), name);
}

/** New mesh data of every kind, by name. */
export const meshes: Readonly<Record<string, () => MeshData>> = {
  hexagons: () => boxData({ min: [0, 0], max: [1, 1], cellSize: 0.1 }),
  squares: () => boxData({ min: [0, 0], max: [1, 1], cells: [6, 5] }),
  annulus: () => annulusData({ inner: 0.5, outer: 1, cellSize: 0.1 }),
  channel: () => fromFile("channel_cylinder.msh"),
  kuhn: () => boxData({ min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] }),
  shell: () => fromFile("shell3d.msh"),
};

/** A mesh by name, with the type that says which boundaries are circles. */
export function meshOf(name: string): { geometry: Geometry; meshType: string } {
  const data = meshes[name]();
  return { geometry: geometryOfData(data), meshType: data.meshType };
}

/** The smallest angle of triangles, or between the faces of tetrahedra, in degrees. */
export function smallestAngle({ topology, coordinates }: Geometry): number {
  const { dim, cells, cellCount } = topology;
  const at = (c: number, k: number) => {
    const n = cells[c * (dim + 1) + k] * dim;
    return [coordinates[n], coordinates[n + 1], dim === 3 ? coordinates[n + 2] : 0];
  };
  let most = -1;
  for (let c = 0; c < cellCount; c++) {
    if (dim === 2) {
      for (let k = 0; k < 3; k++) {
        const o = at(c, k), p = minus(at(c, (k + 1) % 3), o), q = minus(at(c, (k + 2) % 3), o);
        most = Math.max(most, dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q)));
      }
      continue;
    }
    const normals = [0, 1, 2, 3].map((k) => {
      const [p, q, r] = [0, 1, 2, 3].filter((v) => v !== k).map((v) => at(c, v));
      const normal = cross(minus(q, p), minus(r, p));
      const sign = Math.sign(dot(normal, minus(at(c, k), p)));
      const length = sign * Math.sqrt(dot(normal, normal));
      return normal.map((x) => x / length);
    });
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < i; j++) most = Math.max(most, -dot(normals[i], normals[j]));
    }
  }
  return Math.acos(most) * 180 / Math.PI;
}

/** The sum of areas or volumes. */
export function measureOf({ volumes }: Geometry): number {
  return volumes.reduce((sum, volume) => sum + volume, 0);
}

function minus(p: number[], q: number[]): number[] {
  return p.map((x, d) => x - q[d]);
}

function dot(p: number[], q: number[]): number {
  return p.reduce((sum, x, d) => sum + x * q[d], 0);
}

function cross(p: number[], q: number[]): number[] {
  return [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
}
