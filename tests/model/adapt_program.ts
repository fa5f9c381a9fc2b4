/** Builds a model, loads a file, goes on with a mesh that adapts, saves. Runs as a process. @module */
import { type Adapting, adapting } from "./_adapting.ts";

/** Steps, each after an adaptation. */
export function goOn(sim: Adapting, steps: number): void {
  for (let i = 0; i < steps; i++) {
    sim.adapt();
    sim.tick();
  }
}

if (import.meta.main) {
  const [mesh, from, to, steps] = Deno.args;
  const sim = adapting(mesh);
  await sim.model.loadState(from);
  goOn(sim, Number(steps));
  await sim.model.saveState({ file: to });
}
