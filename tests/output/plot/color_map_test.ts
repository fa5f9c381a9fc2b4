import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ColorMapName, paletteOf } from "../../../src/output/plot/color_map.ts";

/** Lightness L* of CIE 1976 for sRGB; IEC 61966-2-1 and CIE 15:2004, section 8.2.1. */
function lightness(rgb: Uint8Array): number {
  const [r, g, b] = [...rgb].map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

const lights = (name: ColorMapName) => {
  const palette = paletteOf(name, 101);
  return Array.from({ length: 101 }, (_, i) => lightness(palette.subarray(3 * i, 3 * i + 3)));
};

for (const name of ["viridis", "magma", "gray"] as const) {
  Deno.test(`${name} grows lighter all the way, evenly`, () => {
    const steps = lights(name).slice(1).map((light, i) => light - lights(name)[i]);
    // Channels are whole numbers, which lets L* jump by half a unit or so.
    assert(steps.every((step) => step > -0.3), `${Math.min(...steps)}`);
    const mean = steps.reduce((a, b) => a + b) / steps.length;
    if (name !== "gray") assert(Math.max(...steps) < 2.5 * mean, `${Math.max(...steps)}, ${mean}`);
  });
}

Deno.test("blueRed is lightest in the middle and as dark at both ends", () => {
  const light = lights("blueRed");
  assertEquals(light.indexOf(Math.max(...light)), 50);
  assert(Math.abs(light[0] - light[100]) < 5);
});

Deno.test("the ends of viridis are those that were published", () => {
  const palette = paletteOf("viridis", 256);
  assertEquals([...palette.subarray(0, 3)], [0x44, 0x01, 0x54]);
  assertEquals([...palette.subarray(765)], [0xfd, 0xe7, 0x25]);
});

Deno.test("an unknown map is refused with those there are", () => {
  assertThrows(() => paletteOf("jet" as ColorMapName, 2), RangeError, '"viridis", "magma"');
});
