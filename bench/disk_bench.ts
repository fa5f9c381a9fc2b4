/**
 * What a snapshot on disk costs, against one raw write of the same bytes with flush, and against h5py
 * writing and reading the same datasets; same folder, same run.
 *
 *     deno run --allow-run --allow-read --allow-write bench/disk_bench.ts [--large] [--dir=FOLDER]
 *
 * `--large` takes 1 GB instead of 64 MB. Without `--allow-run` h5py is left out.
 */
import type { SnapshotAttributes, SnapshotEntry } from "../src/snapshot/contract.ts";
import { BackgroundSaves } from "../src/archive/background.ts";
import { OutgoingBackend } from "../src/snapshot/file/outgoing_backend.ts";
import { readWhole } from "../src/archive/read_whole.ts";
import { writeEntries } from "../src/archive/write_entries.ts";
import { BufferPool } from "../src/snapshot/pool.ts";
import { runH5py } from "./peers/h5py.ts";

const large = Deno.args.includes("--large");
const folder = Deno.args.find((arg) => arg.startsWith("--dir="))?.slice(6);
const megabytes = large ? 1024 : 64;
const runs = large ? 3 : 9;
const dir = Deno.makeTempDirSync({ prefix: "disk_bench_", dir: folder });
const metadata: SnapshotAttributes = { created_at: new Date().toISOString(), step: 1 };

/** Eight fields with numbers that do not repeat. */
function fields(): Map<string, SnapshotEntry> {
  const count = megabytes * 2 ** 20 / 8 / 8;
  return new Map(Array.from({ length: 8 }, (_, f) => {
    const data = new Float64Array(count);
    for (let i = 0; i < count; i++) data[i] = Math.fround(i * 0.618 + f);
    return [`meshes/Mesh_0/variables/u${f}`, {
      kind: "array",
      data,
      shape: [count],
      attributes: {},
    }];
  }));
}

/** Medians of several things that take turns, in milliseconds: a slow disk hurts all of them alike. */
async function inTurns(
  works: Record<string, () => void | Promise<unknown>>,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  for (let run = 0; run <= runs; run++) {
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      await work();
      // The first round warms up.
      if (run > 0) (times[name] ??= []).push(performance.now() - start);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

/** A file of the same bytes as one array, under a new name and renamed: the least that is safe. */
function rawWrite(bytes: Uint8Array): void {
  const temporary = `${dir}/raw.tmp`;
  const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
  file.close();
  Deno.renameSync(temporary, `${dir}/raw.bin`);
}

function rawRead(length: number): void {
  const bytes = new Uint8Array(length);
  const file = Deno.openSync(`${dir}/raw.bin`);
  for (let at = 0; at < length;) at += file.readSync(bytes.subarray(at))!;
  file.close();
}

function row(what: string, ms: number, against: number, words: string): void {
  const rate = (megabytes * 2 ** 20 / ms / 1e6).toFixed(2);
  console.log(
    what.padEnd(34) + `${ms.toFixed(1)} ms`.padStart(12) + `${rate} GB/s`.padStart(12) +
      `   ${(against / ms).toFixed(2)} x ${words}`,
  );
}

const entries = fields();
const source = { keys: () => entries.keys(), get: (key: string) => entries.get(key) };
const length = megabytes * 2 ** 20;
const flat = new Uint8Array(length);
let at = 0;
for (const { data } of entries.values()) {
  flat.set(new Uint8Array(data!.buffer), at);
  at += data!.byteLength;
}
const [path, linked, zipped] = ["a", "b", "c"].map((name) => `${dir}/${name}.snap.h5`);
try {
  console.log(`${megabytes} MiB in 8 datasets, median of ${runs}, taking turns\n`);
  const writing = await inTurns({
    raw: () => rawWrite(flat),
    save: () => writeEntries(path, source, metadata),
  });
  row("raw write, flush, rename", writing.raw, writing.raw, "raw");
  row("save", writing.save, writing.raw, "raw (aim 0.8)");
  const pool = new BufferPool();
  const pooled = async () => {
    const lent: ArrayBuffer[] = [];
    await readWhole(path, { take: (bytes) => lent[lent.push(pool.take(bytes)) - 1] });
    pool.give(lent);
  };
  const reading = await inTurns({
    raw: () => rawRead(length),
    fresh: () => readWhole(path),
    load: pooled,
  });
  row("raw read into new memory", reading.raw, reading.raw, "raw");
  row("read, every byte verified", reading.fresh, reading.raw, "raw");
  row("the same into the model's buffers", reading.load, reading.raw, "raw");
  await runH5py(dir, megabytes, runs, writing.save, reading.load);

  const saves = new BackgroundSaves();
  let blocked = 0, count = 0;
  const background = await inTurns({
    whole: async () => {
      const start = performance.now();
      const from = new OutgoingBackend(pool);
      for (const [key, entry] of entries) from.put(key, entry, "copy");
      const save = saves.start(path, from, metadata);
      // The first rounds start the thread and fill the pool.
      if (count++ > 1) blocked += performance.now() - start;
      await save.finished;
    },
  });
  await saves.close();
  const share = blocked / (count - 2) / writing.save;
  console.log(
    `\nbackground save: blocks for ${(share * 100).toFixed(1)} % of a foreground save (aim 10), ` +
      `done after ${background.whole.toFixed(0)} ms`,
  );
  await writeEntries(linked, source, metadata, { base: path });
  const ratio = Deno.statSync(linked).size / Deno.statSync(path).size;
  console.log(`unchanged, with base: ${(ratio * 100).toFixed(3)} % of the bytes (aim 1)`);
  if (!large) {
    const start = performance.now();
    await writeEntries(zipped, source, metadata, { compression: "gzip" });
    const ms = (performance.now() - start).toFixed(0);
    const part = (Deno.statSync(zipped).size / length * 100).toFixed(0);
    console.log(`gzip: ${ms} ms, ${part} % of the bytes`);
  }
} finally {
  Deno.removeSync(dir, { recursive: true });
}
