/** What the tests want to know of mesh data, each worked out in the plainest way. */
import { assert, assertEquals } from "@std/assert";
import type { MeshData } from "../../src/mesh/mesh_data.ts";

/** Signed areas or volumes of the cells. */
export function volumesOf({ dim, cells, coordinates: x }: MeshData): number[] {
  const volumes: number[] = [];
  for (let i = 0; i < cells.length; i += dim + 1) {
    const at = (k: number, d: number) => x[dim * cells[i + k] + d] - x[dim * cells[i] + d];
    volumes.push(
      dim === 2
        ? (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0)) / 2
        : (at(1, 0) * (at(2, 1) * at(3, 2) - at(2, 2) * at(3, 1)) +
          at(1, 1) * (at(2, 2) * at(3, 0) - at(2, 0) * at(3, 2)) +
          at(1, 2) * (at(2, 0) * at(3, 1) - at(2, 1) * at(3, 0))) / 6,
    );
  }
  return volumes;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The smallest angle of any triangle, in degrees. */
export function smallestAngle({ cells, coordinates: x }: MeshData): number {
  let least = 180;
  for (let i = 0; i < cells.length; i++) {
    const cell = i - i % 3;
    const [a, b, c] = [cells[i], cells[cell + (i + 1) % 3], cells[cell + (i + 2) % 3]];
    const ux = x[2 * b] - x[2 * a], uy = x[2 * b + 1] - x[2 * a + 1];
    const vx = x[2 * c] - x[2 * a], vy = x[2 * c + 1] - x[2 * a + 1];
    const angle = Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy);
    least = Math.min(least, angle * 180 / Math.PI);
  }
  return least;
}

/** Facets of cell corners, turning outwards; facet k is opposite to vertex k. */
const outward = {
  2: [[1, 2], [2, 0], [0, 1]],
  3: [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]],
} as const;

/** Exterior facets by sorted node ids, each with its nodes as they turn outwards. Fails where a facet has three cells. */
export function exteriorOf({ dim, cells }: MeshData): Map<string, number[]> {
  const exterior = new Map<string, number[]>();
  const seen = new Map<string, number>();
  for (let i = 0; i < cells.length; i += dim + 1) {
    for (const local of outward[dim]) {
      const nodes = local.map((k) => cells[i + k]);
      const key = keyOf(nodes);
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      assert(times <= 2, `facet ${key} has ${times} cells`);
      if (times === 1) exterior.set(key, nodes);
      else exterior.delete(key);
    }
  }
  return exterior;
}

function keyOf(nodes: readonly number[]): string {
  return [...nodes].sort((a, b) => a - b).join(",");
}

/** The same order of turning, whatever the first node. */
function sameTurn(a: readonly number[], b: readonly number[]): boolean {
  const start = b.indexOf(a[0]);
  return a.every((node, i) => node === b[(start + i) % b.length]);
}

/** What must hold for every mesh: used nodes, positive cells, boundaries exterior and outward. */
export function checkMesh(data: MeshData, options: { boundariesCoverAll: boolean }): void {
  const { dim, cells, coordinates, boundaries } = data;
  const used = new Set(cells);
  assertEquals(used.size, coordinates.length / dim, "every node belongs to a cell");
  assert(Math.min(...new Set([...used].filter((id) => id <= 0))) === 0, "ids start at 0");
  assert(volumesOf(data).every((volume) => volume > 0), "a cell is not positive");
  const exterior = exteriorOf(data);
  const covered = new Set<string>();
  for (const [name, nodes] of boundaries) {
    const own = new Set<string>();
    for (let i = 0; i < nodes.length; i += dim) {
      const facet = [...nodes.subarray(i, i + dim)];
      const key = keyOf(facet);
      const there = exterior.get(key);
      assert(there, `${name}: facet ${key} is not exterior`);
      assert(sameTurn(facet, there), `${name}: facet ${key} turns inwards`);
      assert(!own.has(key), `${name}: facet ${key} twice`);
      own.add(key);
      covered.add(key);
    }
  }
  if (options.boundariesCoverAll) {
    assertEquals(covered.size, exterior.size, "the boundaries do not cover the exterior facets");
    assertEquals(
      sum([...boundaries.values()].map((b) => b.length / dim)),
      exterior.size,
      "they overlap",
    );
  }
}
