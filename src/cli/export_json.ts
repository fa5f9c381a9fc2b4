/**
 * A snapshot as JSON, with every entry and every number.
 *
 * @module
 */
import { kindOf, type TypedArray } from "../arrays.ts";
import { readSnapshotMetadata } from "../archive/disk.ts";
import { readSnapshot } from "../archive/disk.ts";
import { open } from "../snapshot/snapshot.ts";
import { jsonValue } from "./context.ts";

/** The number of values that are written at once. */
const PIECE = 1 << 14;

/** Writes a whole snapshot, piece by piece. Non-finite numbers and 64-bit integers become texts. */
export async function exportJson(file: string, write: (text: string) => void): Promise<void> {
  const metadata = await readSnapshotMetadata(file);
  using snapshot = await readSnapshot(file);
  const backend = open(snapshot);
  const text = (value: unknown) => JSON.stringify(value, jsonValue);
  write(`{"format":"timestash-export","version":1,"metadata":${text(metadata)},"entries":{`);
  let between = "\n";
  for (const key of backend.keys()) {
    const { kind, data, shape, attributes, keys, className } = backend.get(key)!;
    const head = text({ kind, className, attributes, keys });
    write(`${between}${text(key)}:${data === null ? head : head.slice(0, -1)}`);
    between = ",\n";
    if (data === null) continue;
    write(`,"dtype":${text(kindOf(data))},"shape":${text(shape)},"data":[`);
    writeNumbers(data, write);
    write("]}");
  }
  write("\n}}\n");
}

function writeNumbers(data: TypedArray, write: (text: string) => void): void {
  for (let at = 0; at < data.length; at += PIECE) {
    const part = Array.from(data.subarray(at, at + PIECE), numberText);
    write((at > 0 ? "," : "") + part.join(","));
  }
}

/** The shortest text that reads back as the same number. */
function numberText(value: number | bigint): string {
  if (typeof value === "bigint" || !Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
