import { renderSvg } from "../../deps/resvg.ts";
import { encodePng } from "./png_file.ts";

/** How a PNG is made of a picture. */
export interface PngOptions {
  /** Dots per unit of the SVG; 2 when left out, for sharp screens. */
  readonly scale?: number;
}

/**
 * A drawing: text in SVG, and on asking the bytes of a PNG file. As the last value of a notebook cell it
 * shows itself.
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
  /** The drawing as one `<svg>` element: the same bytes for the same data. */
  readonly svg: string;
  /** What is drawn, in words. */
  readonly title: string;
  /** In units of the SVG, pixels of an ordinary screen. */
  readonly width: number;
  /** In units of the SVG. */
  readonly height: number;

  /** Made by `plotField` and its like. */
  constructor(svg: string, title: string, width: number, height: number) {
    this.svg = svg;
    this.title = title;
    this.width = width;
    this.height = height;
  }

  /**
   * Draws the picture on pixels. The renderer and the font come with the toolkit: no permission is
   * needed, and nothing depends on the fonts of the machine.
   *
   * @returns the bytes of a PNG file, `[n]`; the same for the same SVG.
   * @throws {RangeError} when the scale is not between 0.1 and 10.
   */
  async png(options: PngOptions = {}): Promise<Uint8Array> {
    const { scale = 2 } = options;
    if (!(scale >= 0.1 && scale <= 10)) {
      throw new RangeError(`png: scale is a number from 0.1 to 10, got ${scale}`);
    }
    const [{ dejavuSans }, { dejavuSansBold }] = await Promise.all([
      import("../font/dejavu_sans.ts"),
      import("../font/dejavu_sans_bold.ts"),
    ]);
    const fonts = [dejavuSans, dejavuSansBold].map((base64) => Uint8Array.fromBase64(base64));
    const { width, height, pixels } = await renderSvg(this.svg, fonts, "DejaVu Sans", scale);
    return await encodePng({ width, height, data: pixels });
  }

  /** For the Deno kernel of Jupyter. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "image/svg+xml": this.svg, "text/plain": this.#line() };
  }

  /** One line for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.#line();
  }

  #line(): string {
    return `Picture(${this.title}, ${this.width} x ${this.height})`;
  }
}
