/**
 * Particles moved per second: RK2, one million particles, 20,000 triangles, a P1 velocity; in the order
 * of `populate` and in random order, beside the same in C.
 *
 *     deno run --allow-read --allow-write --allow-run bench/advect_bench.ts
 *
 * Without `--allow-run` the peer in C is left out. A number behind the name sets how many particles.
 *
 * @module
 */
import { Model } from "../src/model/model.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Swarm } from "../src/swarm/swarm.ts";
import { advectInC } from "./peers/advect.ts";

const particles = Number(Deno.args[0] ?? 1e6);
const steps = 6;

function build(order: "populate" | "random"): { swarm: Swarm; velocity: MeshVariable } {
  const model = new Model({ seed: 1 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [100, 100] });
  const velocity = new MeshVariable(mesh, "velocity", { components: 2 });
  // A vortex without flow through the walls.
  velocity.set((x, y, _z, out) => {
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

/** The largest difference of two lists of numbers. */
function farthest(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

console.log(`advect, RK2, ${particles} particles, 20,000 triangles, P1 velocity`);
for (const order of ["populate", "random"] as const) {
  const { swarm, velocity } = build(order);
  const start = swarm.coordinates.data.slice();
  // The fastest particles cross half a cell per step, as at a usual CFL number.
  const dt = swarm.mesh.minRadius;
  swarm.advect(velocity, dt);
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const from = performance.now();
    swarm.advect(velocity, dt);
    times.push(performance.now() - from);
  }
  const median = times.sort((a, b) => a - b)[steps >> 1];
  const rate = (milliseconds: number) => (swarm.count / milliseconds / 1000).toFixed(1);
  console.log(
    `${order.padEnd(9)} order: ${median.toFixed(0).padStart(4)} ms a step, ${
      rate(median)
    } million particles per second (best ${rate(times[0])})`,
  );
  const peer = await advectInC(swarm.mesh, velocity.data, start, dt);
  if (peer === null) console.log("  the same in C: left out");
  else {
    const ratio = (peer.seconds * 1000 / median).toFixed(2);
    const apart = farthest(peer.points, swarm.coordinates.data).toExponential(1);
    console.log(
      `  the same in C: ${
        rate(peer.seconds * 1000)
      } million; advect runs at ${ratio} of its speed; positions differ by ${apart} at most`,
    );
  }
}
