/**
 * Save and restore in memory on several ranks: particles that circulate across the partition with an id and
 * a material each, fields, a history. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { SnapshotInvalidatedError, SnapshotSerializationError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  const checks = [
    lostParticlesComeBack,
    histories,
    deformedMeshes,
    refusalByOneRank,
    throwingBearer,
    releasedToken,
    emptyRanks,
    stashAndRecover,
    transactionsAgree,
    savesAgree,
    whatIsMissingIsMade,
  ];
  for (const check of checks) {
    try {
      await check(comm);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return checks.length;
}

type Sim = ReturnType<typeof build>;

function build(comm: Comm, n = 6) {
  const model = new Model({ name: "circulation", comm, seed: 5 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [n, n] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => Math.sin(3 * x) + y);
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(mesh, "unused");
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "int32" });
  swarm.populate({ perCell: 3 });
  material.set((x) => (x > 0 ? 1 : 2));
  model.parameters.define("a", 1);
  const ddt = new SymbolicDDt(model, expression("a * x * t ^ 2"), { order: 2 });
  return { comm, model, mesh, T, v, swarm, material, ddt };
}

/** One step that touches everything: particles cross ranks and are lost, fields follow, history grows. */
function step({ model, mesh, T, v, swarm, ddt }: Sim, dt: number): void {
  const { tracker, random, parameters } = model;
  ddt.updatePreSolve(dt);
  swarm.advect(v, dt, { order: 4 });
  random.advance();
  const x = swarm.coordinates.data;
  for (let i = 0; i < x.length; i += 2) {
    const own = random.keyed(swarm.ids[i / 2]);
    x[i] += 0.02 * own.normal();
    x[i + 1] += 0.02 * own.normal();
  }
  swarm.migrate();
  swarm.addParticles(
    mesh.model.comm.rank === 0 ? [[0.1, random.next() - 0.5]] : (random.next(), []),
  );
  const carried = T.evaluate(swarm.coordinates.data).data;
  const sum = mesh.model.comm.allreduce(carried.reduce((a, b) => a + b, 0));
  for (let i = 0; i < T.data.length; i++) T.data[i] += 1e-3 * sum * dt;
  parameters.set("a", parameters.get("a") + dt);
  ddt.updatePostSolve(dt);
  tracker.norm = T.norm();
  tracker.time += dt;
  tracker.step += 1;
  tracker.dt = dt;
}

/** (id, x, y, material) of all ranks, sorted by id. */
function table({ swarm, material, comm }: Sim): { ids: BigInt64Array; rows: Float64Array } {
  const ids = comm.allgatherv(swarm.ids);
  const xy = comm.allgatherv(swarm.coordinates.data as Float64Array);
  const materials = comm.allgatherv(material.data);
  const order = [...ids.keys()].sort((a, b) => (ids[a] < ids[b] ? -1 : 1));
  return {
    ids: BigInt64Array.from(order, (i) => ids[i]),
    rows: Float64Array.from(order.flatMap((i) => [xy[2 * i], xy[2 * i + 1], materials[i]])),
  };
}

function assertSame(a: Snapshot, b: Snapshot): void {
  assertEquals(diffSnapshots(a, b).slice(0, 3), []);
}

/** (1) the exact global count comes back, (2) the table is the same in every byte, (3) steps repeat. */
function lostParticlesComeBack(comm: Comm): void {
  const sim = build(comm);
  for (let i = 0; i < 3; i++) step(sim, 0.2);
  const count = comm.allreduce(sim.swarm.count), before = table(sim);
  using token = sim.model.saveState();
  for (let i = 0; i < 3; i++) step(sim, 0.2);
  using control = sim.model.saveState();
  // A step that went wrong: nearly everything leaves the domain, the rest is removed or jumbled.
  sim.swarm.advect((_x, _y, _z, out) => void (out[0] = 9), 0.21);
  sim.swarm.removeParticles((i) => i % 3 === 0);
  sim.swarm.addParticles([[0.5, 0.5], [-0.5, 0.5]]);
  sim.T.set(NaN);
  sim.T.data.fill(7, sim.T.ownedDofCount);
  assert(comm.allreduce(sim.swarm.count) < count / 2);
  sim.model.loadState(token);
  assertEquals(comm.allreduce(sim.swarm.count), count);
  const after = table(sim);
  assertSameBytes(after.ids, before.ids);
  assertSameBytes(after.rows, before.rows);
  for (let i = 0; i < 3; i++) step(sim, 0.2);
  using again = sim.model.saveState();
  assertSame(control, again);
}

