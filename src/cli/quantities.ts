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
