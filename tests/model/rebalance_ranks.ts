/**
 * Meshes whose cells are divided anew by what they cost: evenly, with everything on them, and put back in every way.
 * Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { entriesOf } from "../../src/archive/rank_captures.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { open, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameEntries } from "../archive/_entries.ts";
import { runFileChecks } from "../_rank_checks.ts";
import { type Adapting, adapting } from "./_adapting.ts";

/** Runs all checks; as `tests/archive/files_ranks.ts` for the folder. */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  return runFileChecks(
    comm,
    [even, refusals, putBack, files, fromOthers],
    folder,
    earlier,
    onlyEarlier,
  );
}

/** Every byte of every entry, except for counters of versions, which only grow. */
function assertSame(a: Snapshot, b: Snapshot, what: string): void {
  assertEquals(diffSnapshots(a, b).slice(0, 3), [], what);
  const [one, other] = [a, b].map((token) => {
    const all = entriesOf(open(token));
    for (const [key, entry] of all) {
      const {
        geometry_version: _,
        topology_version: __,
        population_generation: ___,
        ...attributes
      } = entry.attributes;
      all.set(key, { ...entry, attributes });
    }
    return all;
  });
  assertSameEntries(one, other);
}

/** After adaptation and with gathered particles, no rank has much more than the mean; nothing else has changed. */
function even(comm: Comm): void {
  const mesh = boxMesh(new Model({ comm }), { min: [0, 0], max: [1, 1], cells: [16, 16] });
  mesh.adapt((x, y) => (Math.hypot(x, y) < 0.3 ? 4 : 0));
  const fields = [1, 2].map((degree) => {
    const field = new MeshVariable(mesh, `w${degree}`, { degree: degree as 1 | 2 });
    field.set((x, y) => Math.sin(9 * x) + y);
    return field;
  });
  const swarm = new Swarm(mesh), mark = swarm.addVariable("mark");
  swarm.populate({ perCell: 1 });
  const points = comm.rank > 0 ? [] : Array.from({ length: 600 }, (_, i) => [
    0.8 + 0.19 * Math.sin(i) ** 2,
    0.9 + 0.09 * Math.cos(7 * i) ** 2,
  ]);
  swarm.addParticles(points);
  mark.set((x, y) => x - y);
  const wanted = (field: MeshVariable) =>
    field.coordinates.data.filter((_, i) => i % 2 === 0)
      .map((x, i) => Math.sin(9 * x) + field.coordinates.data[2 * i + 1]);
  const ids = () => comm.allgatherv(swarm.ids).sort(), before = ids();
  const report = mesh.rebalance();
  if (comm.size === 1) {
    assertEquals(report, { changed: false, why: "one rank", cellsMoved: 0, before: 1, after: 1 });
    return;
  }
  assert(report.changed && report.before > 1.15 && report.after <= 1.15, JSON.stringify(report));
  const cost = mesh.ownedCellCount + swarm.count;
  assert(comm.allreduce(cost, "max") <= 1.15 * comm.allreduce(cost) / comm.size);
  assertEquals(ids(), before);
  for (const field of fields) assertEquals([...field.data], [...wanted(field)]);
  const { cells } = mesh.locate(swarm.coordinates);
  assert(cells.every((cell) => cell >= 0 && cell < mesh.ownedCellCount));
  const xy = swarm.coordinates.data;
  assert(mark.data.every((value, i) => value === xy[2 * i] - xy[2 * i + 1]));
  assertEquals(mesh.rebalance(), {
    changed: false,
    why: "balanced",
    cellsMoved: 0,
    before: report.after,
    after: report.after,
  });
  // By the same costs where the mesh adapts, with particles as they are then.
  const busiest = (cost: number) => comm.allreduce(cost, "max") * comm.size / comm.allreduce(cost);
  mesh.adapt((
    x,
    y,
  ) => (Math.hypot(x - 0.9, y - 0.95) < 0.05 ? 2 : Math.hypot(x, y) < 0.3 ? -1 : 0));
  assert(busiest(mesh.ownedCellCount) > 1.15 && busiest(mesh.ownedCellCount + swarm.count) <= 1.15);
  const costs = () => {
    const xs = new MeshVariable(mesh, "x", { degree: 0 });
    mesh.removeVariable(xs);
    return Float64Array.from(
      { length: mesh.ownedCellCount },
      (_, c) => xs.coordinates.data[2 * c] > 0.5 ? 7.5 : 1,
    );
  };
  mesh.rebalance({ weights: costs() });
  mesh.adapt((x, y) => (Math.hypot(x - 0.8, y) < 0.3 ? 2 : 0));
  assert(busiest(mesh.ownedCellCount) > 1.15 && busiest(costs().reduce((a, b) => a + b)) <= 1.15);
  // By numbers of one's own, which are those of cells wherever they are now.
  const own = mesh.rebalance({ weights: new Float64Array(mesh.ownedCellCount).fill(0.3) });
  assert(own.after < 1.02, JSON.stringify(own));
  assert(mesh.rebalance({ weights: { particles: swarm, perParticle: 0 } }).why === "balanced");
}

