/**
 * Particles that travel across ranks within a step: what they take along, what it costs, and what happens when
 * something goes wrong on the way. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { CommError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { orderAmong } from "../../src/swarm/order_among.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runChecks } from "../_rank_checks.ts";
import { assertHome, assertSameParticles } from "./_setup.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [
    longWays,
    namedParticle,
    thrownOnTheWay,
    notThere,
    bytesPerStep,
    ordered,
  ]);
}

/** A long channel, which ranks divide across, with flow along it. */
function channel(comm: Comm, boundary: "lose" | "reflect" = "lose") {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [8, 1], cells: [16, 2] });
  const swarm = new Swarm(mesh, { boundary });
  swarm.addVariable("material", { dtype: "int32" });
  swarm.populate({ perCell: 2 });
  swarm.variables.get("material")!.set((x: number, y: number) => Math.round(100 * x + 10 * y));
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  v.set((x, y, _z, out) => {
    out[0] = 4 + x / 8;
    out[1] = y - 0.5;
  });
  return { model, mesh, swarm, v };
}

/**
 * Across all ranks and back, in one step and in many, into walls: the bytes of one rank. Velocities are those of the
 * owners of nodes, whatever stands in ghosts, and ghosts stay as they are.
 */
function longWays(comm: Comm): void {
  for (const boundary of ["lose", "reflect"] as const) {
    const here = channel(comm, boundary), alone = channel(new SelfComm(), boundary);
    const ghosts = here.v.data.subarray(2 * here.v.ownedDofCount).fill(7);
    for (const { swarm, v } of [here, alone]) {
      swarm.advect(v, 1.2, { order: 4 });
      swarm.advect(v, -1.5, { stepLimit: 1 });
      swarm.advect((_x, _y, _z, out) => void (out[0] = 3.3), 1, { stepLimit: 2 });
    }
    assertSameParticles(here.swarm, alone.swarm, comm, boundary);
    assert(ghosts.every((value) => value === 7));
    assertHome(here.swarm);
    assertEquals(comm.allreduce(here.swarm.lost), alone.swarm.lost);
  }
}

/** Of those that meet a bad value on ranks far away, the one is named that would be with the whole mesh at hand. */
function namedParticle(comm: Comm): void {
  const here = channel(comm), alone = channel(new SelfComm());
  for (const { v } of [here, alone]) {
    const places = v.coordinates.data;
    for (let i = 0; i < v.dofCount; i++) if (places[2 * i] > 7.6) v.data[2 * i] = NaN;
  }
  alone.swarm.removeParticles(() => true);
  alone.swarm.addParticles(here.swarm.coordinates.data as Float64Array);
  const before = here.swarm.coordinates.data.slice();
  let own = -1;
  try {
    alone.swarm.advect(alone.v, 1.6);
  } catch (error) {
    own = Number(/\(index (\d+)\)/.exec((error as Error).message)![1]);
  }
  const error = assertThrows(() => here.swarm.advect(here.v, 1.6), RangeError);
  const named = comm.allgather(own < 0 ? "" : `particle ${here.swarm.ids[own]} (index ${own})`);
  const first = named.findIndex((text) => text !== "");
  assert(first >= 0 && (comm.size < 3 || named.filter((text) => text !== "").length > 1));
  assertStringIncludes(error.message, own < 0 ? `rank ${first}: ` : "advect");
  assertStringIncludes(error.message, own < 0 ? named[first] : named[comm.rank]);
  assertSameBytes(here.swarm.coordinates.data, before);
}

/** A velocity that throws in a stage on one rank, while particles of others are on their way, ends the step for all. */
function thrownOnTheWay(comm: Comm): void {
  const { model, mesh, swarm } = channel(comm);
  const before = swarm.coordinates.data.slice(), start = performance.now();
  // Only at the far end: whoever owns it has the particles of all by then.
  const velocity = (x: number, _y: number, _z: number, out: Float64Array) => {
    if (x > 7.5 && x < 7.9 && calls++ > 0) throw new RangeError(`no velocity at ${x > 0}`);
    out[0] = 3;
  };
  let calls = 0;
  const error = assertThrows(() => swarm.advect(velocity, 4, { stepLimit: 1 }), RangeError);
  assertStringIncludes(error.message, "no velocity at true");
  assert(performance.now() - start < 5000, "it took too long");
  assertSameBytes(swarm.coordinates.data, before);
  swarm.advect((_x, _y, _z, out) => void (out[0] = -1), 0.1);
  assertHome(swarm);
  assert(model.meshes.get(mesh.name) === mesh);
}

