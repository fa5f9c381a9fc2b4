import { allocate, copyInto, isTypedArray, kindOf, type TypedArray, wordsOf } from "../arrays.ts";
import type { ShapedArray } from "./contract.ts";

/** Returns true for an NdArray: a view with shape, stride and offset over some array. */
export function isShaped(value: object): value is ShapedArray {
  const v = value as Partial<ShapedArray>;
  return Array.isArray(v.shape) && Array.isArray(v.stride) && typeof v.offset === "number" &&
    v.data !== undefined;
}

/**
 * Copies the elements of an NdArray in row-major order, for any strides.
 *
 * @returns a new array; `null` if the NdArray is not backed by a typed array.
 */
export function packed({ data, shape, stride, offset }: ShapedArray): TypedArray | null {
  if (!isTypedArray(data)) return null;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const out = allocate(kindOf(data), size);
  if (isRowMajor(shape, stride)) {
    copyInto(out, data.subarray(offset, offset + size));
    return out;
  }
  const [from, to] = [wordsOf(data), wordsOf(out)];
  const words = size === 0 ? 0 : to.length / size;
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let i = 0; i < size; i++) {
    for (let w = 0; w < words; w++) to[i * words + w] = from[position * words + w];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += stride[axis];
      if (++index[axis] < shape[axis]) break;
      position -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}
