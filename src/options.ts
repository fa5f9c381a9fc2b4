/**
 * The one check of every object of options: `deno run` and notebooks do not look at types, so a misspelt
 * name would be left out in silence.
 *
 * @module
 */

/** All keys of `T`, of every member where it is a union. */
type Keys<T> = T extends unknown ? keyof T & string : never;

/** All names of the options `T`: a name that is missing here, or should not be here, is a type error. */
export type OptionNames<T> = { readonly [K in Keys<T>]-?: true };

/**
 * Refuses what is not an object of options, and names that do not exist.
 *
 * @param what What takes the options, as users write it: `boxMesh`, `advect`.
 * @param options As it was passed; undefined stands for no options.
 * @param names The names that there are.
 * @throws {TypeError} when `options` is neither undefined nor an object, or has another name; the message has the
 *   nearest one that exists.
 */
export function checkOptions<T>(what: string, options: unknown, names: OptionNames<T>): void {
  if (options !== undefined) requireOptions(what, options, names);
}

/**
 * As {@link checkOptions}, for options that have to be given.
 *
 * @throws {TypeError} as `checkOptions`, and when there are none.
 */
export function requireOptions<T>(what: string, options: unknown, names: OptionNames<T>): void {
  const known = Object.keys(names);
  if (!isRecord(options)) {
    const takes = known.length === 0 ? "no options" : `{ ${known.join(", ")} }`;
    throw new TypeError(`${what} takes ${takes}, got ${describe(options)}`);
  }
  // With inherited names, which are taken as well.
  for (const name in options) {
    if (Object.hasOwn(names, name)) continue;
    const meant = nearest(name, known);
    const all = known.length === 0 ? "it takes none" : `the options are ${known.join(", ")}`;
    throw new TypeError(
      `${what}: there is no option '${name}'; ` +
        (meant === null ? all : `did you mean '${meant}'? ${all[0].toUpperCase()}${all.slice(1)}`),
    );
  }
}

/**
 * Refuses options where a function takes none, which would be left out in silence.
 *
 * @param what The function, as users write it: `writeNpy`.
 * @param given The function's `arguments`.
 * @param count How many it takes.
 * @throws {TypeError} when there is an option, or something else, behind them.
 */
export function refuseOptions(what: string, given: ArrayLike<unknown>, count: number): void {
  for (let i = count; i < given.length; i++) checkOptions(what, given[i], {});
}

/**
 * Refuses names, the keys of a record such as `{ T: "K" }` or words of a list, that nothing has.
 *
 * @param what What takes them and what they are, as users write it: `writeZarr: units`.
 * @throws {TypeError} when they are not a list.
 * @throws {RangeError} when one is not known; the message has the nearest one that is.
 */
export function requireKnownNames(
  what: string,
  names: readonly string[],
  known: readonly string[],
): void {
  if (!Array.isArray(names)) throw new TypeError(`${what} takes a list, got ${describe(names)}`);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const all = known.length === 0 ? "there are none" : `the names are ${known.join(", ")}`;
    throw new RangeError(
      `${what}: '${name}' does not exist; ` +
        (meant === null ? all : `did you mean '${meant}'? ${all[0].toUpperCase()}${all.slice(1)}`),
    );
  }
}

/**
 * Refuses what is not a number, before its value is looked at: a text compares like the number that it spells.
 *
 * @param what What takes it and what it is, as users write it: `Poisson: rtol`.
 * @throws {TypeError} when it is not a number.
 */
export function requireNumber(what: string, value: unknown): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(`${what} is a number, got ${describe(value)}`);
  }
}

/** The options of what takes only a name. */
export const namingOptions: OptionNames<{ readonly name?: string }> = { name: true };

/** The known name that `name` may have been meant to be; null where none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  const short = plain(name);
  let best: string | null = null, least = Math.max(1, Math.floor(short.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editsBetween(short, plain(candidate));
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  if (best !== null) return best;
  // Abbreviations, and words that are only begun.
  return known.find((other) => plain(other).startsWith(short) || short.startsWith(plain(other))) ??
    null;
}

/** Without case and separators. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** How many letters to insert, leave out, replace or exchange with their neighbours (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [], last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/** Whether a value is read by names: a Map, a Promise or a Date has none, and would count as empty. */
export function isRecord(value: unknown): value is object {
  const kind = Object.prototype.toString.call(value);
  return kind === "[object Object]" || kind === "[object Module]";
}

/** A few words for what was found instead of what was asked for. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object") return `a ${value.constructor?.name ?? "bare object"}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 40))}`;
  return `the ${typeof value} ${String(value)}`;
}
