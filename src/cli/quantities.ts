/**
 * Reads sizes and times as people write them.
 *
 * @module
 */

const seconds = new Map([["s", 1], ["m", 60], ["h", 3600], ["d", 86_400], ["w", 604_800]]);
const bytes = new Map([["", 1], ["k", 1e3], ["M", 1e6], ["G", 1e9], ["T", 1e12]]);

/**
 * Seconds from `90s`, `15m`, `12h`, `7d` or `2w`.
 *
 * @throws {RangeError} when the text is not in this form.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text.trim());
  if (match) return Number(match[1]) * seconds.get(match[2])!;
  throw new RangeError(`"${text}" is not a duration; write it as 90s, 15m, 12h, 7d or 2w`);
}

/**
 * Bytes from `500MB`, `20G` or a plain number.
 *
 * @throws {RangeError} when the text is not in this form.
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kMGT]?)B?$/.exec(text.trim());
  if (match) return Number(match[1]) * bytes.get(match[2])!;
  throw new RangeError(`"${text}" is not a size; write it as 500MB, 20GB or a number of bytes`);
}

/**
 * A whole number of at least 0, in digits.
 *
 * @throws {RangeError} when the text is anything else; an empty one is not 0.
 */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count)) return count;
  throw new RangeError(`"${text}" is not a whole number; write it in digits, e.g. 3`);
}

/**
 * A positive number as it is written in a program.
 *
 * @throws {RangeError} when the text is anything else, or the number is not positive and finite.
 */
export function parsePositive(text: string): number {
  const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (number > 0 && Number.isFinite(number)) return number;
  throw new RangeError(`"${text}" is not a positive number; write it as 1000, 0.5 or 1e-3`);
}

/**
 * A name.
 *
 * @throws {RangeError} when it is empty.
 */
export function parseName(text: string): string {
  if (text.trim() !== "") return text;
  throw new RangeError("the name is empty; leave the option out, or give a name");
}

/**
 * Names that are separated by commas.
 *
 * @throws {RangeError} when one of them is empty.
 */
export function parseNames(text: string): string[] {
  return text.split(",").map((name) => parseName(name.trim()));
}

/**
 * The ends of a line, as `0,0.5:1,0.5`.
 *
 * @throws {RangeError} when the text is not two points of two or three numbers.
 */
export function parseLine(text: string): [number[], number[]] {
  const points = text.split(":").map((point) =>
    point.split(",").map((number) => number.trim() === "" ? NaN : Number(number))
  );
  const [from, to] = points;
  const fits = points.length === 2 && from.length === to.length && [2, 3].includes(from.length) &&
    [...from, ...to].every(Number.isFinite);
  if (fits) return [from, to];
  throw new RangeError(`"${text}" is not a line; write its ends as 0,0.5:1,0.5`);
}
