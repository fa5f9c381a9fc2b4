/**
 * From the bytes of a Gmsh file to mesh data.
 *
 * @module
 */
import type { MeshData } from "../mesh_data.ts";
import { makeCells } from "./cells.ts";
import { readSections } from "./file.ts";
import { makeBoundaries, makeRegions } from "./groups.ts";
import { makeMiddles } from "./middles.ts";
import { meshNotes, notPeriodic } from "./notes.ts";
import { makePeriodicity, withoutSides } from "./periodic.ts";
import type { RawMesh } from "./raw_mesh.ts";

/**
 * Reads an MSH 4.1, 4.0 or 2.2 file, text or binary, or one of MSH 1.
 *
 * @param bytes The whole file.
 * @param path How messages name it.
 * @param geometryDegree 2 keeps mid-side nodes of elements of order 2; 1 gives straight cells. Defaults to the order
 *   of the elements where that is 2 and the mesh is not periodic, and else to 1.
 * @param periodic Whether nodes that are images of others become one place.
 * @throws {MeshFormatError} when the bytes are damaged, of another version, or no mesh of triangles in
 *   a plane or of tetrahedra.
 */
export function gmshData(
  bytes: Uint8Array,
  path: string,
  geometryDegree?: 1 | 2,
  periodic = true,
): MeshData {
  const raw = readSections(bytes, path);
  const cells = makeCells(raw, path);
  const { boundaries: all, losses } = makeBoundaries(raw, cells, path);
  const { twins, notes } = periodic
    ? makePeriodicity(raw, cells, path)
    : { twins: new Map<string, Int32Array>(), notes: raw.links.length > 0 ? [notPeriodic] : [] };
  const degree = geometryDegree ?? (raw.order === 2 && twins.size === 0 ? 2 : 1);
  const middles = degree === 2 ? makeMiddles(raw, cells, path) : null;
  const { boundaries, notes: lost } = withoutSides(all, twins, cells.dim);
  const regions = makeRegions(raw, cells);
  return {
    dim: cells.dim,
    coordinates: cells.coordinates,
    cells: cells.nodes,
    middles,
    boundaries,
    regions,
    periodic: twins,
    meshType: "gmsh",
    file: path,
    notes: [
      ...meshNotes(raw, cells, middles),
      ...groupNotes(raw, cells.dim, new Set([...all.keys(), ...losses.keys()]), regions),
      ...losses.values(),
      ...notes,
      ...lost,
    ],
  };
}

function groupNotes(
  raw: RawMesh,
  dim: 2 | 3,
  boundaries: ReadonlySet<string>,
  regions: ReadonlyMap<string, unknown>,
): string[] {
  if (raw.groupSets.length === 1 && raw.names.length === 0) {
    return ["the file has no physical groups: all cells were kept, and no boundary has a name"];
  }
  const notes: string[] = [];
  for (const group of raw.names) {
    const what = `physical group "${group.name}" of dimension ${group.dim}`;
    const kept = group.dim === dim ? regions : boundaries, own = group.dim ?? 0;
    if (own < dim - 1 || own > dim) {
      notes.push(`${what} was left out: this mesh keeps dimensions ${dim - 1} and ${dim}`);
    } else if (group.name !== "" && !kept.has(group.name)) {
      notes.push(`${what} has no elements and was left out`);
    }
  }
  return notes;
}
