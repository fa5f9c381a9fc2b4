/**
 * The arrays that only a view has, as a part of a mesh gives them.
 *
 * @module
 */
import type { FieldDegree } from "../../mesh/dof_map.ts";
import type { ArrayNumbers } from "../../snapshot/numbers_in_blocks.ts";
import {
  atMiddles,
  middlesOf,
  type SeparateCells,
  separatePoints,
  tablesOf,
  type ViewCellTables,
} from "./cells.ts";
import type { Quadratic, RankCells, ViewPart } from "./ghosts.ts";
import type { ViewField } from "./mesh.ts";
import { type SharedDofs, valuesInCells } from "./periodic.ts";

/** Makes the arrays that only a view has. */
export interface ViewTables {
  /** Offsets and types of the cells that are shown. */
  cells(degree: 1 | 2): ViewCellTables;
  /** Nodes, then edges of quadratic cells, `[cells x (6 or 10)]`. */
  connectivity(): ArrayNumbers;
  /** The midpoints of the edges, `[edges x dim]`. */
  middles(): ArrayNumbers;
  /** A linear field at the midpoints of the edges, `[edges x components]`; null for zeros. */
  atMiddles(field: ViewField): ArrayNumbers | null;
  /** The points of cells that share none, `[cells * points per cell x dim]`. */
  separatePoints(degree: 1 | 2): ArrayNumbers;
  /** A continuous field at these points, `[cells * points per cell x components]`; null for zeros. */
  inCells(field: ViewField, degree: 1 | 2): ArrayNumbers | null;
}

/** The part of a mesh that a rank has; owned items come first. */
export interface MeshPiece extends RankCells, SeparateCells {
  /** Returns the path of one of its entries in the file. */
  readonly path: (relative: string) => string;
  /** Which part it is; null for the whole. */
  readonly part: ViewPart | null;
  /** Null if all cells are shown with straight edges. */
  readonly quadratic: Quadratic | null;
  /** For continuous fields of a periodic mesh; null for other meshes. */
  readonly shared: SharedDofs | null;
  readonly fields: readonly ViewField[];
}

/** The arrays of a part, or of the whole where one rank has it. */
export class OwnTables implements ViewTables {
  readonly #piece: MeshPiece;

  constructor(piece: MeshPiece) {
    this.#piece = piece;
  }

  cells(degree: 1 | 2): ViewCellTables {
    const { cells, dim, ownedCells } = this.#piece;
    return tablesOf(cells, dim, degree, ownedCells);
  }

  connectivity(): ArrayNumbers {
    return this.#piece.quadratic!.connectivity;
  }

  middles(): ArrayNumbers {
    const { quadratic, coordinates, dim } = this.#piece;
    return middlesOf(quadratic!.edges, coordinates, dim);
  }

  atMiddles({ data, components }: ViewField): ArrayNumbers | null {
    return data && atMiddles(this.#piece.quadratic!.edges, data, components);
  }

  separatePoints(degree: 1 | 2): ArrayNumbers {
    return separatePoints(this.#piece, degree);
  }

  inCells({ degree, data, components }: ViewField, shown: 1 | 2): ArrayNumbers | null {
    const { dim, shared } = this.#piece, dofs = shared!.dofs.get(degree)!;
    return data && valuesInCells(dim, shown, degree as FieldDegree, dofs, data, components);
  }
}
