import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { bytesText } from "../../../src/bytes_text.ts";
import {
  briefly,
  extentOf,
  extentText,
  grouped,
  labelOf,
  logTicks,
  openRange,
  ticksOf,
  tickStyle,
} from "../../../src/output/plot/ticks.ts";

Deno.test("ticks are round numbers inside the range", () => {
  assertEquals(ticksOf(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assertEquals(ticksOf(-0.93, 0.93, 9), [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8]);
  assertEquals(ticksOf(300, 1606, 6), [400, 600, 800, 1000, 1200, 1400, 1600]);
});

Deno.test("long numbers give a power of ten to the label, and zero has no sign", () => {
  const small = tickStyle(-2e-7, 2e-7, 4);
  assertEquals(small.exponent, -9);
  assertEquals(small.ticks.map(small.text), ["−200", "−100", "0", "100", "200"]);
  // Ticks are in the units of the data again.
  assertAlmostEquals(small.ticks[0], -2e-7, 1e-20);
  const large = tickStyle(1e21, 1.3e22, 4);
  assertEquals([large.exponent, large.text(1e22)], [21, "10"]);
  assertEquals(labelOf("viscosity", "Pa s", 21), "viscosity (×10²¹ Pa s)");
  assertEquals([labelOf("x", "km"), labelOf("x", ""), labelOf("v", "", -6)], [
    "x (km)",
    "x",
    "v (×10⁻⁶)",
  ]);
});

Deno.test("ticks of a range that is small beside its place have all digits they need", () => {
  const style = tickStyle(1000.001, 1000.004, 3);
  assertEquals(style.ticks.map(style.text), ["1000.001", "1000.002", "1000.003", "1000.004"]);
});

Deno.test("logarithmic ticks are powers of ten, with 2 and 5 where there is room", () => {
  assertEquals(logTicks(1e-9, 1, 5).ticks, [1e-8, 1e-6, 1e-4, 1e-2, 1]);
  assertEquals(logTicks(0.9, 11, 8).ticks, [1, 2, 5, 10]);
  assertEquals(logTicks(1e-9, 1, 5).ticks.map(logTicks(1e-9, 1, 5).text), [
    "10⁻⁸",
    "10⁻⁶",
    "10⁻⁴",
    "0.01",
    "1",
  ]);
});

Deno.test("extents leave out what is not finite; ranges are never empty", () => {
  assertEquals(extentOf([3, NaN, -1, Infinity]), { min: -1, max: 3, nonFinite: 2 });
  assertEquals(extentOf([NaN]), { min: NaN, max: NaN, nonFinite: 1 });
  assertEquals(openRange(NaN, NaN), [0, 1]);
  assertEquals(openRange(0, 0), [-1, 1]);
  assertEquals(openRange(2, 2), [1.9, 2.1]);
  const extremes = [[-1.7e308, 1e308], [0, 1e-310], [5e-324, 5e-324], [1.7e308, 1.7e308]];
  for (const [min, max] of extremes) {
    const [low, high] = openRange(min, max);
    assert(high - low > 0 && Number.isFinite(high - low) && Number.isFinite(1e6 / (high - low)));
    const { ticks, text } = tickStyle(low, high, 5);
    for (const tick of ticks) assert(Number.isFinite(tick) && /^−?[\d.]+$/.test(text(tick)));
  }
});

Deno.test("a small range has the digits that tell its ends apart", () => {
  const range = (min: number, max: number) => extentText({ min, max, nonFinite: 0 }, "K");
  assertEquals(range(300, 300.0002), "min 300 K, max 300.0002 K");
  assertEquals([range(1, 2), range(5, 5)], ["min 1 K, max 2 K", "min 5 K, max 5 K"]);
});

Deno.test("numbers in sentences are short", () => {
  assertEquals([0, 1 / 3, -12345.6, 5.2e20, 1e-7, NaN].map((value) => briefly(value)), [
    "0",
    "0.3333",
    "−12350",
    "5.2×10²⁰",
    "10⁻⁷",
    "NaN",
  ]);
  assertEquals([grouped(999), grouped(1234567)], ["999", "1,234,567"]);
  assertEquals([bytesText(12), bytesText(1890), bytesText(2.5e9)], [
    "12 bytes",
    "1.89 kB",
    "2.50 GB",
  ]);
});
