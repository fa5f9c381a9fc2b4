/**
 * What a mesh that adapts costs, in CPU seconds of this process: the kernel, tables, a whole `mesh.adapt` with two
 * P1 fields, and restores across it; and a hill that turns on an adaptive mesh beside a fine one.
 * `bench/peers/adapt_dolfinx.py` marks and halves the same cells with dolfinx.
 *
 *     deno run bench/adapt_bench.ts
 */
import process from "node:process";
import {
  AdvectionDiffusion,
  boxMesh,
  Mesh,
  MeshVariable,
  Model,
  recoveryError,
  type Snapshot,
} from "../mod.ts";
import { coarsenCells } from "../src/mesh/adapt/coarsen.ts";
import { firstLabels } from "../src/mesh/adapt/labels.ts";
import { refineCells } from "../src/mesh/adapt/refine.ts";
import { findEdges } from "../src/mesh/edge_table.ts";
import type { MeshData } from "../src/mesh/mesh_data.ts";
import { findNeighbours } from "../src/mesh/neighbours.ts";
import { boxData } from "../src/mesh/shapes/box.ts";

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The least CPU time of `runs` calls, and the last result. */
function best<R>(runs: number, work: () => R): { seconds: number; result: R } {
  let seconds = Infinity, result: R | undefined;
  for (let i = 0; i < runs; i++) {
    const start = cpu();
    result = work();
    seconds = Math.min(seconds, cpu() - start);
  }
  return { seconds, result: result! };
}

function line(what: string, cells: number, seconds: number): void {
  const rate = (cells / seconds / 1e6).toFixed(1).padStart(6);
  console.log(`  ${what.padEnd(34)}${seconds.toFixed(3).padStart(8)} s${rate} M cells/s`);
}

/** Cells with all corners within .05 of the circle of radius .3 around (.5, .5): those of the reference counts. */
function ring({ dim, cells, coordinates }: MeshData): Uint8Array {
  const corners = dim + 1, wants = new Uint8Array(cells.length / corners);
  for (let c = 0; c < wants.length; c++) {
    let near = 0;
    for (let k = 0; k < corners; k++) {
      const n = cells[c * corners + k] * dim;
      const r = Math.hypot(coordinates[n] - 0.5, coordinates[n + 1] - 0.5);
      if (Math.abs(r - 0.3) < 0.05) near++;
    }
    if (near === corners) wants[c] = dim;
  }
  return wants;
}

function kernels(data: MeshData): void {
  const { dim, cells, coordinates } = data, count = cells.length / (dim + 1);
  const labels = firstLabels(dim, cells, coordinates), levels = new Uint8Array(count);
  const before = { dim, cells, labels, levels, nodeCount: coordinates.length / dim };
  console.log(`${dim}-D, ${count} cells`);
  const every = new Uint8Array(count).fill(dim), marked = ring(data);
  const fine = best(6, () => refineCells(before, every));
  line(`halved to ${fine.result.labels.length}`, fine.result.labels.length, fine.seconds);
  const part = best(6, () => refineCells(before, marked));
  line(`a ring, to ${part.result.labels.length}`, part.result.labels.length, part.seconds);
  const all = new Uint8Array(fine.result.labels.length).fill(255);
  const back = best(4, () => coarsenCells(fine.result, all));
  line(`back to ${back.result.labels.length}`, all.length, back.seconds);
  const rows = { ...fine.result, cellCount: all.length };
  line("neighbours of the fine mesh", all.length, best(4, () => findNeighbours(rows)).seconds);
  line("edges of the fine mesh", all.length, best(4, () => findEdges(rows)).seconds);
}

/** A whole mesh with two P1 fields is adapted, and put back. */
function whole(data: MeshData): void {
  const { dim } = data, wants = Int8Array.from(ring(data));
  const seconds: number[] = [], restores: [number, number][] = [];
  let cells = 0;
  for (let run = 0; run < 3; run++) {
    const model = new Model(), mesh = new Mesh(model, data);
    new MeshVariable(mesh, "T").set((x, y) => Math.sin(9 * x) * y);
    new MeshVariable(mesh, "v", { components: dim }).set((x, _y, _z, out) => void out.fill(x));
    using before = model.saveState();
    const start = cpu();
    mesh.adapt(wants);
    seconds.push(cpu() - start);
    cells = mesh.cellCount;
    using after = model.saveState();
    const timed = (token: Snapshot) => best(1, () => model.loadState(token)).seconds;
    const same = timed(after);
    timed(before);
    restores.push([same, timed(after)]);
  }
  line(`mesh.adapt, two P1 fields, to ${cells}`, cells, Math.min(...seconds));
  const [same, across] = [0, 1].map((k) => Math.min(...restores.map((pair) => pair[k])) * 1e3);
  console.log(
    `  restore of the same cells ${same.toFixed(1)} ms, across the adaptation ${
      across.toFixed(1)
    } ms`,
  );
}

/** A hill turns a third of the way around, on equal cells and on a mesh that adapts every fifth step. */
function hill(cells: number, adaptive: boolean): void {
  const model = new Model(),
    mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const k = 1e-4, angle = 2, steps = 60, width = 0.004;
  const exact = (x: number, y: number, t: number) => {
    const [cx, cy] = [0.5 - 0.22 * Math.sin(t), 0.5 + 0.22 * Math.cos(t)];
    const s = width + 4 * k * t;
    return width / s * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / s);
  };
  T.set((x, y) => exact(x, y, 0));
  const adapt = () => {
    const indicator = recoveryError(T);
    mesh.adapt({ indicator, tolerance: 5e-4, coarsenBelow: 0.2, minSize: 1 / 128 });
  };
  if (adaptive) {
    for (let i = 0; i < 6; i++) {
      adapt();
      T.set((x, y) => exact(x, y, 0));
    }
  }
  const velocity = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = 0.5 - y;
    out[1] = x - 0.5;
  };
  const transport = new AdvectionDiffusion(T, {
    velocity,
    diffusivity: k,
    scheme: "bdf",
    order: 2,
  });
  const mass = T.integrate() as number, start = cpu();
  for (let i = 0; i < steps; i++) {
    if (adaptive && i % 5 === 0) adapt();
    transport.solve({ dt: angle / steps });
    model.tracker.time += angle / steps;
  }
  const seconds = cpu() - start;
  const fine = new MeshVariable(mesh, "difference", { degree: 2 });
  fine.set((x, y) => exact(x, y, angle));
  const size = fine.norm();
  fine.set(fine.data.map((value, i) => value - T.data[i]));
  console.log(
    `  ${adaptive ? "adaptive" : "equal"} cells${adaptive ? "" : "   "} ${
      `${mesh.cellCount}`.padStart(7)
    }   error ${(fine.norm() / size).toExponential(2)}   mass ${
      (((T.integrate() as number) - mass) / mass).toExponential(1)
    }   ${seconds.toFixed(1)} s`,
  );
}

for (
  const data of [
    boxData({ min: [0, 0], max: [1, 1], cells: [447, 447] }),
    boxData({ min: [0, 0, 0], max: [1, 1, 1], cells: [32, 32, 33] }),
  ]
) {
  kernels(data);
  whole(data);
}
console.log("A hill turns, P2, 60 steps of BDF2");
hill(64, false);
hill(12, true);
