/**
 * The viscous block: `A = integral of 2 viscosity strainRate(v) : strainRate(w)`.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { cellMetrics } from "../mesh/cell_metrics.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { type Quadrature, quadratureOf } from "../mesh/quadrature.ts";
import { type Sparsity, sparsityOf } from "../solve/assembly/sparsity.ts";
import { type Reference, upperPositions } from "../solve/assembly/reference.ts";
import type { Samples } from "../solve/coefficient.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { addPlaneBlock, addProducts, addSpaceBlock } from "./viscous_products.ts";

/** The pattern of a matrix between vectors at nodes, components of a node side by side. */
interface BlockPattern {
  readonly rowStarts: Int32Array;
  readonly columns: Int32Array;
}

/** Numberings are immutable, so what follows from one is kept as long as it lives. */
const known = new WeakMap<DofMap, BlockPattern>();

/** Row `dim i + r` has the columns `dim j + c` of every neighbour j. */
function blockPatternOf(map: DofMap, dim: number): BlockPattern {
  let pattern = known.get(map);
  if (pattern === undefined) known.set(map, pattern = expand(sparsityOf(map), dim));
  return pattern;
}

function expand({ rows, rowStarts: starts, columns: nodes }: Sparsity, dim: number): BlockPattern {
  const rowStarts = new Int32Array(rows * dim + 1);
  const columns = new Int32Array(starts[rows] * dim * dim);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < dim; r++) {
      for (let k = starts[i]; k < starts[i + 1]; k++) {
        for (let c = 0; c < dim; c++) columns[nnz++] = nodes[k] * dim + c;
      }
      rowStarts[i * dim + r + 1] = nnz;
    }
  }
  return { rowStarts, columns };
}

/**
 * The viscous block in Cartesian components.
 *
 * @param viscosity One number, or `[cellCount x points]` at the quadrature points of `reference`.
 */
export function viscousBlock(
  geometry: Geometry,
  map: DofMap,
  reference: Reference,
  viscosity: Samples,
): CsrMatrix {
  const { dim } = reference, sparsity = sparsityOf(map);
  const { rowStarts, columns } = blockPatternOf(map, dim);
  const values = new Float64Array(columns.length);
  const full = slopesAt(reference.dim, reference.degree, reference.quadrature);
  // Products of gradients have degree 2 at most: exact, and cheaper, where the viscosity is constant.
  const short = slopesAt(
    reference.dim,
    reference.degree,
    quadratureOf(reference.dim, Math.max(0, 2 * reference.degree - 2)),
  );
  const { count: points, barycentric } = reference.quadrature;
  const { volumes, inverses, rows, steps } = cellMetrics(geometry, barycentric);
  const local = new Float64Array(upperPositions(map.perCell).upper.length * dim * dim);
  const slopes = new Float64Array(map.perCell * dim);
  const scatter = new BlockScatter(map.perCell, dim, sparsity, values);
  for (let cell = 0; cell < geometry.topology.cellCount; cell++) {
    local.fill(0);
    const constant = typeof viscosity === "number"
      ? viscosity
      : isConstant(viscosity, cell * points, points)
      ? viscosity[cell * points]
      : NaN;
    const first = rows === null ? cell : rows[cell], step = steps === null ? 0 : steps[cell];
    const rule = constant === constant && step === 0 ? short : full;
    for (let q = 0; q < rule.weights.length; q++) {
      const eta = constant === constant ? constant : (viscosity as Float64Array)[cell * points + q];
      const row = first + q * step;
      physicalSlopes(dim, map.perCell, rule.gradients, q, inverses, row, slopes);
      addProducts(dim, map.perCell, volumes[row] * rule.weights[q] * eta, slopes, local);
    }
    scatter.add(cell, local);
  }
  return new CsrMatrix(map.count * dim, map.count * dim, rowStarts, columns, values);
}

/** Weights, and gradients of the shape functions in reference coordinates, `[points x perCell x dim]`. */
interface RuleSlopes {
  readonly weights: Float64Array;
  readonly gradients: Float64Array;
}

function slopesAt(dim: 2 | 3, degree: 0 | 1 | 2, rule: Quadrature): RuleSlopes {
  const element = elementOf(dim, degree), size = element.perCell * dim;
  const gradients = new Float64Array(rule.count * size);
  for (let q = 0; q < rule.count; q++) {
    element.gradients(rule.barycentric, q * (dim + 1), gradients.subarray(q * size));
  }
  return { weights: rule.weights, gradients };
}

function isConstant(values: Float64Array, start: number, points: number): boolean {
  for (let q = start + 1; q < start + points; q++) if (values[q] !== values[start]) return false;
  return true;
}

/** Gradients of the shape functions at point `q` in the cell of a row of metrics, `[perCell x dim]`. */
export function physicalSlopes(
  dim: number,
  perCell: number,
  gradients: Float64Array,
  q: number,
  inverse: Float64Array,
  row: number,
  out: Float64Array,
): void {
  const base = row * dim * dim, first = q * perCell * dim;
  for (let a = 0; a < perCell; a++) {
    for (let d = 0; d < dim; d++) {
      let sum = 0;
      for (let r = 0; r < dim; r++) {
        sum += gradients[first + a * dim + r] * inverse[base + r * dim + d];
      }
      out[a * dim + d] = sum;
    }
  }
}

/**
 * Adds the products of a cell to the matrix: the block of nodes (a, b) is the transpose of the products, plus
 * their trace on the diagonal.
 *
 * State: none, it lives as long as one assembly.
 */
class BlockScatter {
  readonly #perCell: number;
  readonly #dim: number;
  readonly #sparsity: Sparsity;
  readonly #values: Float64Array;

  constructor(perCell: number, dim: number, sparsity: Sparsity, values: Float64Array) {
    this.#perCell = perCell;
    this.#dim = dim;
    this.#sparsity = sparsity;
    this.#values = values;
  }

  add(cell: number, local: Float64Array): void {
    const { rowStarts, positions, columns } = this.#sparsity;
    const values = this.#values, perCell = this.#perCell, dim = this.#dim, size = dim * dim;
    let from = 0;
    for (let a = 0; a < perCell; a++) {
      for (let b = a; b < perCell; b++, from += size) {
        const upper = positions[(cell * perCell + a) * perCell + b];
        const lower = positions[(cell * perCell + b) * perCell + a];
        // The column of the transposed entry is the row of this one.
        const i = columns[lower], j = columns[upper];
        const lengthI = dim * (rowStarts[i + 1] - rowStarts[i]);
        const lengthJ = dim * (rowStarts[j + 1] - rowStarts[j]);
        const startI = size * rowStarts[i] + dim * (upper - rowStarts[i]);
        const startJ = size * rowStarts[j] + dim * (lower - rowStarts[j]);
        const twin = a === b ? -1 : startJ;
        if (dim === 2) addPlaneBlock(local, from, values, startI, lengthI, twin, lengthJ);
        else addSpaceBlock(local, from, values, startI, lengthI, twin, lengthJ);
      }
    }
  }
}

/** Where component `r` of node i couples with component `r` of its k-th neighbour. */
export function blockPosition(
  rowStarts: Int32Array,
  dim: number,
  i: number,
  position: number,
  r: number,
): number {
  const length = dim * (rowStarts[i + 1] - rowStarts[i]);
  return dim * dim * rowStarts[i] + r * length + dim * (position - rowStarts[i]) + r;
}