/** What is wrong on one rank is an error on all, and nothing has moved. */
function refusals(comm: Comm): void {
  const model = new Model({ comm }), last = comm.rank === comm.size - 1;
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const other = new Swarm(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }));
  const count = mesh.ownedCellCount, ones = new Float64Array(count).fill(1);
  const wrong: [typeof RangeError | typeof TypeError, string, object][] = [
    [RangeError, "one for each cell", { weights: last ? [1] : ones }],
    [RangeError, "at least 0", { weights: last ? ones.map(() => -1) : ones }],
    [TypeError, "in mesh 'Mesh_0'", { weights: { particles: other } }],
    [RangeError, "cells must be above 0", { weights: { cells: last ? 0 : 1 } }],
    [TypeError, "weight", { weight: ones }],
  ];
  using before = model.saveState();
  for (const [kind, words, options] of wrong) {
    assertThrows(() => mesh.rebalance(options), kind, words);
  }
  if (comm.size > 1) {
    assertThrows(() => mesh.rebalance({ weights: { cells: last ? 2 : 1 } }), RangeError, "differ");
  }
  using after = model.saveState();
  assertSame(after, before, "after refusals");
}

/** Costs that move cells: most of them on one side. */
function rebalance({ mesh }: Adapting): void {
  const { data } = new MeshVariable(mesh, "cost", { degree: 0, continuous: false }).coordinates;
  mesh.removeVariable(mesh.variables.get("cost")!);
  const weights = Float64Array.from(
    { length: mesh.ownedCellCount },
    (_, c) => data[2 * c] > 0 ? 5 : 1,
  );
  const { changed, after } = mesh.rebalance({ weights });
  assert(mesh.model.comm.size === 1 || (changed && after < 1.15));
}

function run(sim: Adapting, steps: number): Snapshot {
  for (let i = 0; i < steps; i++) sim.tick();
  return sim.model.saveState();
}

/** A step, and an adaptation that divides by what cells cost. */
function adapted(sim: Adapting): Snapshot {
  sim.tick();
  sim.adapt();
  return sim.model.saveState();
}

/** From memory, by a transaction that one rank ends, and by the timeline. */
function putBack(comm: Comm): void {
  // One rank never moves a cell.
  if (comm.size === 1) return;
  const never = adapting("annulus", false, comm);
  never.tick();
  const plain = run(never, 1), sim = adapting("annulus", false, comm), { model } = sim;
  sim.tick();
  const { timeline } = model;
  timeline.record();
  const start = model.saveState();
  rebalance(sim);
  const divided = model.saveState(), ahead = adapted(sim);
  model.loadState(divided);
  assertSame(model.saveState(), divided, "back to the new division");
  assertSame(adapted(sim), ahead, "forward again");
  model.loadState(start);
  assertSame(model.saveState(), start, "back to the old division");
  rebalance(sim);
  assertSame(adapted(sim), ahead, "divided again");
  model.loadState(start);
  assertThrows(() =>
    model.transaction(() => {
      rebalance(sim);
      sim.tick();
      if (comm.rank === comm.size - 1) throw new Error("taken back");
    })
  );
  assertSame(model.saveState(), start, "after a transaction");
  rebalance(sim);
  timeline.rewind({ toStep: 1 });
  assertSame(run(sim, 1), plain, "the timeline");
}

/** Files of as many ranks have their division, into whatever model they are loaded. */
async function files(comm: Comm, folder: string): Promise<void> {
  const plain = `${folder}/plain${comm.size}.snap.h5`,
    other = `${folder}/divided${comm.size}.snap.h5`;
  const sim = adapting("box2", false, comm), { model } = sim;
  sim.tick();
  await model.saveState({ file: plain });
  const start = model.saveState();
  rebalance(sim);
  await model.saveState({ file: other });
  if (comm.size === 1) return;
  const divided = model.saveState(), ahead = adapted(sim);
  const fresh = adapting("box2", false, comm);
  await fresh.model.loadState(other);
  assertSame(fresh.model.saveState(), divided, "loaded into a fresh model");
  assertSame(adapted(fresh), ahead, "a step later");
  await fresh.model.loadState(plain);
  assertSame(fresh.model.saveState(), start, "the file from before");
  rebalance(fresh);
  assertSame(adapted(fresh), ahead, "divided again");
}

/** Files of other numbers of ranks, whose division does not matter, but for what it is made by where the mesh adapts. */
async function fromOthers(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  for (const ranks of earlier) {
    const ends: Snapshot[] = [];
    for (const kind of ["plain", "divided"]) {
      const sim = adapting("box2", false, comm);
      await sim.model.loadState(`${folder}/${kind}${ranks}.snap.h5`);
      const entries = entriesOf(open(sim.model.saveState()));
      const hasNumbers = kind === "divided" && ranks > 1 && comm.size > 1;
      assertEquals(entries.has("meshes/Mesh_0/partition/weights"), hasNumbers);
      sim.mesh.rebalance({ weights: { perParticle: 0 } });
      ends.push(run(sim, 1));
    }
    assertSame(ends[0], ends[1], `from ${ranks} ranks`);
  }
}
