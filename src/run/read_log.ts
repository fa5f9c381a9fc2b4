/**
 * Reads the transcript of a run from its folder.
 *
 * @module
 */
import {
  type TranscriptEvent,
  type TranscriptKind,
  transcriptKinds,
  type TranscriptSums,
} from "../model/transcript_event.ts";
import { selectEvents, sumsOf, transcriptSummary } from "../model/transcript_query.ts";
import type {
  TranscriptEntry,
  TranscriptFilter,
  TranscriptSummary,
} from "../model/transcript_query.ts";
import { readFully } from "../snapshot/file/file_layer.ts";
import { isJsonObject } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { logName, olderLogName } from "./file_names.ts";

const NEWLINE = 10;

/** The events in the two files of a transcript, and the lines in them that are none. */
interface LogContents {
  readonly older: readonly TranscriptEvent[];
  readonly current: readonly TranscriptEvent[];
  readonly damagedLines: number;
}

/** What a file of a transcript holds. */
interface LogFile {
  readonly events: TranscriptEvent[];
  /** Up to the end of the last event: whoever writes there continues the file. */
  readonly bytes: number;
  /** Whole lines that are none. */
  readonly damaged: number;
}

/**
 * The transcript of a run as its folder has it.
 *
 * @hideconstructor
 */
export class StoredTranscript {
  /** The run. */
  readonly run: string;
  /** Lines that could not be read, and were skipped; what they said is missing. */
  readonly damagedLines: number;
  readonly #events: readonly TranscriptEvent[];
  readonly #sums: TranscriptSums;

  /** Made by `CheckpointCatalog.transcript`. */
  constructor(run: string, { older, current, damagedLines }: LogContents) {
    this.run = run;
    this.damagedLines = damagedLines;
    // The first line of the newer file stands for the older one.
    const rest = current[0]?.kind === "carried" ? current.slice(1) : current;
    const first = rest[0]?.n ?? Infinity;
    this.#events = [...older.filter(({ n }) => n < first), ...rest];
    this.#sums = sumsOf(current.length > 0 ? current : older);
  }

  /**
   * The events that are still in the folder, oldest first, with a mark on those that were left behind.
   *
   * @throws {TypeError} when an option does not exist or has a wrong type.
   * @throws {RangeError} when there is no such kind, a step is NaN, or `last` is not a whole number of at least 0.
   */
  events(filter: TranscriptFilter = {}): TranscriptEntry[] {
    return selectEvents(this.#events, filter);
  }

  /** The sums of all events, the solvers, and the reasons for which attempts were taken back. */
  summary(): TranscriptSummary {
    return transcriptSummary(this.#events, this.#sums);
  }
}

/** The files of a transcript; both are empty where the run has none. */
export function readLogs(folder: CheckpointFolder, run: string): LogContents {
  const older = readLog(folder, olderLogName(run)), current = readLog(folder, logName(run));
  return {
    older: older.events,
    current: current.events,
    damagedLines: older.damaged + current.damaged,
  };
}

/** The events of a file; none if there is no such file. Whole lines that are none are counted. */
export function readLog(folder: CheckpointFolder, name: string): LogFile {
  const { layer } = folder, path = folder.join(name);
  if (!layer.stat(path)?.isFile) return { events: [], bytes: 0, damaged: 0 };
  const file = layer.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    const count = readFully(file, bytes, 0);
    return eventsIn(bytes.subarray(0, count));
  } finally {
    file.close();
  }
}

function eventsIn(bytes: Uint8Array): LogFile {
  const decoder = new TextDecoder();
  const events: TranscriptEvent[] = [];
  let at = 0, intact = 0, damaged = 0, unread = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    const event = eventOf(decoder.decode(bytes.subarray(at, end)), events.at(-1)?.n ?? 0);
    at = end + 1;
    if (event === null) unread++;
    else {
      events.push(event);
      damaged += unread;
      unread = 0;
      intact = at;
    }
  }
  return { events, bytes: intact, damaged: damaged + unread };
}

/** An event from its line; null for what is not one. JSON has neither NaN nor infinities: they are null there. */
function eventOf(line: string, before: number): TranscriptEvent | null {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isJsonObject(read) || !transcriptKinds.includes(read["kind"] as TranscriptKind)) return null;
  const { n, at } = read;
  if (!Number.isSafeInteger(n) || (n as number) <= before || typeof at !== "number") return null;
  for (const [field, value] of Object.entries(read)) {
    const kind = kindOf[field];
    if (kind === undefined) delete read[field];
    else if (value === null && kind === "number") read[field] = NaN;
    else if (!fits(kind, value)) return null;
  }
  return read as unknown as TranscriptEvent;
}

/** The type of each field; others are of later versions, and left out. */
const kindOf: Readonly<Record<string, "number" | "string" | "boolean" | "strings" | "numbers">> = {
  __proto__: null as never,
  n: "number",
  kind: "string",
  at: "number",
  step: "number",
  time: "number",
  dt: "number",
  steps: "number",
  why: "string",
  name: "string",
  iterations: "number",
  residual: "number",
  failed: "boolean",
  cells: "number",
  file: "string",
  files: "strings",
  seconds: "number",
  state: "number",
  since: "number",
  toolkit: "string",
  script: "string",
  scriptHash: "string",
  deno: "string",
  ranks: "number",
  sums: "numbers",
};

function fits(kind: string, value: unknown): boolean {
  if (kind === "strings") {
    return Array.isArray(value) && value.every((it) => typeof it === "string");
  }
  if (kind === "numbers") {
    return isJsonObject(value) && Object.values(value).every((it) => typeof it === "number");
  }
  const type: string = typeof value;
  return type === kind;
}