/** A rank that fails before the step, while particles of others wait for it, gives them an error at once. */
function notThere(comm: Comm): void {
  if (comm.size === 1) return;
  const { model, swarm, v } = channel(comm), last = comm.size - 1;
  const before = swarm.coordinates.data.slice(), start = performance.now();
  const error = assertThrows(() =>
    model.transaction(() => {
      if (comm.rank === last) throw new RangeError("not here");
      const inside = assertThrows(() => swarm.advect(v, 1.2), CommError);
      throw inside;
    }), RangeError);
  assertStringIncludes(error.message, "not here");
  assert(performance.now() - start < 5000, "it took too long");
  assertSameBytes(swarm.coordinates.data, before);
  swarm.advect(v, 0.1);
  assertHome(swarm);
}

/**
 * Bytes that come to a rank in a step by a field: those of ghosts and of particles that change ranks, so that they grow
 * with the cuts between ranks, and not with the mesh.
 */
function bytesPerStep(comm: Comm): void {
  if (comm.size < 2) return;
  const [few, many] = [40, 80].map((n) => {
    const counter = { bytes: 0, gathers: 0 };
    const mesh = boxMesh(new Model({ comm: counted(comm, counter) }), {
      min: [-1, -1],
      max: [1, 1],
      cells: [n, n],
    });
    const swarm = new Swarm(mesh), v = new MeshVariable(mesh, "v", { components: 2 });
    swarm.populate({ perCell: 1 });
    v.set((x, y, _z, out) => {
      out[0] = -y * (1 - x * x);
      out[1] = x * (1 - y * y);
    });
    swarm.advect(v, 1 / n);
    counter.bytes = counter.gathers = 0;
    for (let step = 0; step < 2; step++) swarm.advect(v, 1 / n);
    assertEquals(counter.gathers, 0);
    // Ghosts of the velocity come by an exchange of their own, which brings these and nothing else.
    const ghosts = v.data.BYTES_PER_ELEMENT * 2 * (v.dofCount - v.ownedDofCount);
    return comm.allreduce(counter.bytes / 2 + ghosts, "max");
  });
  // 100 bytes per cell along a side of the square: 20 kB for 200 x 200 cells.
  assert(few <= 4000, `${few} bytes`);
  assert(many <= 2.2 * few, `${few} bytes, and ${many} for four times the cells`);
}

/** Numbers that ranks have are put in order, some of them several times, some ranks without any. */
function ordered(comm: Comm): void {
  const owner = (value: number) => (7 * value + (value >> 2)) % Math.max(1, comm.size - 1);
  const all: number[] = [];
  for (let value = 0; value < 90; value++) for (let k = 0; k < value % 3; k++) all.push(value);
  const own = Int32Array.from(all.filter((value) => owner(value) === comm.rank));
  const { places, total } = orderAmong(own, 100, comm);
  assertEquals(total, all.length);
  const expected = [...all.keys()].filter((place) => owner(all[place]) === comm.rank);
  assertEquals([...places], expected);
}

/** The communicator, with what other ranks send counted. */
function counted(comm: Comm, counter: { bytes: number; gathers: number }): Comm {
  const alltoallv: Comm["alltoallv"] = (parts) => {
    const arrived = comm.alltoallv(parts);
    arrived.forEach((part, rank) => counter.bytes += rank === comm.rank ? 0 : part.byteLength);
    return arrived;
  };
  const allgatherv: Comm["allgatherv"] = (values) => {
    counter.gathers++;
    return comm.allgatherv(values);
  };
  return new Proxy(comm, {
    get: (target, name) => {
      if (name === "alltoallv") return alltoallv;
      if (name === "allgatherv") return allgatherv;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