/** A fresh model of the same script takes the token, and goes on as the first would have. */
function histories(comm: Comm): void {
  const one = build(comm), other = build(comm);
  for (let i = 0; i < 2; i++) step(one, 0.1);
  using token = one.model.saveState();
  other.model.loadState(token);
  for (const sim of [one, other]) for (let i = 0; i < 2; i++) step(sim, 0.15);
  assertEquals(one.ddt.bdf().toJSON(), other.ddt.bdf().toJSON());
  using a = one.model.saveState();
  using b = other.model.saveState();
  assertSame(a, b);
}

/** Nodes that moved are put back on all ranks, also where one rank's own did not move. */
function deformedMeshes(comm: Comm): void {
  const sim = build(comm);
  const points = [[0.3, 0.4], [-0.9, 0.1]];
  const values = sim.T.evaluate(points).data, radius = sim.mesh.minRadius;
  using flat = sim.model.saveState();
  sim.mesh.deform(sim.mesh.coordinates.data.map((x, i) => (i % 2 === 0 && x > 0.5 ? 1.1 * x : x)));
  const moved = sim.T.evaluate(points).data, wide = sim.mesh.minRadius;
  step(sim, 0.2);
  using bent = sim.model.saveState();
  sim.model.loadState(flat);
  assertSameBytes(sim.T.evaluate(points).data, values);
  assertEquals(sim.mesh.minRadius, radius);
  sim.model.loadState(bent);
  assertEquals(sim.mesh.minRadius, wide);
  step(sim, 0.2);
  using control = sim.model.saveState();
  sim.model.loadState(bent);
  step(sim, 0.2);
  using again = sim.model.saveState();
  assertSame(control, again);
  assertEquals(moved.length, values.length);
}

/** A snapshot that one rank cannot take changes nothing anywhere, and everybody hears why. */
function refusalByOneRank(comm: Comm): void {
  const last = comm.size - 1;
  using token = build(comm).model.saveState();
  // Of the model's own states one puts back which variables there were; that of another model has to fit.
  const sim = build(comm);
  step(sim, 0.2);
  if (comm.rank === last) new MeshVariable(sim.mesh, "extra");
  using before = sim.model.saveState();
  const error = assertThrows(() => sim.model.loadState(token), SnapshotInvalidatedError, "'extra'");
  assertEquals(error.problems.length, 1);
  if (comm.rank !== last) assert(error.message.startsWith(`rank ${last}: `), error.message);
  using after = sim.model.saveState();
  assertSame(before, after);
}

/** Fields and columns that a model lacks are made on all ranks; a mesh of another partition is not. */
function whatIsMissingIsMade(comm: Comm): void {
  const old = build(comm);
  const p = new MeshVariable(old.mesh, "p", { degree: 2 });
  p.set((x, y) => x - y * y);
  const age = old.swarm.addVariable("age", { components: 2 });
  age.set((x, _y, _z, out) => out.fill(x));
  step(old, 0.2);
  using saved = old.model.saveState();
  const now = build(comm);
  assertThrows(() => now.model.loadState(saved), SnapshotInvalidatedError, "'p'");
  now.model.loadState(saved, { extra: "keep" });
  assertSameBytes(now.mesh.variables.get("p")!.data, p.data);
  assertSameBytes(now.swarm.variables.get("age")!.data, age.data);
  using again = now.model.saveState();
  assertSame(saved, again);
  boxMesh(old.model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name: "other" });
  using more = old.model.saveState();
  if (comm.size === 1) return;
  const refused = () => now.model.loadState(more, { extra: "keep" });
  assertThrows(refused, SnapshotInvalidatedError, "'other'");
}

/** A bearer without `checkState` may throw on one rank while it is written: all ranks undo. */
function throwingBearer(comm: Comm): void {
  const sim = build(comm);
  let state = { schemaVersion: 1, value: 0 }, angry = false;
  sim.model.register({
    name: "moody",
    get state() {
      return state;
    },
    set state(next) {
      if (angry) {
        angry = false;
        throw new RangeError("not today");
      }
      state = next;
    },
  });
  using token = sim.model.saveState();
  step(sim, 0.2);
  state.value = 4;
  using before = sim.model.saveState();
  angry = comm.rank === 0;
  assertThrows(() => sim.model.loadState(token), SnapshotInvalidatedError, "not today");
  using after = sim.model.saveState();
  assertSame(before, after);
  sim.model.loadState(token);
  assertEquals([sim.model.tracker.step, state.value], [0, 0]);
}

