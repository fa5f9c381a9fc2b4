/**
 * The list of a folder's checkpoints: `catalog.json`, and a journal of what changed since it was written, so
 * that a save costs the same however many checkpoints there are. Only the cost is at stake: a line of the
 * journal that is cut off, or an entry whose file has changed since, is read from the checkpoint itself.
 *
 * @module
 */
import {
  type FileLayer,
  type LayerFile,
  type LayerStat,
  readFully,
  writeFully,
} from "../snapshot/file/file_layer.ts";
import { joinPath } from "../snapshot/file/paths.ts";
import { checksumOf } from "../xxh64.ts";
import {
  type CheckpointEntry,
  compareAge,
  entryFromJson,
  entryToJson,
  isJsonObject,
} from "./checkpoint_entry.ts";
import { CATALOG, CATALOG_JOURNAL, CATALOG_LOCK } from "./file_names.ts";
import { openLock, readJson, writeJson } from "./json_files.ts";

const FORMAT = "timestash-catalog";
const VERSION = 1;

/** The number of lines after which `catalog.json` is written again, if it lists fewer checkpoints. */
const FEWEST_LINES = 64;

/** A checkpoint, and how its file looked when it was read. */
export interface CataloguedEntry {
  readonly entry: CheckpointEntry;
  /** As {@link stampOf}; empty if it is not known. */
  readonly stamp: string;
}

/** A change to the list: a checkpoint that was read, or the name of a file that the list must not tell about. */
export type CatalogChange = CataloguedEntry | { readonly gone: string };

/** Changes whenever a file is written or replaced, also by a file of the same size. */
export function stampOf({ size, mtime, ctime, ino }: LayerStat): string {
  return [size, mtime?.getTime() ?? 0, ctime?.getTime() ?? 0, ino ?? 0].join(":");
}

/** The list of one folder, read and changed. */
export class CatalogJournal {
  readonly #layer: FileLayer;
  readonly #directory: string;
  /** How `catalog.json` looked when it was read, its checksum, and how far the journal was read. */
  #read = { stamp: "", checksum: "", journal: 0 };
  #lines = 0;
  readonly #known = new Map<string, CataloguedEntry>();

  constructor(layer: FileLayer, directory: string) {
    this.#layer = layer;
    this.#directory = directory;
  }

