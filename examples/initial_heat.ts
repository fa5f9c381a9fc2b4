/**
 * A plate was heated in two places. Some time later only a blur is seen, and the start is looked for:
 *
 *     dT/dt = k div(grad T),    find T(0) so that the integral of (T(END) - seen)^2 is as small as possible
 *
 * The gradient by all values of the start comes from one run backwards, in which five states are kept and steps are
 * taken again. The end forgets what is sharp, so a small penalty on slopes stands for what is known besides. Every
 * iterate is a state: one of the first is put back for the picture.
 *
 *     deno run examples/initial_heat.ts
 */
import {
  boxMesh,
  Equation,
  type Iterate,
  MeshVariable,
  Model,
  optimize,
  type Optimum,
  type Picture,
  plotField,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const K = 0.01, DT = 0.05, STEPS = 12, KEPT = 5, PENALTY = 1e-7;

/** Two spots of different heat. */
function spots(x: number, y: number): number {
  const spot = (a: number, b: number) => Math.exp(-((x - a) ** 2 + (y - b) ** 2) / 0.012);
  return spot(0.32, 0.62) + 0.7 * spot(0.68, 0.4);
}

/** What the story came to. */
export interface InitialHeatResult {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly optimum: Optimum;
  /** The start that is looked for, and the end that is seen. */
  readonly truth: MeshVariable;
  readonly seen: MeshVariable;
  /** Norms of the error of the start, relative to the truth: of the blur, and of what was found. */
  readonly blurError: number;
  readonly error: number;
}

/** Runs the story. */
export async function main(cells = 24, iterations = 25): Promise<InitialHeatResult> {
  const model = new Model({ name: "initial_heat" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const [T, truth, seen, rest] = ["T", "truth", "seen", "rest"].map((name) =>
    new MeshVariable(mesh, name)
  );
  const heat = new Equation(T, { test: "v", weak: `dt(T) * v + ${K} * dot(grad(T), grad(v))` });
  const step = () => {
    model.tracker.time += heat.solve({ dt: DT }).dt;
  };
  truth.set(spots);
  const before = model.saveState();
  T.set(spots);
  for (let k = 0; k < STEPS; k++) step();
  const end = T.data.slice();
  model.loadState(before);
  seen.data.set(end);
  T.set(0);
  const errorOf = (field: MeshVariable) => {
    rest.setFrom(`${field.name} - truth`);
    return rest.norm() / truth.norm();
  };
  console.log("iteration     objective      gradient");
  const show = ({ iteration, value, gradientNorm }: Iterate) => {
    if (iteration % 5 > 0) return;
    const numbers = [value, gradientNorm].map((one) => one.toExponential(2).padStart(14));
    console.log(`${iteration}`.padStart(9) + numbers.join(""));
  };
  const optimum = await optimize(model, {
    steps: STEPS,
    step,
    memory: KEPT,
    objective: [
      { text: "integral((T - seen)^2)" },
      { text: `${PENALTY} * integral(dot(grad(T), grad(T)))`, times: [0] },
    ],
    controls: [T],
    iterations,
    rtol: 1e-4,
    onIterate: show,
  });
  const blurError = errorOf(seen), error = errorOf(T);
  console.log(
    `\n${optimum.evaluations} gradients; the misfit fell to ${optimum.value.toExponential(2)}`,
  );
  console.log(
    `error of the start ${(100 * error).toFixed(1)} %; of the blur ${
      (100 * blurError).toFixed(1)
    } %`,
  );
  return { model, T, optimum, truth, seen, blurError, error };
}

/** What is seen, iterates that are put back, and the truth. */
export async function picture(
  { model, T, optimum: { iterates }, truth, seen }: InitialHeatResult,
): Promise<Picture> {
  const draw = (field: MeshVariable, title: string) =>
    plotField(field, { width: 320, colors: "magma", title });
  const pictures = [await draw(seen, "what is seen")];
  const last = iterates.length - 1;
  for (const k of [2, last]) {
    model.loadState(iterates[k].state);
    pictures.push(await draw(T, k === last ? "the start that was found" : `iterate ${k}`));
  }
  pictures.push(await draw(truth, "the start as it was"));
  return tiled("initial_heat", 2, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
