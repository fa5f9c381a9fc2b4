/**
 * The components of a view: its own arrays, links to datasets, and virtual datasets over others.
 *
 * @module
 */
import type { ArrayKind, TypedArray } from "../../arrays.ts";
import { VIEW_ROOT } from "../../snapshot/file/format.ts";
import { safeName } from "../../snapshot/file/paths.ts";
import { type ArrayNumbers, firstNumbersOf, kindIn } from "../../snapshot/numbers_in_blocks.ts";
import { elementsOf } from "../../snapshot/file/hdf5_types.ts";
import { type Box, wholeBox } from "../../snapshot/file/virtual_dataset.ts";
import { firstNumbers, type ViewCellTables } from "./cells.ts";

/** The path of the numbers 0, 1, 2, .., which cells without common points share. */
export const NUMBERS: string = `${VIEW_ROOT}/numbers`;

/** The path below which ranks store the arrays of their pieces of the grids. */
export const PIECES: string = `${VIEW_ROOT}/pieces`;

/** Names that a grid cannot have because they are used beside the grids. */
const taken: ReadonlySet<string> = new Set(["numbers", "pieces", "tables"]);

/** An array that only the view has. */
export interface ViewArray {
  readonly path: string;
  readonly data: ArrayNumbers;
  readonly shape: readonly number[];
  /** Whether it is compressed, also in a file that is not. */
  readonly packed?: boolean;
}

/**
 * How much a view shows: `full`, or `small`, which adds little to the file: quadratic fields by their values at
 * the nodes of straight cells, discontinuous ones not at all, and nothing stored that can be repeated.
 */
export type ViewDetail = "full" | "small";

/** A link to a dataset. */
export interface ViewLink {
  readonly path: string;
  readonly target: string;
}

/** A source of a virtual dataset: a box of a dataset, and its position in the virtual one. */
export interface ViewSource {
  readonly target: string;
  readonly from: Box;
  readonly to: Box;
}

/** A virtual dataset over other datasets. */
export interface ViewVirtual {
  readonly path: string;
  readonly kind: ArrayKind;
  readonly shape: readonly number[];
  readonly sources: readonly ViewSource[];
}

/** The size of a grid, with one number for each of its pieces. */
export interface ViewSize {
  readonly root: string;
  readonly points: readonly number[];
  readonly cells: readonly number[];
  readonly ids: readonly number[];
}

/** All components of the view, or of one rank's piece of it. */
export interface View {
  /**
   * The rank whose piece this is, in which everything is a virtual dataset; null for a whole view.
   */
  readonly rank: number | null;
  readonly detail: ViewDetail;
  /** Whether its own arrays come in blocks, so that nobody holds the whole of them. */
  readonly inBlocks: boolean;
  /** The names of the grids; `/VTKHDF` is the first. */
  readonly grids: string[];
  readonly own: ViewArray[];
  readonly links: ViewLink[];
  readonly virtual: ViewVirtual[];
  readonly sizes: ViewSize[];
  /** How many of {@link NUMBERS} are needed. */
  longest: number;
}

/** Creates an empty view. */
export function newView(
  rank: number | null = null,
  detail: ViewDetail = "full",
  inBlocks = false,
): View {
  const lists = { grids: [], own: [], links: [], virtual: [], sizes: [] };
  return { rank, detail, inBlocks, ...lists, longest: 0 };
}

/** Names that an HDF5 link cannot have, or that would end a path in XDMF. */
const unusable = /[/\0:|]|^\.*$/;

/**
 * The name that ParaView shows for a variable: its own name, in any script, unless no link can have
 * it.
 */
export function shownName(name: string): string {
  return unusable.test(name) || !name.isWellFormed() || name.trim() !== name
    ? safeName(name)
    : name;
}

/** Chooses a unique name for a new grid; returns the path of its group. */
export function newGrid(view: View, wanted: string): string {
  let name = wanted;
  for (let n = 2; taken.has(name) || view.grids.includes(name); n++) name = `${wanted}_${n}`;
  view.grids.push(name);
  return `${VIEW_ROOT}/${name}`;
}

/**
 * Vectors in 2-D get a third component, because ParaView draws arrows and streamlines only in 3-D.
 */
export function widthOf(dim: number, components: number): number {
  return dim === 2 && components === 2 ? 3 : components;
}

/** Stores an array that other datasets are made of; returns its path. */
export function keep(
  view: View,
  path: string,
  data: ArrayNumbers,
  shape: readonly number[],
): string {
  const place = view.rank === null ? path : path.replace(VIEW_ROOT, `${PIECES}/${view.rank}`);
  if (view.rank === null || elementsOf(shape) > 0) view.own.push({ path: place, data, shape });
  return place;
}

/** Adds an array of the view's own. */
export function addOwn(
  view: View,
  path: string,
  data: ArrayNumbers,
  shape: readonly number[],
): void {
  const target = keep(view, path, data, shape);
  if (view.rank !== null) addFirst(view, path, target, kindIn(data), shape);
}

/** Adds the first numbers of a dataset, as many as `shape` has; a link may show more of them. */
export function addFirst(
  view: View,
  path: string,
  target: string,
  kind: ArrayKind,
  shape: readonly number[],
): void {
  if (view.rank === null) view.links.push({ path, target });
  else {addVirtual(view, path, kind, shape, [{
      target,
      from: wholeBox(shape),
      to: wholeBox(shape),
    }]);}
}

