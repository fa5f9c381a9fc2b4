/**
 * What ranks cost: memory of each, time to make a mesh, what travels, what a load takes. Beside each figure stands
 * that of the mesh that every rank kept whole (for the full sizes), and what is to be reached.
 *
 *     deno run --v8-flags=--expose-gc --allow-all bench/scale_bench.ts
 *
 * Processor time and resident memory are read from /proc, for which it needs all permissions. In small meshes most of
 * the processor time goes into compiling. With `--full` the meshes are those of the figures beside (2 million
 * triangles, half a million tetrahedra; several gigabytes of memory), with `--mpi` the ranks are processes of MPI.
 * `halo`, `traffic`, `loads`, `meshes`, `memory` and `threads` behind them choose what is measured.
 *
 * @module
 */
import { mpiWorld } from "../src/comm/mpi/world.ts";
import { runRanks } from "../src/comm/workers/run_ranks.ts";
import type { MeshData } from "../src/mesh/mesh_data.ts";
import { annulusData } from "../src/mesh/shapes/annulus.ts";
import { syncTime } from "./halo_stub.ts";
import { type Arrived, type Held, type Loaded, type Made, main } from "./scale_ranks.ts";

const isFull = Deno.args.includes("--full"), isMpi = Deno.args.includes("--mpi");

/** Runs a measurement on some ranks; the results by rank. */
async function measure<R>(ranks: number, ...args: unknown[]): Promise<R[]> {
  const program = new URL("./scale_ranks.ts", import.meta.url);
  if (!isMpi) return await runRanks<R>(ranks, program, args, { onConsole() {} });
  const rank = new URL(import.meta.url).pathname;
  const root = Deno.uid() === 0 ? ["--allow-run-as-root"] : [];
  const flags = ["--v8-flags=--expose-gc", "--no-check", "--allow-all"];
  const command = new Deno.Command("mpirun", {
    args: [...root, "--oversubscribe", "-np", String(ranks), Deno.execPath(), "run", ...flags, rank]
      .concat("--rank", JSON.stringify(args)),
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`${ranks} processes did not succeed`);
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("["));
  return JSON.parse(lines[0]);
}

/** The most resident memory of a process of its own with some threads, in bytes. */
async function mostResident(ranks: number, n: number): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--v8-flags=--expose-gc", "--no-check", "--allow-all", import.meta.url]
      .concat("--threads", String(ranks), String(n)),
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`a process with ${ranks} threads did not succeed`);
  return Number(new TextDecoder().decode(stdout));
}

/** Such a process: prints its most resident memory. */
async function asThreads(ranks: number, n: number): Promise<void> {
  const program = new URL("./scale_ranks.ts", import.meta.url);
  const all = await runRanks<Held>(ranks, program, ["held", 2, n], { onConsole() {} });
  console.log(Math.max(...all.map(({ peak }) => peak)));
}

/** One process of MPI: the first prints the results of all. */
async function asRank(args: unknown[]): Promise<void> {
  const comm = mpiWorld();
  const [what, ...rest] = args as [string, ...never[]];
  const result = await main(comm, what, ...rest) ?? null;
  const all = comm.allgather(JSON.stringify(result));
  if (comm.rank === 0) console.log(`[${all.join(",")}]`);
}

const million = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const ratio = (value: number) => value.toFixed(2);

function row(what: string, now: string, before: string, aim: string): void {
  console.log(`${what.padEnd(58)} ${now.padStart(10)} ${before.padStart(10)} ${aim.padStart(10)}`);
}

async function memory(dim: 2 | 3): Promise<void> {
  const [n, before, name] = dim === 2
    ? [isFull ? 1000 : 220, ["0.62", "2.46"], "triangles"] as const
    : [isFull ? 44 : 22, ["", "2.74"], "tetrahedra"] as const;
  const [one] = await measure<Held>(1, "held", dim, n);
  row(
    `${(dim === 2 ? 2 : 6) * n ** dim} ${name}, 1 rank: array buffers`,
    million(one.buffers),
    "",
    "",
  );
  for (const ranks of [2, 4]) {
    const all = await measure<Held>(ranks, "held", dim, n);
    const most = Math.max(...all.map(({ buffers }) => buffers));
    const sum = all.reduce((sum, { buffers }) => sum + buffers, 0);
    const making = Math.max(...all.map(({ making }) => making));
    const four = ranks === 4, aims = dim === 2 ? ["0.30", "1.20"] : ["", "1.50"];
    const beside = (k: number): [string, string] => four ? [before[k], aims[k]] : ["", ""];
    row(`  ${ranks} ranks: array buffers of one`, million(most), "", "");
    row(`  ${ranks} ranks: of one over those of 1 rank`, ratio(most / one.buffers), ...beside(0));
    row(`  ${ranks} ranks: of all over those of 1 rank`, ratio(sum / one.buffers), ...beside(1));
    const time = ratio(making / one.making);
    row(
      `  ${ranks} ranks: processor time of boxMesh, over 1 rank`,
      time,
      four && dim === 2 ? "1.65" : "",
      four ? "0.45" : "",
    );
    if (isMpi) {
      row(
        `  ${ranks} ranks: most resident memory, over 1 rank`,
        ratio(Math.max(...all.map(({ peak }) => peak)) / one.peak),
        four && dim === 2 ? "0.71" : "",
        four ? "0.38" : "",
      );
    }
  }
}

