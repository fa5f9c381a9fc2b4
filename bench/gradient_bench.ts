/**
 * What the gradient of a run costs beside the forward run with every state kept.
 *
 *     deno run bench/gradient_bench.ts
 */
import { boxMesh, Equation, gradient, MeshVariable, Model, type Snapshot } from "../mod.ts";

/** The aim: times the forward run. */
const AIM = 4;

const flows = {
  "linear, symmetric": "dt(T) * v + 0.1 * dot(grad(T), grad(v)) - f * v",
  "linear, carried along":
    "dt(T) * v + 0.1 * dot(grad(T), grad(v)) + dot([1, 0.5], grad(T)) * v - f * v",
  "nonlinear": "dt(T) * v + 0.1 * (1 + T^2) * dot(grad(T), grad(v)) - f * v",
};

async function measure(name: string, weak: string, side: number, degree: 1 | 2): Promise<void> {
  const model = new Model(), steps = 20;
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [side, side] });
  const T = new MeshVariable(mesh, "T", { degree }), f = new MeshVariable(mesh, "f", { degree });
  T.set((x, y) => Math.sin(3 * x) * y);
  f.set((x, y) => x * y);
  const heat = new Equation(T, { test: "v", order: 2, weak });
  heat.addDirichlet(T, "left", 0);
  const step = () => {
    model.tracker.time += heat.solve({ dt: 0.02 }).dt;
  };
  const forward = () => {
    const start = performance.now(), states: Snapshot[] = [model.saveState()];
    for (let k = 0; k < steps; k++) {
      step();
      states.push(model.saveState());
    }
    const time = performance.now() - start;
    model.loadState(states[0]);
    for (const state of states) state.release();
    return time;
  };
  const backward = async (memory: number) => {
    const start = performance.now();
    await gradient(model, { steps, step, memory, objective: "integral(T^2)", controls: [T, f] });
    return performance.now() - start;
  };
  const times: number[][] = [];
  for (let k = 0; k < 4; k++) {
    times.push([forward(), await backward(steps + 1), await backward(5)]);
  }
  const [all, full, five] = [0, 1, 2].map((i) => Math.min(...times.slice(1).map((row) => row[i])));
  console.log(
    `${`${name}, P${degree}`.padEnd(28)}${`${T.dofCount}`.padStart(8)}${
      all.toFixed(0).padStart(9)
    } ms` +
      `${(full / all).toFixed(2).padStart(9)}${(five / all).toFixed(2).padStart(9)}`,
  );
}

console.log(
  `20 steps: the forward run with all states kept; gradients over it (aim: ${AIM}), with all`,
);
console.log("states kept, and with five");
for (const [name, weak] of Object.entries(flows)) {
  for (const [side, degree] of [[64, 1], [40, 2]] as const) await measure(name, weak, side, degree);
}
