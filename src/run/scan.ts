/**
 * Reads what is in a folder of checkpoints from the checkpoints themselves.
 *
 * @module
 */
import { isCount } from "../model/require_state.ts";
import { messageOf } from "../error_guard.ts";
import type { FileLayer, LayerStat } from "../snapshot/file/file_layer.ts";
import { joinPath, stemOf } from "../snapshot/file/paths.ts";
import { snapshotsIn } from "../snapshot/file/neighbours.ts";
import { readTailOf, type Tail } from "../snapshot/file/tail_reader.ts";
import {
  type CheckpointEntry,
  elapsedOf,
  entryFromJson,
  isJsonObject,
  isLevel,
  labelsFromJson,
} from "./checkpoint_entry.ts";
import { isSnapshotName, recordName, runName, runOfSnapshot } from "./file_names.ts";
import { readJson } from "./json_files.ts";

/** The result of reading a file: a checkpoint, a problem, or null for a file that is not a run's. */
export type ScannedFile =
  | { readonly entry: CheckpointEntry }
  | { readonly problem: string }
  | null;

/**
 * Reads the snapshot `file`. The JSON beside it is used if it has the checksum of the file; otherwise the
 * metadata in the file itself is.
 */
export async function scanFile(
  layer: FileLayer,
  directory: string,
  file: string,
): Promise<ScannedFile> {
  const path = joinPath(directory, file);
  try {
    const facts = factsOf(layer, directory, file);
    const known = entryFromJson(readJson(layer, joinPath(directory, recordName(file))), () => path);
    if (known !== null && known.file === file && known.checksum === facts.checksum) {
      return { entry: { ...known, ...facts } };
    }
    const entry = await entryFromMetadata(layer, path, file, facts);
    if (entry === null) return null;
    // The same save, rewritten by `consolidate`: labels that were added later still apply.
    const noted = known?.run === entry.run && known.sequence === entry.sequence;
    return { entry: noted ? { ...entry, labels: known.labels } : entry };
  } catch (error) {
    if (layer.stat(path) === null) return null;
    return { problem: `${file}: ${messageOf(error)}` };
  }
}

/** What the file system and the trailer say. */
type Facts = Pick<CheckpointEntry, "bytes" | "fileBytes" | "checksum" | "needs">;

/** The size, digest and bases of a snapshot on the disk. */
export function factsOf(layer: FileLayer, directory: string, file: string): Facts {
  const path = joinPath(directory, file);
  const { trailer, manifest } = readTailOf(layer, path);
  return {
    bytes: trailer.fileLength + sidecarBytes(layer, directory, file),
    fileBytes: trailer.fileLength,
    checksum: `xxh64:${trailer.digest}`,
    needs: basesOf(manifest),
  };
}

/** Bases are in the same folder, or are sidecars of a snapshot that is. */
function basesOf({ files }: Tail["manifest"]): string[] {
  const bases = files.filter(({ role }) => role === "base").map(({ file }) => {
    const cut = file.indexOf(".snap.bulk/");
    return (cut < 0 ? file : `${file.slice(0, cut)}.snap.h5`).replace(/^\.\//, "");
  });
  return [...new Set(bases)];
}

function sidecarBytes(layer: FileLayer, directory: string, file: string): number {
  const bulk = joinPath(directory, `${stemOf(file)}.snap.bulk`);
  let bytes = 0;
  for (const name of layer.list(bulk)) bytes += layer.stat(joinPath(bulk, name))?.size ?? 0;
  return bytes;
}

async function entryFromMetadata(
  layer: FileLayer,
  path: string,
  file: string,
  facts: Facts,
): Promise<CheckpointEntry | null> {
  const { readMetadata } = await import("../archive/read_whole.ts");
  const metadata = await readMetadata(path, { layer });
  const origin = isJsonObject(metadata["checkpoint"]) ? metadata["checkpoint"] : {};
  let run = origin["run"];
  if (typeof run !== "string") {
    // The name alone makes it a checkpoint only if a run of that name exists.
    run = runOfSnapshot(file);
    const directory = path.slice(0, path.length - file.length);
    if (run === null || layer.stat(directory + runName(String(run))) === null) return null;
  }
  const { step, sim_time, dt } = metadata;
  return {
    ...facts,
    file,
    path,
    run: run as string,
    name: String(metadata["run_name"]),
    // Without a sequence number, its step gives the order.
    sequence: isCount(origin["sequence"]) ? origin["sequence"] : Number(step ?? 0),
    step: Number(step ?? 0),
    time: Number(sim_time ?? 0),
    dt: typeof dt === "number" ? dt : null,
    createdAt: new Date(String(metadata["created_at"])),
    ...elapsedOf(origin["elapsed"]),
    toolkitVersion: String(metadata["toolkit_version"]),
    level: isLevel(origin["level"]) ? origin["level"] : 2,
    labels: labelsFromJson(origin) ?? {},
    dataBytes: isCount(origin["dataBytes"]) ? origin["dataBytes"] : 0,
  };
}

/** The snapshots in a folder, by name. */
export function snapshotFiles(layer: FileLayer, directory: string): Map<string, LayerStat> {
  const found = new Map<string, LayerStat>();
  for (const name of layer.list(directory)) {
    if (!isSnapshotName(name)) continue;
    const stat = layer.stat(joinPath(directory, name));
    if (stat?.isFile) found.set(name, stat);
  }
  return found;
}

/**
 * The files that others in a folder need, each with one that needs it. For checkpoints the catalog knows; other
 * snapshots are read.
 *
 * @param going files that will be removed, whose needs do not count.
 */
export function neededBy(
  layer: FileLayer,
  directory: string,
  entries: readonly CheckpointEntry[],
  going: ReadonlySet<string>,
): Map<string, string> {
  const needed = new Map<string, string>();
  const known = new Map(entries.map((entry) => [entry.file, entry.needs]));
  for (const [name, needs] of known) {
    if (!going.has(name)) { for (const file of needs) needed.set(file, name); }
  }
  const seen = (name: string) => going.has(name) || known.has(name);
  for (const { name, tail } of snapshotsIn(layer, directory, seen)) {
    for (const file of basesOf(tail.manifest)) needed.set(file, name);
  }
  return needed;
}
