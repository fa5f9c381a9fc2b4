/**
 * A swarm that circulates across the partition with an id and a material for each particle, fields that are
 * solved for along paths, and every kind of history: saved, spoiled and put back, in memory and through
 * files, on as many ranks and on others. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runFileChecks } from "../_rank_checks.ts";
import { assertHome, particleTable } from "../swarm/_setup.ts";

/**
 * Makes files in `folder` and loads them again on as many ranks; then loads those that `earlier` numbers of
 * ranks have left there. Without a folder it takes one of its own.
 */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
): Promise<number> {
  return runFileChecks(comm, [afterLoss, amidStep, throughFiles, fromOthers], folder, earlier);
}

type Sim = ReturnType<typeof build>;

function build(comm: Comm) {
  const model = new Model({ name: "circulation", comm, seed: 5 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [5, 4] });
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.06 * Math.sin(3 * x)));
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => void out.set([-y, x]));
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => Math.exp(-4 * ((x - 0.4) ** 2 + y * y)));
  const C = new MeshVariable(mesh, "C"), M = new MeshVariable(mesh, "M");
  C.set((x, y) => Math.sin(3 * x) * y);
  const rock = new Swarm(mesh, { name: "rock" });
  const material = rock.addVariable("material", { dtype: "int32" });
  const strain = rock.addVariable("strain", { components: 2 });
  rock.populate({ perCell: 3 });
  material.set((x, y) => (x > y ? 1 : 2));
  strain.set((x, y, _z, out) => void out.set([x, -y]));
  model.parameters.define("a", 1);

  const symbolic = new SymbolicDDt(model, expression("a * x * t ^ 2"), { order: 2 });
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0.01 });
  const carried = new LagrangianDDt(C, { order: 2, velocity: v, name: "carried" });
  const salt = new AdvectionDiffusion(C, { velocity: v, diffusivity: 1e-3, history: carried });
  const straining = new LagrangianSwarmDDt(strain, { order: 3 });
  const mixture = new Projection(M, { source: material });
  carried.initialiseHistory();
  const histories = { symbolic, carried, straining };
  return { comm, model, mesh, v, T, C, M, rock, material, strain, heat, salt, mixture, histories };
}

/** What a step does before it is half done. */
function begin({ histories: { symbolic, straining }, strain }: Sim, dt: number): void {
  symbolic.updatePreSolve(dt);
  straining.updatePreSolve(dt);
  const terms = straining.historyTerms();
  for (let i = 0; i < terms.length; i++) strain.data[i] = Math.sin(strain.data[i] + dt * terms[i]);
}

function end(sim: Sim, dt: number): void {
  const { model: { tracker, parameters }, v, rock, material, heat, salt, mixture, M } = sim;
  sim.histories.straining.updatePostSolve(dt);
  rock.advect(v, dt, { order: 4 });
  rock.addParticles([[0.1, 0.2 * Math.sin(tracker.step)]], { global: true });
  for (let i = 0; i < material.data.length; i++) material.data[i] ||= 3;
  heat.solve({ dt });
  salt.solve({ dt });
  mixture.solve();
  sim.histories.symbolic.updatePostSolve(dt);
  parameters.set("a", parameters.get("a") + dt);
  tracker.mixed = M.norm();
  tracker.time += dt;
  tracker.step += 1;
  tracker.dt = dt;
}

function run(sim: Sim, steps: readonly number[]): void {
  for (const dt of steps) {
    begin(sim, dt);
    end(sim, dt);
  }
}

/** A step that goes wrong in every way: nearly all particles leave, others come, fields blow up. */
function spoil({ rock, T, C, v, histories: { carried }, model }: Sim): void {
  rock.advect((_x, _y, _z, out) => void (out[0] = 9), 0.19);
  rock.removeParticles((i) => i % 3 === 0);
  rock.addParticles([[0.5, 0.5], [-0.5, 0.5]]);
  carried.swarm.removeParticles((i) => i % 2 === 0);
  T.set(NaN);
  C.data.fill(7, C.ownedDofCount);
  v.set([3, 1]);
  model.tracker.time = -1;
}

/** (id, x, y, material, ...) of all ranks and both swarms, by id: bytes. */
function table({ rock, histories: { carried }, comm }: Sim): Map<string, Uint8Array> {
  const own = particleTable(carried.swarm, comm);
  return new Map([
    ...particleTable(rock, comm),
    ...[...own].map(([name, bytes]) => [`carried ${name}`, bytes] as const),
  ]);
}

function assertSameTable(a: Map<string, Uint8Array>, b: Map<string, Uint8Array>): void {
  assertEquals([...a.keys()], [...b.keys()]);
  for (const [name, bytes] of a) assertSameBytes(bytes, b.get(name)!, name);
}

