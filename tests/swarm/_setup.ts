/** Meshes and swarms that these tests share. */
import { assert, assertEquals } from "@std/assert";
import { bytesOf } from "../../src/arrays.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import type { SwarmBoundary } from "../../src/swarm/boundary_rule.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";

/** A swarm on [-1, 1]^dim. */
export function boxSwarm(
  { boundary = "lose", n = 8, dim = 2 }: { boundary?: SwarmBoundary; n?: number; dim?: 2 | 3 } = {},
): { model: Model; mesh: Mesh; swarm: Swarm } {
  const model = new Model({ seed: 7 });
  const all = <T>(value: T) => Array<T>(dim).fill(value);
  const mesh = boxMesh(model, { min: all(-1), max: all(1), cells: all(n) });
  return { model, mesh, swarm: new Swarm(mesh, { boundary }) };
}

/** Solid rotation about the origin with angular velocity 1. */
export function rotation(x: number, y: number, _z: number, out: Float64Array): void {
  out[0] = -y;
  out[1] = x;
}

/** Points in (-1, 1)^dim, the same in every run. */
export function scattered(n: number, dim: number, scale = 1): Float64Array {
  const out = new Float64Array(n * dim);
  for (let i = 0; i < out.length; i++) {
    const u = 0.5 + (i + 1) * 0.6180339887498949 * (1 + (i % dim) * 0.37);
    out[i] = scale * (2 * (u - Math.floor(u)) - 1);
  }
  return out;
}

/** Ids, positions and all variables of all ranks in the order of ids, as bytes. Collective. */
export function particleTable(swarm: Swarm, comm: Comm): Map<string, Uint8Array> {
  const ids = comm.allgatherv(swarm.ids);
  const order = [...ids.keys()].sort((a, b) => (ids[a] < ids[b] ? -1 : 1));
  const { coordinates, variables } = swarm;
  const columns = [["ids", swarm.ids], ["coordinates", coordinates.data]] as const;
  const others = [...variables].map(([name, { data }]) => [name, data] as const);
  return new Map([...columns, ...others].map(([name, data]) => {
    const all = comm.allgatherv(bytesOf(data).slice()), sorted = new Uint8Array(all.length);
    const row = all.length / Math.max(1, ids.length);
    order.forEach((i, n) => sorted.set(all.subarray(i * row, (i + 1) * row), n * row));
    return [name, sorted];
  }));
}

/** The particles of all ranks are those of one: ids, positions and variables, every byte. Collective. */
export function assertSameParticles(swarm: Swarm, alone: Swarm, comm: Comm, what: string): void {
  const here = particleTable(swarm, comm), there = particleTable(alone, new Model().comm);
  assertEquals([...here.keys()], [...there.keys()]);
  for (const [name, bytes] of here) {
    assertSameBytes(bytes, there.get(name)!, `${what}: ${name}`);
  }
}

/** Every particle is on the rank that owns its cell, and ids ascend. */
export function assertHome(swarm: Swarm): void {
  const { mesh, ids } = swarm;
  const { cells } = mesh.locate(swarm.coordinates);
  assert(cells.every((cell) => cell >= 0 && cell < mesh.ownedCellCount), "not at home");
  assert(ids.every((id, i) => i === 0 || id > ids[i - 1]), "not by id");
}
