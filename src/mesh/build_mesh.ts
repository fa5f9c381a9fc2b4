/**
 * Builds a mesh from plain arrays, on one rank or in parts.
 *
 * @module
 */
import { allOrNone, onFirst, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { fingerprintOf } from "../comm/fingerprint.ts";
import { MeshFormatError } from "../errors.ts";
import { givenMiddles } from "./edge_middles.ts";
import { Geometry } from "./geometry.ts";
import type { MeshData } from "./mesh_data.ts";
import { recipeOf } from "./mesh_recipe.ts";
import { scatterMesh } from "./scatter_mesh.ts";
import { rowGridOf } from "./row_grid.ts";
import { gridMesh } from "./row_part.ts";
import { Topology } from "./topology.ts";
import { requireSides } from "./twins.ts";

/** A mesh on this rank, and what is known of where it is from. */
export interface BuiltMesh {
  readonly geometry: Geometry;
  readonly meshType: string;
  readonly notes: readonly string[];
}

/**
 * The mesh that data describe, or this rank's part of it. Where its cells are not those of a grid, the first rank builds
 * all of it and sends the others their parts. Collective.
 *
 * @param name The name of the mesh, for ranks to compare.
 * @throws {MeshFormatError} when a file does not describe a mesh; the same on all ranks.
 * @throws {RangeError} when the data are not those of a mesh, or ranks give other data; the same on all ranks.
 */
export function buildMesh(data: MeshData, comm: Comm, name: string): BuiltMesh {
  if (comm.size === 1) return { ...sayingsOf(data), geometry: wholeOf(data, false) };
  const grid = rowGridOf(data);
  // Ranks may have given data of different kinds.
  if (grid === null) requireSame(comm, sameMesh, `${name}, arrays`);
  if (grid !== null) return { ...sayingsOf(data), geometry: gridMesh(grid, comm, name) };
  const recipe = recipeOf(data);
  const built = onFirst(comm, () => {
    const made = recipe?.make() ?? data;
    return { ...sayingsOf(made), geometry: wholeOf(made, recipe !== null) };
  });
  requireSame(
    comm,
    sameMesh,
    `${name}, ${allOrNone(comm, () => recipe?.words() ?? wordsOf(data))}`,
  );
  const sayings = comm.bcast(
    built && { meshType: built.meshType, notes: [...built.notes] },
  )!;
  return { ...sayings, geometry: scatterMesh(built?.geometry ?? null, comm) };
}

const sameMesh = "a mesh is the same on all ranks";

function sayingsOf({ meshType, notes }: MeshData) {
  return { meshType, notes: [...notes] };
}

/** The geometry of plain arrays, which are copied unless `isOurs`. What a file has wrong is said of the file. */
function wholeOf(data: MeshData, isOurs: boolean): Geometry {
  try {
    return geometryFrom(data, isOurs);
  } catch (cause) {
    const { file } = data;
    if (file === undefined || !(cause instanceof RangeError)) throw cause;
    throw new MeshFormatError(file, `${file}: ${cause.message}`, { cause });
  }
}

function geometryFrom(data: MeshData, isOurs: boolean): Geometry {
  const topology = new Topology({
    dim: data.dim,
    nodeCount: data.coordinates.length / data.dim,
    cells: isOurs ? data.cells : data.cells.slice(),
    boundaries: copyOf(data.boundaries),
    regions: copyOf(data.regions),
    twins: data.periodic === undefined || data.periodic.size === 0 ? null : copyOf(data.periodic),
  });
  // Asked for at once, so that a facet with more than two cells is an error here and not in a later step.
  void topology.neighbours;
  const coordinates = isOurs ? data.coordinates : data.coordinates.slice();
  const given = data.middles ?? null;
  const middles = given && givenMiddles(topology, coordinates, given);
  const whole = new Geometry(topology, coordinates, middles);
  if (topology.twins !== null) requireSides(topology);
  return whole;
}

function copyOf(lists: ReadonlyMap<string, Int32Array>): Map<string, Int32Array> {
  return new Map([...lists].map(([name, ids]) => [name, ids.slice()]));
}

/** What tells plain arrays from others, for ranks to compare. */
function wordsOf({ dim, coordinates, cells, middles, boundaries, regions, periodic }: MeshData) {
  const lists = [...boundaries, ...regions, ...periodic ?? []];
  const names = new TextEncoder().encode(lists.map(([name]) => name).join("\n"));
  const places = middles ? [coordinates, middles.edges, middles.points] : [coordinates];
  const fingerprint = fingerprintOf([cells, ...places, names, ...lists.map(([, ids]) => ids)]);
  const cellCount = cells.length / (dim + 1), nodeCount = coordinates.length / dim;
  return `${cellCount} cells, ${nodeCount} nodes, fingerprint ${fingerprint}`;
}
