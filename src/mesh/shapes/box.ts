/**
 * What a box is asked to be, and which of the two kinds of boxes makes it.
 *
 * @module
 */
import { type OptionNames, requireOptions } from "../../options.ts";
import type { MeshData } from "../mesh_data.ts";
import { type Corners, readCorners } from "./box_corners.ts";
import { dataOfGrid } from "../row_grid.ts";
import { LatticeBox } from "./lattice_box.ts";
import { hexagonalBox } from "./box_unstructured.ts";
import { joinSides, readAxes } from "./box_periodic.ts";
import { checkCellCount, readList, readPositive, show } from "./sizes.ts";

/** An axis of a box. */
export type BoxAxis = "x" | "y" | "z";

/** What {@link boxData} takes: two corners, and either a size or counts. */
export interface BoxMeshOptions {
  /** The lowest corner, `[dim]`, 2 or 3 numbers; their number is the dimension of the mesh. */
  readonly min: readonly number[] | Float64Array;
  /** The highest corner, `[dim]`. */
  readonly max: readonly number[] | Float64Array;
  /** How long edges should be, about: triangles without structure in 2-D, equal boxes of six tetrahedra in 3-D. */
  readonly cellSize?: number;
  /** How many boxes along each axis, `[dim]`; each makes two triangles or six tetrahedra. */
  readonly cells?: readonly number[] | Int32Array;
  /** The axes along which the box repeats itself, `"x"`, `"y"` or `"z"`; defaults to none. */
  readonly periodic?: readonly BoxAxis[];
}

const optionNames: OptionNames<BoxMeshOptions> = {
  min: true,
  max: true,
  cellSize: true,
  cells: true,
  periodic: true,
};

/**
 * A box as mesh data.
 *
 * @param ranks How many ranks share the cells, if each makes its own: of equal boxes without periodic axes.
 * @throws {TypeError} when an option is missing, of the wrong type or unknown.
 * @throws {RangeError} when a number is out of range, or there would be over 50 million cells per rank.
 */
export function boxData(options: BoxMeshOptions, ranks = 1): MeshData {
  requireOptions("boxMesh", options, optionNames);
  const corners = readCorners(options.min, options.max);
  const periodic = readAxes(options.periodic, corners.dim);
  const makers = periodic.length === 0 ? ranks : 1;
  return joinSides(gridData(corners, options, makers), corners, periodic);
}

function gridData(
  corners: Corners,
  { cells, cellSize }: BoxMeshOptions,
  ranks: number,
): MeshData {
  if ((cells === undefined) === (cellSize === undefined)) {
    throw new TypeError(
      `boxMesh takes either cellSize or cells, got ${cells === undefined ? "neither" : "both"}`,
    );
  }
  if (cellSize === undefined) return latticeData(corners, readCounts(cells, corners.dim, ranks));
  const size = readPositive(cellSize, "boxMesh: cellSize");
  return corners.dim === 2
    ? hexagonalBox(corners, size)
    : latticeData(corners, countsOf(corners, size, ranks));
}

function latticeData(corners: Corners, counts: readonly number[]): MeshData {
  return dataOfGrid(new LatticeBox(corners, counts), "box");
}

function readCounts(cells: unknown, dim: 2 | 3, ranks: number): number[] {
  const list = readList(cells, "boxMesh: cells", dim);
  const counts: number[] = [];
  for (let d = 0; d < dim; d++) {
    const n = list[d];
    if (typeof n !== "number") {
      throw new TypeError(`boxMesh: cells[${d}] has to be a number, got ${show(n)}`);
    }
    if (!Number.isInteger(n) || n < 1) {
      throw new RangeError(`boxMesh: cells[${d}] has to be a whole number from 1 on, got ${n}`);
    }
    counts.push(n);
  }
  return checked(counts, `boxMesh: cells = [${counts.join(", ")}]`, ranks);
}

/** In 3-D a size asks for equal boxes with edges of about that length. */
function countsOf({ min, max }: Corners, size: number, ranks: number): number[] {
  const counts = min.map((low, d) => Math.max(1, Math.round((max[d] - low) / size)));
  return checked(counts, `boxMesh: cellSize = ${size}`, ranks);
}

function checked(counts: number[], asked: string, ranks: number): number[] {
  const boxes = counts.reduce((product, n) => product * n, 1);
  checkCellCount(boxes * (counts.length === 2 ? 2 : 6), asked, ranks);
  return counts;
}
