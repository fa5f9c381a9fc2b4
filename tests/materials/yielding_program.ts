/**
 * A body of two materials on particles that is squeezed until it yields: saved in the middle of its run, loaded by
 * another process, or by as many ranks, and gone on with.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import "../../src/expression/mod.ts";
import { Materials } from "../../src/materials/materials.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** Steps, of which some yield. */
export const sizes = [0.1, 0.15, 0.1, 0.12];

/** The steps before the middle. */
export const FIRST = 2;

/** The model and how it takes a step. */
export function buildYielding(comm?: Comm): { model: Model; step: (dt: number) => boolean } {
  const model = new Model(comm === undefined ? {} : { comm });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [4, 4] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"), tau = new MeshVariable(mesh, "tau", { components: 3 });
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 6 });
  const materials = new Materials(swarm, {
    rock: { viscosity: 5, modulus: 1, cohesion: 0.6 },
    ball: { viscosity: 5, modulus: 0.25, cohesion: 0.5 },
  });
  materials.assign("ball", (x, y) => x * x + y * y < 0.2);
  materials.update();
  const flow = new ViscoElastic(v, p, {
    viscosity: materials.coefficient("viscosity"),
    shearModulus: materials.coefficient("modulus", "harmonic"),
    stress: tau,
    yieldStress: `max(${materials.coefficient("cohesion")} + 0.2 * p, 0.1)`,
    rtol: 1e-9,
  });
  for (const side of mesh.boundaries.keys()) {
    flow.stokes.addDirichlet(side, (x, y, _z, out) => {
      out[0] = x;
      out[1] = -y;
    });
  }
  const step = (dt: number) => {
    const isElastic = model.attempt(() => {
      flow.solve({ dt, yielding: false });
      return flow.overstress();
    }, (overstress) => overstress <= 0);
    if (!isElastic) flow.solve({ dt });
    swarm.advect(v, dt);
    swarm.balance({ fewest: 5, most: 7 });
    materials.update();
    model.tracker.time += dt;
    return isElastic as boolean;
  };
  return { model, step };
}

/**
 * Saves in the middle and at the end of a run; loads the middle into a fresh model, and goes on.
 *
 * @returns How many entries differ at the end, on this rank.
 */
export async function main(comm: Comm, folder: string): Promise<number> {
  const u = buildYielding(comm), path = `${folder}/middle_${comm.size}.snap.h5`;
  const elastic: boolean[] = [];
  for (const [k, dt] of sizes.entries()) {
    if (k === FIRST) await u.model.saveState({ file: path });
    elastic.push(u.step(dt));
  }
  if (elastic.every((one) => one) || !elastic[0]) throw new Error(`steps were ${elastic}`);
  const c = buildYielding(comm);
  await c.model.loadState(path);
  for (const dt of sizes.slice(FIRST)) c.step(dt);
  return diffSnapshots(u.model.saveState(), c.model.saveState()).length;
}

if (import.meta.main) {
  const [from, to] = Deno.args, { model, step } = buildYielding();
  await model.loadState(from);
  for (const dt of sizes.slice(FIRST)) step(dt);
  await model.saveState({ file: to });
}
