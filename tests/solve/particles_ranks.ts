/**
 * Fields made from particles of several ranks, against the same on one. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { particleSystem } from "../../src/solve/assembly/particles.ts";
import { Projection } from "../../src/solve/projection.ts";
import { nearby, placesOf } from "../../src/swarm/nearby.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { unitBox } from "./_fields.ts";
import { runChecks } from "../_rank_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [
    systems,
    projections,
    gaps,
    strays,
    particleSteps,
    fittedSteps,
    refusals,
    emptyRanks,
  ];
  return runChecks(comm, checks);
}

/** Points in the unit box, the same in every run. */
function scattered(n: number, dim: number): Float64Array {
  const steps = dim === 2 ? [0.754877666, 0.569840291] : [0.819172514, 0.671043607, 0.549700478];
  return Float64Array.from(
    { length: n * dim },
    (_, i) => (0.5 + (Math.floor(i / dim) + 1) * steps[i % dim]) % 1,
  );
}

function build(comm: Comm | undefined, dim: 2 | 3 = 2, n = dim === 2 ? 7 : 3) {
  const model = new Model({ comm });
  const mesh = unitBox(n, dim, model);
  const swarm = new Swarm(mesh);
  const f = swarm.addVariable("f");
  swarm.addParticles(scattered(dim === 2 ? 900 : 2500, dim), { global: true });
  f.set((x, y, z) => Math.sin(3 * x) + y * y - z);
  return { model, mesh, swarm, f };
}

function both<R>(comm: Comm, run: (comm?: Comm) => R): [R, R] {
  return [run(comm), run()];
}

/** Owned and ghost values are those of one rank, to `tolerance`. */
function assertClose(u: MeshVariable, alone: MeshVariable, tolerance: number): void {
  const { globalDofIds, components } = u;
  let worst = 0;
  globalDofIds.forEach((id, i) => {
    for (let a = 0; a < components; a++) {
      const d = u.data[i * components + a] - alone.data[id * components + a];
      worst = Math.max(worst, Math.abs(d));
    }
  });
  assert(worst <= tolerance, `${worst} apart`);
}

/** Right-hand sides add particles in the order of their ids: the bytes of one rank, at whatever cut. */
function systems(comm: Comm): void {
  for (const dim of [2, 3] as const) {
    for (const degree of [0, 1, 2] as const) {
      const [here, alone] = both(comm, (which) => {
        const { mesh, swarm, f } = build(which, dim);
        const u = new MeshVariable(mesh, "u", { degree });
        const geometry = geometryOf(mesh), map = geometry.topology.dofMap(degree, true);
        const places = placesOf(swarm);
        const { count, cells, numbers } = nearby(mesh, swarm.ids, places, [
          { data: places.barycentric, width: dim + 1 },
          { data: f.data, width: 1 },
        ]);
        const [barycentric, values] = numbers;
        const field = { count, cells, barycentric, values, components: 1 };
        const { right: [b] } = particleSystem(geometry, map, field, mesh.model.comm);
        return { u, b };
      });
      const ids = here.u.globalDofIds.subarray(0, here.u.ownedDofCount);
      const expected = Float64Array.from(ids, (id) => alone.b[id]);
      assertSameBytes(here.b.slice(0, ids.length), expected, `P${degree} in ${dim}-D`);
    }
  }
}

function projections(comm: Comm): void {
  for (const dim of [2, 3] as const) {
    for (const degree of [0, 1, 2] as const) {
      const [a, b] = both(comm, (which) => {
        const { mesh, swarm } = build(which, dim);
        const g = swarm.addVariable("g", { components: 2, dtype: "float32" });
        g.set((x, y, _z, out) => void out.set([x * y, 1 - x]));
        const u = new MeshVariable(mesh, "u", { degree, components: 2 });
        const { residual } = new Projection(u, { source: g, rtol: 1e-12 }).solve();
        assert(residual <= 1e-12, `${residual}`);
        return u;
      });
      // The tolerance of the solver times the conditioning of scattered points.
      assertClose(a, b, 1e-8);
    }
  }
}

/** Cells without particles are filled from around them, across cuts as well; whole numbers are values too. */
function gaps(comm: Comm): void {
  for (const bounded of [false, true]) {
    const [a, b] = both(comm, (which) => {
      const { mesh, swarm } = build(which);
      const material = swarm.addVariable("material", { dtype: "int32" });
      material.set((x, y) => (x > y ? 3 : 1));
      const { data } = swarm.coordinates;
      swarm.removeParticles((i) => Math.hypot(data[2 * i] - 0.5, data[2 * i + 1] - 0.5) < 0.3);
      const u = new MeshVariable(mesh, "u");
      const source = { source: material, rtol: 1e-12 };
      new Projection(u, { ...source, bounded, conserve: bounded }).solve();
      if (bounded) assert(u.min() >= 1 && u.max() <= 3, `${u.min()} to ${u.max()}`);
      return u;
    });
    // The tolerance of the solver, 1e-12, times the conditioning of scattered points.
    assertClose(a, b, 1e-8);
  }
}

