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
import {
  ENDING,
  PENDING,
  receiveArray,
  type SaveReport,
  SAVES_ENDED,
  type SaveTask,
  type SaveWork,
  type SentEntries,
  STARTED,
} from "./save_messages.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { writePart, type WrittenPart } from "./rank_part.ts";
import { writeWrapper } from "./rank_wrapper.ts";
import { writeLinkFiles } from "./view/link_files.ts";
import type { ViewArray } from "./view/view.ts";
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

let idle = setTimeout(endIfIdle, LONGEST_IDLE);

Atomics.store(words, STARTED, 1);
port.on("message", (task: SaveTask) => {
  clearTimeout(idle);
  queue = queue.then(() => save(task));
});

async function save(task: SaveTask): Promise<void> {
  let error: Thrown | null = null, part: WrittenPart | null = null;
  try {
    part = await perform(task.work);
  } catch (thrown) {
    error = pack(thrown);
  }
  const report: SaveReport = { id: task.id, error, part, lent: task.lent };
  port.postMessage(report, task.lent as ArrayBuffer[]);
  // Both kinds of main thread are notified: one that blocks, and one whose event loop runs.
  Atomics.sub(words, PENDING, 1);
  Atomics.add(words, SAVES_ENDED, 1);
  Atomics.notify(words, SAVES_ENDED);
  parentPort!.postMessage(task.id);
  clearTimeout(idle);
  idle = setTimeout(endIfIdle, LONGEST_IDLE);
}

async function perform(work: SaveWork): Promise<WrittenPart | null> {
  switch (work.kind) {
    case "whole": {
      const entries = received([work.entries])[0];
      const source = { keys: () => entries.keys(), get: (key: string) => entries.get(key) };
      await writeEntries(work.path, source, work.metadata, work.options);
      return null;
    }
    case "part": {
      const [entries, views] = received([work.entries, work.shown]);
      const packed = new Set(work.packed);
      const shown = Array.from(views, ([path, { data, shape }]): ViewArray => (
        { path, data: data!, shape, packed: packed.has(path) }
      ));
      return await writePart(await loadLibrary(), denoLayer, work.part, entries, shown);
    }
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

/** The entries of one message; what it does not have of frozen arrays is not kept any longer. */
function received(lists: readonly SentEntries[]): Map<string, SnapshotEntry>[] {
  const now = new Map<number, TypedArray>();
  const all = lists.map((list) => {
    const entries = new Map<string, SnapshotEntry>();
    for (const [key, { kept: number, data: sent, ...rest }] of list) {
      const data = sent === null ? null : receiveArray(sent);
      if (number === undefined) entries.set(key, { ...rest, data });
      else {
        const array = data ?? now.get(number) ?? kept.get(number)!;
        now.set(number, array);
        entries.set(key, { ...rest, data: array });
      }
    }
    return entries;
  });
  kept = now;
  return all;
}
