/**
 * The thread that writes snapshots while the model continues. It processes the saves one at a time,
 * in order, and sends the buffers back. With nothing to do for a while it ends, and its memory is free
 * again; the next save starts another one.
 *
 * @module
 */
import process from "node:process";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { TypedArray } from "../arrays.ts";
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { pack, type Thrown } from "../comm/thrown.ts";
import { OtherRanks } from "./other_ranks.ts";
import {
  ENDING,
  PENDING,
  receiveArray,
  REPORTS,
  type SaveAnswer,
  type SaveQuestion,
  type SaveReport,
  type SaveTask,
  type SaveWork,
  type SentEntries,
  STARTED,
} from "./save_messages.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { viewDetailOf } from "./file_options.ts";
import { keyOfRank, writePart } from "./rank_part.ts";
import { type PartReport, reportOf, writeWrapper } from "./rank_wrapper.ts";
import { checkLinkFiles, writeLinkFiles } from "./view/link_files.ts";
import { plannedPiece } from "./view/plan.ts";
import { writeEntries } from "./write_entries.ts";

/** Milliseconds without a save after which the thread ends. */
const LONGEST_IDLE = 10_000;

const { port, words } = workerData as { port: MessagePort; words: Int32Array<SharedArrayBuffer> };

/**
 * Arrays from the last save that are never written to; most of them occur again in the next save.
 */
let kept = new Map<number, TypedArray>();

/** The saves run one after the other, even if a message arrives during an earlier save. */
let queue: Promise<void> = Promise.resolve();

/** By the number of a save that has not ended, the other ranks as it reaches them. */
const otherRanks = new Map<number, OtherRanks>();

let idle = setTimeout(endIfIdle, LONGEST_IDLE);

Atomics.store(words, STARTED, 1);
port.on("message", (message: SaveTask | SaveAnswer) => {
  if ("answer" in message) return otherRanks.get(message.id)?.receive(message.answer);
  clearTimeout(idle);
  otherRanks.set(message.id, new OtherRanks(message.id, send));
  queue = queue.then(() => save(message));
});

/** Sends something; a main thread that blocks notices it at once. */
function send(message: SaveReport | SaveQuestion, lent: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, lent as ArrayBuffer[]);
  Atomics.add(words, REPORTS, 1);
  Atomics.notify(words, REPORTS);
}

async function save({ id, work, lent }: SaveTask): Promise<void> {
  let error: Thrown | null = null, part: PartReport | null = null;
  try {
    part = await perform(work, otherRanks.get(id)!);
  } catch (thrown) {
    error = pack(thrown);
  }
  otherRanks.delete(id);
  Atomics.sub(words, PENDING, 1);
  send({ id, error, part, lent }, lent);
  // A main thread whose event loop runs is told, too.
  parentPort!.postMessage(id);
  clearTimeout(idle);
  idle = setTimeout(endIfIdle, LONGEST_IDLE);
}

async function perform(work: SaveWork, others: OtherRanks): Promise<PartReport | null> {
  switch (work.kind) {
    case "whole": {
      const entries = received(work.entries);
      const source = { keys: () => entries.keys(), get: (key: string) => entries.get(key) };
      await writeEntries(work.path, source, work.metadata, work.options);
      return null;
    }
    case "part":
      return await saveRank(work, others);
    case "wrapper": {
      const file = denoLayer.open(work.file, "update");
      try {
        await writeWrapper(await loadLibrary(), denoLayer, file, work.plan);
        file.flush();
      } finally {
        file.close();
      }
      return null;
    }
    case "beside":
      await writeLinkFiles(work.path, work.grids, denoLayer);
      return null;
  }
}

/** Ends the thread, unless a save has been counted that has not arrived yet. */
function endIfIdle(): void {
  if (Atomics.compareExchange(words, PENDING, 0, ENDING) === 0) process.exit(0);
}

/** Plans and writes one rank's file of a snapshot of several. */
async function saveRank(
  { part, view: asked, entries: sent }: SaveWork & { readonly kind: "part" },
  others: OtherRanks,
): Promise<PartReport> {
  const entries = received(sent), { rank, path } = part;
  const shown = asked === false ? new Map() : entries;
  const view = await others.run(plannedPiece(shown, rank, viewDetailOf({ view: asked })));
  if (rank === 0 && asked === "beside") checkLinkFiles(denoLayer, path, view.grids);
  others.leave();
  const written = await writePart(await loadLibrary(), denoLayer, part, entries, view.own);
  return reportOf(written, Array.from(entries.keys(), (key) => keyOfRank(rank, key)), view);
}

/** The entries of one message; what it does not have of frozen arrays is not kept any longer. */
function received(sent: SentEntries): Map<string, SnapshotEntry> {
  const now = new Map<number, TypedArray>(), entries = new Map<string, SnapshotEntry>();
  for (const [key, { kept: number, data: own, ...rest }] of sent) {
    const data = own === null ? null : receiveArray(own);
    if (number === undefined) entries.set(key, { ...rest, data });
    else {
      const array = data ?? now.get(number) ?? kept.get(number)!;
      now.set(number, array);
      entries.set(key, { ...rest, data: array });
    }
  }
  kept = now;
  return entries;
}