/** Particles count where they are, wherever their numbers are kept; those outside do not count. */
function strays(comm: Comm): void {
  const [a, b] = both(comm, (which) => {
    const { mesh, swarm, f } = build(which);
    const { data } = swarm.coordinates;
    for (let i = 0; i < data.length; i++) data[i] = 1.02 - data[i];
    const u = new MeshVariable(mesh, "u");
    new Projection(u, { source: f, rtol: 1e-12 }).solve();
    return { u, swarm };
  });
  // As in `gaps`.
  assertClose(a.u, b.u, 1e-8);
  assertEquals(comm.allreduce(a.swarm.count), b.swarm.count);
}

const turn = (x: number, y: number, _z: number, out: Float64Array) => {
  out[0] = 0.5 - y;
  out[1] = x - 0.5;
};

/** Diffusion on the mesh, transport by the user's particles, which migrate, are lost and come new. */
function particleSteps(comm: Comm): void {
  const [a, b] = both(comm, (which) => {
    const { model, mesh, swarm, f } = build(which);
    const T = new MeshVariable(mesh, "T");
    T.set((x, y) => Math.sin(3 * x) + y * y);
    const history = new LagrangianSwarmDDt(f, { order: 2 });
    const solver = new AdvectionDiffusion(T, {
      velocity: turn,
      diffusivity: 0.01,
      history,
      rtol: 1e-12,
    });
    const steps = (n: number) => {
      for (let k = 0; k < n; k++) {
        swarm.advect(turn, 0.2);
        // New ones have a history of their own, of lower order.
        const first = swarm.addParticles(scattered(30, 2), { global: true });
        const from = swarm.count - first.length;
        const carried = T.evaluate(swarm.coordinates.data.subarray(2 * from)).data;
        f.data.set(carried, from);
        solver.solve({ dt: 0.2 });
        model.tracker.time += 0.2;
      }
    };
    steps(2);
    const token = model.saveState();
    steps(2);
    return { model, T, swarm, f, steps, token };
  });
  assert(b.swarm.lost > 0);
  // Four solves to 1e-12, whose differences move particles across the edges of cells.
  assertClose(a.T, b.T, 1e-7);
  // Particle by particle: same ids, values to the tolerance of the solver.
  const ids = comm.allgatherv(a.swarm.ids), values = comm.allgatherv(a.f.data);
  const place = new Map(Array.from(ids, (id, i) => [id, values[i]]));
  assertEquals(place.size, b.swarm.count);
  b.swarm.ids.forEach((id, i) => assert(Math.abs(place.get(id)! - b.f.data[i]) < 1e-7));
  using control = a.model.saveState();
  a.swarm.removeParticles((i) => i % 2 === 0);
  a.model.loadState(a.token);
  a.steps(2);
  using again = a.model.saveState();
  assertEquals(diffSnapshots(control, again).slice(0, 3), []);
}

/** Diffusion on the mesh, transport by particles of the history. */
function fittedSteps(comm: Comm): void {
  const [a, b] = both(comm, (which) => {
    const { model, mesh } = build(which);
    const T = new MeshVariable(mesh, "T", { degree: 2 });
    T.set((x, y) => Math.exp(-20 * ((x - 0.3) ** 2 + (y - 0.5) ** 2)));
    const history = new LagrangianDDt(T, { order: 2, velocity: turn });
    const solver = new AdvectionDiffusion(T, {
      velocity: turn,
      diffusivity: 1e-3,
      history,
      rtol: 1e-12,
    });
    const steps = (n: number) => {
      for (let k = 0; k < n; k++) {
        solver.solve({ dt: 0.2 });
        model.tracker.time += 0.2;
      }
    };
    steps(2);
    const token = model.saveState();
    steps(2);
    return { model, T, steps, token };
  });
  // Four solves to 1e-12, fitted to particles after each.
  assertClose(a.T, b.T, 1e-7);
  using control = a.model.saveState();
  a.model.loadState(a.token);
  a.steps(2);
  using again = a.model.saveState();
  assertEquals(diffSnapshots(control, again).slice(0, 3), []);
}

/** No particle in the whole mesh, or none in a cell of one rank: all refuse, and nothing has changed. */
function refusals(comm: Comm): void {
  const { mesh, swarm, f } = build(comm);
  const p0 = new MeshVariable(mesh, "p0", { degree: 0 });
  p0.set(7);
  const projection = new Projection(p0, { source: f });
  projection.solve();
  const last = comm.rank === comm.size - 1 && mesh.ownedCellCount > 0;
  const { cells } = mesh.locate(swarm.coordinates.data);
  swarm.removeParticles((i) => last && cells[i] === 0);
  const before = p0.data.slice();
  assertThrows(() => projection.solve(), RangeError, "cell 0 has no particle");
  swarm.removeParticles(() => true);
  assertThrows(() => projection.solve(), RangeError, "not a single particle");
  assertSameBytes(p0.data, before);
}

/** More ranks than cells, and particles on one of them only. */
function emptyRanks(comm: Comm): void {
  const [a, b] = both(comm, (which) => {
    const mesh = unitBox(1, 2, new Model({ comm: which }));
    const swarm = new Swarm(mesh);
    const f = swarm.addVariable("f");
    swarm.addParticles([[0.1, 0.2], [0.2, 0.1], [0.05, 0.9]], { global: true });
    f.set((x) => 1 + x);
    const u = new MeshVariable(mesh, "u");
    new Projection(u, { source: f, rtol: 1e-12 }).solve();
    return u;
  });
  // As in `gaps`.
  assertClose(a, b, 1e-8);
}
