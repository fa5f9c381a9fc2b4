/**
 * Where things stand in the memory that the ranks of one run share. Words that different ranks write
 * in a hurry keep 128 bytes apart, so that no processor cache line is fought over.
 *
 * @module
 */
import { headerBytes } from "../message_transport.ts";

/** Word 0 of the memory: 0, or 1 + the rank whose error ends the run, or -1 when the starter ended it. */
export const abortWord = 0;

const line = 32;

/** Words of one rank, behind `rankWords`. */
export const RankWord = {
  /** How many steps this rank has taken; the others wait for it. */
  step: 0,
  /** 1 while the rank sleeps, so that others know to ring. */
  asleep: line,
  /** Changed to wake the rank. */
  bell: line + 1,
  /** What the rank does; one of `Doing`. */
  doing: line + 2,
  /** With whom, where that is one rank. */
  partner: line + 3,
  /** The step it waits for. */
  awaited: line + 4,
  /** Its last call, and how many it has made. */
  op: line + 5,
  calls: line + 6,
} as const;

/** States of a rank. Only a rank that sleeps says what it waits for. */
export const RankActivity = { running: 0, step: 1, recv: 2, send: 3, returned: 4 } as const;

/** Sizes and places, the same on all ranks. */
export interface SharedLayout {
  readonly size: number;
  /** Bytes behind a header, and of a piece of a large message. */
  readonly window: number;
  /** Bytes on their way between two ranks. */
  readonly ring: number;
  readonly total: number;
  /** First word of a rank. */
  words(rank: number): number;
  /** Byte offset of a rank's header in one of the two sets; its window follows. */
  slot(parity: number, rank: number): number;
  /** Word that counts the bytes written from one rank to another; the one 32 later counts those read. */
  ringWords(from: number, to: number): number;
  /** Byte offset of the memory between two ranks. */
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
