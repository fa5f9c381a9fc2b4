/**
 * Summarizes a snapshot as text.
 *
 * @module
 */
import { kindOf, type TypedArray } from "../arrays.ts";
import { bytesText } from "../bytes_text.ts";
import { isUnallocated, meshPaths, meshSection } from "../mesh/stored.ts";
import { isWithin, memberPlaceOf, namesOf, type SnapshotEntry } from "../snapshot/contract.ts";
import { pathOf } from "../snapshot/file/paths.ts";
import type { ReadOptions } from "./file_options.ts";
import { withSnapshot } from "./open_snapshot.ts";
import { entriesOf, wholeSnapshotOf } from "./rank_captures.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmPaths, swarmSection } from "../swarm/stored.ts";

/**
 * Describes a snapshot: its contents, time, sizes, variables with their ranges, and other state.
 *
 * @param named how the text names it; defaults to the path.
 * @returns some lines of text, without colour.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or from a newer
 *   version.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export function inspectionOf(
  path: string | URL,
  options: ReadOptions = {},
  named: string | URL = path,
): Promise<string> {
  return withSnapshot(path, options, (file) => pageOf(file, pathOf(named)));
}

function pageOf(file: SnapshotFile, path: string): string {
  const entries = entriesOf(wholeSnapshotOf(file));
  const lines = [`timestash snapshot ${path}`, ""];
  for (const [name, value] of Object.entries(file.metadata())) {
    if (name.endsWith("_json")) continue;
    lines.push(`  ${name.padEnd(18)} ${value === null ? "not set" : String(value)}`);
  }
  lines.push(`  ${"data".padEnd(18)} ${bytesText(totalBytes(entries))}`);
  if (file.tail !== null) {
    const { files } = file.tail.manifest;
    if (files.length > 0) {
      lines.push(`  ${"linked files".padEnd(18)} ${files.map((f) => f.file).join(", ")}`);
    }
  }
  lines.push(...membersOf(entries, meshSection, "Meshes"));
  lines.push(...membersOf(entries, swarmSection, "Swarms"));
  lines.push(...stateOf(entries));
  return lines.join("\n") + "\n";
}

function totalBytes(entries: ReadonlyMap<string, SnapshotEntry>): number {
  let bytes = 0;
  for (const { data } of entries.values()) bytes += data?.byteLength ?? 0;
  return bytes;
}

/** Lists meshes or swarms, each with its arrays. */
function membersOf(
  entries: ReadonlyMap<string, SnapshotEntry>,
  root: string,
  title: string,
): string[] {
  const lines: string[] = [];
  for (const [key, entry] of entries) {
    const place = memberPlaceOf(key);
    if (place?.section !== root) continue;
    const label = labelOf(place.path);
    if (place.path === "") lines.push("", `  ${place.name}  ${attributesText(entry)}`);
    else if (entry.data !== null) {
      lines.push(`    ${label.padEnd(28)} ${shapeText(entry).padEnd(22)} ${rangeText(entry.data)}`);
    } else if (isUnallocated(entry)) {
      lines.push(`    ${label.padEnd(28)} not allocated`);
    }
  }
  return lines.length === 0 ? [] : ["", title, ...lines.slice(1)];
}

/** Makes a path below a mesh or a swarm readable: variables are shown by name only. */
function labelOf(path: string): string {
  const names = namesOf(path), list: string[] = [meshPaths.variables, swarmPaths.variables];
  return names.slice(names.length > 1 && list.includes(names[0]) ? 1 : 0).join("/");
}

/** Lists bearers and everything else that is not a mesh or a swarm, with one line for each root. */
function stateOf(entries: ReadonlyMap<string, SnapshotEntry>): string[] {
  const lines: string[] = [];
  for (const [key, entry] of entries) {
    const names = namesOf(key);
    const bearer = names[0] === stateSection && names.length === 2;
    const other = names.length === 1 && ![meshSection, swarmSection, stateSection].includes(key);
    if (!bearer && !other) continue;
    let arrays = 0, bytes = 0;
    for (const [below, { data }] of entries) {
      if (data === null || !isWithin(below, key)) continue;
      arrays++;
      bytes += data.byteLength;
    }
    const numbers = arrays === 0 ? "" : `  ${arrays} array(s), ${bytesText(bytes)}`;
    const fields = Object.keys(entry.attributes).length;
    const label = names.at(-1)!.padEnd(28);
    lines.push(`  ${label} ${(entry.className ?? "").padEnd(20)} ${fields} scalar(s)${numbers}`);
  }
  return lines.length === 0 ? [] : ["", "State", ...lines];
}

function attributesText({ attributes }: SnapshotEntry): string {
  return Object.entries(attributes).map(([name, value]) => `${name}=${String(value)}`).join(" ");
}

function shapeText({ data, shape }: SnapshotEntry): string {
  return `${kindOf(data!)} [${shape.join(", ")}]`;
}

/**
 * The minimum, maximum and mean of the finite values, and the number of values that are not finite.
 */
function rangeText(data: TypedArray): string {
  if (data.length === 0) return "empty";
  let min = Infinity, max = -Infinity, sum = 0, odd = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) {
      odd++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const count = data.length - odd;
  const range = count === 0
    ? "no finite value"
    : `min ${short(min)}  max ${short(max)}  mean ${short(sum / count)}`;
  return odd === 0 ? range : `${range}  (${odd} not finite)`;
}

function short(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
