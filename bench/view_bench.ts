/**
 * What the view for ParaView adds to a save: the same model with and without it, taking turns; time and
 * bytes. The target: at most 12 percent.
 *
 *     deno run --allow-read --allow-write bench/view_bench.ts
 */
import { boxMesh, MeshVariable, Model, Swarm } from "../mod.ts";

/** 320,000 triangles with three fields, 960,000 particles with two variables. */
function modelOf(degree: 1 | 2, side: number): Model {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [side, side] });
  new MeshVariable(mesh, "T", { degree }).set((x, y) => x + 2 * y);
  new MeshVariable(mesh, "p").set((x, y) => x * y);
  new MeshVariable(mesh, "v", { components: 2, degree }).set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 3 });
  swarm.addVariable("material", { dtype: "int32" }).set((x) => (x > 0.5 ? 1 : 0));
  swarm.addVariable("age").set((x) => x);
  return model;
}

/** Medians of saves that take turns: milliseconds and megabytes, with the view and without. */
async function measure(model: Model, runs: number) {
  const folder = Deno.makeTempDirSync();
  const times: Record<string, number[]> = { true: [], false: [] };
  const bytes: Record<string, number> = {};
  try {
    for (let run = 0; run <= runs; run++) {
      for (const view of [true, false]) {
        const file = `${folder}/${view}.snap.h5`, start = performance.now();
        await model.saveState({ file, view });
        // The first round warms up.
        if (run > 0) times[`${view}`].push(performance.now() - start);
        bytes[`${view}`] = Deno.statSync(file).size;
      }
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];
  return { ms: [median(times.true), median(times.false)], bytes: [bytes.true, bytes.false] };
}

for (
  const [what, degree, side, runs] of [
    ["small, linear", 1, 16, 30],
    ["large, linear", 1, 400, 11],
    ["large, quadratic", 2, 400, 11],
  ] as const
) {
  const { ms, bytes } = await measure(modelOf(degree, side), runs);
  console.log(
    what.padEnd(18) + `${ms[0].toFixed(1)} ms`.padStart(10) + ` (${ms[1].toFixed(1)} without)` +
      `${(bytes[0] / 1e6).toFixed(2)} MB`.padStart(12) +
      ` (${(bytes[1] / 1e6).toFixed(2)} without)` +
      `   ${(ms[0] / ms[1]).toFixed(2)} x time, ${(bytes[0] / bytes[1]).toFixed(2)} x bytes`,
  );
}
