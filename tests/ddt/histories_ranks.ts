/**
 * Histories on several ranks, against the same on one. Pure transport does not sum over ranks, so that
 * the bytes are those of one rank. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { takeRows, type TypedArray } from "../../src/arrays.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import type { FieldDDt } from "../../src/ddt/field_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { assertSameParticles, particleTable } from "../swarm/_setup.ts";
import { madeByFirst, runChecks } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [
    fittedTransport,
    otherTransport,
    inAndOut,
    fittedRestores,
    swarmHistory,
    refusals,
    emptyRanks,
    nothingIsGathered,
  ];
  return runChecks(comm, checks);
}

type Velocity = (x: number, y: number, z: number, out: Float64Array) => void;

const turn: Velocity = (x, y, z, out) => {
  out[0] = -y;
  out[1] = x;
  if (out.length === 3) out[2] = 0.3 * z;
};

interface Sim {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly velocity: MeshVariable;
}

function build(comm: Comm | undefined, dim: 2 | 3, degree: 1 | 2, n = dim === 2 ? 9 : 3): Sim {
  const model = new Model({ comm, seed: 3 });
  const all = <V>(value: V) => Array<V>(dim).fill(value);
  const mesh = boxMesh(model, { min: all(-1), max: all(1), cells: all(n) });
  // No two cells alike, so that a sum in another order has other bits.
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.07 * Math.sin(3 * x)));
  const T = new MeshVariable(mesh, "T", { degree, components: 2 });
  T.set((x, y, z, out) => {
    out[0] = Math.sin(3 * x) + y * z;
    out[1] = Math.exp(x - y);
  });
  const velocity = new MeshVariable(mesh, "v", { components: dim });
  velocity.set(turn);
  return { model, T, velocity };
}

/** Steps of what pure transport, bdf() = 0, makes of the history. */
function transport({ model, T }: Sim, ddt: FieldDDt, steps: readonly number[]): void {
  for (const dt of steps) {
    ddt.updatePreSolve(dt);
    const lead = ddt.leadingCoefficient();
    T.set(ddt.historyTerms().map((h) => -h / lead));
    ddt.updatePostSolve(dt);
    model.tracker.time += dt;
  }
}

/** All values here, ghosts too, are those of one rank. */
function assertSameField(u: MeshVariable, alone: MeshVariable, what: string): void {
  assertSameRows(u, u.data, alone.data, what);
}

/** The same for values of the kind of `u`. */
function assertSameRows(
  { globalDofIds, components }: MeshVariable,
  values: Float64Array,
  alone: TypedArray,
  what: string,
): void {
  const expected = new Float64Array(values.length);
  takeRows(alone as Float64Array, globalDofIds, components, expected);
  assertSameBytes(values, expected, what);
}

/** Particles, fits and fields are those of one rank, byte for byte. */
function fittedTransport(comm: Comm): void {
  for (const [dim, degree, order] of [[2, 1, 2], [2, 2, 3], [3, 1, 1], [3, 2, 2]] as const) {
    for (const by of ["variable", "function"] as const) {
      const what = `P${degree} in ${dim}-D by ${by}`;
      const run = (which: Comm | undefined) => {
        const sim = build(which, dim, degree);
        const velocity = by === "variable" ? sim.velocity : turn;
        const ddt = new LagrangianDDt(sim.T, { order, velocity });
        transport(sim, ddt, [0.2, 0.25, 0.1, 0.3]);
        return { T: sim.T, ddt, swarm: ddt.swarm };
      };
      const { T, ddt, swarm } = run(comm);
      const { values, lost, bdf, ...particles } = madeByFirst(comm, () => {
        const alone = run(undefined);
        return {
          values: alone.T.data,
          lost: Int32Array.of(alone.swarm.lost),
          // Between steps bdf() is that of a next step of the same size, and asks all ranks.
          bdf: alone.ddt.bdf(),
          ...Object.fromEntries(particleTable(alone.swarm, new SelfComm())),
        };
      });
      const table = particleTable(swarm, comm);
      assertEquals([...table.keys()], Object.keys(particles));
      for (const [name, bytes] of table) {
        assertSameBytes(bytes, particles[name], `${what}: ${name}`);
      }
      assertSameRows(T, T.data, values, what);
      assertSameRows(T, ddt.bdf(), bdf, `${what}: bdf`);
      assertEquals(comm.allreduce(swarm.lost), lost[0]);
    }
  }
}

