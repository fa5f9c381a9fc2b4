/**
 * Gmsh's numbers for element types (Gmsh reference manual, "MSH file format", and GmshDefines.h).
 *
 * @module
 */
import type { Scanner } from "./scanner.ts";

/** A point, line, triangle or tetrahedron of some order; its corners are its first nodes. */
export interface ElementType {
  readonly dim: 0 | 1 | 2 | 3;
  readonly order: number;
  /** How many nodes a file lists; the corners are `dim + 1`. */
  readonly nodeCount: number;
}

const simplices = new Map<number, ElementType>([[15, { dim: 0, order: 0, nodeCount: 1 }]]);

function add(dim: 1 | 2 | 3, entries: readonly (readonly [number, number, number])[]): void {
  for (const [type, order, nodeCount] of entries) simplices.set(type, { dim, order, nodeCount });
}

add(1, [[1, 1, 2], [8, 2, 3], [26, 3, 4], [27, 4, 5], [28, 5, 6]]);
add(1, [[62, 6, 7], [63, 7, 8], [64, 8, 9], [65, 9, 10], [66, 10, 11]]);
add(2, [[2, 1, 3], [9, 2, 6], [21, 3, 10], [23, 4, 15], [25, 5, 21]]);
add(2, [[42, 6, 28], [43, 7, 36], [44, 8, 45], [45, 9, 55], [46, 10, 66]]);
add(3, [[4, 1, 4], [11, 2, 10], [29, 3, 20], [30, 4, 35], [31, 5, 56]]);
add(3, [[71, 6, 84], [72, 7, 120], [73, 8, 165], [74, 9, 220], [75, 10, 286]]);
// Incomplete ones, with nodes on edges only.
add(2, [[20, 3, 9], [22, 4, 12], [24, 5, 15], [52, 6, 18]]);
add(2, [[53, 7, 21], [54, 8, 24], [55, 9, 27], [56, 10, 30]]);
add(3, [[137, 3, 16], [32, 4, 22], [33, 5, 28], [79, 6, 34]]);
add(3, [[80, 7, 40], [81, 8, 46], [82, 9, 52], [83, 10, 58]]);

const others: Readonly<Record<string, readonly number[]>> = {
  "quadrangles": [3, 10, 16, 36, 37, 38, 39, 40, 41, 47, 48, 49, 50, 51],
  "hexahedra": [5, 12, 17, 92, 93, 94, 95, 96, 97, 98],
  "prisms": [6, 13, 18, 90, 91],
  "pyramids": [7, 14, 19],
  "polygons": [34],
  "polyhedra": [35],
};

/** What a type number stands for; undefined where it is not a simplex that this reader knows. */
export function simplexOf(type: number): ElementType | undefined {
  return simplices.get(type);
}

/** What a type number that is not a simplex stands for, in words. */
export function typeName(type: number): string {
  for (const [name, types] of Object.entries(others)) {
    if (types.includes(type)) return `${name} (element type ${type})`;
  }
  return `elements of type ${type}`;
}

/**
 * The type of the elements of a block on an entity of dimension `dim`.
 *
 * @throws {MeshFormatError} when it is not a simplex, or of another dimension.
 */
export function readBlockType(scanner: Scanner, dim: number): ElementType {
  const number = scanner.int();
  const type = simplexOf(number);
  if (!type) {
    scanner.fail(`the file has ${typeName(number)}; only triangles and tetrahedra can be read`);
  }
  if (type.dim !== dim) {
    scanner.fail(`elements of type ${number} cannot lie on an entity of dimension ${dim}`);
  }
  return type;
}
