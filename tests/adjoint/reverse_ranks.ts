/**
 * A run backwards on several ranks: all keep, restore and visit the same states. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fewestForwardSteps } from "../../src/adjoint/sweep.ts";
import { reverse } from "../../src/adjoint/reverse.ts";
import { ownBytesOf } from "../../src/adjoint/sweep_states.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

const STEPS = 6;

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [8, 4] });
  const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
  T.set((x) => x);
  v.set((x, y, _z, out) => {
    out[0] = 0.5 - y;
    out[1] = x - 1;
  });
  // Most particles are on few ranks, so that the ranks' states are of very different sizes.
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.addParticles(
    comm.rank === 0 ? Array.from({ length: 200 }, (_, i) => [0.01 + 0.001 * i, 0.3]) : [],
  );
  const heat = new Diffusion(T, { diffusivity: 0.1, order: 2 });
  heat.addDirichlet("left", 1);
  const step = (k: number) => {
    heat.solve({ dt: 0.1 + 0.02 * k });
    swarm.advect(v, 0.2);
    model.tracker.time += model.random.next();
  };
  const states = [model.saveState()];
  for (let k = 0; k < STEPS; k++) {
    step(k);
    states.push(model.saveState());
  }
  model.loadState(states[0]);
  const largest = Math.max(...states.map(ownBytesOf));
  const budget = comm.allreduce(largest, "max") * 2.5;
  let checks = 0;
  for (const steps of [STEPS, (k: number) => k < STEPS]) {
    for (const memory of [2, { bytes: budget }]) {
      const visited: number[] = [];
      const { forwardSteps, peakBytes } = await reverse(model, {
        steps,
        memory,
        step,
        visit: (k) => {
          using now = model.saveState();
          assertEquals(diffSnapshots(now, states[k]), []);
          visited.push(k);
          T.data.fill(NaN);
        },
      });
      assertEquals(visited, [5, 4, 3, 2, 1, 0]);
      if (memory === 2 && steps === STEPS) assertEquals(forwardSteps, fewestForwardSteps(STEPS, 2));
      assertEquals(comm.allreduce(forwardSteps, "max"), forwardSteps);
      assert(peakBytes <= budget);
      using now = model.saveState();
      assertEquals(diffSnapshots(now, states[0]), []);
      checks++;
    }
  }
  return checks;
}
