/**
 * Fields on a mesh that was put together from pieces of other ranks.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import { RowRoutes } from "../../snapshot/row_routes.ts";
import { dofsPerCell } from "../dof_map.ts";
import type { FieldKind } from "../field_store.ts";
import type { Geometry } from "../geometry.ts";
import { Halo } from "../halo.ts";
import type { MeshPieces } from "../mesh_pieces.ts";
import { integralsOf } from "./conserve.ts";
import { isByNode, type PieceValues } from "./part_step.ts";

/** Brings values of pieces to the ranks that own these now. */
export class PartFields {
  readonly #geometry: Geometry;
  readonly #comm: Comm;
  readonly #nodes: RowRoutes;
  readonly #cells: RowRoutes;

  /** @param geometry This rank's part of the mesh of the pieces. Collective. */
  constructor(geometry: Geometry, { nodes, nodeCount, cells, cellCount }: MeshPieces, comm: Comm) {
    const { rankMesh } = geometry.topology;
    this.#geometry = geometry;
    this.#comm = comm;
    this.#nodes = RowRoutes.of(comm, nodes, rankMesh!.nodes.ids, nodeCount)!;
    this.#cells = RowRoutes.of(comm, cells, rankMesh!.cells.ids, cellCount)!;
  }

  /** The values of this rank, ghosts included, `[dofCount x components]`. Collective. */
  bring(kind: FieldKind, { rows, losses }: PieceValues): Float64Array {
    const { degree, continuous, components } = kind, { topology } = this.#geometry;
    const hasLosses = this.#comm.allreduce(losses === null ? 0 : 1, "max") > 0;
    if (isByNode(kind)) {
      const values = this.#nodes.bring(rows, components);
      return hasLosses ? this.#conserved(kind, values, losses!) : values;
    }
    const perCell = dofsPerCell(topology.dim, degree);
    const byCell = this.#cells.bring(rows, perCell * components);
    if (degree === 0 || !continuous) return byCell;
    const values = this.#lowest(kind, byCell);
    return hasLosses ? this.#conserved(kind, values, losses!) : values;
  }

  /** What cells share, from the lowest one: that is a cell of the owner. */
  #lowest({ degree, components }: FieldKind, byCell: Float64Array): Float64Array {
    const { cellDofs, count, perCell } = this.#geometry.topology.dofMap(degree, true);
    const { rankMesh } = this.#geometry.topology, dofs = rankMesh!.dofs(degree, true);
    const values = new Float64Array(count * components), lowest = new Int32Array(count).fill(-1);
    const end = rankMesh!.cells.owned * perCell;
    for (let i = end - 1; i >= 0; i--) lowest[cellDofs[i]] = i;
    takeRows(byCell, lowest.subarray(0, dofs.owned), components, values);
    Halo.of(dofs, this.#comm).sync(values, components);
    return values;
  }

  /** Adds what merged cells lost to the values around them, as `conserve` does: owners have all cells around. */
  #conserved(kind: FieldKind, values: Float64Array, losses: Float64Array): Float64Array {
    const { degree, components } = kind, { topology, volumes } = this.#geometry;
    const { dim, rankMesh } = topology, dofs = rankMesh!.dofs(degree, true);
    const { cellDofs, perCell } = topology.dofMap(degree, true);
    const width = 1 + components, all = this.#cells.bring(losses, width);
    const first = degree === 1 ? 0 : dim + 1, shared = perCell - first;
    const weights = integralsOf(dim, degree, perCell);
    const missing = new Float64Array(values.length), integrals = new Float64Array(dofs.count);
    for (const c of rankMesh!.cellOrder) {
      const at = c * perCell, volume = volumes[c];
      for (let k = first; k < perCell; k++) integrals[cellDofs[at + k]] += volume * weights[k];
      if (all[c * width] === 0) continue;
      for (let a = 0; a < components; a++) {
        const loss = all[c * width + 1 + a];
        for (let k = first; k < perCell; k++) {
          missing[cellDofs[at + k] * components + a] += volume * loss / shared;
        }
      }
    }
    for (let i = 0; i < dofs.owned * components; i++) {
      if (missing[i] !== 0) values[i] += missing[i] / integrals[Math.floor(i / components)];
    }
    Halo.of(dofs, this.#comm).sync(values, components);
    return values;
  }
}
