/**
 * What ranks hold while one of them writes a timestep for all, and what becomes of the files if one of them fails.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { boxMesh, type Comm, MeshVariable, Model, SelfComm, Swarm } from "../../mod.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import type { TypedArray } from "../../src/arrays.ts";
import { allOrNoneAsync } from "../../src/comm/collective_errors.ts";
import { CommError } from "../../src/errors.ts";
import { captureTimestep } from "../../src/output/time_series_choice.ts";
import { writeOnRanks } from "../../src/output/time_series_write.ts";
import { writeTimestep } from "../../src/output/time_series.ts";
import { denoLayer, type FileLayer, type LayerFile } from "../../src/snapshot/file/file_layer.ts";
import { JointRows } from "../../src/snapshot/joint_rows.ts";
import { OwnIds } from "../../src/snapshot/own_ids.ts";
import { placesInOrder } from "../../src/snapshot/places_in_order.ts";
import { assertSameEntries } from "../archive/_entries.ts";
import { assertSameBytes } from "../_helpers.ts";

/** A field with rows as long as that of a small mesh needs several blocks. */
function wide(comm: Comm) {
  const model = new Model({ name: "wide", comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [40, 40] });
  const field = new MeshVariable(mesh, "wide", { degree: 0, components: 400 });
  const { data, components } = field, ids = mesh.globalCellIds;
  for (let i = 0; i < data.length; i++) {
    data[i] = ids[Math.floor(i / components)] + (i % components) / components;
  }
  new Swarm(mesh).populate({ perCell: 1 });
  return model;
}

/** The most bytes of one result of each kind of call, as long as `work` runs. */
async function largestResults(comm: Comm, work: () => Promise<unknown>): Promise<number> {
  const target = comm as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls = ["bcast", "allgather", "allgatherv", "alltoallv", "recv"];
  let most = 0;
  for (const name of calls) {
    target[name] = (...args) => {
      const result = Object.getPrototypeOf(comm)[name].apply(comm, args);
      const all = (Array.isArray(result) ? result : [result]).filter(ArrayBuffer.isView);
      most = Math.max(most, all.reduce((sum, array) => sum + (array as TypedArray).byteLength, 0));
      return result;
    };
  }
  try {
    await work();
  } finally {
    for (const name of calls) delete target[name];
  }
  return most;
}

/** No rank gets more than a block at once, and the others than the first get no numbers of the file at all. */
export async function inBlocks(comm: Comm, stem: string): Promise<void> {
  if (comm.size === 1) return;
  const model = wide(comm), path = `${stem}${comm.size}/run`;
  const most = await largestResults(comm, () => writeTimestep(model, path));
  const block = 4 << 20, field = 3200 * 400 * 8;
  assert(field > 2 * block);
  // One rank may have all rows of a block, and says which they are.
  if (comm.rank === 0) assert(most > block / 4 && most < 1.01 * block, `${most} bytes at once`);
  else assert(most < 50_000, `${most} bytes at once`);
  if (comm.rank > 0) return;
  const alone = await writeTimestep(wide(new SelfComm()), `${stem}${comm.size}_one/run`);
  const { entries } = await readWhole(`${path}.00000.h5`), one = await readWhole(alone.data);
  assertSameEntries(entries, one.entries);
}

/** A disk that is full after so many bytes. */
function fullAfter(limit: number): FileLayer {
  let left = limit;
  const open = (file: LayerFile): LayerFile => {
    const write = file.write.bind(file);
    file.write = (source, position) => {
      if ((left -= source.length) < 0) throw new Error("No space left on device");
      return write(source, position);
    };
    return file;
  };
  return { ...denoLayer, open: (path, mode) => open(denoLayer.open(path, mode)) };
}

/** Two calls at once; a disk that becomes full, and a rank that cannot give its rows: one error on all, and the files are as before. */
export async function faults(comm: Comm, stem: string): Promise<void> {
  if (comm.size === 1) return;
  const model = new Model({ name: "faults", comm }), path = `${stem}${comm.size}/run`;
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
  const T = new MeshVariable(mesh, "T");
  T.set((x) => x);
  const first = writeTimestep(model, path, { step: 3 }), other = writeTimestep(model, path);
  const [{ data: third }, { data }] = await Promise.all([first, other]);
  const before = Deno.readFileSync(data);
  if (comm.rank === 0) assertEquals(Deno.statSync(third).size, before.length);
  comm.barrier();
  T.set((x) => 2 * x);
  for (const limit of [0, 9000]) {
    const layer = fullAfter(limit);
    const work = () => writeOnRanks(comm, "run", path, captureTimestep(model, {}), {}, layer);
    const error = await assertRejects(() => allOrNoneAsync(comm, work), Error, "No space left");
    assert(!(error instanceof CommError), error.message);
  }
  const isLast = comm.rank === comm.size - 1;
  const rows = new JointRows(comm), ids = new OwnIds(Int32Array.of(comm.rank), comm.size);
  const take = () => {
    if (isLast) throw new RangeError("no rows here");
    return Float64Array.of(comm.rank);
  };
  const numbers = rows.add({ name: "ranks", kind: "float64", ids, width: 1, take });
  const ask = () => rows.lead(() => Promise.resolve(numbers.rows(0, comm.size)));
  await assertRejects(() => allOrNoneAsync(comm, ask), RangeError, "no rows here");
  comm.barrier();
  assertSameBytes(Deno.readFileSync(data), before);
  const names = [...Deno.readDirSync(`${stem}${comm.size}`)].map(({ name }) => name);
  assertEquals(names.filter((name) => !/^run(\.Mesh_0)?(\.0000[03])?\.(h5|xdmf)$/.test(name)), []);
  comm.barrier();
}

/** Ids are counted in ascending order, wherever they are; one that is there twice is an error of all ranks. */
export async function order(comm: Comm): Promise<void> {
  const { rank, size } = comm, all: bigint[] = [];
  for (let i = 0; i < 200; i++) all.push(BigInt(i * i) << 20n);
  const rankOf = (i: number) => size > 2 && i % size === 1 ? 0 : (i * 7) % size;
  const own = [...all.keys()].filter((i) => rankOf(i) === rank).sort((a, b) => (a % 5) - (b % 5));
  const ids = BigInt64Array.from(own, (i) => all[i]);
  const twice = (id: bigint) => new RangeError(`${id} twice`);
  assertEquals([...placesInOrder(comm, ids, twice)], own);
  assertEquals(placesInOrder(comm, new BigInt64Array(0), twice).length, 0);
  if (size === 1) return;
  const wrong = rank === 0 ? ids : BigInt64Array.of(...ids, all[9]);
  await assertRejects(async () => await placesInOrder(comm, wrong, twice), RangeError, "twice");
}
