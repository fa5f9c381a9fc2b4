import { assert, assertEquals, assertThrows } from "@std/assert";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshMotion } from "../../src/mesh/mesh_motion.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

/** The unit square with a motion. */
function moving(n: number): { model: Model; mesh: Mesh; motion: MeshMotion; still: Float64Array } {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n] });
  return { model, mesh, motion: new MeshMotion(mesh), still: mesh.coordinates.data };
}

/** Where nodes are at a time: inner ones swing, the top rises by `rise`. */
function places(still: Float64Array, t: number, rise = 0): Float64Array {
  const { sin, PI } = Math, out = still.slice();
  for (let i = 0; i < out.length; i += 2) {
    const x = still[i], y = still[i + 1];
    out[i] += 0.05 * sin(3 * t) * sin(PI * x) * sin(PI * y);
    out[i + 1] += 0.04 * (1 - Math.cos(2 * t)) * sin(2 * PI * x) * sin(PI * y) + rise * t * y;
  }
  return out;
}

Deno.test("a mesh that moves alone changes no history of fluid at rest, of any order", () => {
  for (const order of [1, 2, 3] as const) {
    for (const degree of [1, 2] as const) {
      const { model, mesh, motion, still } = moving(5);
      const u = new MeshVariable(mesh, "u", { degree });
      const linear = (x: number, y: number) => 1 + 2 * x - 3 * y;
      u.set(linear);
      const v = new MeshVariable(mesh, "v", { components: 2 });
      const ddt = new SemiLagrangianDDt(u, { velocity: v, order, motion });
      for (let step = 0, t = 0; step < 4; step++) {
        const dt = [0.1, 0.07, 0.12, 0.09][step];
        motion.move(places(still, t += dt, -0.2), dt);
        ddt.updatePreSolve(dt);
        // Every past level is the field itself. (Where a mesh grows, the past of fluid at rest is not known.)
        const factor = -1 / ddt.leadingCoefficient();
        const found = ddt.historyTerms().map((h) => factor * h);
        u.set(found);
        ddt.updatePostSolve();
        model.tracker.time += dt;
        for (let i = 0; i < u.dofCount; i++) {
          const [x, y] = [u.coordinates.get(i, 0), u.coordinates.get(i, 1)];
          assertRounding(found[i], linear(x, y), 500, 10);
        }
      }
    }
  }
});

Deno.test("departure points on a moving mesh are second order, those of all levels", () => {
  // v = (1 + t, x) / 2: dx/dt = (1 + t) / 2, dy/dt = x / 2.
  const path = (x: number, y: number, t0: number, t1: number) => {
    const back = (t: number) => x - (t1 - t) / 2 - (t1 * t1 - t * t) / 4;
    const F = (t: number) => back(0) * t + t * t / 4 + t ** 3 / 12;
    return [back(t0), y - (F(t1) - F(t0)) / 2];
  };
  const errorsOf = (dt: number, isField: boolean) => {
    const { model, mesh, motion, still } = moving(6);
    mesh.deform(places(still, 1));
    const u = new MeshVariable(mesh, "u", { components: 2 });
    const v = new MeshVariable(mesh, "v", { components: 2 });
    const wind = (x: number, _y: number, _z: number, out: Float64Array, t: number) => {
      out[0] = (1 + t) / 2;
      out[1] = x / 2;
    };
    // The field is position itself at all times, so its past value is the departure point.
    const place = (x: number, y: number, _z: number, out: Float64Array) => {
      out[0] = x;
      out[1] = y;
    };
    u.set(place);
    const ddt = new SemiLagrangianDDt(u, { velocity: isField ? v : wind, order: 2, motion });
    let t = 0;
    for (const size of [dt / 3, dt]) {
      const before = mesh.coordinates.data;
      motion.move(places(still, 1 + 4 * (t + size)), size);
      const after = mesh.coordinates.data;
      // The velocity of the step: in its middle, where nodes are half-way.
      for (let i = 0; i < v.dofCount; i++) {
        wind((before[2 * i] + after[2 * i]) / 2, 0, 0, v.data.subarray(2 * i), t + size / 2);
      }
      ddt.updatePreSolve(size);
      if (size === dt) break;
      u.set(place);
      ddt.updatePostSolve();
      t = model.tracker.time += size;
    }
    const { levels } = ddt.carriedLevels;
    return [t, 0].map((then, j) => {
      let error = 0;
      for (let i = 0; i < u.dofCount; i++) {
        const [x, y] = path(u.coordinates.get(i, 0), u.coordinates.get(i, 1), then, t + dt);
        if (x < 0.1 || y < 0.1 || x > 0.9 || y > 0.9) continue;
        const found = levels[j];
        error = Math.max(error, Math.hypot(found[2 * i] - x, found[2 * i + 1] - y));
      }
      return error;
    });
  };
  for (const isField of [true, false]) {
    const errors = [0.08, 0.04, 0.02].map((dt) => errorsOf(dt, isField));
    // The error of one step of a second-order path is O(dt^3).
    for (const j of [0, 1]) {
      const order = Math.log2(errors[1][j] / errors[2][j]);
      assert(order > 2.7, `level ${j + 1}, ${isField ? "field" : "function"}: ${errors}`);
    }
  }
});

