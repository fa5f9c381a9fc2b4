/** Meshes and swarms that these tests share. */
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import type { BoundaryRule } from "../../src/swarm/mover.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** A swarm on [-1, 1]^dim. */
export function boxSwarm(
  { boundary = "lose", n = 8, dim = 2 }: { boundary?: BoundaryRule; n?: number; dim?: 2 | 3 } = {},
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
