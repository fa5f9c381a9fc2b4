import { checkOptions, namingOptions } from "../options.ts";
import { dataOfRecipe } from "./mesh_recipe.ts";
import type { ModelHost } from "./model_host.ts";
import { Mesh } from "./mesh.ts";
import { annulusData, type AnnulusMeshOptions } from "./shapes/annulus.ts";

/**
 * Fills the ring between two circles around the origin with triangles.
 *
 * Nodes stand on circles; the first and the last have the radii asked for. No angle is below 30
 * degrees: where the ring is thinner than `cellSize`, or the inner circle too small for it, triangles
 * get smaller. Boundaries are `inner` and `outer`.
 *
 * With straight sides, the default, the domain is the polygon: its sides leave the circles by up to cellSize^2 / (8
 * radius). The middle of a side is a node of degree 2 and is not on the circle, so that a value meant for the circle is
 * imposed beside it. Solutions of degree 2 are of second order then, as those of degree 1, and not closer. With
 * `geometryDegree: 2` sides on the circles are parabolas with their middles on them: area and perimeter are of fourth
 * order, solutions of degree 2 of third.
 *
 * @param model Where the mesh belongs.
 * @param options Both radii and the length of edges, about, in units of the coordinates.
 * @param naming A name that is unique among the meshes of the model; `Mesh_0`, `Mesh_1` ... otherwise.
 * @returns The mesh, registered in `model`.
 * @throws {TypeError} when an option is missing, of the wrong type or unknown.
 * @throws {RangeError} when a number is not finite and positive, `inner` is not below `outer` or less
 *   than a millionth of it, there would be over 50 million cells, or the name is taken.
 *
 * @example
 * ```ts
 * import { annulusMesh, Model } from "@timestash/timestash";
 *
 * const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.1 });
 * console.log(mesh.dim, [...mesh.boundaries.keys()]); // 2 [ "inner", "outer" ]
 * ```
 */
export function annulusMesh(
  model: ModelHost,
  options: AnnulusMeshOptions,
  naming: { readonly name?: string } = {},
): Mesh {
  checkOptions("annulusMesh, last argument", naming, namingOptions);
  const recipe = {
    words: () => `annulus ${JSON.stringify(options)}`,
    make: () => annulusData(options),
  };
  return new Mesh(model, dataOfRecipe(recipe, model?.comm), naming);
}
