import { type ElementType, simplexOf, typeName } from "./element_types.ts";
import type { Scanner } from "./scanner.ts";

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
