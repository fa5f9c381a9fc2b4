/**
 * The messages between the main thread and the thread that saves.
 *
 * @module
 */
import {
  type ArrayKind,
  bytesOf,
  isTypedArray,
  kindOf,
  type TypedArray,
  viewOf,
} from "../arrays.ts";
import type { JsonValue } from "../comm/comm.ts";
import type { Thrown } from "../comm/thrown.ts";
import type { SnapshotAttributes, SnapshotEntry } from "../snapshot/contract.ts";
import type { FileOptions } from "./file_options.ts";
import type { RankAnswer, RankRequest } from "./lockstep.ts";
import type { RankPart } from "./rank_part.ts";
import type { PartReport, WrapperPlan } from "./rank_wrapper.ts";

/** The words that both threads see: how many messages the thread has sent, whether it has started. */
export const REPORTS = 0, STARTED = 1;

/** The word that counts the saves sent and not yet ended; {@link ENDING} once the thread ends. */
export const PENDING = 2;

/** Far below zero, so that it stays negative whatever is counted after it. */
export const ENDING: number = -(2 ** 30);

/**
 * An array in a message: its memory and how to view it. A typed array itself must not be sent,
 * because Deno's node threads look for ports in messages and traverse typed arrays element by
 * element.
 */
export interface SentArray {
  readonly kind: ArrayKind;
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

/** Wraps an array whose memory is lent, so that it can be transferred; it starts at byte 0. */
export function lendArray(data: TypedArray): SentArray {
  return { kind: kindOf(data), buffer: data.buffer as ArrayBuffer, length: data.length };
}

/** Copies an array into its own memory. */
export function copyArray(data: TypedArray): SentArray {
  return { kind: kindOf(data), buffer: bytesOf(data).slice().buffer, length: data.length };
}

/** Returns the array that was sent. */
export function receiveArray({ kind, buffer, length }: SentArray): TypedArray {
  return viewOf(kind, buffer, length) as TypedArray;
}

/** An entry in a message; an array that the receiver already has is sent by number. */
export type SentEntry = Omit<SnapshotEntry, "data"> & {
  readonly data: SentArray | null;
  /** The number of an array that is never written to and stays with the worker. */
  readonly kept?: number;
};

/** The options that make sense in another thread. */
export type BackgroundOptions = FileOptions;

/** Entries in a message. */
export type SentEntries = readonly (readonly [key: string, entry: SentEntry])[];

/** What the thread is to do. */
export type SaveWork =
  /** A snapshot of one rank. */
  | {
    readonly kind: "whole";
    readonly path: string;
    readonly metadata: SnapshotAttributes;
    readonly options: BackgroundOptions;
    readonly entries: SentEntries;
  }
  /** One rank's file of a snapshot of several; the result is a {@link PartReport}. */
  | {
    readonly kind: "part";
    readonly part: RankPart;
    readonly view: FileOptions["view"];
    readonly entries: SentEntries;
  }
  /** The wrapper of a snapshot of several ranks, into a file that exists. */
  | { readonly kind: "wrapper"; readonly file: string; readonly plan: WrapperPlan }
  /** The small files beside a snapshot. */
  | { readonly kind: "beside"; readonly path: string; readonly grids: readonly string[] };

/** One piece of work to be done. */
export interface SaveTask {
  readonly id: number;
  readonly work: SaveWork;
  /** The buffers that were lent, to be sent back. */
  readonly lent: readonly ArrayBuffer[];
}

/** The outcome of one save, whether it succeeded or failed. */
export interface SaveReport {
  readonly id: number;
  readonly error: Thrown | null;
  /** What the wrapper has to know of a rank's file, if that was asked for. */
  readonly part: PartReport | null;
  readonly lent: readonly ArrayBuffer[];
}

/**
 * What the thread of a rank needs from the other ranks, with whom the main thread communicates; null when it
 * needs nothing more, and writes.
 */
export interface SaveQuestion {
  readonly id: number;
  readonly request: SentRequest | null;
}

/** What the other ranks have for the thread; null when there will be no answer, because the save is given up. */
export interface SaveAnswer {
  readonly id: number;
  readonly answer: readonly SentValue[] | null;
}

/** An array or a JSON value in a message. */
type SentValue = { readonly array: SentArray } | { readonly value: JsonValue };

/** A {@link RankRequest} in a message. */
type SentRequest = { readonly gather: SentValue } | { readonly send: readonly SentArray[] };

function sentValue(value: TypedArray | JsonValue): SentValue {
  return isTypedArray(value) ? { array: copyArray(value) } : { value };
}

function receivedValue(sent: SentValue): TypedArray | JsonValue {
  return "array" in sent ? receiveArray(sent.array) : sent.value;
}

/** Wraps a request. */
export function sentRequest(request: RankRequest): SentRequest {
  return "send" in request
    ? { send: request.send.map(copyArray) }
    : { gather: sentValue(request.gather) };
}

/** Returns the request that was sent. */
export function receivedRequest(sent: SentRequest): RankRequest {
  return "send" in sent
    ? { send: sent.send.map(receiveArray) }
    : { gather: receivedValue(sent.gather) };
}

/** Wraps an answer. */
export function sentAnswer(answer: RankAnswer): SentValue[] {
  return answer.map(sentValue);
}

/** Returns the answer that was sent. */
export function receivedAnswer(sent: readonly SentValue[]): RankAnswer {
  return sent.map(receivedValue);
}