/** A token that one rank has released is refused by all. */
function releasedToken(comm: Comm): void {
  const sim = build(comm);
  const token = sim.model.saveState();
  if (comm.rank === comm.size - 1) token.release();
  step(sim, 0.1);
  assertThrows(() => sim.model.loadState(token), SnapshotInvalidatedError, "released");
  assertEquals(sim.model.tracker.step, 1);
}

/** Ranks that hold no cells, and ranks that hold no particles. */
function emptyRanks(comm: Comm): void {
  const sim = build(comm, 1);
  sim.swarm.removeParticles((i) => sim.swarm.coordinates.get(i, 0) > -0.5);
  const count = comm.allreduce(sim.swarm.count);
  using token = sim.model.saveState();
  for (let i = 0; i < 4; i++) step(sim, 0.3);
  using control = sim.model.saveState();
  sim.model.loadState(token);
  assertEquals(comm.allreduce(sim.swarm.count), count);
  for (let i = 0; i < 4; i++) step(sim, 0.3);
  using again = sim.model.saveState();
  assertSame(control, again);
}

/** Transactions and the adaptive loop take back on all ranks what fails on one. */
async function stashAndRecover(comm: Comm): Promise<void> {
  const sim = build(comm);
  using before = sim.model.saveState();
  const kept = await sim.model.attempt(() => step(sim, 0.2), () => false);
  assertEquals(kept, false);
  using after = sim.model.saveState();
  assertSame(before, after);
  const { accepted, rejected } = await sim.model.advance({
    dt: 0.2,
    until: 0.4,
    step: (dt) => {
      sim.swarm.advect(sim.v, dt);
      // On one rank only a value blows up.
      if (dt > 0.15 && comm.rank === comm.size - 1) sim.T.data[0] = NaN;
    },
  });
  assert(rejected > 0 && accepted > 2, `${accepted}, ${rejected}`);
  assertEquals([sim.model.tracker.time, comm.allreduce(accepted, "max")], [0.4, accepted]);
  assertEquals(sim.T.data.some(Number.isNaN), false);
}

/** One rank throws before, between or after what all do together; every rank goes back and says why. */
async function transactionsAgree(comm: Comm): Promise<void> {
  const sim = build(comm), { model, T } = sim;
  step(sim, 0.1);
  const before = model.saveState();
  const guilty = comm.size - 1;
  const work = (when: number) => () => {
    for (let call = 0; call < 4; call++) {
      if (call === when && comm.rank === guilty) throw new RangeError(`no step ${when}`);
      T.data[0] += comm.allreduce(1);
      model.tracker.time += 1;
    }
  };
  for (const when of [0, 1, 3]) {
    for (const wrap of [false, true]) {
      const run = wrap
        ? () => model.transaction(async () => (await Promise.resolve(), work(when)()))
        : () => model.transaction(work(when));
      const error = await Promise.resolve().then(run).then(() => null, (e) => e);
      assert(error instanceof RangeError, `${when}: ${error}`);
      const rank = comm.rank === guilty ? "" : `rank ${guilty}: `;
      assertEquals(error.message, `${rank}no step ${when}`);
      assertSame(before, model.saveState());
    }
  }
  assertEquals(model.attempt(() => (T.data[0] = 7), () => comm.rank !== guilty), false);
  assertSame(before, model.saveState());
  assertEquals(model.attempt(() => (T.data[0] = 7), () => true), true);
  assertEquals(T.data[0], 7);
}

/** What cannot be saved on one rank is saved on none. */
function savesAgree(comm: Comm): void {
  const sim = build(comm), { model } = sim;
  const guilty = comm.size - 1;
  if (comm.rank === guilty) model.tracker.callback = () => {};
  const error = assertThrows(() => model.saveState(), SnapshotSerializationError);
  assertEquals(error.message.startsWith("rank "), comm.rank !== guilty);
  assert(error.message.includes("tracker.callback"), error.message);
  if (comm.rank === guilty) delete model.tracker.callback;
  assertSame(model.saveState(), model.saveState());
}
