// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
import { makeArray } from "./ndarray_package.ts";
// @ts-types="npm:@types/ndarray@1.1.0"
import type { Data, NdArray as PackageArray, Value } from "npm:ndarray@1.1.1";

/** What can hold the numbers of an {@link NdArray}. */
export type NdArrayData = Data<number>;

/**
 * An array with a shape: rows and columns over one flat piece of memory, made by the package `ndarray`.
 *
 * `mesh.coordinates`, `swarm.coordinates` and what `evaluate` returns are such arrays; element (i, k) of one with
 * the shape `[n, m]` is `data[offset + i * stride[0] + k * stride[1]]`, which is `data[i * m + k]` unless it is a
 * view of another array. Whether writing into it changes anything else is said where it comes from.
 *
 * `console.log` shows the numbers.
 */
export interface NdArray<D extends Data = NdArrayData> extends PackageArray<D> {
  /** The memory, `[size]` or more. */
  data: D;
  /** How many elements there are in each direction. */
  shape: number[];
  /** How far apart neighbours in each direction are in memory. */
  stride: number[];
  /** Where the first element is in memory. */
  offset: number;
  /** How many elements there are. */
  size: number;
  /** How many directions there are. */
  dimension: number;
  /** The element at an index with one number for each direction. */
  get(...index: number[]): Value<D>;
  /** Writes an element: the index, then the value. */
  set(...indexAndValue: number[]): Value<D>;
  /** A view without what is below an index. */
  lo(...index: number[]): NdArray<D>;
  /** A view of the first elements, as many as given in each direction. */
  hi(...size: number[]): NdArray<D>;
  /** A view of every n-th element; backwards where n is negative. */
  step(...step: number[]): NdArray<D>;
  /** A view with the directions in another order. */
  transpose(...order: number[]): NdArray<D>;
  /** A view with some directions fixed at an index; `null` leaves one free. */
  pick(...index: (number | null)[]): NdArray<D>;
}

/**
 * Gives memory a shape; nothing is copied.
 *
 * @param data The numbers, `[size]`, row after row.
 * @param shape How many elements there are in each direction; defaults to one direction with all of them.
 * @param stride How far apart neighbours are in memory; defaults to row after row.
 * @param offset Where the first element is; defaults to 0.
 *
 * @example
 * ```ts
 * import { ndarray } from "@timestash/timestash";
 *
 * const rows = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
 * console.log(rows.get(1, 0), rows.pick(null, 1).get(2)); // 3 6
 * ```
 */
export function ndarray<D extends Data = NdArrayData>(
  data: D,
  shape?: number[],
  stride?: number[],
  offset?: number,
): NdArray<D> {
  const array = makeArray(data, shape, stride, offset) as NdArray<D>;
  showNumbers(Object.getPrototypeOf(array));
  return array;
}

const inspected = Symbol.for("Deno.customInspect");

/** Lets `console.log` show the numbers of arrays of one class: the package makes a class for each number of directions. */
function showNumbers(prototype: NdArray): void {
  if (Object.hasOwn(prototype, inspected)) return;
  const { pick } = prototype;
  Object.defineProperty(prototype, inspected, { value: show });
  Object.defineProperty(prototype, "pick", {
    value(this: NdArray, ...index: (number | null)[]): NdArray {
      const view = pick.apply(this, index);
      showNumbers(Object.getPrototypeOf(view));
      return view;
    },
  });
}

type Inspect = (value: unknown, options: object) => string;

/** Rows that are shown. */
const mostRows = 20;

function show(this: NdArray, inspect: Inspect, options: object): string {
  const { shape, dtype } = this;
  const head = `NdArray(${dtype}, [${shape.join(", ")}])`;
  if (shape.length === 0) return `${head} ${inspect(this.get(), options)}`;
  const rest = shape[0] - mostRows;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `${head} ${inspect(rowsOf(this), options)}${more}`;
}

/** The first rows as lists of lists. */
function rowsOf(array: NdArray): unknown[] {
  const count = Math.min(array.shape[0], mostRows);
  return Array.from({ length: count }, (_, i) => {
    if (array.shape.length === 1) return array.get(i);
    const index = new Array<number | null>(array.shape.length).fill(null);
    index[0] = i;
    return rowsOf(array.pick(...index));
  });
}
