/**
 * A view in the form that file writers need: its own arrays as entries, and the rest as additions.
 *
 * @module
 */
import type { Addition } from "../../snapshot/file/additions.ts";
import { VIEW_DETAIL, VIEW_ROOT } from "../../snapshot/file/format.ts";
import { PreparedEntry } from "../../snapshot/file/hdf5_writer.ts";
import { isInBlocks } from "../../snapshot/numbers_in_blocks.ts";
import type { View, ViewArray } from "./view.ts";

/**
 * Returns the file that contains a dataset of the snapshot; null if it is the file being written.
 */
export type Whereabouts = (path: string) => string | null;

/** The view's own arrays; they have checksums, and are linked if a base has them. */
export function viewEntries(own: readonly ViewArray[]): PreparedEntry[] {
  return own.map(({ path, data, shape, packed = false }) => {
    const head = { kind: "array", data: null, shape, attributes: {} } as const;
    const entry = isInBlocks(data) ? { ...head, numbers: data } : { ...head, data };
    return new PreparedEntry(path.slice(1), entry, path, packed);
  });
}

/** The rest of a view, once its arrays exist: attributes, links and virtual datasets. */
export function viewAdditions(view: View, fileOf: Whereabouts): Addition[] {
  if (view.grids.length === 0) return [];
  return [
    { kind: "text", path: VIEW_ROOT, name: "parts_json", value: JSON.stringify(view.grids) },
    { kind: "text", path: VIEW_ROOT, name: VIEW_DETAIL, value: view.detail },
    ...view.grids.flatMap((name) => gridAdditions(`${VIEW_ROOT}/${name}`)),
    ...view.links.map(({ path, target }): Addition => {
      const file = fileOf(target);
      return file === null
        ? { kind: "hard link", path, target }
        : { kind: "external link", path, file, target };
    }),
    ...view.virtual.map(({ path, kind: element, shape, sources }): Addition => {
      const placed = sources.map(({ target, from, to }) => {
        return { file: fileOf(target) ?? ".", path: target, from, to };
      });
      return { kind: "virtual", path, element, shape, sources: placed };
    }),
    { kind: "hard link", path: "/VTKHDF", target: `${VIEW_ROOT}/${view.grids[0]}` },
  ];
}

/** The attributes that VTKHDF requires of every grid, whatever it contains. */
function gridAdditions(root: string): Addition[] {
  const version = BigInt64Array.of(1n, 0n);
  return [
    { kind: "numbers", path: root, name: "Version", value: version, shape: [2] },
    { kind: "ascii", path: root, name: "Type", value: "UnstructuredGrid" },
    { kind: "group", path: `${root}/PointData` },
    { kind: "group", path: `${root}/CellData` },
  ];
}
