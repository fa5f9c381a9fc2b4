import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import type { SwarmVariable } from "../../src/swarm/swarm_variable.ts";
import { assertEquals } from "@std/assert";

/** A small model with one of everything that a step can change. */
export interface Sim {
  readonly model: Model;
  readonly mesh: Mesh;
  readonly T: MeshVariable;
  readonly v: MeshVariable;
  readonly swarm: Swarm;
  readonly material: SwarmVariable<"int32">;
}

/** Builds it, in `dim` dimensions. */
export function build(dim: 2 | 3 = 2): Sim {
  const model = new Model({ name: "sim", seed: 3 });
  const n = dim === 2 ? 6 : 3;
  const mesh = boxMesh(model, {
    min: Array(dim).fill(-1),
    max: Array(dim).fill(1),
    cells: Array(dim).fill(n),
  });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => x * y);
  const v = new MeshVariable(mesh, "v", { components: dim });
  v.set((x, y, _z, out) => {
    out.fill(0);
    out[0] = -y;
    out[1] = x;
  });
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "int32" });
  swarm.addVariable("stress", { components: 3, dtype: "float32" });
  swarm.populate({ perCell: 2 });
  material.set((x) => (x > 0 ? 1 : 2));
  model.parameters.define("kick", 0.01);
  model.tracker.trace = [];
  return { model, mesh, T, v, swarm, material };
}

/** One step that touches everything: fields, particles, clock, random numbers, the script's own list. */
export function step({ model, T, v, swarm }: Sim, dt: number): void {
  const { tracker, random, parameters } = model;
  swarm.advect(v, dt);
  random.advance();
  const x = swarm.coordinates.data, dim = swarm.mesh.dim;
  for (let i = 0; i < swarm.count; i++) {
    const own = random.keyed(swarm.ids[i]);
    for (let d = 0; d < dim; d++) x[i * dim + d] += parameters.get("kick") * own.normal();
  }
  swarm.migrate();
  for (let i = 0; i < T.data.length; i++) T.data[i] += dt * random.normal();
  tracker.trace.push(T.max());
  tracker.time += dt;
  tracker.step += 1;
  tracker.dt = dt;
}

/** Fails with the first differences where two tokens are not the same in every byte. */
export function assertSameSnapshots(a: Snapshot, b: Snapshot): void {
  assertEquals(diffSnapshots(a, b).slice(0, 3), []);
}
