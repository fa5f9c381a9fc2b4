/**
 * Copies the files of checkpoints into a store: large ones into a folder in a thread, so that the steps of a run do
 * not wait for them, everything else here, in turns with the steps.
 *
 * @module
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { threadMissing, threadSource } from "../comm/thread_source.ts";
import { type Thrown, unpack } from "../comm/thrown.ts";
import { workerThreads } from "../deps/worker_threads.ts";
import { messageOf } from "../error_guard.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { type FileOnItsWay, sendFile } from "./archive_copy.ts";
import type { CheckpointStore } from "./checkpoint_store.ts";
import { FolderStore } from "./folder_store.ts";

/** The bytes from which a copy takes longer here than starting a thread. */
const LARGE = 8 << 20;

const program = new URL("./copy_worker.ts", import.meta.url);

/** A file that the thread is to copy into a folder. */
export interface CopyTask {
  readonly folder: string;
  readonly file: FileOnItsWay;
}

/** The thread itself did not start or has ended; the file may be copied another way. */
class NoThread extends Error {}

/** A thread, and the port through which it gets what is sent before it listens, too. */
interface CopyThread {
  readonly worker: Worker;
  readonly tasks: MessagePort;
}

function started(): CopyThread {
  const { MessageChannel, Worker } = workerThreads(), { port1, port2 } = new MessageChannel();
  const options = { workerData: port2, transferList: [port2] };
  try {
    return { worker: new Worker(threadSource(program), options), tasks: port1 };
  } catch (error) {
    throw new NoThread(messageOf(error));
  }
}

/** Sends files one after the other; its thread lives while there is something to copy. */
export class Copier {
  #thread: CopyThread | null = null;
  /** Whether a thread is worth a try. */
  #possible = true;
  readonly #report: (message: string) => void;

  /** Starts nothing yet; `report` receives a sentence when a thread was started and did not work. */
  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** As `sendFile`. */
  async send(layer: FileLayer, store: CheckpointStore, file: FileOnItsWay): Promise<void> {
    if (this.#suits(layer, store, file)) {
      try {
        return await this.#inThread({ folder: store.location, file });
      } catch (error) {
        if (!(error instanceof NoThread)) throw error;
        this.#possible = false;
        await this.end();
        this.#report(
          `copies to "${store.location}" are made between the steps from now on, as the thread for them failed: ` +
            error.message,
        );
      }
    }
    await sendFile(layer, store, file);
  }

  /** Ends the thread, which has nothing to do. */
  async end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    thread?.tasks.close();
    await thread?.worker.terminate();
  }

  /** Whether the thread does exactly what would be done here: a folder, as it comes with the toolkit. */
  #suits(layer: FileLayer, store: CheckpointStore, { path }: FileOnItsWay): boolean {
    const plain = Object.getPrototypeOf(store) === FolderStore.prototype &&
      !Object.hasOwn(store, "write") && !Object.hasOwn(store, "read");
    if (!this.#possible || !plain || layer !== denoLayer) return false;
    return (layer.stat(path)?.size ?? 0) >= LARGE && threadMissing(program) === null;
  }

  async #inThread(task: CopyTask): Promise<void> {
    const { worker: thread, tasks } = this.#thread ??= started();
    const outcome = await new Promise<Thrown | null>((resolve, reject) => {
      const on = {
        message: (thrown: Thrown | null) => settle(() => resolve(thrown)),
        error: (error: Error) => settle(() => reject(new NoThread(messageOf(error)))),
        exit: () => settle(() => reject(new NoThread("it has ended"))),
      };
      const settle = (act: () => void) => {
        for (const [event, listen] of Object.entries(on)) thread.off(event, listen);
        act();
      };
      for (const [event, listen] of Object.entries(on)) thread.on(event, listen);
      tasks.postMessage(task);
    });
    if (outcome !== null) throw unpack(outcome);
  }
}