/** Meshes that the first rank reads or makes for all. */
async function meshes(): Promise<void> {
  const cellSize = isFull ? 0.003 : 0.01, file = await Deno.makeTempFile({ suffix: ".msh" });
  try {
    await Deno.writeTextFile(file, gmshText(annulusData({ inner: 0.5, outer: 1, cellSize })));
    for (const [name, path] of [["an annulus", null], ["a file of Gmsh", file]] as const) {
      for (const ranks of [1, 4]) {
        const all = await measure<Made>(ranks, "made", cellSize, path);
        const kept = Math.max(...all.map(({ kept }) => kept));
        row(`${name}, ${ranks} ranks: array buffers of one`, million(kept), "", "");
        // Threads have one memory.
        if (!isMpi) continue;
        row(`  the first while it is made: most resident`, million(all[0].grown), "", "");
        if (ranks === 1) continue;
        const others = Math.max(...all.slice(1).map(({ grown }) => grown));
        row(`  another one`, million(others), "", "");
      }
    }
  } finally {
    await Deno.remove(file);
  }
}

/** Mesh data as a file of Gmsh, MSH 2.2, with their boundaries. */
function gmshText({ coordinates, cells, boundaries }: MeshData): string {
  const names = [...boundaries.keys()], rows: string[] = [];
  const add = (type: number, width: number, tag: number, nodes: Int32Array) => {
    for (let i = 0; i < nodes.length; i += width) {
      const ids = Array.from(nodes.subarray(i, i + width), (node) => node + 1).join(" ");
      rows.push(`${rows.length + 1} ${type} 2 ${tag} ${tag} ${ids}`);
    }
  };
  names.forEach((name, k) => add(1, 2, k + 1, boundaries.get(name)!));
  add(2, 3, names.length + 1, cells);
  const places = Array.from(
    { length: coordinates.length / 2 },
    (_, n) => `${n + 1} ${coordinates[2 * n]} ${coordinates[2 * n + 1]} 0`,
  );
  const groups = names.map((name, k) => `1 ${k + 1} "${name}"`);
  const all = [`2 ${names.length + 1} "all"`, ...groups];
  return [
    "$MeshFormat\n2.2 0 8\n$EndMeshFormat",
    `$PhysicalNames\n${all.length}\n${all.join("\n")}\n$EndPhysicalNames`,
    `$Nodes\n${places.length}\n${places.join("\n")}\n$EndNodes`,
    `$Elements\n${rows.length}\n${rows.join("\n")}\n$EndElements\n`,
  ].join("\n");
}

function halo(): void {
  for (const [ranks, before, aim] of [[64, "44 us", "5 us"], [1024, "630 us", "10 us"]] as const) {
    row(`halo.sync, ${ranks} ranks, JavaScript`, `${syncTime(ranks).toFixed(1)} us`, before, aim);
  }
}

/** Memory of all threads together: what a tiny mesh takes is that of the threads themselves. */
async function threads(): Promise<void> {
  const n = isFull ? 500 : 220, grown: number[] = [];
  for (const ranks of [1, 4, 16]) {
    const base = await mostResident(ranks, 8), most = await mostResident(ranks, n);
    grown.push(most - base);
    row(`${2 * n * n} triangles, ${ranks} threads: most resident`, million(most), "", "");
    row(`  the same with a tiny mesh`, million(base), "", "");
    if (ranks === 1) continue;
    const beside: [string, string] = ranks === 16 ? ["14", "1.60"] : ["", ""];
    row(`  without that, over 1 thread`, ratio((most - base) / grown[0]), ...beside);
  }
}

async function traffic(): Promise<void> {
  const most = (all: Arrived[], of: keyof Arrived) => Math.max(...all.map((each) => each[of]));
  const kilo = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  for (const [n, before, aim] of [[200, "631 kB", "20 kB"], [400, "x 4", "x 2.2"]] as const) {
    const all = await measure<Arrived>(4, "advected", n);
    const bytes = most(all, "gathered") + most(all, "exchanged");
    row(`advect by a field, ${n} x ${n}, 4 ranks: bytes into a rank`, kilo(bytes), before, aim);
  }
  const all = await measure<Arrived>(4, "traced", 200);
  const title = "semi-Lagrangian tracing, 200 x 200, 4 ranks:";
  row(`${title} gathered`, kilo(most(all, "gathered")), "1959 kB", "0 kB");
  row(`${title} exchanged`, kilo(most(all, "exchanged")), "0 kB", "100 kB");
}

async function loads(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "timestash_" }), n = isFull ? 400 : 200;
  try {
    const file = `${folder}/two.snap.h5`;
    await measure(2, "saved", n, file);
    let size = Deno.statSync(file).size;
    for (const { name } of Deno.readDirSync(`${folder}/two.snap.bulk`)) {
      size += Deno.statSync(`${folder}/two.snap.bulk/${name}`).size;
    }
    const all = await measure<Loaded>(4, "loaded", n, file);
    const grown = Math.max(...all.map(({ grown, own }) => grown / own));
    const read = Math.max(...all.map(({ read }) => read));
    row("load of 2 ranks on 4: memory over the own share", ratio(grown), "14", "2.5");
    row("load of 2 ranks on 4: bytes read by one over the file", ratio(read / size), "1", "0.4");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (Deno.args[0] === "--rank") await asRank(JSON.parse(Deno.args[1]));
else if (Deno.args[0] === "--threads") {
  await asThreads(Number(Deno.args[1]), Number(Deno.args[2]));
} else {
  row(isFull ? "full sizes" : "small sizes", "now", "before", "aim");
  const works: Record<string, () => void | Promise<void>> = {
    halo,
    traffic,
    loads,
    meshes,
    threads,
    memory: async () => {
      await memory(2);
      await memory(3);
    },
  };
  const named = Deno.args.filter((word) => !word.startsWith("--"));
  const unknown = named.find((name) => !(name in works));
  if (unknown !== undefined) throw new RangeError(`there is no "${unknown}"`);
  for (const name of named.length > 0 ? named : Object.keys(works)) await works[name]();
}
