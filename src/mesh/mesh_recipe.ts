/**
 * Meshes that one rank makes for all: by reading a file, or by dividing a shape.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { MeshData } from "./mesh_data.ts";

/** How a mesh is made. */
export interface MeshRecipe {
  /** What tells the mesh from others, for ranks to compare. */
  words(): string;
  /** Makes it; what it throws on the first rank is the error of all. */
  make(): MeshData;
}

const known = new WeakMap<MeshData, MeshRecipe>();

/** The recipe that mesh data stand for; null where they are at hand. */
export function recipeOf(data: MeshData): MeshRecipe | null {
  return known.get(data) ?? null;
}

/**
 * What a recipe makes: at once on one rank. On several nothing is made yet, since the first rank alone is to do so, and
 * the data are empty.
 *
 * @param comm undefined where a caller did not give a model, which is for the mesh to say.
 */
export function dataOfRecipe(recipe: MeshRecipe, comm: Comm | undefined): MeshData {
  if (comm === undefined || comm.size === 1) return recipe.make();
  const data: MeshData = {
    dim: 2,
    coordinates: new Float64Array(0),
    cells: new Int32Array(0),
    boundaries: new Map(),
    regions: new Map(),
    meshType: "",
    notes: [],
  };
  known.set(data, recipe);
  return data;
}
