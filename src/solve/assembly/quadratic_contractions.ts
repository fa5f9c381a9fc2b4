/**
 * Functions that put moments together to entries of a cell's matrix or vector.
 *
 * Which moments make up an entry, and with which whole numbers, is the same for all cells of a dimension. The sums are
 * written out, which is several times faster than reading the numbers from tables.
 *
 * @module
 */
import { type Combination, type Moments, momentsOf } from "./quadratic_moments.ts";

/** Adds entries made of `sums` to `out`; rows of a matrix begin at `start + a * width`. */
export type Contraction = (
  out: Float64Array,
  start: number,
  width: number,
  sums: Float64Array,
) => void;

/** Where an entry is, in terms of `start` and `width`. */
interface Entry {
  readonly place: string;
  readonly sum: Combination;
}

/** All contractions of a dimension. */
export interface Contractions {
  /** Of d_r phi_a; the width is not used. */
  readonly flux: Contraction;
  /** Of phi_a phi_b: the upper triangle, or the whole. */
  readonly massHalf: Contraction;
  readonly mass: Contraction;
  /** Of d_r phi_a d_s phi_b with a symmetric tensor. */
  readonly symmetricHalf: Contraction;
  readonly symmetric: Contraction;
  /** With any tensor. */
  readonly general: Contraction;
  /** Of d_r phi_a phi_b, and of phi_a d_r phi_b. */
  readonly slopeOfRow: Contraction;
  readonly slopeOfColumn: Contraction;
}

const known = new Map<2 | 3, Contractions>();

/** The contractions of a dimension; each is written when it is called first. */
export function contractionsOf(dim: 2 | 3): Contractions {
  let made = known.get(dim);
  if (made === undefined) known.set(dim, made = make(momentsOf(dim)));
  return made;
}

function make({ perCell, slopes, symmetric, general, cross, triangle }: Moments): Contractions {
  const matrix = (row: number, column: number) => `start + ${row} * width + ${column}`;
  const half = (sums: readonly Combination[]): Entry[] =>
    triangle.map(([a, b], t) => ({ place: matrix(a, b), sum: sums[t] }));
  const both = (sums: readonly Combination[]): Entry[] =>
    triangle.flatMap(([a, b], t) => {
      const entry = { place: matrix(a, b), sum: sums[t] };
      return a === b ? [entry] : [entry, { ...entry, place: matrix(b, a) }];
    });
  const own = triangle.map((_, t): Combination => [[t, 1]]);
  const whole = (sums: readonly Combination[], isTransposed = false): Entry[] =>
    sums.map((sum, k) => {
      const a = Math.floor(k / perCell), b = k % perCell;
      return { place: isTransposed ? matrix(b, a) : matrix(a, b), sum };
    });
  return {
    flux: lazily(() => slopes.map((sum, a) => ({ place: `start + ${a}`, sum }))),
    massHalf: lazily(() => half(own)),
    mass: lazily(() => both(own)),
    symmetricHalf: lazily(() => half(symmetric())),
    symmetric: lazily(() => both(symmetric())),
    general: lazily(() => whole(general())),
    slopeOfRow: lazily(() => whole(cross())),
    slopeOfColumn: lazily(() => whole(cross(), true)),
  };
}

function lazily(entries: () => readonly Entry[]): Contraction {
  let made: Contraction | null = null;
  return (out, start, width, sums) => (made ??= compile(entries()))(out, start, width, sums);
}

function compile(entries: readonly Entry[]): Contraction {
  const used = new Set(entries.flatMap(({ sum }) => sum.map(([moment]) => moment)));
  const lines = [...used].sort((a, b) => a - b).map((m) => `const m${m} = sums[${m}];`);
  const names = new Map<string, string>();
  for (const { place, sum } of entries) {
    const code = sumCode(sum);
    let name = names.get(code);
    if (name === undefined) {
      names.set(code, name = `k${names.size}`);
      lines.push(`const ${name} = ${code};`);
    }
    lines.push(`out[${place}] += ${name};`);
  }
  return new Function(
    "out",
    "start",
    "width",
    "sums",
    `"use strict"; ${lines.join("\n")}`,
  ) as Contraction;
}

/** Moments with the same factor are added before they are multiplied. */
function sumCode(sum: Combination): string {
  const bySize = new Map<number, string>();
  for (const [moment, factor] of sum) {
    const size = Math.abs(factor), so = bySize.get(size) ?? "";
    bySize.set(size, `${so}${factor < 0 ? " - " : so === "" ? "" : " + "}m${moment}`);
  }
  return [...bySize].map(([size, code]) => size === 1 ? code : `${size} * (${code})`).join(" + ") ||
    "0";
}