/** Adds a virtual dataset over others; boxes without elements are left out. */
export function addVirtual(
  view: View,
  path: string,
  kind: ArrayKind,
  shape: readonly number[],
  sources: readonly ViewSource[],
): void {
  const some = sources.filter(({ to }) => to.first.every((first, d) => first <= to.last[d]));
  view.virtual.push({ path, kind, shape, sources: some });
}

export function addCounts(view: View, root: string, points: number, cells: ViewCellTables): void {
  const { cellCount, perCell, offsets, types } = cells;
  addSizes(view, root, points, cellCount, cellCount * perCell);
  addOwn(view, `${root}/Offsets`, offsets, [cellCount + 1]);
  if (view.detail === "full") addOwn(view, `${root}/Types`, types, [cellCount]);
  else {
    const block = firstNumbersOf(types, blockOf(cellCount));
    addRepeated(view, `${root}/Types`, block, cellCount);
  }
}

/** The rows of a block that is repeated: few blocks, and small ones. */
export function blockOf(count: number): number {
  return Math.min(count, Math.max(LEAST_BLOCK, Math.ceil(count / MOST_BLOCKS)));
}

const LEAST_BLOCK = 4096, MOST_BLOCKS = 256;

/** Adds an array that repeats `block` up to a length; only the block is stored. */
function addRepeated(view: View, path: string, block: TypedArray, length: number): void {
  const rows = block.length;
  const target = keep(view, `${path}_of_one_block`, block, [rows]);
  const stretches = Array.from({ length: Math.ceil(length / rows) }, (_, i): ViewRows => ({
    target,
    rows: Math.min(rows, length - i * rows),
    again: true,
  }));
  addRows(view, path, kindIn(block), 1, 1, stretches);
}

export function addSizes(
  view: View,
  root: string,
  points: number,
  cells: number,
  ids: number,
): void {
  view.sizes.push({ root, points: [points], cells: [cells], ids: [ids] });
}

/**
 * Adds points that are cells by themselves, as many pieces of one size: each counts its points from 0, so that
 * the tables of the first are those of all.
 */
export function addVertices(view: View, root: string, count: number, type: number): void {
  const block = blockOf(count), pieces = Math.max(1, Math.ceil(count / Math.max(1, block)));
  const sizes = Array.from(
    { length: pieces },
    (_, i) => Math.min(block, count - i * block),
  );
  view.sizes.push({ root, points: sizes, cells: sizes, ids: sizes });
  const numbers = firstNumbers(block + 1).slice();
  const target = keep(view, `${root}/numbers_of_one_piece`, numbers, [block + 1]);
  const all = (more: number) =>
    sizes.map((size): ViewRows => ({ target, rows: size + more, again: true }));
  addRows(view, `${root}/Connectivity`, "int32", 1, 1, all(0));
  addRows(view, `${root}/Offsets`, "int32", 1, 1, all(1));
  addRepeated(view, `${root}/Types`, new Uint8Array(block).fill(type), count);
}

/**
 * Adds the connectivity as a table, which XDMF requires; for straight cells it is the mesh's own.
 */
export function addTable(
  view: View,
  root: string,
  target: string,
  cells: number,
  perCell: number,
): void {
  if (view.rank !== null) return;
  addVirtual(view, `${root}/cells`, "int32", [cells, perCell], [
    { target, from: wholeBox([cells * perCell]), to: wholeBox([cells, perCell]) },
  ]);
}

/** Rows of a dataset; zeros if there is no dataset. */
export interface ViewRows {
  readonly target: string | null;
  readonly first?: number | undefined;
  readonly rows: number;
  /** The rows of the dataset, where these are not all up to its end. */
  readonly of?: number | undefined;
  /** Whether the same rows also stand elsewhere, so that they are never joined with others. */
  readonly again?: boolean | undefined;
}

/** Concatenates rows of datasets, widened with zeros from `columns` to `width`. */
export function addRows(
  view: View,
  path: string,
  kind: ArrayKind,
  columns: number,
  width: number,
  all: readonly ViewRows[],
): void {
  const stretches = stretchesOf(all);
  if (view.rank === null && stretches.length === 1 && columns === width) {
    const [{ target, first, rows, of }] = stretches;
    if (target !== null && first === 0 && (of === undefined || of === rows)) {
      view.links.push({ path, target });
      return;
    }
  }
  let row = 0;
  const sources = stretches.flatMap(({ target, first, rows }): ViewSource[] => {
    const at = row;
    row += rows;
    const boxAt = (start: number, wide: boolean): Box => ({
      first: wide ? [start, 0] : [start],
      last: wide ? [start + rows - 1, columns - 1] : [start + rows - 1],
    });
    if (target === null) return [];
    return [{ target, from: boxAt(first, columns > 1), to: boxAt(at, width > 1) }];
  });
  addVirtual(view, path, kind, width === 1 ? [row] : [row, width], sources);
}

/** Joins adjacent rows of one dataset, and drops those that are empty. */
function stretchesOf(all: readonly ViewRows[]): (ViewRows & { readonly first: number })[] {
  const out: (ViewRows & { readonly first: number })[] = [];
  for (const { first = 0, ...rest } of all) {
    const { target, rows, again } = rest, last = out.at(-1);
    if (rows === 0) continue;
    const follows = last?.target === target && last.first + last.rows === first && !again;
    if (follows) out[out.length - 1] = { ...last, rows: last.rows + rows };
    else out.push({ ...rest, first });
  }
  return out;
}