/** Everything that a snapshot holds, and what histories make of it. */
function assertSameState(a: Sim, b: Sim, what: string): void {
  using one = a.model.saveState();
  using other = b.model.saveState();
  assertEquals(diffSnapshots(one, other).slice(0, 3), [], what);
  const { symbolic, carried, straining } = a.histories;
  assertEquals(symbolic.bdf().toJSON(), b.histories.symbolic.bdf().toJSON());
  assertSameBytes(carried.bdf(), b.histories.carried.bdf(), `${what}: carried`);
  assertSameBytes(straining.bdf(), b.histories.straining.bdf(), `${what}: straining`);
}

/**
 * (1) restore brings back the exact global count, (2) the table is the same in every byte, (3) control and
 * stash-and-recover continue to the same bytes.
 */
function afterLoss(comm: Comm): void {
  const sim = build(comm), control = build(comm);
  for (const one of [sim, control]) run(one, [0.2, 0.3]);
  const count = comm.allreduce(sim.rock.count), before = table(sim);
  const homes = sim.rock.ids.slice();
  using token = sim.model.saveState();
  spoil(sim);
  assert(comm.allreduce(sim.rock.count) < count / 2, "nothing was lost");
  sim.model.loadState(token);
  assertEquals(comm.allreduce(sim.rock.count), count);
  assertSameTable(table(sim), before);
  assertHome(sim.rock);
  for (const one of [sim, control]) run(one, [0.25, 0.1, 0.3]);
  assertSameState(sim, control, "after three steps");
  const moved = sim.rock.ids.some((id) => !homes.includes(id) && id < homes[homes.length - 1]);
  assert(comm.size === 1 || comm.allreduce(moved ? 1 : 0) > 0, "nothing crossed the partition");
}

/** The same between `updatePreSolve` and `updatePostSolve`. */
function amidStep(comm: Comm): void {
  const sim = build(comm), control = build(comm);
  for (const one of [sim, control]) {
    run(one, [0.2]);
    begin(one, 0.3);
  }
  using token = sim.model.saveState();
  end(sim, 0.3);
  spoil(sim);
  sim.model.loadState(token);
  for (const one of [sim, control]) {
    end(one, 0.3);
    run(one, [0.1]);
  }
  assertSameState(sim, control, "from within a step");
}

/** Saved, spoiled and loaded; and loaded by another model of the same script. */
async function throughFiles(comm: Comm, folder: string): Promise<void> {
  const fresh = `${folder}/circulation${comm.size}.snap.h5`;
  const later = `${folder}/circulation_later${comm.size}.snap.h5`;
  const sim = build(comm), control = build(comm), other = build(comm);
  await sim.model.saveState({ file: fresh });
  for (const one of [sim, control]) run(one, [0.2, 0.3]);
  await sim.model.saveState({ file: later });
  const before = table(sim);
  const json = JSON.stringify([...before].map(([name, bytes]) => [name, [...bytes]]));
  if (comm.rank === 0) Deno.writeTextFileSync(`${later}.table`, json);
  comm.barrier();
  spoil(sim);
  await sim.model.loadState(later);
  await other.model.loadState(later);
  assertSameTable(table(sim), before);
  assertSameTable(table(other), before);
  for (const one of [sim, control, other]) run(one, [0.25, 0.3]);
  assertSameState(sim, control, "put back");
  assertSameState(other, control, "taken up by another");
}

/** From N to M ranks: particles exactly once, and then as if built on M. */
async function fromOthers(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const control = build(comm);
  using start = control.model.saveState();
  run(control, [0.2, 0.3]);
  for (const ranks of [comm.size, ...earlier]) {
    const sim = build(comm);
    spoil(sim);
    await sim.model.loadState(`${folder}/circulation${ranks}.snap.h5`);
    using loaded = sim.model.saveState();
    assertEquals(diffSnapshots(loaded, start).slice(0, 3), [], `from ${ranks} ranks`);
    run(sim, [0.2, 0.3]);
    assertSameState(sim, control, `from ${ranks} ranks, later`);
    const later = `${folder}/circulation_later${ranks}.snap.h5`;
    await sim.model.loadState(later);
    const saved: [string, number[]][] = JSON.parse(Deno.readTextFileSync(`${later}.table`));
    const rows = saved.map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const);
    assertSameTable(table(sim), new Map(rows));
    assertHome(sim.rock);
    assertHome(sim.histories.carried.swarm);
    // It goes on: the same file twice gives the same bytes.
    const twin = build(comm);
    await twin.model.loadState(later);
    for (const one of [sim, twin]) run(one, [0.25]);
    assertSameState(sim, twin, `from ${ranks} ranks, twice`);
  }
}
