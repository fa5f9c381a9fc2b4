/**
 * A bar of steel, seen in section, comes glowing out of the furnace and cools by radiation. Its conductivity and heat
 * capacity depend on the temperature, and the flux through its surface on the fourth power of it:
 *
 *     RHO c(T) dT/dt = div(k(T) grad T),    k dT/dn = EPSILON sigma (T_air^4 - T^4)
 *
 * A step in which a temperature changes by more than 40 K is taken back and tried again with half its size. What is
 * radiated is what the bar loses; a bar that conducted heat perfectly would follow an ordinary equation, which is
 * solved beside it.
 *
 *     deno run examples/radiation.ts
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

/** Metres, seconds, kelvin, watts. */
const SIDE = 0.1,
  START = 1500,
  END = 3600,
  AIR = 300,
  RHO = 7800,
  EPSILON = 0.8,
  SIGMA = 5.670374419e-8;
const CAPACITY = 480, CAPACITY_SLOPE = 0.15, LARGEST_CHANGE = 40;
/** The first step that reaches one of these times is kept for the picture. */
const MOMENTS = [120, 900, END];

function build(cells: number, degree: 1 | 2) {
  const model = new Model({ name: "radiation" });
  const mesh = boxMesh(model, { min: [0, 0], max: [SIDE, SIDE], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T", { degree });
  T.set(START);
  model.parameters.define("rho", RHO, { units: "kg/m^3" });
  model.parameters.define("radiation", EPSILON * SIGMA, { units: "W/m^2/K^4" });
  model.parameters.define("air", AIR, { units: "K" });
  const heat = new Equation(T, {
    test: "s",
    order: 2,
    define: { k: "60 / (1 + 0.001 * T)", c: `${CAPACITY} + ${CAPACITY_SLOPE} * T` },
    weak: "rho * c * dt(T) * s + k * dot(grad(T), grad(s))",
  });
  for (const side of mesh.boundaries.keys()) {
    heat.addNeumann(T, side, "radiation * (air^4 - T^4)");
  }
  const energy = new MeshVariable(mesh, "energy", { degree: 0 });
  const stored = () => {
    energy.setFrom(`rho * (${CAPACITY} * T + ${CAPACITY_SLOPE} / 2 * T^2)`);
    return energy.integrate();
  };
  const radiated = new MeshVariable(mesh, "radiated", { degree });
  const power = () => {
    radiated.setFrom("radiation * (T^4 - air^4)", { by: "average" });
    return [...mesh.boundaries.keys()].reduce((sum, side) => sum + radiated.integrate(side), 0);
  };
  return { model, T, heat, stored, power };
}

/** The temperature after `END` of a bar that conducts perfectly, by the classical Runge-Kutta method. */
function perfectConductor(): number {
  const rate = (T: number) =>
    4 * EPSILON * SIGMA * (AIR ** 4 - T ** 4) / (SIDE * RHO * (CAPACITY + CAPACITY_SLOPE * T));
  let T = START;
  const steps = 1000, h = END / steps;
  for (let k = 0; k < steps; k++) {
    const a = rate(T), b = rate(T + h / 2 * a), c = rate(T + h / 2 * b), d = rate(T + h * c);
    T += h / 6 * (a + 2 * b + 2 * c + d);
  }
  return T;
}

/** What the story came to. */
export interface RadiationResult {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly report: AdvanceReport;
  /** What the bar lost and what it radiated differ by this share, by the trapezoidal rule in time. */
  readonly imbalance: number;
  /** The mean temperature at the end, and that of a perfect conductor. */
  readonly end: number;
  readonly perfect: number;
  /** The states at `MOMENTS`. */
  readonly kept: readonly Snapshot[];
}

/** Runs the story. */
export async function main(cells = 12, degree: 1 | 2 = 2): Promise<RadiationResult> {
  const { model, T, heat, stored, power } = build(cells, degree);
  const first = stored(), kept: Snapshot[] = [];
  let old = T.data.slice(), newton = 0, before = power(), radiated = 0;
  const change = () => T.data.reduce((m, value, i) => Math.max(m, Math.abs(value - old[i])), 0);
  console.log("  time [s]   dt [s]   middle [K]   corner [K]   Newton   taken back");
  const report = await model.advance({
    dt: 40,
    until: END,
    step: (dt) => newton = heat.solve({ dt }).newton,
    accept: () => change() <= LARGEST_CHANGE,
    grow: 1.3,
    onStep: ({ step, time, dt, takenBack }) => {
      const now = power();
      radiated += dt / 2 * (before + now);
      before = now;
      old = T.data.slice();
      if (time >= MOMENTS[kept.length]) kept.push(model.saveState());
      if (step % 8 > 0 && takenBack.length === 0) return;
      const middle = T.evaluate([[SIDE / 2, SIDE / 2]]).get(0, 0);
      console.log(
        time.toFixed(1).padStart(10) + dt.toFixed(2).padStart(9) + middle.toFixed(1).padStart(13) +
          T.min().toFixed(1).padStart(13) + `${newton}`.padStart(9) +
          `${takenBack.length}`.padStart(13),
      );
    },
  });
  const imbalance = Math.abs(first - stored() - radiated) / radiated;
  const end = T.integrate() / SIDE ** 2, perfect = perfectConductor();
  console.log(`\n${report.accepted} steps accepted, ${report.rejected} taken back`);
  console.log(`lost and radiated heat differ by ${(100 * imbalance).toFixed(3)} %`);
  console.log(`mean ${end.toFixed(1)} K; a perfect conductor would have ${perfect.toFixed(1)} K`);
  return { model, T, report, imbalance, end, perfect, kept };
}

/** The temperature at three moments, each put back, and the steps. */
export async function picture({ model, T, kept, report }: RadiationResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `after ${(model.tracker.time / 60).toFixed(0)} minutes`;
    pictures.push(await plotField(T, { width: 300, colors: "magma", contours: true, title }));
  }
  pictures.push(await plotHistory(report, { title: "step sizes", width: 600 }));
  return tiled("radiation", 3, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
