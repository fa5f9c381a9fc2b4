/**
 * The thread that copies large files into a folder.
 *
 * @module
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { pack, type Thrown } from "../comm/thrown.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { sendFile } from "./archive_copy.ts";
import type { CopyTask } from "./copy_thread.ts";
import { FolderStore } from "./folder_store.ts";

(workerData as MessagePort).on("message", async ({ folder, file }: CopyTask) => {
  let thrown: Thrown | null = null;
  try {
    await sendFile(denoLayer, new FolderStore(folder), file);
  } catch (error) {
    thrown = pack(error);
  }
  parentPort!.postMessage(thrown);
});
