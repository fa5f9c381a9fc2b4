/** A disk on which a process dies at a chosen moment of a save. @module */
import type { FileLayer, LayerFile } from "../../src/snapshot/file/file_layer.ts";

/** A moment: what is done, to files of which name, and for which time. */
export interface Moment {
  readonly what: string;
  /** Whose moment it is: the last rank's, or that of the first, which writes the wrapper. */
  readonly of: "last" | "first";
  readonly call: "open" | "write" | "flush" | "rename" | "syncDirectory" | "close";
  readonly file: RegExp;
  /** How many such calls go well before. */
  readonly after?: number;
}

/** Moments of a save on several ranks, in order. */
export const moments: readonly Moment[] = [
  { of: "last", what: "before its file is made", call: "open", file: /\.bulk\/rank_/ },
  { of: "last", what: "in the middle of its file", call: "write", file: /\.bulk\/rank_/, after: 3 },
  { of: "last", what: "before its file is flushed", call: "flush", file: /\.bulk\/rank_/ },
  {
    of: "last",
    what: "before the folder of files is flushed",
    call: "syncDirectory",
    file: /\.bulk$/,
  },
  { of: "first", what: "before the wrapper is made", call: "open", file: /\.snap\.h5\..*\.tmp$/ },
  {
    of: "first",
    what: "in the middle of the wrapper",
    call: "write",
    file: /\.snap\.h5\..*\.tmp$/,
    after: 2,
  },
  {
    of: "first",
    what: "before the wrapper takes its name",
    call: "rename",
    file: /\.snap\.h5\..*\.tmp$/,
  },
  {
    of: "first",
    what: "when the wrapper has its name",
    call: "syncDirectory",
    file: /(?<!\.bulk)$/,
    after: 1,
  },
  { of: "last", what: "before it lets go of its file", call: "close", file: /\.bulk\/rank_/ },
];

/** The disk, which calls `dies` before the call of that moment, once `now` says so. */
export function killing(
  disk: FileLayer,
  moment: Moment,
  now: () => boolean,
  dies: () => void,
): FileLayer {
  let left = moment.after ?? 0;
  const look = (call: Moment["call"], file: string) => {
    if (moment.call !== call || !moment.file.test(file) || !now() || left-- > 0) return;
    dies();
    // The signal may take a moment; nothing must happen any more.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  };
  const watched = (file: LayerFile, path: string): LayerFile => ({
    read: (target, position) => file.read(target, position),
    write: (source, position) => (look("write", path), file.write(source, position)),
    truncate: (size) => file.truncate(size),
    size: () => file.size(),
    flush: () => (look("flush", path), file.flush()),
    tryLock: () => file.tryLock(),
    lock: () => file.lock(),
    lockShared: () => file.lockShared(),
    close: () => (look("close", path), file.close()),
  });
  return {
    ...disk,
    open: (path, mode) => {
      if (mode !== "read") look("open", path);
      const file = disk.open(path, mode);
      return mode === "read" ? file : watched(file, path);
    },
    rename: (from, to) => (look("rename", from), disk.rename(from, to)),
    syncDirectory: (path) => (look("syncDirectory", path), disk.syncDirectory(path)),
  };
}
