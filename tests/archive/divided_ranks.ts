/**
 * Files of another number of ranks, of which each rank reads its share. Runs on workers in `tests/ranks_test.ts`; one
 * rank writes what several read.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { SnapshotCorruptError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model, storageOf } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { RowSpan } from "../../src/snapshot/captured_parts.ts";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { readTailOf } from "../../src/snapshot/file/tail_reader.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import { RowRoutes } from "../../src/snapshot/row_routes.ts";
import { BackendSink } from "../../src/snapshot/sink.ts";
import { open } from "../../src/snapshot/snapshot.ts";
import { redistributeSwarm } from "../../src/swarm/redistribute_swarm.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { kindOf } from "../../src/arrays.ts";
import { runFileChecks } from "../_rank_checks.ts";

/** Makes files in `folder`; without one it takes one of its own. */
export function main(comm: Comm, folder?: string): Promise<number> {
  return runFileChecks(comm, [routes, shares, damage, twice, builds], folder);
}

/** Large enough that numbers go straight from the disk into arrays. */
function build(comm: Comm, cells = 128) {
  const model = new Model({ name: "divided", comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => {
    out[0] = Math.sin(9 * x);
    out[1] = x - y;
  });
  const swarm = new Swarm(mesh);
  const age = swarm.addVariable("age", { components: 3 });
  swarm.populate({ perCell: 1 });
  age.set((x, y, _z, out) => out.set([x, y, x * y]));
  model.parameters.define("a", 1);
  return { model, mesh, v, swarm };
}

/** Rows come by their ids, however they are spread; what is missing, twice or no id at all is noticed by all ranks. */
function routes(comm: Comm): void {
  const { rank, size } = comm, count = 7 * size + 3;
  const all = Array.from({ length: count }, (_, id) => id);
  const mine = Int32Array.from(all.filter((id) => (id * 5) % size === rank).reverse());
  const wanted = Int32Array.from(all.filter((id) => id % 3 !== rank % 3)).reverse();
  const found = RowRoutes.of(comm, mine, wanted, count)!;
  const rows = Uint8Array.from([...mine].flatMap((id) => [id, 2 * id, 3 * id]));
  assertEquals([...found.bring(rows, 3)], [...wanted].flatMap((id) => [id, 2 * id, 3 * id]));
  const nan = new Float64Array(
    BigUint64Array.from(mine, (id) => 0x7ff0000000000001n + BigInt(id)).buffer,
  );
  const brought = new BigUint64Array((found.bring(nan, 1)).buffer);
  assertEquals([...brought], [...wanted].map((id) => 0x7ff0000000000001n + BigInt(id)));
  const last = rank === size - 1;
  for (
    const wrong of [
      mine.subarray(1),
      Int32Array.of(...mine, mine[0]),
      Int32Array.of(...mine, count),
    ]
  ) {
    assertEquals(RowRoutes.of(comm, last ? wrong : mine, wanted, count), null);
  }
}

/** A file system that counts what is read. */
function counting(): { layer: FileLayer; bytes: () => number } {
  let bytes = 0;
  const layer: FileLayer = {
    ...denoLayer,
    open(path, mode) {
      const file = denoLayer.open(path, mode), read = file.read.bind(file);
      file.read = (target, position) => {
        const count = read(target, position);
        bytes += count;
        return count;
      };
      return file;
    },
  };
  return { layer, bytes: () => bytes };
}

/** Each rank reads its share of the file, and has then what it would have had without one. */
async function shares(comm: Comm, folder: string): Promise<void> {
  if (comm.size === 1) return;
  const file = `${folder}/whole${comm.size}.snap.h5`;
  if (comm.rank === 0) await build(new SelfComm()).model.saveState({ file, view: false });
  comm.barrier();
  const sim = build(comm), { layer, bytes } = counting();
  using wanted = sim.model.saveState();
  sim.v.set([3, 4]);
  sim.swarm.removeParticles((i) => i % 2 === 0);
  sim.model.parameters.set("a", 2);
  const storage = storageOf(sim.model);
  using read = await storage.read(file, { layer });
  assert(
    bytes() < Deno.statSync(file).size * (1 / comm.size + 0.1),
    `${bytes()} bytes of ${Deno.statSync(file).size}`,
  );
  storage.restoreFrom("loadState", read.entries);
  using loaded = sim.model.saveState();
  assertEquals(diffSnapshots(loaded, wanted).slice(0, 3), []);
  const packed = `${folder}/packed${comm.size}.snap.h5`,
    share = Deno.statSync(file).size / comm.size;
  const gzip = { file: packed, view: false, compression: "gzip" } as const;
  if (comm.rank === 0) await build(new SelfComm()).model.saveState(gzip);
  comm.barrier();
  await sim.model.loadState(packed);
  using unpacked = sim.model.saveState();
  assertEquals(diffSnapshots(unpacked, wanted).slice(0, 3), []);
  for (const path of [file, packed]) {
    const read = async () => (await storage.read(path, {}))[Symbol.dispose]();
    const most = await mostMemory(comm, read);
    // Without giving back what has travelled it was 5.5 MB on three ranks.
    assert(most < 5 * share + 5e5, `${most} bytes for a share of ${share}`);
  }
}

/** The most bytes of arrays beyond those of before that there are at any message, garbage included. */
async function mostMemory(comm: Comm, work: () => Promise<void>): Promise<number> {
  const target = comm as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls = ["alltoallv", "allreduce", "allgather", "recv"];
  const before = Deno.memoryUsage().external;
  let most = 0;
  for (const name of calls) {
    target[name] = (...args) => {
      most = Math.max(most, Deno.memoryUsage().external - before);
      return Object.getPrototypeOf(comm)[name].apply(comm, args);
    };
  }
  try {
    await work();
  } finally {
    for (const name of calls) delete target[name];
  }
  return most;
}

/** A byte of a large array is wrong: the error of all ranks, wherever it is, and nothing has changed. */
async function damage(comm: Comm, folder: string): Promise<void> {
  if (comm.size === 1) return;
  const file = `${folder}/whole${comm.size}.snap.h5`, model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [128, 128] });
  new MeshVariable(mesh, "v", { components: 2 }).set([3, 4]);
  using before = model.saveState();
  const { manifest: { segments } } = readTailOf(denoLayer, file);
  const { offset, length } = segments.find(({ dataset }) => dataset?.endsWith("variables/v"))!;
  comm.barrier();
  for (const part of [0.5, 1]) {
    if (comm.rank === 0) flip(file, offset + Math.floor(part * (length - 1)));
    comm.barrier();
    const error = await assertRejects(() => model.loadState(file), SnapshotCorruptError);
    assertStringIncludes(error.message, "variables/v does not match its checksum");
    comm.barrier();
    if (comm.rank === 0) flip(file, offset + Math.floor(part * (length - 1)));
    comm.barrier();
  }
  using after = model.saveState();
  assertEquals(diffSnapshots(after, before), []);
}

