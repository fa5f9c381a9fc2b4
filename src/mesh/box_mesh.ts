import { checkOptions, namingOptions } from "../options.ts";
import { dataOfRecipe } from "./mesh_recipe.ts";
import type { ModelHost } from "./model_host.ts";
import { Mesh } from "./mesh.ts";
import { boxData, type BoxMeshOptions } from "./shapes/box.ts";

/**
 * Fills a rectangle with triangles or a block with tetrahedra.
 *
 * With `cells`, the box is cut into `[nx, ny]` or `[nx, ny, nz]` equal boxes, and each of these into two
 * triangles or six tetrahedra. With `cellSize` in 2-D, triangles are those of a hexagonal lattice fitted
 * to the box (Delaunay; no angle below 25 degrees); a box thinner than `cellSize` gets triangles as
 * small as it is thin. With `cellSize` in 3-D, the nearest whole numbers of equal boxes are cut as with
 * `cells`.
 *
 * On several ranks each makes the cells that it owns and those around them; periodic boxes, and those of a hexagonal
 * lattice, are made by the first rank, which sends the others their parts.
 *
 * Boundaries are `left` and `right` (x), and `bottom` and `top` (y) in 2-D; in 3-D `bottom` and `top`
 * (z), and `front` and `back` (y). Each is the lower end first.
 *
 * Along the axes in `periodic` the box repeats itself: what leaves through one side comes in through the other, and
 * these two sides are not boundaries. The box is at least 3 cells wide there.
 *
 * @param model Where the mesh belongs.
 * @param options Two corners, and either `cellSize` (in units of the coordinates) or `cells`; `periodic` axes.
 * @param naming A name that is unique among the meshes of the model; `Mesh_0`, `Mesh_1` ... otherwise.
 * @returns The mesh, registered in `model`.
 * @throws {TypeError} when an option is missing, of the wrong type or unknown, or `cells` and
 *   `cellSize` are both given.
 * @throws {RangeError} when a number is not finite or out of range, `min` is not below `max`, there
 *   would be over 50 million cells per rank, an axis is unknown or named twice, a periodic box is too narrow, or the name is
 *   taken.
 *
 * @example
 * ```ts
 * import { boxMesh, Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * const square = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const channel = boxMesh(model, { min: [0, 0], max: [2.2, 0.41], cellSize: 0.1 });
 * console.log(square.cellCount, square.minRadius.toFixed(4)); // 32 0.0732
 * console.log([...channel.boundaries.keys()]); // [ "left", "right", "bottom", "top" ]
 * const ring = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [8, 4], periodic: ["x"] });
 * console.log([...ring.boundaries.keys()]); // [ "bottom", "top" ]
 * ```
 */
export function boxMesh(
  model: ModelHost,
  options: BoxMeshOptions,
  naming: { readonly name?: string } = {},
): Mesh {
  checkOptions("boxMesh, last argument", naming, namingOptions);
  const comm = model?.comm, ranks = comm?.size;
  const recipe = { words: () => `box ${JSON.stringify(options)}`, make: () => boxData(options) };
  const data = isMadeInParts(options) ? boxData(options, ranks) : dataOfRecipe(recipe, comm);
  return new Mesh(model, data, naming);
}

/** Whether each rank makes its own part. */
function isMadeInParts(options: BoxMeshOptions): boolean {
  const { min, cellSize, periodic } = options ?? {};
  const isPeriodic = Array.isArray(periodic) && periodic.length > 0;
  const isHexagonal = cellSize !== undefined && min?.length === 2;
  return !isPeriodic && !isHexagonal;
}
