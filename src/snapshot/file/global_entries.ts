import { allocate, bytesOf, kindOf, type TypedArray } from "../../arrays.ts";
import { type Entry, namesOf } from "../contract.ts";
import type { SnapshotFile } from "./snapshot_file.ts";
import { rankRoot, ranksKey } from "./rank_keys.ts";

/**
 * What several ranks have together, each thing once, as if one had captured it but for the order: rows
 * that ranks own, one rank after the other, and counts that add up. To look at; nothing is restored
 * from it.
 *
 * @param keys all keys of the file.
 */
export function globalEntries(file: SnapshotFile, keys: readonly string[]): Map<string, Entry> {
  const ranks = file.entry(ranksKey).keys?.length ?? 0;
  const own = `${rankRoot(0)}/`;
  const all = new Map<string, Entry>();
  for (const key of keys) {
    if (!key.startsWith(own)) continue;
    const name = key.slice(own.length), [section, , part] = namesOf(name);
    if (part === "partition") continue;
    const entry = file.entry(key);
    const divided = section === "meshes" || section === "swarms";
    if (!divided) all.set(name, entry);
    else {
      const others = Array.from(
        { length: ranks - 1 },
        (_, r) => file.entry(`${rankRoot(r + 1)}/${name}`),
      );
      all.set(name, joined([entry, ...others]));
    }
  }
  return all;
}

function joined(entries: readonly Entry[]): Entry {
  const first = entries.find(({ data }) => data !== null) ?? entries[0];
  const { owned: _, ...attributes } = { ...first.attributes, ...sums(entries) };
  if (first.data === null) return { ...first, attributes };
  const rows = entries.map(({ data, shape, attributes: { owned = shape[0] } }) =>
    data === null ? 0 : Number(owned)
  );
  const count = rows.reduce((a, b) => a + b, 0);
  const width = first.shape.slice(1).reduce((a, b) => a * b, 1);
  const data = allocate(kindOf(first.data), count * width), bytes = bytesOf(data);
  let at = 0;
  entries.forEach((entry, rank) => {
    const part = bytesOf((entry.data ?? data) as TypedArray);
    const length = rows[rank] * width * data.BYTES_PER_ELEMENT;
    bytes.set(part.subarray(0, length), at);
    at += length;
  });
  return { ...first, data, shape: [count, ...first.shape.slice(1)], attributes };
}

/** Counts of a swarm, which add up over ranks. */
function sums(entries: readonly Entry[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const name of ["count", "lost"]) {
    if (typeof entries[0].attributes[name] !== "number") continue;
    out[name] = entries.reduce((sum, { attributes }) => sum + Number(attributes[name]), 0);
  }
  return out;
}
