/**
 * Swarms on several ranks, against the same swarm on one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import type { SwarmBoundary } from "../../src/swarm/boundary_rule.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { assertHome, assertSameParticles, rotation, scattered } from "./_setup.ts";
import { runChecks, wholeOf } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [circulation, rules, additions, farAway, refusals, emptyRanks];
  return runChecks(comm, checks);
}

function makeSwarm(model: Model, boundary: SwarmBoundary = "lose", dim: 2 | 3 = 2): Swarm {
  const all = <T>(value: T) => Array<T>(dim).fill(value);
  const mesh = boxMesh(model, { min: all(-1), max: all(1), cells: all(dim === 2 ? 8 : 3) });
  const swarm = new Swarm(mesh, { boundary });
  swarm.addVariable("material", { dtype: "uint8" });
  swarm.addVariable("strain", { components: 2 });
  return swarm;
}

function assertSame(swarm: Swarm, alone: Swarm, comm: Comm, what: string): void {
  assertSameParticles(swarm, alone, comm, what);
  assertEquals(comm.allreduce(swarm.lost), alone.lost);
}

function mark(swarm: Swarm): void {
  swarm.variables.get("material")!.set((x: number, y: number) => (x > y ? 3 : 1));
  swarm.variables.get("strain")!.set((x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = x;
    out[1] = 1 / y;
  });
}

/** By a function and by a field, in 2-D and 3-D: the same bytes as on one rank, over many steps. */
function circulation(comm: Comm): void {
  for (const dim of [2, 3] as const) {
    const swarm = makeSwarm(new Model({ comm }), "lose", dim),
      alone = makeSwarm(new Model(), "lose", dim);
    let sent = 0;
    for (const s of [swarm, alone]) {
      s.populate({ perCell: 3 });
      mark(s);
    }
    assertSame(swarm, alone, comm, "populate");
    const fieldOf = (mesh: Mesh) => {
      const v = new MeshVariable(mesh, "v", { components: dim });
      v.set((x, y, _z, out) => {
        out[0] = -y;
        out[1] = x;
      });
      return v;
    };
    const v = fieldOf(swarm.mesh), w = fieldOf(alone.mesh);
    for (let step = 0; step < 6; step++) {
      const before = swarm.populationGeneration;
      swarm.advect(step % 2 ? v : rotation, 0.4, { order: 4, stepLimit: 1 });
      alone.advect(step % 2 ? w : rotation, 0.4, { order: 4, stepLimit: 1 });
      assertHome(swarm);
      assertSame(swarm, alone, comm, `step ${step} in ${dim}-D`);
      sent += swarm.populationGeneration - before;
    }
    assert(comm.size === 1 || sent > 0);
    assertEquals(comm.allreduce(swarm.populationGeneration, "max"), swarm.populationGeneration);
  }
}

/** What happens at the boundary happens at that of the whole domain, never at a cut. */
function rules(comm: Comm): void {
  for (const boundary of ["lose", "clamp", "reflect"] as const) {
    const swarm = makeSwarm(new Model({ comm }), boundary),
      alone = makeSwarm(new Model(), boundary);
    for (const s of [swarm, alone]) {
      s.populate({ perCell: 2 });
      mark(s);
      s.advect(
        (x, y, _z, out) => {
          out[0] = 1 + y;
          out[1] = 0.3 * x;
        },
        0.9,
        { order: 2 },
      );
    }
    assertHome(swarm);
    assertSame(swarm, alone, comm, boundary);
  }
}

/** Points of each rank, and points that all ranks have; ids are unique, nothing is lost or doubled. */
function additions(comm: Comm): void {
  const swarm = makeSwarm(new Model({ comm })), alone = makeSwarm(new Model());
  const points = scattered(100, 2, 1.1);
  const here = swarm.addParticles(points, { global: true });
  const there = alone.addParticles(points, { global: true });
  assertEquals(here, swarm.ids.slice());
  assertEquals(comm.allreduce(here.length), there.length);
  assertSame(swarm, alone, comm, "global points");
  assertHome(swarm);
  const own = scattered(10 * comm.rank, 2);
  const before = comm.allreduce(swarm.count);
  swarm.addParticles(own);
  assertHome(swarm);
  assertEquals(comm.allreduce(swarm.count), before + 5 * comm.size * (comm.size - 1));
  const ids = comm.allgatherv(swarm.ids);
  assertEquals(new Set(ids).size, ids.length);
  swarm.addParticles([], {});
  const stay = swarm.addParticles(comm.rank === 0 ? [[0.9, 0.9], [-0.9, -0.9]] : [], {
    migrate: false,
  });
  assertEquals(stay.length, comm.rank === 0 ? 2 : 0);
  swarm.migrate();
  assertHome(swarm);
  swarm.removeParticles((i) => swarm.ids[i] % 2n === 0n);
  swarm.migrate();
  assertHome(swarm);
}

/** Particles thrown across many ghost layers, and onto nodes and facets between ranks, find their rank. */
function farAway(comm: Comm): void {
  const swarm = makeSwarm(new Model({ comm }));
  swarm.populate({ perCell: 2 });
  const count = comm.allreduce(swarm.count);
  const { data } = swarm.coordinates;
  for (let i = 0; i < data.length; i++) data[i] = -Math.round(data[i] * 4) / 4;
  swarm.migrate();
  assertHome(swarm);
  assertEquals(comm.allreduce(swarm.count), count);
  const whole = wholeOf(swarm.mesh), { rankMesh } = geometryOf(swarm.mesh).topology;
  for (let i = 0; rankMesh !== null && i < swarm.count; i++) {
    const [x, y] = [swarm.coordinates.get(i, 0), swarm.coordinates.get(i, 1)];
    assertEquals(rankMesh.cells.owners[whole.locator.cellOf(x, y, 0)], comm.rank);
  }
}

/** What one rank refuses, all refuse, and nothing has changed on any. */
function refusals(comm: Comm): void {
  const swarm = makeSwarm(new Model({ comm }));
  swarm.populate({ perCell: 1 });
  const before = swarm.coordinates.data.slice(), generation = swarm.populationGeneration;
  const last = comm.size - 1;
  const velocity = (_x: number, _y: number, _z: number, out: Float64Array) => {
    out[0] = comm.rank === last ? NaN : 1;
  };
  assertThrows(() => swarm.advect(velocity, 1), RangeError, "not finite");
  assertThrows(() => swarm.advect(velocity, 1, { stepLimit: 1 }), RangeError, "not finite");
  assertThrows(
    () => swarm.addParticles(comm.rank === last ? [[NaN, 0]] : [[0, 0]]),
    RangeError,
    "addParticles",
  );
  assertSameBytes(swarm.coordinates.data, before);
  assertEquals(swarm.populationGeneration, generation);
}

/** More ranks than cells, and particles in one cell only. */
function emptyRanks(comm: Comm): void {
  const mesh = boxMesh(new Model({ comm }), { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const swarm = new Swarm(mesh, { boundary: "reflect" });
  swarm.addVariable("material", { dtype: "uint8" });
  swarm.addVariable("strain", { components: 2 });
  swarm.addParticles([[0.1, 0.2]]);
  const u = new MeshVariable(mesh, "u");
  u.set((x) => x);
  for (let i = 0; i < 5; i++) swarm.advect((_x, _y, _z, out) => void (out[0] = 1), 0.7);
  assertEquals(comm.allreduce(swarm.count), comm.size);
  assertHome(swarm);
  assertEquals(u.evaluate([[0.5, 0.5]]).get(0, 0), 0.5);
}
