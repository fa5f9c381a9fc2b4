/**
 * What a file contains besides entries: attributes, additional names of datasets, and datasets that
 * refer to others. These are plain data, prepared before anything is written.
 *
 * @module
 */
import type { ArrayKind, TypedArray } from "../../arrays.ts";
import type { Hdf5Output } from "./hdf5_output.ts";
import type { VirtualSource } from "./virtual_dataset.ts";

/** One addition; additions are written in order, after the entries. */
export type Addition =
  | { readonly kind: "group"; readonly path: string }
  | {
    readonly kind: "text" | "ascii";
    readonly path: string;
    readonly name: string;
    readonly value: string;
  }
  | {
    readonly kind: "numbers";
    readonly path: string;
    readonly name: string;
    readonly value: TypedArray;
    readonly shape: readonly number[];
  }
  /** A second name for the object at `target` in this file. */
  | { readonly kind: "hard link"; readonly path: string; readonly target: string }
  /** A name for the object at `target` in another file. */
  | {
    readonly kind: "external link";
    readonly path: string;
    readonly file: string;
    readonly target: string;
  }
  /** A dataset whose numbers are stored in other datasets. */
  | {
    readonly kind: "virtual";
    readonly path: string;
    readonly element: ArrayKind;
    readonly shape: readonly number[];
    readonly sources: readonly VirtualSource[];
  };

/** Writes one addition. */
export function writeAddition(output: Hdf5Output, addition: Addition): void {
  const { kind, path } = addition;
  switch (kind) {
    case "group":
      return output.group(path);
    case "text":
      return output.text(path, addition.name, addition.value);
    case "ascii":
      return output.ascii(path, addition.name, addition.value);
    case "numbers":
      return output.number(path, addition.name, addition.value, addition.shape);
    case "hard link":
      return output.hardLink(path, addition.target);
    case "external link":
      return output.externalLink(path, addition.file, addition.target);
    case "virtual":
      return output.virtual(path, addition.element, addition.shape, addition.sources);
  }
}
