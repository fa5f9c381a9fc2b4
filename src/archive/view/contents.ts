/**
 * A view as a writer of files takes it: arrays of its own as entries, and the rest as additions.
 *
 * @module
 */
import type { SnapshotEntry } from "../../snapshot/contract.ts";
import type { Addition } from "../../snapshot/file/additions.ts";
import { VIEW_ROOT } from "../../snapshot/file/format.ts";
import { PreparedEntry } from "../../snapshot/file/hdf5_writer.ts";
import type { View } from "./view.ts";

/** The file where a dataset of the snapshot is; null where it is in the file being written. */
export type Whereabouts = (path: string) => string | null;

/** Arrays of a view's own: with checksums, and linked where a base has them. */
export function viewEntries(view: View): PreparedEntry[] {
  return view.own.map(({ path, data, shape }) => {
    const entry: SnapshotEntry = { kind: "array", data, shape, attributes: {} };
    return new PreparedEntry(path.slice(1), entry, path);
  });
}

/** What is left when the arrays are there: attributes, second names, virtual datasets. */
export function viewAdditions(view: View, fileOf: Whereabouts): Addition[] {
  if (view.grids.length === 0) return [];
  return [
    { kind: "text", path: VIEW_ROOT, name: "parts_json", value: JSON.stringify(view.grids) },
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

/** What VTKHDF wants of every grid, whatever is in it. */
function gridAdditions(root: string): Addition[] {
  const version = BigInt64Array.of(1n, 0n);
  return [
    { kind: "numbers", path: root, name: "Version", value: version, shape: [2] },
    { kind: "ascii", path: root, name: "Type", value: "UnstructuredGrid" },
    { kind: "group", path: `${root}/PointData` },
    { kind: "group", path: `${root}/CellData` },
  ];
}
