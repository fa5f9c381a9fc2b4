/**
 * Which particles of crowded cells go.
 *
 * @module
 */

/** Rows of particles by cell: those of cell c are `rows[start[c]]` up to `rows[start[c + 1]]`, ascending. */
export interface CellRowsOf {
  readonly start: Int32Array;
  readonly rows: Int32Array;
}

/** Sorts particles into cells; those at -1, and at cells from `cellCount` on, stay out. */
export function rowsByCell(cells: Int32Array, cellCount: number): CellRowsOf {
  const start = new Int32Array(cellCount + 1);
  const inside = (cell: number) => cell >= 0 && cell < cellCount;
  for (let i = 0; i < cells.length; i++) if (inside(cells[i])) start[cells[i] + 1]++;
  for (let c = 0; c < cellCount; c++) start[c + 1] += start[c];
  const at = start.slice(0, cellCount), rows = new Int32Array(start[cellCount]);
  for (let i = 0; i < cells.length; i++) if (inside(cells[i])) rows[at[cells[i]]++] = i;
  return { start, rows };
}

/** A particle that goes, and the nearest one in its cell that stays. */
export interface Leaving {
  readonly row: number;
  readonly heir: number;
}

/**
 * Thins out cells with more than `most` particles: of the two that are closest to each other the later one goes,
 * again and again, so that those that stay are well apart.
 *
 * @param points `[count x dim]`.
 */
export function leavingRows(
  { start, rows }: CellRowsOf,
  points: Float64Array,
  dim: 2 | 3,
  most: number,
): Leaving[] {
  const leaving: Leaving[] = [];
  for (let c = 0; c + 1 < start.length; c++) {
    const count = start[c + 1] - start[c];
    if (count <= most) continue;
    const own = rows.subarray(start[c], start[c + 1]);
    const stays = new Uint8Array(count).fill(1);
    /** For each particle the nearest earlier one that stays, and the square of their distance. */
    const nearest = new Int32Array(count).fill(-1), square = new Float64Array(count).fill(Infinity);
    const look = (i: number): void => {
      nearest[i] = -1;
      square[i] = Infinity;
      for (let j = 0; j < i; j++) {
        if (stays[j] === 0) continue;
        const s = squaredDistance(points, dim, own[i], own[j]);
        if (s < square[i]) {
          square[i] = s;
          nearest[i] = j;
        }
      }
    };
    for (let i = 1; i < count; i++) look(i);
    const gone: number[] = [];
    for (let left = count; left > most; left--) {
      let worst = -1;
      for (let i = 1; i < count; i++) {
        if (stays[i] !== 0 && (worst < 0 || square[i] < square[worst])) worst = i;
      }
      stays[worst] = 0;
      gone.push(worst);
      for (let i = worst + 1; i < count; i++) if (stays[i] !== 0 && nearest[i] === worst) look(i);
    }
    for (const i of gone) leaving.push({ row: own[i], heir: heirOf(i, own, stays, points, dim) });
  }
  return leaving;
}

function heirOf(
  i: number,
  own: Int32Array,
  stays: Uint8Array,
  points: Float64Array,
  dim: 2 | 3,
): number {
  let heir = -1, least = Infinity;
  for (let j = 0; j < own.length; j++) {
    if (stays[j] === 0) continue;
    const s = squaredDistance(points, dim, own[i], own[j]);
    if (s < least) {
      least = s;
      heir = own[j];
    }
  }
  return heir;
}

/** The square of the distance between two rows. */
export function squaredDistance(points: Float64Array, dim: 2 | 3, i: number, j: number): number {
  let square = 0;
  for (let d = 0; d < dim; d++) square += (points[i * dim + d] - points[j * dim + d]) ** 2;
  return square;
}
