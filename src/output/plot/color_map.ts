/**
 * Colours for numbers and for categories.
 *
 * @module
 */

/** A colour map for numbers: `viridis` and `magma` for amounts, `blueRed` for deviations from zero. */
export type ColorMapName = "viridis" | "magma" | "blueRed" | "gray";

/**
 * Control points at equal distances, with linear interpolation in sRGB.
 *
 * viridis and magma: every eighth entry of the tables of S. van der Walt and N. Smith, A better default
 * colormap for matplotlib (2015), bids.github.io/colormap, in the public domain (CC0); no channel is more
 * than 2 of 255 off the table. blueRed: the eleven classes of RdBu, backwards, of C. A. Brewer,
 * colorbrewer2.org (M. Harrower and C. A. Brewer, The Cartographic Journal 40 (2003) 27, DOI
 * 10.1179/000870403235002042).
 */
const controlPoints: Readonly<Record<ColorMapName, string>> = {
  viridis: "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e " +
    "2c728e 297a8e 26828e 23898e 21918c 1f988b 1fa088 22a785 28ae80 32b67a 3fbc73 4ec36b 5ec962 " +
    "70cf57 84d44b 98d83e addc30 c2df23 d8e219 ece51b fde725",
  magma: "000004 030312 0a0822 130d34 1d1147 29115a 36106b 440f76 51127c 5d177f 6a1c81 762181 " +
    "832681 902a81 9c2e7f aa337d b73779 c43c75 d0416f dc4869 e75263 ef5d5e f56b5c f9795d fc8961 " +
    "fd9869 fea772 feb67c fec488 fed395 fde2a3 fcf0b2 fcfdbf",
  blueRed: "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
  gray: "202020 f0f0f0",
};

/**
 * Okabe and Ito's colours, which most people with colour-blindness tell apart: M. Okabe and K. Ito, Color
 * universal design (2008), jfly.uni-koeln.de/color.
 */
const kinds = ["0072b2", "e69f00", "009e73", "d55e00", "cc79a7", "56b4e9", "f0e442", "7f7f7f"];

/** The number of categories that have a colour of their own. */
export const kindCount: number = kinds.length;

/** The colour of a category, `#rrggbb`; after the last colour they repeat. */
export function kindColor(index: number): string {
  return `#${kinds[index % kinds.length]}`;
}

/**
 * `count` colours from one end of a map to the other, `[count x 3]`, 0 to 255.
 *
 * @throws {RangeError} when there is no colour map of that name.
 */
export function paletteOf(name: ColorMapName, count: number): Uint8Array {
  const points = controlPoints[name];
  if (points === undefined) {
    const known = Object.keys(controlPoints).map((other) => `"${other}"`).join(", ");
    throw new RangeError(`there is no colour map "${name}"; known are ${known}`);
  }
  const stops = points.split(" ").map(channels);
  const palette = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const at = (count === 1 ? 0 : i / (count - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    for (let k = 0; k < 3; k++) {
      palette[3 * i + k] = Math.round(
        stops[low][k] + (at - low) * (stops[low + 1][k] - stops[low][k]),
      );
    }
  }
  return palette;
}

/** One colour of a palette, `#rrggbb`. */
export function colorHex(palette: Uint8Array, index: number): string {
  return `#${palette.subarray(3 * index, 3 * index + 3).toHex()}`;
}

function channels(hex: string): number[] {
  return [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16));
}
