/**
 * Functions of a script that throw, or do not give a number, on the one rank that asks them: every rank has
 * that error, and can go on. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";

/** What the function gives at the right end. */
type Fault = () => number;

const faults: Record<string, Fault> = {
  "no pressure there": () => {
    throw new RangeError("no pressure there");
  },
  "NaN": () => NaN,
};

/** Problems whose functions are at fault on the right side of the box only. */
const problems: Record<string, (u: MeshVariable, fault: Fault) => unknown> = {
  dirichlet(u, fault) {
    const solver = new Poisson(u);
    solver.addDirichlet("left", 0);
    solver.addDirichlet("right", fault);
    return solver.solve();
  },
  neumann(u, fault) {
    const solver = new Poisson(u);
    solver.addDirichlet("left", 0);
    solver.addNeumann("right", fault);
    return solver.solve();
  },
  robin(u, fault) {
    const solver = new Poisson(u);
    solver.addRobin("right", fault, 1);
    solver.addRobin("left", 1, 0);
    return solver.solve();
  },
  theta(u, fault) {
    const solver = new Diffusion(u, { diffusivity: 1, theta: 0.5 });
    solver.addDirichlet("right", fault);
    return solver.solve({ dt: 0.1 });
  },
  flux(u, fault) {
    const solver = new Diffusion(u, { diffusivity: (x) => (x > 7.999 ? fault() : 1) });
    return solver.flux("right");
  },
  prescribed(u, fault) {
    const solver = new Diffusion(u, { diffusivity: 1 });
    solver.addNeumann("right", fault);
    return solver.flux("right");
  },
  speed(u, fault) {
    const velocity = (x: number, _y: number, _z: number, out: Float64Array) =>
      void (out[0] = x > 7.999 ? fault() : 1);
    return new AdvectionDiffusion(u, { velocity, diffusivity: 1 }).estimateDt();
  },
};

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  let checks = 0;
  for (const [name, problem] of Object.entries(problems)) {
    for (const [words, fault] of Object.entries(faults)) {
      const model = new Model({ comm });
      const mesh = boxMesh(model, { min: [0, 0], max: [8, 1], cells: [16, 2] });
      const u = new MeshVariable(mesh, "u");
      u.set((x) => x);
      const values = u.data.slice();
      let error: unknown = null;
      try {
        problem(u, fault);
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof RangeError && error.message.includes(words), `${name}: ${error}`);
      assertEquals(u.data, values);
      const token = model.saveState();
      u.set(7);
      model.loadState(token);
      assertEquals(diffSnapshots(token, model.saveState()), []);
      checks++;
    }
  }
  pieceIsNamed(comm);
  return checks;
}

/** A piece that nothing determines is named alike by all, whatever cells they have of it. */
function pieceIsNamed(comm: Comm): void {
  const mesh = new Mesh(new Model({ comm }), {
    dim: 2,
    coordinates: Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1, 3, 0, 4, 0, 4, 1, 3, 1),
    cells: Int32Array.of(0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7),
    boundaries: new Map([["left", Int32Array.of(3, 0)], ["far", Int32Array.of(5, 6)]]),
    regions: new Map([["island", Int32Array.of(2, 3)]]),
    meshType: "arrays",
    notes: [],
  });
  const solver = new Poisson(new MeshVariable(mesh, "u"));
  solver.addDirichlet("left", 0);
  const named = 'that of 2 cells with cell 2, in "island" (its boundaries are "far")';
  assertThrows(() => solver.solve(), RangeError, named);
}
