/**
 * A mesh on several ranks as the view of one rank shows it: its own arrays come in blocks, from the ranks that own the
 * cells and edges.
 *
 * @module
 */
import type { TypedArray } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import { dofsPerCell, type FieldDegree } from "../../mesh/dof_map.ts";
import { pickedRows } from "../../snapshot/assemble.ts";
import type { JointRows } from "../../snapshot/joint_rows.ts";
import { type ArrayNumbers, repeated, steps } from "../../snapshot/numbers_in_blocks.ts";
import { OwnIds } from "../../snapshot/own_ids.ts";
import { atMiddles, cellType, separatePoints, type ViewCellTables } from "./cells.ts";
import type { ViewPart } from "./ghosts.ts";
import type { ViewField, ViewMesh } from "./mesh.ts";
import { valuesInCells } from "./periodic.ts";
import type { MeshPiece, ViewTables } from "./tables.ts";

/** The whole mesh, of which this rank has a piece. Collective. */
export function jointMesh(
  comm: Comm,
  piece: MeshPiece,
  part: ViewPart,
  rows: JointRows,
): ViewMesh {
  const { dim, path, quadratic, middles, shared } = piece, { globalNodes } = part;
  const globalCells = comm.allreduce(piece.ownedCells);
  const count = quadratic === null ? 0 : comm.allreduce(quadratic.ownedEdges);
  const rowsOf = ({ degree, continuous }: ViewField) => {
    if (continuous && degree > 0) return globalNodes + (degree === 2 ? count : 0);
    return globalCells * (degree === 0 ? 1 : dofsPerCell(dim, degree as 1 | 2));
  };
  return {
    dim,
    path,
    nodeCount: globalNodes,
    ownedNodes: globalNodes,
    ownedCells: globalCells,
    divided: false,
    hasMiddles: middles !== null,
    edges: quadratic && { count, owned: count },
    unwrapped: shared?.degree ?? null,
    fields: piece.fields.map((field) => {
      const all = rowsOf(field);
      return { ...field, rows: all, owned: all, ghosts: null };
    }),
    tables: new JointTables(piece, part, rows, { cells: globalCells, edges: count }),
  };
}

/** The arrays of the whole; the rows of cells and edges come from their owners. */
class JointTables implements ViewTables {
  readonly #piece: MeshPiece;
  readonly #part: ViewPart;
  readonly #rows: JointRows;
  readonly #cells: OwnIds;
  readonly #edges: OwnIds;

  constructor(
    piece: MeshPiece,
    part: ViewPart,
    rows: JointRows,
    counts: { readonly cells: number; readonly edges: number },
  ) {
    this.#piece = piece;
    this.#part = part;
    this.#rows = rows;
    this.#cells = new OwnIds(part.cellIds.subarray(0, piece.ownedCells), counts.cells);
    // Degrees of freedom of degree 2 are those of the nodes, then those of the edges.
    const first = piece.ownedNodes, ownedEdges = piece.quadratic?.ownedEdges ?? 0;
    const edges = part.dofIds?.slice(first, first + ownedEdges) ?? new Int32Array(0);
    this.#edges = new OwnIds(edges.map((id) => id - part.globalNodes), counts.edges);
  }

  cells(degree: 1 | 2): ViewCellTables {
    const { dim } = this.#piece, perCell = dofsPerCell(dim, degree);
    const types = repeated("uint8", cellType(dim, degree));
    return { cellCount: this.#cells.count, perCell, offsets: steps(perCell), types };
  }

  connectivity(): ArrayNumbers {
    const { dim, quadratic } = this.#piece, each = dofsPerCell(dim, 2);
    const ids = this.#part.dofIds!, table = quadratic!.connectivity;
    return this.#rows.add({
      name: "connectivity",
      kind: "int32",
      ids: this.#cells,
      each,
      width: 1,
      take: (cells) => (pickedRows(table, cells, each) as Int32Array).map((dof) => ids[dof]),
    });
  }

  middles(): ArrayNumbers {
    const { coordinates, dim } = this.#piece;
    return this.#onEdges("middles", coordinates, dim);
  }

  atMiddles({ name, data, components }: ViewField): ArrayNumbers | null {
    return data && this.#onEdges(name, data, components);
  }

  separatePoints(degree: 1 | 2): ArrayNumbers {
    const piece = this.#piece, { dim, quadratic } = piece, corners = dim + 1;
    return this.#inCells("points", degree, dim, (places) =>
      separatePoints({
        ...piece,
        cells: pickedRows(piece.cells, places, corners) as Int32Array,
        ownedCells: places.length,
        quadratic: quadratic && {
          ...quadratic,
          connectivity: pickedRows(
            quadratic.connectivity,
            places,
            dofsPerCell(dim, 2),
          ) as Int32Array,
        },
      }, degree));
  }

  inCells({ name, degree, data, components }: ViewField, shown: 1 | 2): ArrayNumbers | null {
    const { dim, shared } = this.#piece, own = dofsPerCell(dim, degree as 1 | 2);
    const dofs = shared!.dofs.get(degree)!;
    return data && this.#inCells(name, shown, components, (places) => {
      const some = pickedRows(dofs, places, own) as Int32Array;
      return valuesInCells(dim, shown, degree as FieldDegree, some, data, components);
    });
  }

  #onEdges(name: string, values: Float64Array, width: number): ArrayNumbers {
    const { nodes } = this.#piece.quadratic!.edges;
    const take = (places: Int32Array) => {
      const ends = pickedRows(nodes, places, 2) as Int32Array;
      return atMiddles({ count: places.length, nodes: ends }, values, width);
    };
    return this.#rows.add({ name, kind: "float64", ids: this.#edges, width, take });
  }

  #inCells(
    name: string,
    degree: 1 | 2,
    width: number,
    take: (places: Int32Array) => TypedArray,
  ): ArrayNumbers {
    const each = dofsPerCell(this.#piece.dim, degree);
    return this.#rows.add({ name, kind: "float64", ids: this.#cells, each, width, take });
  }
}
