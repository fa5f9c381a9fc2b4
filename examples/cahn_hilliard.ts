/**
 * Two substances that were mixed separate: the Cahn-Hilliard equation, of fourth order, split into two of second
 * order for the concentration c and the chemical potential mu,
 *
 *     dc/dt = div grad mu,    mu = f'(c) - LAMBDA div grad c,    f(c) = 100 c^2 (1 - c)^2
 *
 * (J. W. Cahn, J. E. Hilliard, J. Chem. Phys. 28 (1958) 258-267, DOI 10.1063/1.1744102). Nothing is lost, and the
 * energy falls. A step in which Newton's method does not converge, or the energy rises, is taken back and tried
 * again with half its size; good ones let the next one grow.
 *
 *     deno run examples/cahn_hilliard.ts
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

const LAMBDA = 0.01;
/** The first step that reaches one of these parts of the time is kept for the picture. */
const MOMENTS = [0.04, 0.2, 1];

function build(cells: number) {
  const model = new Model({ name: "cahn_hilliard", seed: 5 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const c = new MeshVariable(mesh, "c"), mu = new MeshVariable(mesh, "mu");
  const density = new MeshVariable(mesh, "density", { degree: 0 });
  model.parameters.define("lambda", LAMBDA);
  c.set(() => 0.63 + 0.02 * (model.random.next() - 0.5));
  const separation = new Equation([c, mu], {
    test: ["q", "v"],
    define: { dfdc: "200 * c * (1 - c) * (1 - 2 * c)" },
    weak: `dt(c) * q + dot(grad(mu), grad(q))
      + mu * v - dfdc * v - lambda * dot(grad(c), grad(v))`,
    // Where the well is curved downwards, multigrid of the whole Jacobian fails: without f' it is linear.
    preconditioner: { define: { dfdc: "0" } },
    quadratureDegree: 4,
    maxNewton: 15,
    maxIterations: 200,
    linear: { method: "gmres", preconditioner: "multigrid" },
  });
  const energy = () => {
    density.setFrom("100 * c^2 * (1 - c)^2 + lambda / 2 * dot(grad(c), grad(c))", {
      quadratureDegree: 4,
    });
    return density.integrate();
  };
  return { model, c, separation, energy };
}

/** What the story came to. */
export interface CahnHilliardResult {
  readonly model: Model;
  readonly c: MeshVariable;
  readonly report: AdvanceReport;
  /** The energy at the start and at the end. */
  readonly energies: readonly [number, number];
  /** The largest change of the integral of c. */
  readonly drift: number;
  /** The states at `MOMENTS`. */
  readonly kept: readonly Snapshot[];
}

/** Runs the story on `cells x cells` squares until `until`. */
export async function main(cells = 48, until = 5e-4): Promise<CahnHilliardResult> {
  const { model, c, separation, energy } = build(cells);
  const mass = c.integrate(), first = energy(), kept: Snapshot[] = [];
  let before = first, now = first, drift = 0, newton = 0;
  console.log("    time        dt   energy   Newton   taken back");
  const report = await model.advance({
    dt: 2e-5,
    until,
    step: (dt) => {
      newton = separation.solve({ dt }).newton;
      now = energy();
    },
    accept: () => now < before,
    grow: 1.5,
    onStep: ({ step, time, dt, takenBack }) => {
      before = now;
      drift = Math.max(drift, Math.abs(c.integrate() - mass));
      if (time >= MOMENTS[kept.length] * until) kept.push(model.saveState());
      if (step % 5 > 0 && takenBack.length === 0) return;
      console.log(
        time.toExponential(2).padStart(8) + dt.toExponential(1).padStart(10) +
          now.toFixed(4).padStart(9) + `${newton}`.padStart(9) + `${takenBack.length}`.padStart(13),
      );
    },
  });
  console.log(`\n${report.accepted} steps accepted, ${report.rejected} taken back`);
  console.log(`energy ${first.toFixed(4)} to ${now.toFixed(4)}, in every step less`);
  console.log(`largest change of mass: ${drift.toExponential(1)}`);
  return { model, c, report, energies: [first, now], drift, kept };
}

/** The concentration at the moments that were kept, each put back, and the steps. */
export async function picture({ model, c, kept, report }: CahnHilliardResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `t = ${model.tracker.time.toExponential(1)}`;
    pictures.push(await plotField(c, { width: 210, range: [0, 1], title }));
  }
  pictures.push(await plotHistory(report, { title: "step sizes", width: 600 }));
  return tiled("cahn_hilliard", 3, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