function flip(path: string, at: number): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(byte);
  byte[0] ^= 1;
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(byte);
}

/** Two captures with the same particles are refused by all ranks, which name the first. */
function twice(comm: Comm): void {
  if (comm.size === 1) return;
  const { model } = build(new SelfComm(), 4), { mesh } = build(comm, 4);
  using token = model.saveState();
  const entries = open(token), parts = [entries, entries];
  const spans = (rowsOf: (part: number) => number): RowSpan[] =>
    comm.rank < 2 ? [{ part: comm.rank, first: 0, last: rowsOf(comm.rank) }] : [];
  const heads = parts.map((part) => ({
    get: (key: string) => {
      const entry = part.get(key);
      return entry && { ...entry, data: null, elements: entry.data && kindOf(entry.data) };
    },
  }));
  const rows = (key: string, rowsOf: (part: number) => number) => {
    const data = entries.get(key)!.data!;
    return data.slice(0, spans(rowsOf).length * data.length);
  };
  const sink = new BackendSink(new MemoryBackend(), "swarms/Swarm_0");
  const error = assertThrows(
    () => redistributeSwarm(mesh, { comm, heads, spans, rows }, "swarms/Swarm_0", sink),
    SnapshotInvalidatedError,
  );
  assertStringIncludes(error.message, "particle 0 was captured on two ranks");
}

/** A model is made on ranks from a file of one rank, and from one of as many, as the script would have made it. */
async function builds(comm: Comm, folder: string): Promise<void> {
  const file = `${folder}/small${comm.size}.snap.h5`, own = `${folder}/own${comm.size}.snap.h5`;
  if (comm.rank === 0) await build(new SelfComm(), 6).model.saveState({ file });
  const sim = build(comm, 6);
  await sim.model.saveState({ file: own });
  using wanted = sim.model.saveState();
  for (const path of [file, own]) {
    const model = await Model.fromSnapshot(path, { comm });
    assertEquals([model.name, model.comm], ["divided", comm]);
    using made = model.saveState();
    assertEquals(diffSnapshots(made, wanted), [], path);
  }
  await assertRejects(() => Model.fromSnapshot(wanted, { comm }), TypeError, "comm");
}
