/** A process that dies: from one operation on, nothing reaches the disk any more. @module */
import { denoLayer, type FileLayer, type LayerFile } from "../../src/snapshot/file/file_layer.ts";

/** A disk that notes what changes it, and stops at one of these. */
export interface CrashingDisk {
  readonly layer: FileLayer;
  /** What changed it so far: the operation and the file. */
  readonly operations: readonly string[];
  /** True once it stopped. */
  readonly crashed: boolean;
}

/**
 * A disk that stops before operation `at`, counted from 0; locks are freed, as by the system. It does
 * not wait for the real one: these tests are about processes that die, not about power that goes.
 */
export function crashingDisk(at = Infinity): CrashingDisk {
  const open = new Set<LayerFile>();
  const operations: string[] = [];
  let crashed = false;
  const alive = <R>(work: () => R): R => {
    if (crashed) throw new Error("the process is dead");
    return work();
  };
  const change = <R>(what: string, path: string, work: () => R): R =>
    alive(() => {
      if (operations.push(`${what} ${path}`) <= at) return work();
      crashed = true;
      for (const file of open) file.close();
      open.clear();
      throw new Error("the process dies");
    });
  const watched = (file: LayerFile, path: string): LayerFile => {
    open.add(file);
    return {
      read: (target, position) => alive(() => file.read(target, position)),
      write: (source, position) => change("write", path, () => file.write(source, position)),
      truncate: (size) => change("truncate", path, () => file.truncate(size)),
      size: () => alive(() => file.size()),
      flush: () => change("flush", path, () => {}),
      tryLock: () => alive(() => file.tryLock()),
      lock: () => alive(() => file.lock()),
      lockShared: () => alive(() => file.lockShared()),
      close: () => void (open.delete(file) && file.close()),
    };
  };
  const { stat, lstat, realPath, list } = denoLayer;
  return {
    layer: {
      open: (path, mode) =>
        mode === "read"
          ? alive(() => watched(denoLayer.open(path, mode), path))
          : change("open", path, () => watched(denoLayer.open(path, mode), path)),
      rename: (from, to) => change("rename", from, () => denoLayer.rename(from, to)),
      remove: (path) => change("remove", path, () => denoLayer.remove(path)),
      makeDirectory: (path) => change("makeDirectory", path, () => denoLayer.makeDirectory(path)),
      syncDirectory: (path) => change("syncDirectory", path, () => {}),
      stat: (path) => alive(() => stat(path)),
      lstat: (path) => alive(() => lstat(path)),
      realPath: (path) => alive(() => realPath(path)),
      list: (path) => alive(() => list(path)),
    },
    get operations() {
      return operations;
    },
    get crashed() {
      return crashed;
    },
  };
}
