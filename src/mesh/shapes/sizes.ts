/**
 * Checks of what the shapes are asked for, with one way to say what is wrong.
 *
 * @module
 */

/** More cells than this on each rank are taken for a slip of the pen. */
const cellLimit = 50e6;

/**
 * A finite number.
 *
 * @throws {TypeError} when it is not a number.
 * @throws {RangeError} when it is not finite.
 */
export function readNumber(value: unknown, what: string): number {
  if (typeof value !== "number") {
    throw new TypeError(`${what} has to be a number, got ${show(value)}`);
  }
  if (!Number.isFinite(value)) throw new RangeError(`${what} has to be finite, got ${value}`);
  return value;
}

/**
 * A finite number above zero.
 *
 * @throws {TypeError} when it is not a number.
 * @throws {RangeError} when it is not finite and positive.
 */
export function readPositive(value: unknown, what: string): number {
  const number = readNumber(value, what);
  if (!(number > 0)) throw new RangeError(`${what} has to be above 0, got ${number}`);
  return number;
}

/**
 * A list of `length` values, or of any length when it is not given.
 *
 * @throws {TypeError} when it is not a list.
 * @throws {RangeError} when it has another length.
 */
export function readList(value: unknown, what: string, length?: number): ArrayLike<unknown> {
  const typed = ArrayBuffer.isView(value) && !(value instanceof DataView);
  if (!Array.isArray(value) && !typed) {
    throw new TypeError(`${what} has to be a list of numbers, got ${show(value)}`);
  }
  const list = value as ArrayLike<unknown>;
  if (length !== undefined && list.length !== length) {
    throw new RangeError(`${what} has to have ${length} numbers, got ${list.length}`);
  }
  return list;
}

/**
 * @param ranks How many ranks share the cells.
 * @throws {RangeError} when there would be more than 50 million cells on each of them, or more than ids for them.
 */
export function checkCellCount(count: number, asked: string, ranks = 1): void {
  const limit = Math.min(cellLimit * ranks, 2 ** 31 - 1);
  if (count <= limit) return;
  const shared = ranks === 1 ? "" : ` on ${ranks} ranks`;
  throw new RangeError(
    `${asked} would make about ${count.toPrecision(3)} cells; the limit is ${
      Math.floor(limit / 1e6)
    } million${shared}`,
  );
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object";
  }
  return String(value);
}
