/**
 * The layout of the memory that the ranks of one run share. Words written by different ranks are 128 bytes
 * apart to avoid false sharing.
 *
 * @module
 */
import { headerBytes } from "../message_transport.ts";

/** Word 0 of the memory: 0; or 1 + the rank whose error ends the run; or -1 if the main thread ended it. */
export const abortWord = 0;

const line = 32;

type RankWordName = "step" | "asleep" | "bell" | "doing" | "partner" | "awaited" | "op" | "calls";

/** Offsets of the words of one rank. */
export const RankWord: Readonly<Record<RankWordName, number>> = {
  /** The number of steps this rank has taken; the others wait for it. */
  step: 0,
  /** 1 while the rank sleeps, so that the others know to wake it. */
  asleep: line,
  /** Changed to wake the rank. */
  bell: line + 1,
  /** What the rank is doing: one of `RankActivity`. */
  doing: line + 2,
  /** The rank at the other end of a send or receive. */
  partner: line + 3,
  /** The step it waits for. */
  awaited: line + 4,
  /** Its last call, and the number of its calls. */
  op: line + 5,
  calls: line + 6,
};

/** The activities of a rank. Only a sleeping rank states what it waits for. */
export const RankActivity = { running: 0, step: 1, recv: 2, send: 3, returned: 4 } as const;

/** Sizes and offsets, the same on all ranks. */
export interface SharedLayout {
  readonly size: number;
  /** The bytes that follow a header, which is also the size of one piece of a large message. */
  readonly window: number;
  /** The size of the ring buffer between two ranks, in bytes. */
  readonly ring: number;
  readonly total: number;
  /** The first word of a rank. */
  words(rank: number): number;
  /** The byte offset of a rank's header in one of the two sets; its window follows. */
  slot(parity: number, rank: number): number;
  /** The word that counts the bytes written from one rank to another; the word 32 later counts those read. */
  ringWords(from: number, to: number): number;
  /** The byte offset of the ring buffer between two ranks. */
  ringBytes(from: number, to: number): number;
}

/** The layout for `size` ranks. */
export function sharedLayoutOf(size: number, window: number, ring: number): SharedLayout {
  const ringWords = line + size * 2 * line;
  const slots = (ringWords + size * size * 2 * line) * 4;
  const stride = headerBytes + window + (128 - headerBytes);
  const rings = slots + 2 * size * stride;
  return {
    size,
    window,
    ring,
    total: rings + size * size * ring,
    words: (rank) => line + rank * 2 * line,
    slot: (parity, rank) => slots + (parity * size + rank) * stride,
    ringWords: (from, to) => ringWords + (from * size + to) * 2 * line,
    ringBytes: (from, to) => rings + (from * size + to) * ring,
  };
}
