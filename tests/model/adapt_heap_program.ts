/**
 * Adapts, steps and puts back 120 times; prints the bytes in use after 20 and after 120 rounds, as JSON. To be run
 * with `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { adapting } from "./_adapting.ts";

const { gc } = globalThis as unknown as { gc: () => void };
const sim = adapting("box2", false), { model } = sim;
sim.tick();
const start = model.saveState();
const used: number[] = [];
for (let round = 1; round <= 120; round++) {
  sim.adapt();
  sim.tick();
  sim.adapt();
  model.loadState(start);
  if (round !== 20 && round !== 120) continue;
  gc();
  await new Promise((done) => setTimeout(done));
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  used.push(heapUsed + external);
}
console.log(JSON.stringify(used));
