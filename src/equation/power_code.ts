/**
 * How powers with a fixed exponent are computed.
 *
 * @module
 */

/** Declares a value once and returns its name; see `Statements.declare`. */
export type Declare = (name: string, code: string) => string;

/** Greater exponents are left to `Math.pow`. */
const largestSpelledPower = 16;

/**
 * JavaScript for `base^exponent`: whole powers are products, quarters are square roots, and what is left over is one
 * call. Powers of one base whose exponents differ by a whole number, as that of a formula and that of its
 * derivative do, have the expensive part in common.
 *
 * @param base What it is called; declared parts have names that begin with it.
 * @returns null where nothing is gained.
 */
export function powerCode(base: string, exponent: number, declare: Declare): string | null {
  const size = Math.abs(exponent);
  if (!(size <= largestSpelledPower) || size === 0) return null;
  const whole = Math.floor(size), rest = size - whole;
  const parts = whole === 0 ? [] : [wholePower(base, whole, declare)];
  if (rest === 0.5 || rest === 0.75) parts.push(rootOf(base, declare));
  if (rest === 0.25 || rest === 0.75) {
    parts.push(declare(`${base}_fourth`, `sqrt(${rootOf(base, declare)})`));
  } else if (rest !== 0 && rest !== 0.5) {
    const name = `${base}_to_${String(rest).replace(/[^0-9]/g, "_")}`;
    parts.push(declare(name, `power(${base}, ${rest})`));
  }
  const product = parts.join(" * ");
  if (exponent > 0) return product;
  return `1 / ${parts.length === 1 ? product : `(${product})`}`;
}

/** JavaScript for the square root, shared with powers. */
export function rootOf(base: string, declare: Declare): string {
  return declare(`${base}_root`, `sqrt(${base})`);
}

/** By repeated squaring. */
function wholePower(base: string, exponent: number, declare: Declare): string {
  if (exponent === 1) return base;
  const half = wholePower(base, exponent >> 1, declare);
  const square = `${half} * ${half}`;
  return declare(`${base}_by_${exponent}`, exponent % 2 === 0 ? square : `${square} * ${base}`);
}
