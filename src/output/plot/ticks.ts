/**
 * Ranges, ticks and the formatting of numbers.
 *
 * @module
 */

/** The smallest and largest finite value, and the number of values that are not finite. */
export interface ValueExtent {
  readonly min: number;
  readonly max: number;
  readonly nonFinite: number;
}

/** The extent of values; `min` and `max` are NaN if none is finite. */
export function extentOf(values: ArrayLike<number>): ValueExtent {
  let min = Infinity, max = -Infinity, nonFinite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) nonFinite++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min > max ? { min: NaN, max: NaN, nonFinite } : { min, max, nonFinite };
}

/** Numbers beyond these are drawn at the ends of a scale, and smaller ones as zero. */
const LARGEST = Number.MAX_VALUE / 4, SMALLEST = 1e-290;

/** A range that can be drawn: not empty, and of finite size. */
export function openRange(min: number, max: number): [number, number] {
  if (!(min <= max)) return [0, 1];
  if (max > LARGEST || min < -LARGEST) {
    return openRange(Math.max(min, -LARGEST), Math.min(max, LARGEST));
  }
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (size === 0) return [-1, 1];
  if (size < SMALLEST) return [-SMALLEST, SMALLEST];
  if (max - min > 1e-12 * size) return [min, max];
  const half = 0.05 * size;
  return [min - half, max + half];
}

/**
 * Round numbers in a range, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
 * P. S. Heckbert, Nice numbers for graph labels, Graphics Gems (1990), pages 61 to 63.
 */
export function ticksOf(min: number, max: number, count: number): number[] {
  const step = tickStep(min, max, count);
  const slack = 1e-9 * (max - min);
  const first = Math.ceil((min - slack) / step), last = Math.floor((max + slack) / step);
  const ticks: number[] = [];
  // Division is exact here: 3 * 0.1 is not 0.3, but 3 / 10 is.
  for (let k = first; k <= last; k++) ticks.push(step < 1 ? k / Math.round(1 / step) : k * step);
  return step < 1e-15 || step > 1e21 ? [min, max] : ticks;
}

function tickStep(min: number, max: number, count: number): number {
  const rough = (max - min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const rest = rough / power;
  return (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10) * power;
}

/** The format of the ticks of an axis: `value / 10^exponent`, all with the same number of decimals. */
export interface TickStyle {
  readonly ticks: readonly number[];
  readonly exponent: number;
  text(value: number): string;
}

/** Ticks for a range, with a power of ten factored out if the numbers would be long. */
export function tickStyle(min: number, max: number, count: number): TickStyle {
  const size = Math.max(Math.abs(min), Math.abs(max));
  const order = size > 0 ? Math.floor(Math.log10(size) + 1e-9) : 0;
  const exponent = order < -3 || order > 4 ? 3 * Math.floor(order / 3) : 0;
  const scale = 10 ** -exponent;
  // Computed for the scaled numbers, so that 1e-7 is written 0.1 and not 1.0000000000000001e-1.
  const shown = ticksOf(min * scale, max * scale, count);
  const step = shown.length > 1 ? shown[1] - shown[0] : 1;
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return {
    ticks: shown.map((tick) => tick / scale),
    exponent,
    text: (value) => minus((value * scale).toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1")),
  };
}

/** Ticks of a logarithmic scale: powers of ten, and 2 and 5 times these if there is room. */
export function logTicks(min: number, max: number, count: number): TickStyle {
  const decades = Math.log10(max / min);
  const factors = decades * 3 <= count ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
    if (e % every !== 0) continue;
    for (const factor of factors) {
      const tick = Number(`${factor}e${e}`);
      if (tick >= min && tick <= max) ticks.push(tick);
    }
  }
  return { ticks, exponent: 0, text: (value) => briefly(value) };
}

/** The label of an axis: `name (10⁻⁶ m/s)`. */
export function labelOf(name: string, units: string, exponent = 0): string {
  const factor = exponent === 0 ? "" : `10${superscript(exponent)}`;
  const rest = [factor === "" ? "" : `×${factor}`, units].filter((part) => part !== "").join(" ");
  return rest === "" ? name : `${name} (${rest})`;
}

/** A number for a text, with a few significant digits. */
export function briefly(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = `10${superscript(Number(exponent))}`;
    return minus(Number(mantissa) === 1 ? power : `${Number(mantissa)}×${power}`);
  }
  return minus(String(Number(value.toPrecision(digits))));
}

/** `min 1.2 K, max 3.4 K`, with enough digits to distinguish them; in words where no number is finite. */
export function extentText({ min, max }: ValueExtent, units = ""): string {
  if (Number.isNaN(min)) return "no finite value";
  const digits = [4, 6, 8, 10, 12, 15].find((n) => briefly(min, n) !== briefly(max, n)) ?? 4;
  const [low, high] = [min, max].map((value) =>
    `${briefly(value, digits)}${units === "" ? "" : ` ${units}`}`
  );
  return `min ${low}, max ${high}`;
}

/** `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(n: number): string {
  return (n < 0 ? "⁻" : "") +
    [...String(Math.abs(n))].map((digit) => raised[Number(digit)]).join("");
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}
