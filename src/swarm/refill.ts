/**
 * Where new particles come into sparse cells, with the same places and ids on any number of ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { CellRowsOf } from "./crowded.ts";
import { layoutOf } from "./layout.ts";
import { orderAmong } from "./order_among.ts";

/** New particles of this rank, by ascending global id of their cells: owned cells ascend by it. */
export interface Newcomers {
  readonly count: number;
  /** This rank's numbers of cells, `[count]`. */
  readonly cells: Int32Array;
  /** `[count x dim]`. */
  readonly points: Float64Array;
}

/**
 * Places for new particles in cells with fewer than `fewest`: of those that `populate` would take for `fewest`, one
 * after the other the one that is farthest from all particles in the cell.
 *
 * @param points of the particles, `[n x dim]`.
 */
export function newcomers(
  { topology, coordinates, curved }: Geometry,
  { start, rows }: CellRowsOf,
  points: Float64Array,
  fewest: number,
): Newcomers {
  const { dim, cells, ownedCellCount } = topology, corners = dim + 1;
  const layout = fewest > 0 ? layoutOf(dim, fewest) : new Float64Array(0);
  const places = new Float64Array(fewest * dim), squares = new Float64Array(fewest);
  const chosenCells: number[] = [], chosen: number[] = [];
  for (let c = 0; c < ownedCellCount; c++) {
    const missing = fewest - (start[c + 1] - start[c]);
    if (missing <= 0) continue;
    places.fill(0);
    const bent = curved === null ? -1 : curved.numbers[c];
    for (let i = 0; i < fewest; i++) {
      if (bent >= 0) curved!.place(bent, layout, i * corners, places, i * dim);
      for (let k = 0; bent < 0 && k < corners; k++) {
        const node = cells[c * corners + k];
        for (let d = 0; d < dim; d++) {
          places[i * dim + d] += layout[i * corners + k] * coordinates[node * dim + d];
        }
      }
    }
    squares.fill(Infinity);
    for (let n = start[c]; n < start[c + 1]; n++) approach(squares, places, dim, points, rows[n]);
    for (let k = 0; k < missing; k++) {
      let farthest = 0;
      for (let i = 1; i < fewest; i++) if (squares[i] > squares[farthest]) farthest = i;
      for (let d = 0; d < dim; d++) chosen.push(places[farthest * dim + d]);
      chosenCells.push(c);
      approach(squares, places, dim, places, farthest);
      squares[farthest] = -1;
    }
  }
  return {
    count: chosenCells.length,
    cells: Int32Array.from(chosenCells),
    points: Float64Array.from(chosen),
  };
}

/** Squares of distances to the nearest, when one more row of `points` is there. */
function approach(
  squares: Float64Array,
  places: Float64Array,
  dim: number,
  points: Float64Array,
  row: number,
): void {
  for (let i = 0; i < squares.length; i++) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (places[i * dim + d] - points[row * dim + d]) ** 2;
    if (square < squares[i]) squares[i] = square;
  }
}

/**
 * Ids for new particles, by the order of their cells in the whole mesh. Collective.
 *
 * @param cells global ids of the cells, ascending, `[count]`.
 * @param cellCount How many cells the whole mesh has.
 * @returns this rank's ids, and how many all ranks take together.
 */
export function idsInOrder(
  cells: Int32Array,
  cellCount: number,
  nextId: bigint,
  comm: Comm,
): { ids: BigInt64Array; used: number } {
  const { places, total } = orderAmong(cells, cellCount, comm);
  return { ids: BigInt64Array.from(places, (place) => nextId + BigInt(place)), used: total };
}