Deno.test("a moving mesh is seen once, and a step that does not fit the move is refused", () => {
  const { model, mesh, motion, still } = moving(4);
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const heat = new AdvectionDiffusion(u, { velocity: v, diffusivity: 0, motion });
  u.set((x, y) => x + y);
  motion.move(places(still, 0.1), 0.1);
  assertThrows(() => heat.solve({ dt: 0.05 }), RangeError, "with the same dt");
  heat.solve({ dt: 0.1 });
  // Nothing moved since.
  const after = u.data.slice();
  heat.solve({ dt: 0.1 });
  u.data.forEach((value, i) => assert(Math.abs(value - after[i]) < 1e-9));
  // Moved after the field has taken its step: the values have gone with the nodes.
  motion.move(places(still, 0.2), 0.1);
  model.tracker.time += 0.1;
  assertThrows(() => heat.solve({ dt: 0.1 }), RangeError, "before the fields on it");
  // A history that is started anew takes the mesh as it is.
  (heat.history as SemiLagrangianDDt).initialiseHistory();
  heat.solve({ dt: 0.1 });
});

Deno.test("a history on a moving mesh goes on with the same bytes after a restore, between all of its calls", () => {
  const make = () => {
    const made = moving(4), { mesh, motion } = made;
    const u = new MeshVariable(mesh, "u", { degree: 2 });
    u.set((x, y) => Math.sin(3 * x) * y);
    const v = new MeshVariable(mesh, "v", { components: 2 });
    v.set([0.3, -0.2]);
    const ddt = new SemiLagrangianDDt(u, { velocity: v, order: 2, motion });
    return { ...made, u, ddt };
  };
  const run = (restoreAt: number) => {
    const { model, motion, still, u, ddt } = make();
    let call = 0;
    const maybe = () => {
      if (call++ !== restoreAt) return;
      using token = model.saveState();
      motion.move(places(still, 9), 0.3);
      u.set(7);
      model.tracker.time = 5;
      model.loadState(token);
    };
    for (let step = 0; step < 3; step++) {
      motion.move(places(still, 0.1 * (step + 1)), 0.1);
      maybe();
      ddt.updatePreSolve(0.1);
      maybe();
      const factor = -1 / ddt.leadingCoefficient();
      u.set(ddt.historyTerms().map((h) => factor * h));
      ddt.updatePostSolve();
      model.tracker.time += 0.1;
      maybe();
    }
    return u.data.slice();
  };
  const u = run(-1);
  for (let k = 0; k < 9; k++) assertSameBytes(run(k), u, `restored at ${k}`);
});

testWrongCalls("moving meshes", () => {
  const { model, mesh, motion, still } = moving(2);
  const other = moving(2).motion;
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const ddt = (options: object) => () => new SemiLagrangianDDt(u, { velocity: v, ...options });
  const history = new SemiLagrangianDDt(u, { velocity: v });
  const heat = (options: object) => () =>
    new AdvectionDiffusion(u, { velocity: v, diffusivity: 1, ...options });
  const folded = still.map((x, i) => i === 8 ? 3 : x);
  assertEquals(still.length, 18);
  return {
    model,
    calls: {
      "no mesh": [() => new MeshMotion(u as never), TypeError, "takes a mesh first"],
      "a misspelt option": [() => new MeshMotion(mesh, { nam: "m" } as never), TypeError, "'name'"],
      "a name that is taken": [() => new MeshMotion(mesh, { name: motion.name }), RangeError, ""],
      "a step of 0": [() => motion.move(still, 0), RangeError, "positive and finite"],
      "no step": [() => motion.move(still, undefined as never), TypeError, "dt is a number"],
      "too few nodes": [() => motion.move(still.slice(2), 1), RangeError, "9 nodes, got 8"],
      "a folded cell": [() => motion.move(folded, 1), RangeError, "inverted"],
      "a motion that is none": [ddt({ motion: mesh }), TypeError, "motion is a MeshMotion"],
      "the motion of another mesh": [ddt({ motion: other }), RangeError, "is the motion of mesh"],
      "kept on a moving mesh": [
        ddt({ motion, interpolation: "kept" }),
        RangeError,
        "without motion",
      ],
      "heat: no motion": [heat({ motion: 1 }), TypeError, "motion is a MeshMotion"],
      "heat: a history, too": [heat({ motion, history }), RangeError, "give it to that one"],
    },
  };
});