/** Traces and recovered or averaged gradients that cross ranks. */
function otherTransport(comm: Comm): void {
  for (const degree of [1, 2] as const) {
    for (const kind of ["semi-Lagrangian", "Eulerian"] as const) {
      const [a, b] = [comm, undefined].map((which) => {
        const sim = build(which, 2, degree), { T, velocity } = sim;
        const ddt = kind === "Eulerian"
          ? new EulerianDDt(T, { order: 2, velocity })
          : new SemiLagrangianDDt(T, { order: 2, velocity, clip: true });
        transport(sim, ddt, kind === "Eulerian" ? [0.02, 0.01, 0.02] : [0.4, 0.2, 0.4]);
        return sim;
      });
      assertSameField(a.T, b.T, `${kind} P${degree}`);
    }
  }
}

/** Cells that run empty are filled with the ids that one rank gives; crowded ones are thinned alike. */
function inAndOut(comm: Comm): void {
  const [a, b] = [comm, undefined].map((which) => {
    const sim = build(which, 2, 1);
    const velocity: Velocity = (x, _y, _z, out) => void (out[0] = 1.2 - x);
    const ddt = new LagrangianDDt(sim.T, { velocity, perCell: 3 });
    transport(sim, ddt, new Array(8).fill(0.15));
    return { ...sim, ddt };
  });
  assertSameParticles(a.ddt.swarm, b.ddt.swarm, comm, "in and out");
  assertSameField(a.T, b.T, "in and out");
  const ids = comm.allgatherv(a.ddt.swarm.ids);
  const first = BigInt(3 * a.T.mesh.globalCellCount);
  assert(ids.some((id) => id >= first), "nothing was filled");
  assert(b.ddt.swarm.lost > 0);
}

/** Between and within steps, after an absurd step, everything goes on with the same bytes. */
function fittedRestores(comm: Comm): void {
  for (const phase of ["between", "step"] as const) {
    const sim = build(comm, 2, 2), { model, T, velocity } = sim;
    const ddt = new LagrangianDDt(T, { order: 2, velocity });
    transport(sim, ddt, [0.2, 0.3]);
    if (phase === "step") ddt.updatePreSolve(0.25);
    const goOn = () => {
      const seen = [ddt.historyTerms(), ddt.bdf(), ddt.adamsMoultonFlux()];
      if (phase === "step") ddt.updatePostSolve();
      transport(sim, ddt, [0.2, 0.1]);
      return seen;
    };
    using token = model.saveState();
    const expected = goOn();
    using control = model.saveState();
    ddt.updatePreSolve(3);
    T.set(NaN);
    ddt.updatePostSolve();
    ddt.swarm.removeParticles((i) => i % 2 === 0);
    model.loadState(token);
    goOn().forEach((values, k) => assertSameBytes(values, expected[k], `${phase} ${k}`));
    using again = model.saveState();
    assertEquals(diffSnapshots(control, again).slice(0, 3), []);
  }
}

/** Past values ride along as particles migrate, are lost and added; restored, the same again. */
function swarmHistory(comm: Comm): void {
  const [a, b] = [comm, undefined].map((which) => {
    const { model, velocity, T } = build(which, 2, 1);
    const swarm = new Swarm(T.mesh);
    const u = swarm.addVariable("u", { components: 2 });
    swarm.populate({ perCell: 2 });
    u.set((x, y, _z, out) => void out.set([x, y]));
    const ddt = new LagrangianSwarmDDt(u, { order: 3 });
    const seen: Float64Array[] = [];
    const steps = (n: number) => {
      for (let k = 0; k < n; k++) {
        const dt = 0.3 / (k + 1);
        ddt.updatePreSolve(dt);
        for (let i = 0; i < u.data.length; i++) u.data[i] = Math.sin(u.data[i] + dt);
        const [bdf, flux] = [ddt.bdf(), ddt.adamsMoultonFlux()];
        seen.push(swarm.count === 0 ? bdf : bdf.map((v, i) => v + flux[i]));
        ddt.updatePostSolve(dt);
        swarm.advect(velocity, dt, { order: 4 });
        swarm.addParticles([[0.1 * k, -0.2]], { global: true });
        model.tracker.time += dt;
      }
    };
    steps(3);
    const first = swarm.ids.slice();
    const token = model.saveState();
    steps(3);
    return { model, swarm, ddt, steps, token, first, seen };
  });
  assertSameParticles(a.swarm, b.swarm, comm, "histories of particles");
  assert(b.swarm.lost > 0);
  if (comm.size > 1) {
    assert(comm.allreduce(a.swarm.ids.some((id) => !a.first.includes(id)) ? 1 : 0) > 0);
  }
  using control = a.model.saveState();
  const derivatives = a.seen.slice(3);
  a.swarm.advect((_x, _y, _z, out) => void (out[0] = 5), 0.3);
  a.swarm.removeParticles((i) => i % 3 === 0);
  a.model.loadState(a.token);
  a.seen.length = 0;
  a.steps(3);
  a.seen.forEach((values, k) => assertSameBytes(values, derivatives[k], `step ${k}`));
  using again = a.model.saveState();
  assertEquals(diffSnapshots(control, again).slice(0, 3), []);
}

