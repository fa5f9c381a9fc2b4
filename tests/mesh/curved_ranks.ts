/**
 * Curved cells on several ranks, against the same on one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { Equation } from "../../src/equation/equation.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { runFileChecks } from "../_rank_checks.ts";
import { assertSameBytes } from "../_helpers.ts";

/** Runs all checks; as `tests/archive/files_ranks.ts` for the folder. */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  return runFileChecks(comm, [places, solves, putBack, files], folder, earlier, onlyEarlier);
}

function ring(comm: Comm, cellSize = 0.8) {
  const model = new Model({ comm });
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize, geometryDegree: 2 });
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set((x, y) => x * x + Math.sin(y));
  return { model, mesh, u };
}

/** This rank's rows of what one rank has. */
function rowsOf(u: MeshVariable, all: Float64Array, width: number): Float64Array {
  const ids = u.globalDofIds;
  return Float64Array.from(
    { length: ids.length * width },
    (_, k) => all[ids[Math.floor(k / width)] * width + k % width],
  );
}

/** Places, values at points, and places after a move are those of one rank. */
function places(comm: Comm): void {
  const here = ring(comm), alone = ring(new SelfComm());
  const points = Array.from({ length: 60 }, (_, i) => {
    const angle = 1 + i * 0.7, radius = 0.98 + 0.0175 * i;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  for (let n = 0; n < 2; n++) {
    const at = (u: MeshVariable) => u.coordinates.data as Float64Array;
    assertSameBytes(at(here.u), rowsOf(here.u, at(alone.u), 2));
    const values = [here, alone].map(({ u }) => u.evaluate(points).data as Float64Array);
    assertSameBytes(values[0], values[1], "values at points");
    const lengths = [here, alone].map(({ u }) => u.integrate("outer") as number);
    assert(Math.abs(lengths[0] - lengths[1]) < 1e-12);
    for (const { mesh, u } of [here, alone]) {
      if (n === 0) mesh.deform(at(u).map((x, i) => x * (1 + 0.02 * (i % 2))));
    }
  }
}

function solves(comm: Comm): void {
  const run = (comm: Comm) => {
    const { mesh, u } = ring(comm);
    const poisson = new Poisson(u, { tolerance: 1e-12 });
    poisson.addDirichlet("inner", 0);
    poisson.addNeumann("outer", (x) => x);
    poisson.solve();
    const w = new MeshVariable(mesh, "w", { degree: 2 });
    const equation = new Equation(w, {
      test: "q",
      weak: "(1 + w^2) * dot(grad(w), grad(q)) - x * q",
      tolerance: 1e-11,
    });
    equation.addDirichlet(w, "outer", 1);
    equation.addNeumann(w, "inner", "n[0]");
    equation.solve();
    const v = new MeshVariable(mesh, "v", { degree: 2, components: 2 });
    const p = new MeshVariable(mesh, "p");
    const stokes = new Stokes(v, p, {
      viscosity: 1,
      bodyForce: (x, y, _z, out) => {
        out[0] = x * y;
        out[1] = x;
      },
      rtol: 1e-10,
    });
    stokes.addFreeSlip("outer");
    stokes.addDirichlet("inner", 0);
    stokes.solve();
    return { fields: [u, w, v], flux: poisson.flux("inner") as number };
  };
  const here = run(comm), alone = run(new SelfComm());
  assert(Math.abs(here.flux - alone.flux) < 1e-9);
  here.fields.forEach((field, k) => {
    const wanted = rowsOf(field, alone.fields[k].data, field.components);
    // The tolerances of the solvers, times the conditions of the matrices.
    field.data.forEach((value, i) => assert(Math.abs(value - wanted[i]) < 1e-7, `${field.name}`));
  });
}

/** Heat and particles that turn with the flow. */
function turning(comm: Comm) {
  const { model, mesh, u } = ring(comm);
  const velocity = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = -y;
    out[1] = x;
  };
  const heat = new AdvectionDiffusion(u, { velocity, diffusivity: 0.1 });
  heat.addDirichlet("inner", 1);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 3 });
  const steps = (count: number) => {
    for (let n = 0; n < count; n++) {
      heat.solve({ dt: 0.03 });
      swarm.advect(velocity, 0.03);
      model.tracker.time += 0.03;
    }
    return model.saveState();
  };
  return { model, mesh, u, steps };
}

function putBack(comm: Comm): void {
  const never = turning(comm), sim = turning(comm);
  never.steps(1);
  const saved = sim.steps(1);
  sim.mesh.deform((sim.u.coordinates.data as Float64Array).map((x) => 1.1 * x));
  sim.steps(1);
  sim.model.loadState(saved);
  const [a, b] = [never.steps(2), sim.steps(2)];
  assertEquals(diffSnapshots(a, b), []);
  assertSameBytes(sim.u.data, never.u.data);
}

/** Files are taken up by other numbers of ranks, with the same places. */
async function files(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const sim = turning(comm);
  sim.steps(2);
  const places = (sim.u.coordinates.data as Float64Array).map((x, i) => x * (1 + 0.01 * (i % 2)));
  sim.mesh.deform(places);
  const moved = (sim.u.coordinates.data as Float64Array).slice();
  await sim.model.saveState({ file: `${folder}/ring${comm.size}.snap.h5` });
  for (const ranks of [...earlier, comm.size]) {
    const other = turning(comm);
    await other.model.loadState(`${folder}/ring${ranks}.snap.h5`);
    assertSameBytes(other.u.coordinates.data as Float64Array, moved, `places from ${ranks} ranks`);
    other.steps(1);
  }
}
