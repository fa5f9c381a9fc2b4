/**
 * Reads numbers from a Gmsh file one after the other, whether they are written as text or as bytes,
 * and knows where it is when something is wrong.
 *
 * @module
 */
import { MeshFormatError } from "../../errors.ts";

const newline = 10, dollar = 36, plus = 43, minus = 45, point = 46, zero = 48;
/** Powers of ten that are exact in double precision. */
const tens = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const decoder = new TextDecoder();
const numberForm = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A position in the bytes of a file. */
export class Scanner {
  /** The file, for messages. */
  readonly path: string;
  /** Whether numbers are bytes; set by the header. */
  binary = false;
  /** The order of bytes; set by the header. */
  littleEndian = true;
  /** Bytes of a count or a tag in MSH 4.1; set by the header. */
  sizeBytes = 8;
  /** The section being read, for messages. */
  section = "";
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;
  /** Where the number read last begins. */
  #start = 0;

  constructor(bytes: Uint8Array, path: string) {
    this.path = path;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws {MeshFormatError} always: the problem, and where it is. */
  fail(problem: string): never {
    throw new MeshFormatError(this.path, `${this.path}: ${problem}${this.#where()}`);
  }

  /**
   * Steps to the next section.
   *
   * @returns Its name without the dollar sign; null at the end of the file.
   * @throws {MeshFormatError} when something else stands there.
   */
  nextSection(): string | null {
    this.section = "";
    if (!this.#skipSpace()) return null;
    const title = this.line();
    // More words may follow, as Gmsh allows.
    const name = /^\$([A-Za-z]\w*)(?:\s|$)/.exec(title)?.[1];
    if (name === undefined) {
      this.fail(`expected the name of a section, such as $Nodes, found ${quote(title)}`);
    }
    return this.section = name;
  }

  /** @throws {MeshFormatError} when the section does not end here. */
  endSection(): void {
    const title = `$End${this.section}`;
    const found = this.#skipSpace() ? this.line() : "", [word] = found.split(/\s/, 1);
    // Version 1 has $NOD and $ENDNOD.
    if (word === title || word === title.toUpperCase()) return;
    this.fail(
      found === "" ? `the file ends before ${title}` : `expected ${title}, found ${quote(found)}`,
    );
  }

  /** @throws {MeshFormatError} when the end of this section does not come. */
  skipSection(): void {
    const title = new TextEncoder().encode(`$End${this.section}`);
    const bytes = this.#bytes;
    let at = bytes.indexOf(dollar, this.#position);
    while (at >= 0) {
      if (bytes[at - 1] === newline && title.every((byte, i) => bytes[at + i] === byte)) {
        this.#position = at;
        return this.endSection();
      }
      at = bytes.indexOf(dollar, at + 1);
    }
    this.fail(`the file ends before $End${this.section}`);
  }

  /** The rest of the line without spaces at its ends. */
  line(): string {
    this.#start = this.#position;
    const end = this.#bytes.indexOf(newline, this.#position);
    const stop = end < 0 ? this.#bytes.length : end;
    this.#position = Math.min(stop + 1, this.#bytes.length);
    return decoder.decode(this.#bytes.subarray(this.#start, stop)).trim();
  }

  /** The next line that is not empty. */
  textLine(): string {
    this.#begin();
    return this.line();
  }

  /**
   * How many `things` follow.
   *
   * @param textBytes The least that one takes as text.
   * @param binaryBytes The least that one takes as bytes.
   * @throws {MeshFormatError} when the rest of the file cannot hold as many.
   */
  count(things: string, textBytes: number, binaryBytes: number, n: number = this.size()): number {
    const left = this.#bytes.length - this.#position;
    if (n < 0 || n * (this.binary ? binaryBytes : textBytes) > left + 1) {
      this.fail(`there should be ${n} ${things}, but only ${left} bytes are left`);
    }
    return n;
  }

  /** A count or a tag of MSH 4.1. */
  size(): number {
    if (!this.binary) return this.#whole(true);
    const at = this.#take(this.sizeBytes);
    if (this.sizeBytes === 4) return this.#view.getUint32(at, this.littleEndian);
    const low = this.#view.getUint32(this.littleEndian ? at : at + 4, this.littleEndian);
    const high = this.#view.getUint32(this.littleEndian ? at + 4 : at, this.littleEndian);
    if (high >= 2 ** 21) this.fail(`${high * 2 ** 32 + low} is too large for a count or a tag`);
    return high * 2 ** 32 + low;
  }

  /** A signed number of 32 bits. */
  int(): number {
    if (this.binary) return this.#view.getInt32(this.#take(4), this.littleEndian);
    const n = this.#whole(false);
    if ((n | 0) !== n) this.fail(`${n} is out of range for an integer`);
    return n;
  }

  /** A number in double precision. */
  float(): number {
    if (this.binary) return this.#view.getFloat64(this.#take(8), this.littleEndian);
    const bytes = this.#bytes;
    let at = this.#begin();
    const negative = bytes[at] === minus;
    if (negative || bytes[at] === plus) at++;
    let digits = 0, power = 0, value = 0, byte = bytes[at], read = 0;
    for (; isDigit(byte); byte = bytes[++at], read++) {
      value = value * 10 + (byte - zero);
      if (value > 0) digits++;
    }
    if (byte === point) {
      byte = bytes[++at];
      for (; isDigit(byte); byte = bytes[++at], read++, power--) {
        value = value * 10 + (byte - zero);
        if (value > 0) digits++;
      }
    }
    // With so few digits both numbers of one multiplication or division are exact, so it rounds right.
    if (read === 0 || digits > 15 || power < -22 || !isSpace(byte)) return this.#slowFloat();
    this.#position = at;
    value /= tens[-power];
    return negative ? -value : value;
  }

  /** Leaves out `n` counts or tags. */
  skipSizes(n: number): void {
    if (this.binary) this.#take(n * this.sizeBytes);
    else for (let i = 0; i < n; i++) this.size();
  }

  /** Leaves out `n` signed numbers. */
  skipInts(n: number): void {
    if (this.binary) this.#take(n * 4);
    else for (let i = 0; i < n; i++) this.int();
  }

  /** Leaves out `n` numbers in double precision. */
  skipFloats(n: number): void {
    if (this.binary) this.#take(n * 8);
    else for (let i = 0; i < n; i++) this.float();
  }

  /** A word between spaces. */
  word(): string {
    const start = this.#begin();
    let end = start;
    while (!isSpace(this.#bytes[end])) end++;
    this.#position = end;
    return decoder.decode(this.#bytes.subarray(start, Math.min(end, start + 200)));
  }

  #slowFloat(): number {
    const word = this.word();
    if (!numberForm.test(word)) this.fail(`expected a number, found ${quote(word)}`);
    return Number(word);
  }

  #whole(unsigned: boolean): number {
    const bytes = this.#bytes;
    let at = this.#begin();
    const negative = bytes[at] === minus;
    if (negative || bytes[at] === plus) at++;
    const first = at;
    let value = 0, byte = bytes[at];
    for (; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - zero);
    if (at === first || !isSpace(byte) || (negative && unsigned)) {
      this.fail(`expected a whole number, found ${quote(this.word())}`);
    }
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`${value} is too large for a count or a tag`);
    this.#position = at;
    return negative ? -value : value;
  }

  /** Steps to the next word. */
  #begin(): number {
    if (!this.#skipSpace()) this.fail("the file ends too early");
    return this.#start = this.#position;
  }

  #skipSpace(): boolean {
    const bytes = this.#bytes;
    let at = this.#position;
    while (at < bytes.length && isSpace(bytes[at])) at++;
    this.#start = this.#position = at;
    return at < bytes.length;
  }

  /** Steps over `n` bytes; returns where they begin. */
  #take(n: number): number {
    const at = this.#start = this.#position;
    if (!(n <= this.#bytes.length - at)) this.fail("the file ends too early");
    this.#position = at + n;
    return at;
  }

  #where(): string {
    const place = this.section === "" ? "" : `$${this.section}, `;
    if (this.binary) return ` (${place}byte ${this.#start})`;
    let lines = 1;
    const end = Math.min(this.#start, this.#bytes.length);
    for (let at = 0; at < end; at++) if (this.#bytes[at] === newline) lines++;
    return ` (${place}line ${lines})`;
  }
}

/** False behind the last byte, which reads as undefined. */
function isDigit(byte: number): boolean {
  return byte >= zero && byte <= zero + 9;
}

/** Also true behind the last byte. */
function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === undefined;
}

/** A piece of a file as a message shows it. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
