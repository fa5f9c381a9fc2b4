/**
 * A model of everything that a checkpoint of several ranks must hold: particles that cross ranks and are lost, a
 * field, a history, random numbers, a tracker.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Comm, JsonValue } from "../../src/comm/comm.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import type { Checkpoints } from "../../src/run/checkpoints.ts";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { particleTable } from "../swarm/_setup.ts";
import { checkpointsOf, type TestOptions } from "./_run.ts";

/** The model and its parts. */
export type Sim = ReturnType<typeof build>;

/** A new model of the same script. */
export function build(comm: Comm, name = "drift") {
  const model = new Model({ name, comm, seed: 5 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [5, 4] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(3 * x) + y);
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "int32" });
  swarm.populate({ perCell: 2 });
  material.set((x) => (x > 0 ? 1 : 2));
  model.parameters.define("a", 1);
  const strain = swarm.addVariable("strain");
  strain.set((x, y) => x - y);
  const ddt = new LagrangianSwarmDDt(strain, { order: 2 });
  return { comm, model, T, swarm, material, strain, ddt };
}

/** One step, which depends on everything before it. */
export function step({ comm, model, T, swarm, strain, ddt }: Sim, dt = 0.125): void {
  const { tracker, random, parameters } = model;
  ddt.updatePreSolve(dt);
  const terms = ddt.historyTerms();
  for (let i = 0; i < terms.length; i++) strain.data[i] = Math.sin(strain.data[i] + dt * terms[i]);
  ddt.updatePostSolve(dt);
  swarm.advect((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  }, dt);
  random.advance();
  const x = swarm.coordinates.data;
  for (let i = 0; i < x.length; i += 2) x[i] += 0.05 * random.keyed(swarm.ids[i / 2]).normal();
  swarm.migrate();
  swarm.addParticles(comm.rank === 0 ? [[0.1, random.next() - 0.5]] : (random.next(), []));
  for (let i = 0; i < T.data.length; i++) T.data[i] += dt * Math.cos(T.data[i] + tracker.time);
  parameters.set("a", parameters.get("a") + dt);
  tracker.count = comm.allreduce(swarm.count);
  tracker.time += dt;
  tracker.step++;
  tracker.dt = dt;
}

/** Steps until `until`, with a checkpoint where one is due. */
export async function runTo(sim: Sim, checkpoints: Checkpoints, until: number): Promise<void> {
  while (sim.model.tracker.step < until) {
    step(sim);
    await checkpoints.afterStep();
  }
}

/** A model that ran to a step without any interruption. */
export function straight(comm: Comm, until: number, name?: string): Sim {
  const sim = build(comm, name);
  while (sim.model.tracker.step < until) step(sim);
  return sim;
}

/** A new model with checkpoints in a folder. */
export function start(comm: Comm, folder: string, options: TestOptions = {}) {
  const sim = build(comm);
  return { sim, ...checkpointsOf(sim.model, folder, { layer: hasty(denoLayer), ...options }) };
}

/** A disk that does not wait until all is on it: these tests are about programs that end, not about power. */
export function hasty(layer: FileLayer): FileLayer {
  return {
    ...layer,
    open: (path, mode) => {
      const file = layer.open(path, mode);
      return {
        read: (target, position) => file.read(target, position),
        write: (source, position) => file.write(source, position),
        truncate: (size) => file.truncate(size),
        size: () => file.size(),
        flush: () => {},
        tryLock: () => file.tryLock(),
        lock: () => file.lock(),
        lockShared: () => file.lockShared(),
        close: () => file.close(),
      };
    },
    syncDirectory: () => {},
  };
}

/** Every byte of the state, on every rank. */
export function assertSameState(a: Sim, b: Sim, what: string): void {
  using one = a.model.saveState();
  using other = b.model.saveState();
  assertEquals(diffSnapshots(one, other).slice(0, 3), [], what);
}

/** What does not depend on the number of ranks: particles by id, owned values by global id, the tracker. */
export function globalState({ comm, T, swarm, model }: Sim): Map<string, unknown> {
  const ids = comm.allgatherv(T.globalDofIds.slice(0, T.ownedDofCount));
  const values = comm.allgatherv(T.data.slice(0, T.ownedDofCount));
  const field = Float64Array.from(ids, () => 0);
  ids.forEach((id, i) => field[id] = values[i]);
  const { step, time, dt, count } = model.tracker;
  const particles = [...particleTable(swarm, comm)].map(([name, bytes]) => `${name}: ${bytes}`);
  const random = JSON.stringify(model.random.state);
  return new Map<string, unknown>([
    ["field", new Uint8Array(field.buffer).toHex()],
    ["particles", particles],
    ["tracker", { step, time, dt, count }],
    ["random", random],
    ["a", model.parameters.get("a")],
  ]);
}

/** Fails unless all ranks have the same value, dates and all. */
export function assertAgreed(comm: Comm, value: unknown, what: string): void {
  const own = Deno.inspect(value, { depth: 9, iterableLimit: 1e6, strAbbreviateSize: 1e6 });
  const all = comm.allgather<JsonValue>(own);
  all.forEach((text, rank) => assertEquals(text, own, `${what}, rank ${rank}`));
}
