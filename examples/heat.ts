/**
 * Heat in the wall of a pipe, seen in section: dT/dt = div(kappa grad T), heated on the inside, mostly at
 * three places, and cooled on the outside. A step in which a temperature changes too much is taken back
 * and tried again with half its size; after a quiet step the next one is longer. The run ends close to the
 * steady state, whose solution is known (separation of variables in polar coordinates; H. S. Carslaw and
 * J. C. Jaeger, Conduction of heat in solids, 2nd ed., Oxford 1959, chapter VII).
 *
 *     deno run examples/heat.ts
 */
import {
  annulusMesh,
  Diffusion,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  type Snapshot,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const INNER = 0.5, OUTER = 1, END = 0.5;
/** No temperature may change by more than this in a step. */
const LARGEST_CHANGE = 0.1;
/** The first step that reaches one of these times is kept for the picture. */
const MOMENTS = [0.02, 0.06, END];

/** What the inside of the pipe is held at: warmed up within 0.05, constant from then on. */
function inside(x: number, y: number, _z: number, t: number): number {
  return Math.min(1, 20 * t) * (1 + 0.5 * Math.cos(3 * Math.atan2(y, x)));
}

/** The steady state: `log(r / b) / log(a / b) + cos(3 phi) / 2 ((b/r)^3 - (r/b)^3) / ((b/a)^3 - (a/b)^3)`. */
function steady(x: number, y: number): number {
  const q = OUTER / Math.hypot(x, y), full = OUTER / INNER;
  const lobes = (q ** 3 - q ** -3) / (full ** 3 - full ** -3);
  return Math.log(q) / Math.log(full) + 0.5 * Math.cos(3 * Math.atan2(y, x)) * lobes;
}

interface Pipe {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly heat: Diffusion;
}

function build(cellSize: number): Pipe {
  const model = new Model({ name: "heat" });
  const mesh = annulusMesh(model, { inner: INNER, outer: OUTER, cellSize });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set(0);
  const heat = new Diffusion(T, { diffusivity: 1, order: 2 });
  heat.addDirichlet("inner", inside);
  heat.addDirichlet("outer", 0);
  return { model, T, heat };
}

/** The largest difference between the field and other values, `[dofCount]`. */
function distance(T: MeshVariable, other: ArrayLike<number>): number {
  return T.data.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
}

/** The steady state at the places of the degrees of freedom, `[dofCount]`. */
function steadyValues(T: MeshVariable): Float64Array {
  const at = T.coordinates.data;
  return Float64Array.from(T.data, (_, i) => steady(at[2 * i], at[2 * i + 1]));
}

/** What the story came to. */
export interface HeatResult {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly accepted: number;
  readonly takenBack: number;
  /** The largest difference to the steady state, over all degrees of freedom. */
  readonly error: number;
  /** The states at `MOMENTS`. */
  readonly kept: readonly Snapshot[];
}

/** Runs the story on a mesh of cells of about `cellSize`. */
export function main(cellSize = 0.05): HeatResult {
  const { model, T, heat } = build(cellSize);
  const { tracker } = model;
  const kept: Snapshot[] = [];
  let dt = 0.02, accepted = 0, takenBack = 0;
  console.log("    time         dt   largest change");
  while (tracker.time < END) {
    dt = Math.min(dt, END - tracker.time);
    using before = model.saveState();
    const old = T.data.slice();
    heat.solve({ dt });
    const change = distance(T, old);
    const good = change <= LARGEST_CHANGE;
    console.log(
      (tracker.time + dt).toFixed(5).padStart(8) + dt.toFixed(6).padStart(11) +
        change.toFixed(4).padStart(17) + (good ? "" : "   taken back"),
    );
    if (!good) {
      takenBack++;
      model.loadState(before);
      dt /= 2;
      continue;
    }
    accepted++;
    tracker.time += dt;
    tracker.step += 1;
    if (tracker.time >= MOMENTS[kept.length]) kept.push(model.saveState());
    if (change < 0.3 * LARGEST_CHANGE) dt *= 1.5;
  }
  const error = distance(T, steadyValues(T));
  console.log(`\n${accepted} steps accepted, ${takenBack} taken back`);
  console.log(`largest difference to the steady state: ${error.toExponential(2)}`);
  return { model, T, accepted, takenBack, error, kept };
}

/** The temperature at three moments: each is put back, and drawn. */
export async function picture({ model, T, kept }: HeatResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `t = ${model.tracker.time.toFixed(2)}`;
    const look = { width: 330, range: [0, 1.5], colors: "magma", contours: true } as const;
    pictures.push(await plotField(T, { ...look, title }));
  }
  return tiled("heat", 3, pictures);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
