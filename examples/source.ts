/**
 * Something leaks into the air of a hall and is carried away by the wind. Three sensors measure it, and the place
 * and the strength of the leak are looked for:
 *
 *     dc/dt + w . grad c = D div(grad c) + q exp(-|x - (sx, sy)|^2 / R^2)
 *
 * The measurements, at four times, come from a run with the true leak on a finer mesh. The gradient by the three
 * parameters comes from one run backwards. Every iterate can be put back.
 *
 *     deno run examples/source.ts
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

const D = 0.02, R = 0.12, DT = 0.05, STEPS = 16, TIMES = [0.2, 0.4, 0.6, 0.8];
const SENSORS = [[1.5, 0.25], [1.5, 0.75], [0.9, 0.5]];
const TRUE = { sx: 0.35, sy: 0.65, q: 3 }, GUESS = { sx: 0.6, sy: 0.45, q: 1 };

/** Air that flows to the right, fastest in the middle, and still at the start. */
function hall(cells: number, leak: typeof TRUE) {
  const model = new Model({ name: "source" });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [2 * cells, cells] });
  const c = new MeshVariable(mesh, "c", { degree: 2 });
  for (const [name, value] of Object.entries(leak)) model.parameters.define(name, value);
  const air = new Equation(c, {
    test: "v",
    order: 2,
    define: { leak: `q * exp(-((x - sx)^2 + (y - sy)^2) / ${R ** 2})` },
    weak:
      `dt(c) * v + dot([8 * y * (1 - y), 0], grad(c)) * v + ${D} * dot(grad(c), grad(v)) - leak * v`,
  });
  air.addDirichlet(c, "left", 0);
  const step = () => {
    model.tracker.time += air.solve({ dt: DT }).dt;
  };
  return { model, c, step };
}

/** What the sensors show at `TIMES`, with the true leak. */
function measured(cells: number): number[][] {
  const { model, c, step } = hall(cells, TRUE), rows: number[][] = [];
  for (let k = 0; k < STEPS; k++) {
    step();
    if (!TIMES.some((time) => Math.abs(time - model.tracker.time) < DT / 2)) continue;
    const values = c.evaluate(SENSORS);
    rows.push(SENSORS.map((_, i) => values.get(i, 0)));
  }
  return rows;
}

/** What the story came to. */
export interface SourceResult {
  readonly model: Model;
  readonly c: MeshVariable;
  readonly step: () => void;
  readonly optimum: Optimum;
  /** Distance of the leak that was found to the true one, and its strength. */
  readonly distance: number;
  readonly strength: number;
}

/** Runs the story. */
export async function main(cells = 12): Promise<SourceResult> {
  const seen = measured(cells + cells / 2);
  const { model, c, step } = hall(cells, GUESS);
  const objective = TIMES.map((time, j) => ({
    text: SENSORS.map(([x, y], i) => `(at(c, [${x}, ${y}]) - ${seen[j][i]})^2`).join(" + "),
    times: [time],
  }));
  const now = (name: string): number => model.parameters.get(name);
  console.log("iteration    objective       sx       sy        q");
  const show = ({ iteration, value }: Iterate) => {
    if (iteration % 3 > 0) return;
    const numbers = ["sx", "sy", "q"].map((name) => now(name).toFixed(3).padStart(9)).join("");
    console.log(`${iteration}`.padStart(9) + value.toExponential(2).padStart(13) + numbers);
  };
  const optimum = await optimize(model, {
    steps: STEPS,
    step,
    objective,
    controls: ["sx", "sy", "q"],
    rtol: 1e-4,
    onIterate: show,
  });
  const distance = Math.hypot(now("sx") - TRUE.sx, now("sy") - TRUE.sy), strength = now("q");
  console.log(`\n${optimum.evaluations} gradients`);
  console.log(
    `leak at (${now("sx").toFixed(3)}, ${now("sy").toFixed(3)}), ${
      distance.toFixed(4)
    } from the true place; ` +
      `strength ${strength.toFixed(3)} of ${TRUE.q}`,
  );
  return { model, c, step, optimum, distance, strength };
}

/** The air at the end with the first guess and with what was found, and how the misfit fell. */
export async function picture({ model, c, step, optimum }: SourceResult): Promise<Picture> {
  const { iterates } = optimum, pictures: Picture[] = [];
  for (
    const [iterate, title] of [[iterates[0], "first guess"], [iterates.at(-1)!, "found"]] as const
  ) {
    model.loadState(iterate.state);
    for (let k = 0; k < STEPS; k++) step();
    pictures.push(await plotField(c, { width: 450, colors: "magma", contours: true, title }));
  }
  return tiled("source", 2, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
