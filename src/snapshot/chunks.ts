import { type ArrayKind, bytesOf, kindOf, sameBytes, type TypedArray, viewOf } from "../arrays.ts";
import type { CheckpointBackend, SnapshotEntry, SnapshotSharing } from "./contract.ts";

/** The size in bytes of the pieces in which mutable arrays are compared and kept. */
export const CHUNK_BYTES = 65536;

/** The numbers of an entry: pieces of a copy, or the array itself if it is never modified. */
interface Kept {
  readonly kind: ArrayKind;
  readonly length: number;
  readonly pieces: readonly Uint8Array[];
  readonly whole: TypedArray | null;
}

/**
 * Stores entries and shares all unchanged data with the previous moment. Arrays that are replaced
 * are shared whole; arrays that are modified in place are shared in pieces of {@link CHUNK_BYTES}.
 */
export class ChunkedBackend implements CheckpointBackend {
  readonly #entries = new Map<string, SnapshotEntry>();
  readonly #kept = new Map<string, Kept>();
  /** Cleared by {@link ChunkedBackend.seal}, so that a moment does not retain all earlier ones. */
  #before: ChunkedBackend | null;

  /** @param before The moment to share data with. */
  constructor(before: ChunkedBackend | null) {
    this.#before = before;
  }

  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void {
    const { data } = entry;
    this.#entries.set(key, data === null ? entry : { ...entry, data: null });
    if (data === null) return;
    const { length } = data;
    const kind = kindOf(data);
    const before = this.#before === null ? undefined : this.#before.#kept.get(key);
    if (sharing === "share") {
      const known = before === undefined ? null : before.whole;
      const whole = known !== null && sameBytes(known, data) ? known : data;
      this.#kept.set(key, { kind, length, pieces: [], whole });
    } else {
      const pieces = piecesOf(data, before === undefined ? [] : before.pieces);
      this.#kept.set(key, { kind, length, pieces, whole: null });
    }
  }

  get(key: string): SnapshotEntry | undefined {
    const entry = this.#entries.get(key);
    const kept = this.#kept.get(key);
    if (entry === undefined || kept === undefined) return entry;
    let data: TypedArray | null = null;
    // The pieces are joined on demand, since most callers only look at the attributes.
    return {
      ...entry,
      get data() {
        return data ??= joined(kept);
      },
    };
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Ends the capture. */
  seal(): void {
    this.#before = null;
  }

  /** The separate memory blocks behind this moment; a shared block is the same object in both. */
  *blocks(): Iterable<ArrayBufferView> {
    for (const { pieces, whole } of this.#kept.values()) {
      if (whole !== null) yield whole;
      else yield* pieces;
    }
  }
}

/** Splits `data` into pieces and reuses those of `before` with equal bytes at the same position. */
function piecesOf(data: TypedArray, before: readonly Uint8Array[]): Uint8Array[] {
  const bytes = bytesOf(data);
  const pieces: Uint8Array[] = [];
  for (let start = 0, i = 0; start < bytes.length; start += CHUNK_BYTES, i++) {
    const piece = bytes.subarray(start, start + CHUNK_BYTES);
    const known = before[i];
    pieces.push(known !== undefined && holdsSame(piece, known) ? known : piece.slice());
  }
  return pieces;
}

/** Compares words first: that takes an eighth of the steps, and the pieces are usually equal. */
function holdsSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let done = 0;
  if ((a.byteOffset & 3) === 0 && (b.byteOffset & 3) === 0) {
    const words = a.length >>> 2;
    const p = new Int32Array(a.buffer, a.byteOffset, words);
    const q = new Int32Array(b.buffer, b.byteOffset, words);
    for (let i = 0; i < words; i++) if (p[i] !== q[i]) return false;
    done = words << 2;
  }
  for (let i = done; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function joined({ kind, length, pieces, whole }: Kept): TypedArray {
  if (whole !== null) return whole;
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(size);
  pieces.forEach((piece, i) => bytes.set(piece, i * CHUNK_BYTES));
  return viewOf(kind, bytes.buffer, length);
}
