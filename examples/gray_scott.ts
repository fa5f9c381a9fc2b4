/**
 * Spots that grow and divide: two substances that react and diffuse,
 *
 *     dU/dt = DU div grad U - U V^2 + F (1 - U),    dV/dt = DV div grad V + U V^2 - (F + K) V
 *
 * (J. E. Pearson, Complex patterns in a simple system, Science 261 (1993) 189-192,
 * DOI 10.1126/science.261.5118.189). Each step is solved for both at once by Newton's method. Its error is
 * estimated from the step before: where second-order steps of the sizes that were taken would have come to by
 * extrapolation. A step that is too long, or for which Newton's method finds nothing, is taken back.
 *
 *     deno run examples/gray_scott.ts
 */
import {
  type AdvanceReport,
  boxMesh,
  Equation,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotHistory,
  type Snapshot,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const SIZE = 0.5, TOLERANCE = 0.01, SPOT = 0.25;
/** The first step that reaches one of these parts of the time is kept for the picture. */
const MOMENTS = [0.05, 0.5, 1];

function build(cells: number) {
  const model = new Model({ name: "gray_scott" }), { parameters } = model;
  const mesh = boxMesh(model, { min: [0, 0], max: [SIZE, SIZE], cells: [cells, cells] });
  const U = new MeshVariable(mesh, "U"), V = new MeshVariable(mesh, "V");
  const spot = (x: number, y: number) => Math.exp(-800 * ((x - 0.24) ** 2 + (y - 0.26) ** 2));
  U.set((x, y) => 1 - 0.5 * spot(x, y));
  V.set((x, y) => 0.25 * spot(x, y));
  for (const [name, value] of Object.entries({ DU: 2e-5, DV: 1e-5, F: 0.03, K: 0.062 })) {
    parameters.define(name, value);
  }
  const reaction = new Equation([U, V], {
    test: ["p", "q"],
    order: 2,
    define: { r: "U * V^2" },
    weak: `dt(U) * p + DU * dot(grad(U), grad(p)) + (r - F * (1 - U)) * p
      + dt(V) * q + DV * dot(grad(V), grad(q)) - (r - (F + K) * V) * q`,
  });
  return { model, U, V, reaction };
}

/** What the story came to. */
export interface GrayScottResult {
  readonly model: Model;
  readonly V: MeshVariable;
  readonly report: AdvanceReport;
  /** How many spots there are at `MOMENTS`. */
  readonly spots: readonly number[];
  /** The states at `MOMENTS`. */
  readonly kept: readonly Snapshot[];
}

/** In how many pieces the places are where V is larger than SPOT. */
function countSpots(V: MeshVariable): number {
  const { data } = V, list = V.mesh.cells.data, corners = V.mesh.dim + 1;
  // Every node points to another one of its piece, or to itself.
  const next = Int32Array.from(data, (_, i) => i);
  const lastOf = (i: number): number => next[i] === i ? i : lastOf(next[i]);
  for (let c = 0; c < list.length; c += corners) {
    const inside = Array.from(list.slice(c, c + corners)).filter((node) => data[node] > SPOT);
    for (const node of inside) next[lastOf(node)] = lastOf(inside[0]);
  }
  return data.reduce((sum, value, i) => sum + (value > SPOT && next[i] === i ? 1 : 0), 0);
}

/** Runs the story on `cells x cells` squares until `until`. */
export async function main(cells = 48, until = 800): Promise<GrayScottResult> {
  const { model, V, reaction } = build(cells);
  const kept: Snapshot[] = [], spots: number[] = [];
  // Two values before the step, and the step between them.
  let older = V.data.slice(), old = V.data.slice(), between = 1, newton = 0, size = 1;
  const error = () => {
    // The second difference of three values is what steps of order 2 leave out, up to a factor.
    const ratio = size / between;
    return V.data.reduce(
      (most, value, i) =>
        Math.max(
          most,
          Math.abs(value - old[i] - ratio * (old[i] - older[i])) * ratio / (1 + ratio),
        ),
      0,
    );
  };
  console.log("   time     dt   Newton   spots   taken back");
  const report = await model.advance({
    dt: 20,
    until,
    step: (dt) => {
      size = dt;
      newton = reaction.solve({ dt }).newton;
    },
    error,
    tolerance: TOLERANCE,
    order: 2,
    onStep: ({ step, time, dt, takenBack }) => {
      older = old;
      old = V.data.slice();
      between = dt;
      if (time >= MOMENTS[kept.length] * until) {
        kept.push(model.saveState());
        spots.push(countSpots(V));
      }
      if (step % 10 > 0 && takenBack.length === 0) return;
      console.log(
        time.toFixed(1).padStart(7) + dt.toFixed(2).padStart(7) + `${newton}`.padStart(9) +
          `${countSpots(V)}`.padStart(8) + `${takenBack.length}`.padStart(13),
      );
    },
  });
  console.log(`\n${report.accepted} steps accepted, ${report.rejected} taken back`);
  console.log(`spots: ${spots.join(", ")}`);
  return { model, V, report, spots, kept };
}

/** The spots at the moments that were kept, each put back, and the steps. */
export async function picture({ model, V, kept, report }: GrayScottResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `t = ${model.tracker.time.toFixed(0)}`;
    pictures.push(await plotField(V, { width: 300, range: [0, 0.35], title }));
  }
  pictures.push(await plotHistory(report, { title: "step sizes", width: 600 }));
  return tiled("gray_scott", 3, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
