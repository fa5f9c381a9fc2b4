/**
 * What a view is made of: numbers of its own, second names for datasets, and datasets over others.
 *
 * @module
 */
import type { TypedArray } from "../../arrays.ts";
import { type Box, wholeOf } from "./virtual_dataset.ts";
import { safeName } from "./paths.ts";
import type { CellTables } from "./vtk_cells.ts";

/** Where all parts are; `/VTKHDF` is a second name for the first. */
export const PARTS = "/VTKHDF_parts";

/** The numbers 0, 1, 2, .. that cells without common points share. */
export const NUMBERS = `${PARTS}/numbers`;

/** Numbers that only the view has. */
export interface ViewArray {
  readonly path: string;
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

/** A second name for a dataset. */
export interface ViewLink {
  readonly path: string;
  readonly target: string;
}

/** A dataset over others. */
export interface ViewVirtual {
  readonly path: string;
  readonly kind: "float64" | "int32";
  readonly shape: readonly number[];
  readonly sources: readonly { readonly target: string; readonly from: Box; readonly to: Box }[];
}

/** Everything that makes the view. */
export interface View {
  /** The names of the parts; `/VTKHDF` is the first. */
  readonly parts: string[];
  readonly own: ViewArray[];
  readonly links: ViewLink[];
  readonly virtual: ViewVirtual[];
}

/** What no link of HDF5 can be called, and what would end a path in XDMF. */
const unusable = /[/\0:|]|^\.*$/;

/** What ParaView calls a variable: its own name, in any script, unless no link can have it. */
export function shownName(name: string): string {
  return unusable.test(name) || !name.isWellFormed() || name.trim() !== name
    ? safeName(name)
    : name;
}

/** A name for a new part that no other has; returns the path of its group. */
export function newPart(view: View, wanted: string): string {
  let name = wanted;
  for (let n = 2; view.parts.includes(name); n++) name = `${wanted}_${n}`;
  view.parts.push(name);
  return `${PARTS}/${name}`;
}

/** Vectors of the plane get a third component: ParaView draws arrows and streamlines of no others. */
export function widthOf(dim: number, components: number): number {
  return dim === 2 && components === 2 ? 3 : components;
}

export function addOwn(view: View, path: string, data: TypedArray, shape: readonly number[]): void {
  view.own.push({ path, data, shape });
}

export function addCounts(view: View, root: string, points: number, cells: CellTables): void {
  const { cellCount, perCell, offsets, types } = cells;
  addSizes(view, root, points, cellCount, cellCount * perCell);
  addOwn(view, `${root}/Offsets`, offsets, [cellCount + 1]);
  addOwn(view, `${root}/Types`, types, [cellCount]);
}

export function addSizes(
  view: View,
  root: string,
  points: number,
  cells: number,
  ids: number,
): void {
  const sizes = { NumberOfPoints: points, NumberOfCells: cells, NumberOfConnectivityIds: ids };
  for (const [name, value] of Object.entries(sizes)) {
    addOwn(view, `${root}/${name}`, BigInt64Array.of(BigInt(value)), [1]);
  }
}

/** The connectivity as a table, which XDMF wants; that of straight cells is the mesh's own. */
export function addTable(
  view: View,
  root: string,
  target: string,
  cells: number,
  perCell: number,
): void {
  view.virtual.push({
    path: `${root}/cells`,
    kind: "int32",
    shape: [cells, perCell],
    sources: [{ target, from: wholeOf([cells * perCell]), to: wholeOf([cells, perCell]) }],
  });
}

/** Rows of float64 from one dataset after the other, widened with zeros from `columns` to `width`. */
export function addRows(
  view: View,
  path: string,
  columns: number,
  width: number,
  parts: readonly { readonly target: string; readonly rows: number }[],
): void {
  if (parts.length === 1 && columns === width) {
    view.links.push({ path, target: parts[0].target });
    return;
  }
  const count = parts.reduce((sum, { rows }) => sum + rows, 0);
  let row = 0;
  const sources = parts.map(({ target, rows }) => {
    const at = row;
    row += rows;
    const from = wholeOf(columns === 1 ? [rows] : [rows, columns]);
    const first = width === 1 ? [at] : [at, 0];
    return { target, from, to: { first, last: from.last.map((end, d) => end + first[d]) } };
  });
  view.virtual.push({
    path,
    kind: "float64",
    shape: width === 1 ? [count] : [count, width],
    sources,
  });
}