/** What one rank refuses, all refuse, and nothing has changed on any. */
function refusals(comm: Comm): void {
  const last = comm.size - 1;
  for (const kind of [LagrangianDDt, SemiLagrangianDDt, EulerianDDt]) {
    const sim = build(comm, 2, 1);
    let good = true, throws = false;
    const velocity: Velocity = (x, y, z, out) => {
      turn(x, y, z, out);
      if (throws && comm.rank === last) throw new RangeError("there is no wind");
      if (!good && comm.rank === last) out[1] = NaN;
    };
    const ddt = new kind(sim.T, { velocity });
    using fresh = sim.model.saveState();
    good = false;
    assertThrows(() => ddt.updatePreSolve(0.1), RangeError, "velocity");
    using still = sim.model.saveState();
    assertEquals(diffSnapshots(fresh, still).slice(0, 3), []);
    good = true;
    transport(sim, ddt, [0.1]);
    using before = sim.model.saveState();
    good = false;
    assertThrows(() => ddt.updatePreSolve(0.1), RangeError, "velocity");
    using after = sim.model.saveState();
    assertEquals(diffSnapshots(before, after).slice(0, 3), []);
    // What one rank throws while others travel is the error of all.
    throws = true;
    assertThrows(() => ddt.updatePreSolve(0.1), RangeError, "no wind");
    using end = sim.model.saveState();
    assertEquals(diffSnapshots(before, end).slice(0, 3), []);
  }
}

/** More ranks than cells. */
function emptyRanks(comm: Comm): void {
  const [a, b] = [comm, undefined].map((which) => {
    const sim = build(which, 2, 2, 1);
    const ddt = new LagrangianDDt(sim.T, { velocity: sim.velocity });
    transport(sim, ddt, [0.3, 0.3, 0.3]);
    return { ...sim, ddt };
  });
  assertSameParticles(a.ddt.swarm, b.ddt.swarm, comm, "empty ranks");
  assertSameField(a.T, b.T, "empty ranks");
}

/** A step through some cells gathers nothing, and what it exchanges grows with the cuts between ranks, not with the mesh. */
function nothingIsGathered(comm: Comm): void {
  const [few, many] = [12, 24].map((n) => {
    const sim = build(comm, 2, 1, n);
    const ddt = new SemiLagrangianDDt(sim.T, { velocity: sim.velocity });
    transport(sim, ddt, [4 / n]);
    return arriving(comm, () => transport(sim, ddt, [4 / n]));
  });
  assertEquals([few.gathered, many.gathered], [0, 0]);
  // Cuts have twice as many nodes, the mesh four times as many.
  assert(many.exchanged <= 2.6 * few.exchanged, `${few.exchanged}, then ${many.exchanged} bytes`);
  assert(comm.size === 1 || few.exchanged > 0);
}

/** Bytes that come to all ranks from others while `work` runs. */
function arriving(comm: Comm, work: () => void): { gathered: number; exchanged: number } {
  const { allgatherv, alltoallv } = comm, spied = comm as { -readonly [K in keyof Comm]: Comm[K] };
  let gathered = 0, exchanged = 0;
  spied.allgatherv = (values) => {
    const all = allgatherv.call(comm, values);
    gathered += all.byteLength - values.byteLength;
    return all as typeof values;
  };
  spied.alltoallv = (parts) => {
    const all = alltoallv.call(comm, parts);
    all.forEach((part, rank) => exchanged += rank === comm.rank ? 0 : part.byteLength);
    return all as (typeof parts[number])[];
  };
  try {
    work();
  } finally {
    spied.allgatherv = allgatherv;
    spied.alltoallv = alltoallv;
  }
  return { gathered: comm.allreduce(gathered), exchanged: comm.allreduce(exchanged) };
}
