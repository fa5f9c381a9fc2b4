import { assert, assertEquals } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshMotion } from "../../src/mesh/mesh_motion.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

/** A square whose top goes up and down, and whose inner nodes swing. */
function swinging(n: number) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n] });
  const motion = new MeshMotion(mesh), still = mesh.coordinates.data;
  const v = new MeshVariable(mesh, "v", { components: 2 });
  const at = (t: number) => {
    const out = still.slice(), { sin, PI } = Math;
    for (let i = 0; i < out.length; i += 2) {
      const x = still[i], y = still[i + 1];
      out[i] += 0.1 * sin(3 * t) * sin(PI * x) * sin(PI * y);
      out[i + 1] += 0.2 * sin(2 * t) * y * (1 + 0.2 * sin(PI * x));
    }
    return out;
  };
  return { model, mesh, motion, v, at };
}

Deno.test("a mesh that moves alone leaves particles of fluid at rest where they are, in every byte", () => {
  const { model, mesh, motion, v, at } = swinging(5);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 3 });
  // Those below the lowest place of the top, which no move leaves outside.
  swarm.removeParticles((i) => swarm.coordinates.get(i, 1) > 0.7);
  const before = swarm.coordinates.data.slice();
  for (let step = 1; step <= 12; step++) {
    motion.move(at(0.3 * step), 0.3);
    swarm.advect(v, 0.3, { motion, ...step % 2 === 0 ? { stepLimit: 0.5 } : {} });
    model.tracker.time += 0.3;
  }
  assertSameBytes(swarm.coordinates.data, before);
});

Deno.test("particles at a surface that moves with the fluid stay on it; none is lost", () => {
  const { model, mesh, motion, at } = swinging(5);
  const swarm = new Swarm(mesh);
  swarm.addParticles([[0.5, 1], [0.23, 0.999], [0.8, 0.5], [0.1, 0.01]]);
  for (let step = 1; step <= 10; step++) {
    motion.move(at(0.2 * step), 0.2);
    // The fluid moves like the mesh.
    swarm.advect(motion.velocity, 0.2, { motion });
    model.tracker.time += 0.2;
  }
  assertEquals(swarm.count, 4);
  const { cells } = mesh.locate(swarm.coordinates);
  assert(cells.every((cell) => cell >= 0));
  // A node of the mesh is where the mesh has it.
  const top = mesh.coordinates.data,
    [x, y] = [swarm.coordinates.get(0, 0), swarm.coordinates.get(0, 1)];
  let nearest = Infinity;
  for (let i = 0; i < top.length; i += 2) {
    nearest = Math.min(nearest, Math.hypot(top[i] - x, top[i + 1] - y));
  }
  assert(nearest > 0.05 && Math.abs(y - 1) > 0.1, "between two nodes of the top, which has moved");
  const spot = [[x, y + 1e-6], [x, y - 1e-6]];
  assertEquals(mesh.locate(spot).cells[0], -1);
  assert(mesh.locate(spot).cells[1] >= 0);
});

Deno.test("particles on a moving mesh are of second order in the step, with sub-steps too", () => {
  const { sin, cos } = Math;
  const run = (dt: number, options: { stepLimit?: number }) => {
    const { motion, v, at, mesh } = swinging(6);
    mesh.deform(at(1));
    const before = at(1), after = at(1 + dt);
    motion.move(after, dt);
    // A linear flow: exact on the mesh; values are those at nodes in the middle of the step.
    for (let i = 0; i < before.length; i += 2) {
      v.data[i] = -(before[i + 1] + after[i + 1]) / 2;
      v.data[i + 1] = (before[i] + after[i]) / 2;
    }
    const swarm = new Swarm(mesh);
    swarm.addParticles([[0.5, 0.4]], { migrate: false });
    swarm.advect(v, dt, { motion, ...options });
    const exact = [0.5 * cos(dt) - 0.4 * sin(dt), 0.5 * sin(dt) + 0.4 * cos(dt)];
    return Math.hypot(
      swarm.coordinates.get(0, 0) - exact[0],
      swarm.coordinates.get(0, 1) - exact[1],
    );
  };
  for (const options of [{}, { stepLimit: 1 }]) {
    const errors = [0.1, 0.05, 0.025].map((dt) => run(dt, options));
    // The error of one step is O(dt^3).
    assert(Math.log2(errors[1] / errors[2]) > 2.6, `${errors}`);
  }
});

testWrongCalls("particles on moving meshes", () => {
  const { model, mesh, motion, v, at } = swinging(3);
  const other = swinging(3).motion;
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 1 });
  motion.move(at(0.1), 0.1);
  const move = (dt: number, options: object) => () => swarm.advect(v, dt, options);
  return {
    model,
    calls: {
      "no motion": [move(0.1, { motion: mesh }), TypeError, "motion is a MeshMotion"],
      "the motion of another mesh": [move(0.1, { motion: other }), RangeError, "is the motion of"],
      "another step": [move(0.2, { motion }), RangeError, "take the same dt"],
      "order 4": [move(0.1, { motion, order: 4 }), RangeError, "the order is 1 or 2"],
    },
  };
});