  /** What is listed now, by file; reads only what is new since the last time. */
  read(): ReadonlyMap<string, CataloguedEntry> {
    const stat = this.#layer.stat(this.#join(CATALOG));
    const stamp = stat === null ? "none" : stampOf(stat);
    if (stamp !== this.#read.stamp) this.#readCatalog(stamp);
    if (this.#layer.stat(this.#join(CATALOG_JOURNAL))?.isFile) this.#readJournal();
    return this.#known;
  }

  /** Appends changes, under a lock; `work` is given what is listed. */
  change(work: (known: ReadonlyMap<string, CataloguedEntry>) => readonly CatalogChange[]): void {
    this.#locked(() => {
      const changes = work(this.read());
      if (changes.length === 0) return;
      const first = this.#read.checksum === "";
      const many = this.#lines + changes.length > Math.max(FEWEST_LINES, this.#known.size);
      if (!first && !many) return this.#append(changes);
      changes.forEach((change) => this.#apply(change));
      this.#write();
    });
  }

  /** Writes `catalog.json` with everything in the journal. */
  compact(): void {
    this.read();
    if (this.#lines === 0) return;
    this.#locked(() => {
      this.read();
      if (this.#lines > 0) this.#write();
    });
  }

  #locked(work: () => void): void {
    const lock = openLock(this.#layer, this.#join(CATALOG_LOCK));
    try {
      lock.lock();
      work();
    } finally {
      lock.close();
    }
  }

  #readCatalog(stamp: string): void {
    this.#known.clear();
    this.#lines = 0;
    this.#read = { stamp, checksum: "", journal: 0 };
    const catalog = readJson(this.#layer, this.#join(CATALOG));
    if (!isJsonObject(catalog) || catalog["format"] !== FORMAT || catalog["version"] !== VERSION) {
      return;
    }
    const { checkpoints, checksum } = catalog;
    if (!Array.isArray(checkpoints) || checksum !== checksumOf(JSON.stringify(checkpoints))) return;
    this.#read.checksum = checksum;
    for (const record of checkpoints) this.#applyRecord(record);
  }

  #write(): void {
    const checkpoints = [...this.#known.values()]
      .sort((a, b) => compareAge(a.entry, b.entry)).map(recordOf);
    const checksum = checksumOf(JSON.stringify(checkpoints));
    const path = this.#join(CATALOG);
    writeJson(this.#layer, path, { format: FORMAT, version: VERSION, checksum, checkpoints });
    // The journal is of another catalog now, and counts as empty.
    this.#read = { stamp: stampOf(this.#layer.stat(path)!), checksum, journal: 0 };
    this.#lines = 0;
  }

  #readJournal(): void {
    const file = this.#layer.open(this.#join(CATALOG_JOURNAL), "read");
    try {
      this.#take(file);
    } finally {
      file.close();
    }
  }

  /** Applies the lines that were not read before; a last line without an end is still being written, or cut off. */
  #take(file: LayerFile): void {
    const { checksum } = this.#read;
    const head = new TextEncoder().encode(headOf(checksum));
    const size = file.size();
    if (this.#read.journal === 0) {
      const found = new Uint8Array(head.length);
      readFully(file, found, 0);
      if (checksum === "" || !found.every((byte, at) => byte === head[at])) return;
      this.#read.journal = head.length;
    }
    if (size <= this.#read.journal) return;
    const bytes = new Uint8Array(size - this.#read.journal);
    const count = readFully(file, bytes, this.#read.journal);
    const end = bytes.lastIndexOf(NEWLINE, count - 1) + 1;
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n")) {
      if (line !== "") this.#applyLine(line);
    }
    this.#read.journal += end;
  }

  #append(changes: readonly CatalogChange[]): void {
    const file = this.#layer.open(this.#join(CATALOG_JOURNAL), "create");
    try {
      let text = changes.map(lineOf).join("");
      let at = this.#read.journal;
      if (at === 0) {
        file.truncate(0);
        text = headOf(this.#read.checksum) + text;
      } else if (file.size() > at) {
        // What a writer that died has left of its line ends here, and counts for nothing.
        at = file.size();
        text = `\n${text}`;
      }
      // Not flushed: lines that are lost cost time, and nothing else.
      writeFully(file, new TextEncoder().encode(text), at);
    } finally {
      file.close();
    }
    this.read();
  }

  #applyLine(line: string): void {
    this.#lines++;
    const sealed = /^\{"checksum":"([^"]+)",(.*)$/.exec(line);
    if (sealed === null || checksumOf(`{${sealed[2]}`) !== sealed[1]) return;
    const record: unknown = JSON.parse(`{${sealed[2]}`);
    if (isJsonObject(record) && typeof record["gone"] === "string") {
      this.#apply({ gone: record["gone"] });
    } else this.#applyRecord(record);
  }

  #applyRecord(record: unknown): void {
    const entry = entryFromJson(record, (file) => this.#join(file));
    if (entry === null) return;
    const { stamp } = record as { stamp?: unknown };
    this.#apply({ entry, stamp: typeof stamp === "string" ? stamp : "" });
  }

  #apply(change: CatalogChange): void {
    if ("gone" in change) this.#known.delete(change.gone);
    else this.#known.set(change.entry.file, change);
  }

  #join(name: string): string {
    return joinPath(this.#directory, name);
  }
}

const NEWLINE = 10;

function headOf(checksum: string): string {
  return JSON.stringify({ format: FORMAT, changes_of: checksum }) + "\n";
}

function recordOf({ entry, stamp }: CataloguedEntry): Record<string, unknown> {
  return { ...entryToJson(entry), stamp };
}

function lineOf(change: CatalogChange): string {
  const text = JSON.stringify("gone" in change ? change : recordOf(change));
  return `{"checksum":"${checksumOf(text)}",${text.slice(1)}\n`;
}
