/**
 * Which unknowns a cell has, for the elements P0, P1 and P2.
 *
 * @module
 */

/** The degree of the polynomials that a variable is made of, cell by cell. */
export type FieldDegree = 0 | 1 | 2;

/** The degrees of freedom of every cell. */
export interface DofMap {
  /** Degree of the polynomials. */
  readonly degree: FieldDegree;
  /** Whether cells share the values on their common facets; always false for degree 0. */
  readonly continuous: boolean;
  /** How many degrees of freedom there are. */
  readonly count: number;
  /** How many of them one cell has. */
  readonly perCell: number;
  /** Their numbers, `[cellCount x perCell]`: vertices first, then edges in the order of `localEdges`. */
  readonly cellDofs: Int32Array;
}

/** What a dof map is made from. */
export interface DofSource {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cellCount: number;
  readonly cells: Int32Array;
  readonly edges: { readonly count: number; readonly cellEdges: Int32Array };
}

/** Degrees of freedom of one cell: 1; 3 or 4; 6 or 10. */
export function dofsPerCell(dim: 2 | 3, degree: FieldDegree): number {
  return degree === 0 ? 1 : degree === 1 ? dim + 1 : dim === 2 ? 6 : 10;
}

/**
 * Numbers the degrees of freedom: one per cell; one per node (and then one per edge); or, where the
 * variable is discontinuous, `perCell` of its own for every cell.
 */
export function makeDofMap(topology: DofSource, degree: FieldDegree, continuous: boolean): DofMap {
  const { dim, cellCount, nodeCount } = topology;
  const perCell = dofsPerCell(dim, degree);
  if (degree === 0 || !continuous) {
    const cellDofs = new Int32Array(cellCount * perCell);
    for (let i = 0; i < cellDofs.length; i++) cellDofs[i] = i;
    return { degree, continuous: false, count: cellDofs.length, perCell, cellDofs };
  }
  if (degree === 1) {
    return { degree, continuous, count: nodeCount, perCell, cellDofs: topology.cells };
  }
  const { cells, edges } = topology;
  const vertices = dim + 1, sides = perCell - vertices;
  const cellDofs = new Int32Array(cellCount * perCell);
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < vertices; k++) cellDofs[c * perCell + k] = cells[c * vertices + k];
    for (let e = 0; e < sides; e++) {
      cellDofs[c * perCell + vertices + e] = nodeCount + edges.cellEdges[c * sides + e];
    }
  }
  return { degree, continuous, count: nodeCount + edges.count, perCell, cellDofs };
}
