/**
 * PNG files from pixels, still and animated. W3C, Portable Network Graphics specification, third edition (2025),
 * www.w3.org/TR/png-3.
 *
 * @module
 */
import { crc32 } from "../crc32.ts";

/** An image to write. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** With a palette one byte for each pixel; otherwise red, green, blue and opacity. */
  readonly data: Uint8Array;
  /** `[256 x 3]`; entry 0 is transparent. */
  readonly palette?: Uint8Array;
}

/** Where the upper left corner of a part of an image is. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** Colour types of the specification, and bytes per pixel. */
const types = { palette: [3, 1], opaque: [2, 3], full: [6, 4] } as const;

/**
 * The bytes of a PNG file. Rows are not filtered, which makes plots smaller than the specification's filters.
 */
export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  const { data, palette } = pixels;
  const kind = palette ? "palette" : isOpaque(data) ? "opaque" : "full";
  const chunks = [headerChunk(pixels, kind)];
  if (palette) chunks.push(chunk("PLTE", palette), chunk("tRNS", new Uint8Array([0])));
  chunks.push(chunk("IDAT", await deflate(rowsOf(pixels, kind))), END);
  return joined([SIGNATURE, ...chunks]);
}

/**
 * The bytes of an animated PNG file (section 11.3.6): the first frame is a whole picture without a palette, of each
 * other one the rectangle is kept in which it differs from the frame before, and the animation repeats for ever. A
 * viewer that knows nothing of animations shows the first frame.
 *
 * @param frames Pictures of one size, one at least.
 * @param delay The milliseconds for which each is shown.
 */
export async function encodeApng(
  frames: readonly Omit<Pixels, "palette">[],
  delay: number,
): Promise<Uint8Array> {
  const kind = frames.every(({ data }) => isOpaque(data)) ? "opaque" : "full";
  const control = new DataView(new ArrayBuffer(8));
  control.setUint32(0, frames.length);
  const chunks = [headerChunk(frames[0], kind), chunk("acTL", new Uint8Array(control.buffer))];
  let sequence = 0;
  for (const [i, frame] of frames.entries()) {
    const { x, y, ...part } = i === 0
      ? { x: 0, y: 0, ...frame }
      : changedPart(frames[i - 1], frame);
    const view = new DataView(new ArrayBuffer(26));
    view.setUint32(0, sequence++);
    [part.width, part.height, x, y].forEach((value, k) => view.setUint32(4 + 4 * k, value));
    view.setUint16(20, delay);
    view.setUint16(22, 1000);
    chunks.push(chunk("fcTL", new Uint8Array(view.buffer)));
    const bytes = await deflate(rowsOf(part, kind));
    if (i === 0) chunks.push(chunk("IDAT", bytes));
    else {
      const numbered = new Uint8Array(4 + bytes.length);
      new DataView(numbered.buffer).setUint32(0, sequence++);
      numbered.set(bytes, 4);
      chunks.push(chunk("fdAT", numbered));
    }
  }
  return joined([SIGNATURE, ...chunks, END]);
}

/** The smallest rectangle in which a picture differs from another; one pixel where they are the same. */
function changedPart(before: Pixels, { width, height, data }: Pixels): Pixels & Place {
  const old = new Uint32Array(before.data.slice().buffer);
  const now = new Uint32Array(data.slice().buffer);
  let left = width, right = 0, top = height, bottom = 0;
  for (let i = 0; i < now.length; i++) {
    if (now[i] === old[i]) continue;
    const x = i % width, y = (i - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  if (top === height) left = right = top = 0;
  const part = { width: right - left + 1, height: bottom - top + 1 };
  const own = new Uint32Array(part.width * part.height);
  for (let row = 0; row < part.height; row++) {
    const from = (top + row) * width + left;
    own.set(now.subarray(from, from + part.width), row * part.width);
  }
  return { ...part, x: left, y: top, data: new Uint8Array(own.buffer) };
}

/** The first chunk of a file. */
function headerChunk({ width, height }: Pixels, kind: keyof typeof types): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, types[kind][0]);
  return chunk("IHDR", new Uint8Array(header.buffer));
}

/** The rows of an image, each behind the number of its filter. */
function rowsOf(
  { width, height, data }: Pixels,
  kind: keyof typeof types,
): Uint8Array<ArrayBuffer> {
  const opaque = kind === "opaque", size = types[kind][1];
  const rows = new Uint8Array((width * size + 1) * height);
  for (let y = 0, at = 0, from = 0; y < height; y++) {
    at++;
    if (!opaque) {
      rows.set(data.subarray(from, from += width * size), at);
      at += width * size;
    } else {
      for (let x = 0; x < width; x++, from += 4) {
        for (let k = 0; k < 3; k++) rows[at++] = data[from + k];
      }
    }
  }
  return rows;
}

function isOpaque(rgba: Uint8Array): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/** An SVG image element with the pixels, which fills the plot. */
export async function imageElement(
  pixels: Pixels,
  width: number,
  height: number,
): Promise<string> {
  const base64 = (await encodePng(pixels)).toBase64();
  return `<image width="${width}" height="${height}" preserveAspectRatio="none" ` +
    `href="data:image/png;base64,${base64}"/>`;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const END = chunk("IEND", new Uint8Array(0));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
