/**
 * One step of a mesh that is divided among ranks: each rank makes pieces of the next mesh from its part of this one.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { takeRows } from "../../arrays.ts";
import { dofsPerCell } from "../dof_map.ts";
import type { FieldKind } from "../field_store.ts";
import type { Geometry } from "../geometry.ts";
import { type MeshPieces, ownedPieces } from "../mesh_pieces.ts";
import { centroidsOf } from "../partition_cells.ts";

/** Values of a field for the pieces that a rank gives. */
export interface PieceValues {
  /** By node, or by cell and degree of freedom, `[things x width]`. */
  readonly rows: Float64Array;
  /** By cell, where the integral is to be conserved: 1 for a merged cell and what it lost, `[cells x (1 + components)]`. */
  readonly losses: Float64Array | null;
}

/** What a rank makes of its part. */
export interface PartStep {
  readonly pieces: MeshPieces;
  /** The centroids of the cells that this rank gives, `[cells x dim]`. */
  readonly centres: Float64Array;
  /**
   * Carries a field over.
   *
   * @param values of this rank, ghosts included, as their owners have them.
   */
  carry(kind: FieldKind, values: Float64Array): PieceValues;
}

/** Whether values go by node: those of other fields go by cell. */
export function isByNode({ degree, continuous }: FieldKind): boolean {
  return degree === 1 && continuous;
}

/** The step that changes nothing but who owns what. */
export function sameStep(geometry: Geometry, comm: Comm): PartStep {
  const { dim, cells, rankMesh } = geometry.topology, { owned } = rankMesh!.cells;
  const pieces = ownedPieces(geometry, comm);
  return {
    pieces,
    centres: centroidsOf(dim, cells.subarray(0, owned * (dim + 1)), geometry.coordinates),
    carry(kind, values) {
      const { components } = kind;
      if (isByNode(kind)) {
        return { rows: values.slice(0, pieces.nodes.length * components), losses: null };
      }
      return { rows: valuesByCell(geometry, kind, values), losses: null };
    },
  };
}

/** The values of owned cells, `[owned x perCell x components]`. */
export function valuesByCell(
  { topology }: Geometry,
  { degree, continuous, components }: FieldKind,
  values: Float64Array,
): Float64Array {
  const { cellDofs } = topology.dofMap(degree, continuous);
  const dofs = cellDofs.subarray(0, topology.ownedCellCount * dofsPerCell(topology.dim, degree));
  const rows = new Float64Array(dofs.length * components);
  takeRows(values, dofs, components, rows);
  return rows;
}
