/**
 * The mapping of model coordinates to pixels.
 *
 * @module
 */

/** A rectangle in model space. */
export interface PlotWindow {
  /** Lower left corner. */
  readonly min: readonly [number, number];
  /** Upper right corner. */
  readonly max: readonly [number, number];
}

/** A window drawn over `width` by `height` pixels; pixel (0, 0) is the upper left corner. */
export interface PlotView extends PlotWindow {
  readonly width: number;
  readonly height: number;
}

/** The smallest window that contains all points, with a margin. */
export function windowAround(x: ArrayLike<number>, stride: number, room = 0.03): PlotWindow {
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (let i = 0; i + 1 < x.length; i += stride) {
    if (x[i] < left) left = x[i];
    if (x[i] > right) right = x[i];
    if (x[i + 1] < low) low = x[i + 1];
    if (x[i + 1] > high) high = x[i + 1];
  }
  if (!(left <= right)) return { min: [0, 0], max: [1, 1] };
  const size = Math.max(right - left, high - low) || 1;
  const pad = room * size;
  // Points on a line would give a window of zero height.
  const thick = Math.max(pad, 1e-3 * size);
  return { min: [left - thick, low - thick], max: [right + thick, high + thick] };
}

/**
 * Checks a window that a user has given.
 *
 * @throws {RangeError} when it is empty or not finite.
 */
export function checkedWindow(window: PlotWindow): PlotWindow {
  const { min, max } = window;
  if ([0, 1].every((d) => Number.isFinite(max[d] - min[d]) && max[d] > min[d])) return window;
  throw new RangeError(
    `window: min must be less than max in both directions, got ${min} and ${max}`,
  );
}

/** Model coordinates as pixels, `[count x 2]` to `[count x 2]`; further columns of `points` are ignored. */
export function toPixels(view: PlotView, points: ArrayLike<number>, stride = 2): Float64Array {
  const count = Math.floor(points.length / stride);
  const out = new Float64Array(2 * count);
  const sx = view.width / (view.max[0] - view.min[0]);
  const sy = view.height / (view.max[1] - view.min[1]);
  for (let i = 0; i < count; i++) {
    out[2 * i] = (points[i * stride] - view.min[0]) * sx;
    out[2 * i + 1] = (view.max[1] - points[i * stride + 1]) * sy;
  }
  return out;
}
