/**
 * Finds the nearest of many points.
 *
 * @module
 */

/** The number of points in a leaf, below which a loop is faster than a tree. */
const LEAF = 8;

/**
 * A k-d tree (J. L. Bentley, 1975, DOI 10.1145/361002.361007): each node divides its points at the median
 * along their longest extent. Of points at equal distances the one with the lower index is the nearest, so the
 * answer depends on the points alone.
 */
export class KdTree {
  readonly #points: Float64Array;
  readonly #dim: number;
  /** Indices of points; the middle of every range longer than a leaf divides it. */
  readonly #order: Int32Array;
  /** The axis along which the range with this middle is divided. */
  readonly #axes: Uint8Array;
  #best = -1;
  #least = Infinity;

  /** @param points `[n x dim]`, finite; kept, not copied. */
  constructor(points: Float64Array, dim: number) {
    this.#points = points;
    this.#dim = dim;
    this.#order = Int32Array.from({ length: points.length / dim }, (_, i) => i);
    this.#axes = new Uint8Array(this.#order.length);
    this.#build(0, this.#order.length);
  }

  /** The index of the point nearest to `places[offset..offset + dim)`; -1 if there are no points. */
  nearest(places: Float64Array, offset: number): number {
    this.#best = -1;
    this.#least = Infinity;
    this.#search(0, this.#order.length, places, offset);
    return this.#best;
  }

  #build(from: number, to: number): void {
    if (to - from <= LEAF) return;
    const axis = this.#longestSide(from, to), middle = (from + to) >> 1;
    this.#divide(from, to - 1, middle, axis);
    this.#axes[middle] = axis;
    this.#build(from, middle);
    this.#build(middle + 1, to);
  }

  #longestSide(from: number, to: number): number {
    let longest = 0, most = -1;
    for (let axis = 0; axis < this.#dim; axis++) {
      let low = Infinity, high = -Infinity;
      for (let i = from; i < to; i++) {
        const x = this.#points[this.#order[i] * this.#dim + axis];
        if (x < low) low = x;
        if (x > high) high = x;
      }
      if (high - low > most) {
        most = high - low;
        longest = axis;
      }
    }
    return longest;
  }

  /** Hoare's selection (1961, DOI 10.1145/366622.366647): puts the smaller ones before `middle`. */
  #divide(low: number, high: number, middle: number, axis: number): void {
    const order = this.#order, at = (i: number) => this.#points[order[i] * this.#dim + axis];
    while (low < high) {
      const pivot = at((low + high) >> 1);
      let i = low, j = high;
      while (i <= j) {
        while (at(i) < pivot) i++;
        while (at(j) > pivot) j--;
        if (i > j) break;
        const other = order[i];
        order[i++] = order[j];
        order[j--] = other;
      }
      if (middle <= j) high = j;
      else if (middle >= i) low = i;
      else return;
    }
  }

  #search(from: number, to: number, places: Float64Array, offset: number): void {
    if (to - from <= LEAF) {
      for (let i = from; i < to; i++) this.#try(this.#order[i], places, offset);
      return;
    }
    const middle = (from + to) >> 1, axis = this.#axes[middle];
    const point = this.#order[middle];
    const side = places[offset + axis] - this.#points[point * this.#dim + axis];
    const left = side < 0;
    this.#search(left ? from : middle + 1, left ? middle : to, places, offset);
    this.#try(point, places, offset);
    if (side * side > this.#least) return;
    this.#search(left ? middle + 1 : from, left ? to : middle, places, offset);
  }

  #try(point: number, places: Float64Array, offset: number): void {
    let distance = 0;
    for (let d = 0; d < this.#dim; d++) {
      const step = places[offset + d] - this.#points[point * this.#dim + d];
      distance += step * step;
    }
    if (distance > this.#least || (distance === this.#least && point > this.#best)) return;
    this.#least = distance;
    this.#best = point;
  }
}
