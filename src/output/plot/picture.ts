import { displayAs, printAs } from "../../display.ts";
import type { Pixels } from "./png_file.ts";
import { fixFields } from "../../fixed_fields.ts";

/** Options of `Picture.png`. */
export interface PngOptions {
  /** The pixels per unit of the SVG; defaults to 2, for high-resolution screens. */
  readonly scale?: number;
}

/**
 * A drawing: a text in SVG, from which `png` makes a PNG file. A notebook shows it as the last value of a cell.
 *
 * @hideconstructor
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, plotField } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x, y) => x * y);
 * const picture = await plotField(T);
 * console.log(picture.svg.startsWith("<svg"), (await picture.png()).length > 1000); // true true
 * ```
 */
export class Picture {
  /** The drawing as one `<svg>` element, with the same bytes for the same data. */
  readonly svg: string;
  /** The title. */
  readonly title: string;
  /** The width in units of the SVG, which are pixels of an ordinary screen. */
  readonly width: number;
  /** The height in units of the SVG. */
  readonly height: number;

  /** Made by `plotField` and similar functions. */
  constructor(svg: string, title: string, width: number, height: number) {
    this.svg = svg;
    this.title = title;
    this.width = width;
    this.height = height;
    fixFields(this, new.target, Picture);
  }

  /**
   * Renders the picture as pixels. The renderer and the font come with the toolkit, so this does not need a
   * permission or depend on the fonts of the machine.
   *
   * @returns the bytes of a PNG file, `[n]`; the same for the same SVG.
   * @throws {RangeError} when the scale is not from 0.1 to 10.
   */
  async png(options: PngOptions = {}): Promise<Uint8Array> {
    const { encodePng } = await import("./png_file.ts");
    return await encodePng(await pixelsOf(this, "png", options));
  }

  static {
    displayAs(this, function () {
      return { "image/svg+xml": this.svg, "text/plain": this.#line() };
    });
    printAs(this, function () {
      return this.#line();
    });
  }

  #line(): string {
    return `Picture(${this.title}, ${this.width} x ${this.height})`;
  }
}

/**
 * The pixels of a picture.
 *
 * @throws {RangeError} when the scale is not from 0.1 to 10.
 */
export async function pixelsOf(
  picture: Picture,
  what: string,
  { scale = 2 }: PngOptions,
): Promise<Pixels> {
  if (!(scale >= 0.1 && scale <= 10)) {
    throw new RangeError(`${what}: scale must be a number from 0.1 to 10, got ${scale}`);
  }
  const [{ renderSvg }, { dejavuSans }, { dejavuSansBold }] = await Promise.all([
    import("../../deps/resvg.ts"),
    import("../font/dejavu_sans.ts"),
    import("../font/dejavu_sans_bold.ts"),
  ]);
  const fonts = [dejavuSans, dejavuSansBold].map((base64) => Uint8Array.fromBase64(base64));
  const { width, height, pixels } = await renderSvg(picture.svg, fonts, "DejaVu Sans", scale);
  return { width, height, data: pixels };
}
