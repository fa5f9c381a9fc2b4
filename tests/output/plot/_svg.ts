/** What tests of plots share. @module */
import type { Picture } from "../../../src/output/plot/picture.ts";

/** The texts of an SVG, in order. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

/** The `d` of the first path of a class. */
export function pathOf(svg: string, name: string): string | null {
  return svg.match(new RegExp(`<path class="${name}" d="([^"]*)"`))?.[1] ?? null;
}

/** A PNG's pixels. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** Bytes of one pixel: 1 with a palette, 3 or 4 without. */
  readonly size: number;
  readonly pixels: Uint8Array;
  readonly palette: Uint8Array | null;
}

/** Reads a PNG whose rows are stored unfiltered, as ours are. */
export async function decodePng(bytes: Uint8Array): Promise<Decoded> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let palette: Uint8Array | null = null;
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(bytes.subarray(at + 4, at + 8));
    const chunk = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IDAT") data.push(chunk);
    if (type === "PLTE") palette = chunk;
    at += length + 12;
  }
  const width = view.getUint32(16), height = view.getUint32(20);
  const size = { 2: 3, 3: 1, 6: 4 }[bytes[25]]!;
  const stream = new Blob(data as Uint8Array<ArrayBuffer>[]).stream()
    .pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  const pixels = new Uint8Array(width * height * size);
  for (let y = 0; y < height; y++) {
    const from = y * (width * size + 1) + 1;
    pixels.set(rows.subarray(from, from + width * size), y * width * size);
    unfilter(pixels, rows[from - 1], y, width * size, size);
  }
  return { width, height, size, pixels, palette };
}

/** Undoes the filter of a row (section 9 of the PNG specification), which files of other programs have. */
function unfilter(pixels: Uint8Array, filter: number, y: number, row: number, size: number): void {
  for (let x = 0, at = y * row; filter > 0 && x < row; x++, at++) {
    const a = x < size ? 0 : pixels[at - size], b = y === 0 ? 0 : pixels[at - row];
    const c = x < size || y === 0 ? 0 : pixels[at - row - size], p = a + b - c;
    const [pa, pb, pc] = [a, b, c].map((value) => Math.abs(p - value));
    const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    pixels[at] += [0, a, b, (a + b) >> 1, paeth][filter];
  }
}

/** The image inside a plot. */
export async function imageOf({ svg }: Picture): Promise<Decoded> {
  const base64 = svg.match(/data:image\/png;base64,([^"]*)"/)![1];
  return await decodePng(Uint8Array.fromBase64(base64));
}

/** Throws unless every element that is opened is closed. */
export function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (
    const [, close, name, , self] of svg.matchAll(/<(\/?)([\w:]+)((?:"[^"]*"|[^">])*?)(\/?)>/g)
  ) {
    if (close) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
    } else if (!self) open.push(name);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(", ")}`);
}
