/**
 * Particles moved per second: RK2, one million particles, 20,000 triangles, a P1 velocity; in the order
 * of `populate` and in random order.
 *
 *     deno run bench/advect_bench.ts [particles]
 *
 * @module
 */
import { Model } from "../src/model/model.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Swarm } from "../src/swarm/swarm.ts";

const particles = Number(Deno.args[0] ?? 1e6);
const steps = 6;

function build(order: "populate" | "random"): { swarm: Swarm; velocity: MeshVariable } {
  const model = new Model({ seed: 1 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [100, 100] });
  const velocity = new MeshVariable(mesh, "velocity", { components: 2 });
  // A vortex without flow through the walls.
  velocity.set((x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = -y * (1 - x * x);
    out[1] = x * (1 - y * y);
  });
  const swarm = new Swarm(mesh, { boundary: "reflect" });
  if (order === "populate") swarm.populate({ perCell: Math.round(particles / mesh.cellCount) });
  else {
    const points = new Float64Array(2 * particles);
    for (let i = 0; i < points.length; i++) points[i] = 2 * model.random.next() - 1;
    swarm.addParticles(points);
  }
  return { swarm, velocity };
}

console.log(`advect, RK2, ${particles} particles, 20,000 triangles, P1 velocity`);
for (const order of ["populate", "random"] as const) {
  const { swarm, velocity } = build(order);
  // Particles cross about half a cell per step, as at a usual CFL number.
  const dt = 0.5 * swarm.mesh.minRadius;
  swarm.advect(velocity, dt);
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    swarm.advect(velocity, dt);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[steps >> 1];
  const rate = swarm.count / median / 1000;
  console.log(
    `  ${order.padEnd(9)} order: ${median.toFixed(0).padStart(5)} ms per step, ${
      rate.toFixed(1)
    } million particles per second (best ${(swarm.count / times[0] / 1000).toFixed(1)})`,
  );
}
