/**
 * A timeline on several ranks: which states are kept, and where it goes back to, is decided for all. Runs on
 * workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SnapshotSerializationError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { runChecks } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [
    budgetOfAllRanks,
    rewindsAgree,
    recordsAgree,
    pinsAgree,
    bisectAgrees,
    unlikeSteps,
  ];
  return runChecks(comm, checks);
}

/** Most particles are on one rank, so the ranks' states are of very different sizes. */
function build(comm: Comm) {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [4, 1], cells: [16, 4] });
  const T = new MeshVariable(mesh, "T");
  T.set((x) => x);
  const swarm = new Swarm(mesh);
  swarm.addParticles(
    comm.rank === 0
      ? Array.from({ length: 4000 }, (_, i) => [0.01 + 0.0001 * i, 0.3 + 0.0001 * i])
      : [],
  );
  swarm.addVariable("age");
  return { model, T, swarm };
}

type Sim = ReturnType<typeof build>;

function step({ model, T, swarm }: Sim): void {
  const x = swarm.coordinates.data;
  for (let i = 1; i < x.length; i += 2) x[i] = 1 - x[i];
  for (let i = 0; i < T.data.length; i++) T.data[i] += 1;
  model.tracker.step += 1;
  model.tracker.time += 0.5;
}

function stepsOf({ model }: Sim): number[] {
  return model.timeline.entries().map(({ step }) => step);
}

/** The same on every rank. */
function assertShared(comm: Comm, values: number[]): void {
  for (const other of comm.allgather(values)) assertEquals(other, values);
}

/** Under a budget all ranks drop the same states, and together they stay below it. */
function budgetOfAllRanks(comm: Comm): void {
  const sim = build(comm), { timeline } = sim.model;
  const budget = 1e6;
  for (let k = 0; k < 30; k++) {
    timeline.record({ every: { steps: 1 }, budget });
    assertShared(comm, stepsOf(sim));
    step(sim);
  }
  const total = comm.allreduce(timeline.bytes);
  assert(total <= budget && total > budget / 2, `${total}`);
  assert(stepsOf(sim).length < 30);
}

/** Rewinding after thinning lands every rank on the same state, with every byte of it. */
function rewindsAgree(comm: Comm): void {
  const sim = build(comm), { timeline } = sim.model;
  const tokens = new Map<number, Snapshot>();
  for (let k = 0; k < 24; k++) {
    tokens.set(k, sim.model.saveState());
    timeline.record({ budget: 1e6 });
    step(sim);
  }
  for (const target of [{ steps: 4 }, { toStep: 11 }, { toTime: 3 }]) {
    const { step } = timeline.rewind(target);
    assertShared(comm, [step, sim.model.tracker.step]);
    assertEquals(diffSnapshots(sim.model.saveState(), tokens.get(step)!), []);
  }
  // A step that failed on one rank alone leaves its clock behind; going back is still possible.
  if (comm.rank === comm.size - 1) sim.model.tracker.step = 99;
  timeline.rewind({ toStep: 0 });
  assertShared(comm, [sim.model.tracker.step]);
  assertThrows(() => timeline.rewind({ toStep: -1 }), RangeError, "steps kept are: 0");
}

/** A state that one rank cannot take is kept on none, and options are refused by all. */
function recordsAgree(comm: Comm): void {
  const sim = build(comm), { model } = sim;
  const guilty = comm.rank === comm.size - 1;
  model.timeline.record();
  step(sim);
  if (guilty) model.tracker.callback = () => {};
  const error = assertThrows(() => model.timeline.record(), SnapshotSerializationError, "callback");
  assertEquals(error.message.startsWith("rank "), !guilty);
  assertThrows(() => model.timeline.pin("here"), SnapshotSerializationError, "callback");
  assertThrows(() => model.timeline.bisect(() => true), SnapshotSerializationError, "callback");
  if (guilty) delete model.tracker.callback;
  assertEquals(stepsOf(sim), [0]);
  assertThrows(() => model.timeline.record({ budget: guilty ? -1 : 1e9 }), RangeError, "budget");
  model.timeline.record();
  assertEquals(stepsOf(sim), [0, 1]);
  if (comm.size === 1) return;
  const own = { budget: 1e9 + comm.rank };
  assertThrows(() => model.timeline.record(own), RangeError, "timeline.record: the ranks differ");
  assertEquals(stepsOf(sim), [0, 1]);
}

/** Names are one for all ranks. */
function pinsAgree(comm: Comm): void {
  const sim = build(comm), { timeline } = sim.model;
  timeline.pin("start");
  assertThrows(() => timeline.pin("start"), RangeError, "already");
  step(sim);
  timeline.rewind({ toPin: "start" });
  assertShared(comm, [sim.model.tracker.step]);
  if (comm.size > 1) {
    assertThrows(() => timeline.pin(`of ${comm.rank}`), RangeError, "the ranks differ");
    assertThrows(() => timeline.unpin(comm.rank ? "x" : "start"), RangeError, "the ranks differ");
  }
  assertThrows(() => timeline.rewind({ toPin: comm.rank ? "start" : "no" }), RangeError, "'no'");
  timeline.unpin("start");
  assertEquals(stepsOf(sim), [0]);
}

/** The predicate may ask all ranks, be false on one only, or throw on one only. */
function bisectAgrees(comm: Comm): void {
  const sim = build(comm), { model, T } = sim;
  for (let k = 0; k < 20; k++) {
    model.timeline.record();
    step(sim);
    if (k === 12 && comm.rank === comm.size - 1) model.tracker.broken = true;
  }
  const first = model.timeline.bisect(() => T.min() >= 0 && model.tracker.broken !== true);
  assertEquals([first?.step, model.tracker.step], [13, 20]);
  const before = model.saveState();
  const error = assertThrows(
    () =>
      model.timeline.bisect(() => {
        if (comm.rank === comm.size - 1) throw new TypeError("cannot say");
        return T.min() >= 0;
      }),
    TypeError,
    "cannot say",
  );
  assertEquals(error.message.startsWith("rank "), comm.rank !== comm.size - 1);
  assertEquals(diffSnapshots(before, model.saveState()), []);
}

/** Ranks at different steps have no state in common. */
function unlikeSteps(comm: Comm): void {
  if (comm.size === 1) return;
  const sim = build(comm), { timeline, tracker } = sim.model;
  tracker.step = comm.rank;
  assertThrows(() => timeline.record(), RangeError, "rank 1: ");
  assertThrows(() => timeline.pin("a"), RangeError, "rank 1: ");
  assertEquals(timeline.entries(), []);
}
