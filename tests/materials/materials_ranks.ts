/**
 * Materials on particles and visco-elastic flow, divided among ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import "../../src/expression/mod.ts";
import { swarmFit } from "../../src/flow/swarm_fit.ts";
import { Materials } from "../../src/materials/materials.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runChecks } from "../_rank_checks.ts";
import { unitBox } from "../solve/_fields.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  return runChecks(comm, [shares, yielding, putBack, refusals]);
}

/** Salt under rock, of which a step makes shares. */
function layered(comm?: Comm, fields: "means" | "fits" = "fits") {
  const model = new Model(comm === undefined ? {} : { comm }), mesh = unitBox(4, 2, model);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 6 });
  const materials = new Materials(swarm, { rock: { density: 3 }, salt: { density: 1 } }, {
    fields,
  });
  materials.assign("salt", (x, y) => y < 0.4 + 0.1 * x);
  // Some cells have no particles, among them such at the borders of ranks.
  swarm.removeParticles((i) => swarm.ids[i] % 5n < 4n && swarm.coordinates.get(i, 0) < 0.5);
  return { model, mesh, swarm, materials };
}

function shares(comm: Comm): void {
  for (const fields of ["means", "fits"] as const) {
    const [many, alone] = [layered(comm, fields), layered(undefined, fields)];
    for (const { materials } of [many, alone]) materials.update();
    const salt = many.materials.field("salt"), one = alone.materials.field("salt");
    const ids = salt.globalDofIds;
    // The particles of a cell are summed in the order of their ids on any number of ranks.
    for (let i = 0; i < ids.length; i++) assertEquals(salt.data[i], one.data[ids[i]], `${i}`);
  }
  const { mesh, swarm } = layered(comm), a = swarm.addVariable("a");
  a.set((x, y) => x + y);
  const fit = new MeshVariable(mesh, "fit", { degree: 1, continuous: false });
  swarmFit(a, fit);
  assertEquals(comm.allreduce(fit.max() as number, "max"), fit.max());
}

/** A body with a soft ball that is pulled until it yields. */
function pulled(comm?: Comm) {
  const model = new Model(comm === undefined ? {} : { comm }), mesh = unitBox(4, 2, model);
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"), tau = new MeshVariable(mesh, "tau", { components: 3 });
  const flow = new ViscoElastic(v, p, {
    viscosity: 5,
    shearModulus: (x, y) => (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.05 ? 0.25 : 1,
    stress: tau,
    yieldStress: "max(0.6 + 0.2 * p, 0.1)",
    rtol: 1e-9,
  });
  for (const side of mesh.boundaries.keys()) {
    flow.stokes.addDirichlet(side, (x, y, _z, out) => {
      out[0] = x;
      out[1] = -y;
    });
  }
  const step = (dt: number, isPlastic: boolean) => {
    flow.solve({ dt, yielding: isPlastic });
    model.tracker.time += dt;
  };
  return { model, v, p, tau, flow, step };
}

function yielding(comm: Comm): void {
  const [many, alone] = [pulled(comm), pulled()];
  for (const made of [many, alone]) {
    made.step(0.1, false);
    made.step(0.25, false);
    assert(made.flow.overstress() > 0);
    made.step(0.1, true);
    assert(made.flow.overstress() <= 1e-12);
  }
  const ids = many.tau.globalDofIds;
  let worst = 0;
  for (let i = 0; i < ids.length; i++) {
    for (let c = 0; c < 3; c++) {
      worst = Math.max(worst, Math.abs(many.tau.data[3 * i + c] - alone.tau.data[3 * ids[i] + c]));
    }
  }
  // Both flows have 1e-9 of the forces.
  assert(worst < 1e-6, `${worst}`);
}

function putBack(comm: Comm): void {
  const u = pulled(comm), b = pulled(comm);
  u.step(0.25, false);
  u.step(0.1, true);
  b.step(0.25, false);
  const kept = b.model.saveState();
  b.step(0.4, true);
  b.model.loadState(kept);
  b.step(0.1, true);
  for (const name of ["v", "p", "tau"] as const) assertSameBytes(b[name].data, u[name].data, name);
}

function refusals(comm: Comm): void {
  const { materials, swarm } = layered(comm);
  // On one rank only: all of them throw.
  if (comm.rank === 0 && swarm.count > 0) materials.index.data[0] = 9;
  assertThrows(() => materials.update(), RangeError, "of material 9");
}
