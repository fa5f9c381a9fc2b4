/**
 * The transcript of a run in its folder: one line of JSON for each event, in a file of bounded size.
 *
 * A process that is killed leaves whole lines, and at most one that is cut off, which its successor removes. What
 * happened in the last tenth of a second may be missing.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import {
  addToSums,
  noSums,
  type TranscriptEvent,
  type TranscriptHead,
} from "../model/transcript_event.ts";
import { type LayerFile, writeFully } from "../snapshot/file/file_layer.ts";
import { hashBytes, hexOf } from "../xxh64.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { logName, olderLogName } from "./file_names.ts";
import { readLog } from "./read_log.ts";

/** The bytes after which a file is put aside and a new one begun: two of them are the most that a run has. */
export const LOG_LIMIT: number = 1 << 22;

/** The milliseconds, and the characters, that may wait to be written together. */
const WAIT = 100;
const MANY = 1 << 16;

/** Writes the transcript of one run. */
export class RunLog {
  /** The events that were there before. */
  readonly earlier: readonly TranscriptEvent[];
  readonly #folder: CheckpointFolder;
  readonly #run: string;
  readonly #limit: number;
  readonly #report: (message: string) => void;
  readonly #encoder = new TextEncoder();
  readonly #sums = noSums();
  /** Null once it is closed, or cannot be written. */
  #file: LayerFile | null;
  #at: number;
  #text = "";
  #written = performance.now();

  /**
   * Opens the transcript of a run that this process holds.
   *
   * @param fresh Whether the run begins: what another run of this name has left is removed.
   * @throws {Error} the system's error, when it cannot be opened.
   */
  constructor(
    folder: CheckpointFolder,
    run: string,
    fresh: boolean,
    report: (message: string) => void,
    limit: number = LOG_LIMIT,
  ) {
    this.#folder = folder;
    this.#run = run;
    this.#limit = limit;
    this.#report = report;
    if (fresh) removeLog(folder, run);
    const { events, bytes, damaged } = readLog(folder, logName(run));
    if (damaged > 0) {
      report(
        `the transcript of run "${run}" has damaged lines: ${damaged}; what they said is missing`,
      );
    }
    // A process that died between two files has left only the older one.
    this.earlier = bytes > 0 ? events : readLog(folder, olderLogName(run)).events;
    for (const event of this.earlier) addToSums(this.#sums, event);
    this.#file = folder.layer.open(folder.join(logName(run)), "create");
    if (this.#file.size() > bytes) this.#file.truncate(bytes);
    this.#at = bytes;
    if (bytes === 0 && this.earlier.length > 0) this.#text = this.#carried(this.earlier.at(-1)!);
  }

  /** Writes an event; at once, unless others were written just before. */
  write(event: TranscriptEvent): void {
    if (this.#file === null) return;
    addToSums(this.#sums, event);
    this.#text += JSON.stringify(event) + "\n";
    const waits = this.#text.length < MANY && performance.now() - this.#written < WAIT;
    if (!waits || !isFrequent(event)) this.#flush(event);
  }

  /** Writes what waits, and closes the file. */
  close(): void {
    this.#flush(null);
    this.#file?.close();
    this.#file = null;
  }

  #flush(last: TranscriptEvent | null): void {
    if (this.#file === null || this.#text === "") return;
    try {
      const bytes = this.#encoder.encode(this.#text);
      this.#text = "";
      writeFully(this.#file, bytes, this.#at);
      this.#at += bytes.length;
      if (last !== null && this.#at > this.#limit) this.#begin(last);
    } catch (error) {
      this.#file?.close();
      this.#file = null;
      this.#report(
        `the transcript of run "${this.#run}" is not written any more: ${messageOf(error)}`,
      );
    }
    this.#written = performance.now();
  }

  /** Puts the file aside, and begins another with the sums so far. */
  #begin(last: TranscriptEvent): void {
    const { layer } = this.#folder, path = this.#folder.join(logName(this.#run));
    const full = this.#file!;
    this.#file = null;
    full.close();
    layer.rename(path, this.#folder.join(olderLogName(this.#run)));
    this.#file = layer.open(path, "create");
    this.#at = 0;
    this.#text = this.#carried(last);
  }

  /** The first line of a file, in place of all that stood before. */
  #carried({ n, at, step, time }: TranscriptEvent): string {
    return JSON.stringify({ n, kind: "carried", at, step, time, sums: this.#sums }) + "\n";
  }
}

/** What may happen many times in a step; all else is written at once. */
function isFrequent({ kind }: TranscriptEvent): boolean {
  return kind === "step" || kind === "solve" || kind === "reject" || kind === "restore" ||
    kind === "rollback";
}

/** Removes the transcript of a run. */
export function removeLog(folder: CheckpointFolder, run: string): void {
  folder.removeFile(logName(run));
  folder.removeFile(olderLogName(run));
}

/** How the transcript of this process begins: the run, and the script with its version. */
export function headOf(run: string, resumed: number): TranscriptHead {
  return { kind: resumed > 0 ? "resume" : "start", name: run, ...scriptFacts() };
}

/** The name of the main script, and the hash of its text where the script may be read without asking. */
function scriptFacts(): { script?: string; scriptHash?: string } {
  // Worker threads do not have one.
  const main: string | undefined = Deno.mainModule;
  if (main === undefined) return {};
  const url = new URL(main);
  const script = decodeURIComponent(url.pathname.split("/").at(-1)!);
  if (url.protocol !== "file:") return { script };
  const permission = Deno.permissions.querySync({ name: "read", path: url });
  if (permission.state !== "granted") return { script };
  try {
    return { script, scriptHash: `xxh64:${hexOf(hashBytes(Deno.readFileSync(url)))}` };
  } catch (error) {
    // A notebook and `deno eval` have a name, and no file.
    if (error instanceof Deno.errors.NotFound) return { script };
    throw error;
  }
}
