/**
 * A wave on a layer of viscous fluid sinks into it as exp(-t / tau), with a tau that is known (S. C. Kramer,
 * C. R. Wilson, D. R. Davies, Phys. Earth Planet. Inter. 194-195 (2012) 25-37, DOI 10.1016/j.pepi.2012.01.001). The
 * surface moves by every scheme that there is, from one and the same start: first until tau with steps that are halved
 * again and again, against a run with very short ones, which shows the orders in time; then with one step of 3 tau,
 * which explicit schemes overshoot: there the stabilised surface and the implicit midpoint keep to what theory has for
 * them. Warm fluid below is carried along, and neither the volume nor the heat is lost.
 *
 *     deno run examples/relaxing_topography.ts
 */
import {
  AdvectionDiffusion,
  boxMesh,
  convergenceOrder,
  FreeSurface,
  MeshVariable,
  Model,
  type Picture,
  plotConvergence,
  plotField,
  type Snapshot,
  Stokes,
  type SurfaceScheme,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const { cos, cosh, sinh, PI } = Math;
/** The wave number, for a wave as long as the layer is deep. */
const K = 2 * PI;
/** The time of relaxation, with viscosity, depth, density and gravity 1. */
export const TAU = 2 * K * (cosh(K) ** 2 + K * K) / (sinh(K) * cosh(K) - K);
const SCHEMES: readonly SurfaceScheme[] = ["euler", "rk2", "midpoint", "stabilised", "rk4"];
/** What one step of z tau leaves of a low wave. */
const FACTORS: Readonly<Record<SurfaceScheme, (z: number) => number>> = {
  euler: (z) => 1 - z,
  rk2: (z) => 1 - z + z * z / 2,
  rk4: (z) => 1 - z + z * z / 2 - z ** 3 / 6 + z ** 4 / 24,
  midpoint: (z) => (1 - z / 2) / (1 + z / 2),
  stabilised: (z) => 1 - z / (1 + z / 2),
};

function build(cells: number) {
  const model = new Model({ name: "relaxing_topography" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [0, -1], rtol: 1e-11 });
  stokes.addDirichlet("bottom", 0);
  stokes.addFreeSlip("left");
  stokes.addFreeSlip("right");
  const surface = new FreeSurface(stokes, { tolerance: 1e-11 });
  const { velocity, motion } = surface;
  const heat = new AdvectionDiffusion(T, { velocity, diffusivity: 0, motion });
  return { model, T, surface, heat };
}

type Built = ReturnType<typeof build>;

/** The height of the wave. */
function waveOf({ surface }: Built): number {
  const { values } = surface.heights();
  return (values[0] - values[(values.length - 1) / 2]) / 2;
}

/** Goes to `until` in equal steps, with heat or without. */
function relax(
  { model, surface, heat }: Built,
  scheme: SurfaceScheme,
  steps: number,
  warm: boolean,
) {
  for (let k = 0; k < steps; k++) {
    const { dt } = surface.step({ dt: TAU / steps, scheme });
    if (warm) heat.solve({ dt });
    model.tracker.time += dt;
  }
}

/** What the story came to. */
export interface RelaxationResult {
  readonly model: Model;
  readonly T: MeshVariable;
  /** The wave at tau, of that at the start; exp(-1) is 0.3679. */
  readonly left: number;
  /** Errors of the heights at tau, by scheme, for steps of tau / 2, tau / 4, .. */
  readonly errors: Readonly<Record<string, readonly number[]>>;
  /** Their orders. */
  readonly orders: Readonly<Record<string, number>>;
  /** What one step of 3 tau left of the wave, and what theory says. */
  readonly long: Readonly<Record<string, readonly [found: number, known: number]>>;
  /** The change of the volume and of the heat, of what there was. */
  readonly drift: readonly [volume: number, heat: number];
  /** Before, and at tau. */
  readonly kept: readonly Snapshot[];
}

/** Runs the story on `cells x cells` squares, with `halvings` of the step. */
export function main(cells = 12, halvings = 3): RelaxationResult {
  const built = build(cells), { model, T, surface } = built;
  surface.setHeights((x) => 1 + 0.05 * cos(K * x));
  T.set((x, y) => Math.exp(-40 * ((x - 0.3) ** 2 + (y - 0.85) ** 2)));
  const start = model.saveState(), wave = waveOf(built), volume = surface.volume();
  const warmth = T.integrate() as number;

  // A run with heat, which also tells the times.
  relax(built, "rk4", 8, true);
  const left = waveOf(built) / wave;
  const drift = [surface.volume() / volume - 1, T.integrate() as number / warmth - 1] as const;
  const kept = [start, model.saveState()];
  console.log(`left of the wave at tau: ${left.toFixed(4)}, in theory ${Math.exp(-1).toFixed(4)}`);
  console.log(
    `the volume changed by ${drift[0].toExponential(0)}, the heat by ${
      drift[1].toExponential(0)
    }\n`,
  );

  const heightsAfter = (scheme: SurfaceScheme, steps: number) => {
    model.loadState(start);
    relax(built, scheme, steps, false);
    return surface.heights().values;
  };
  const exact = heightsAfter("rk4", 2 ** (halvings + 2));
  const steps = Array.from({ length: halvings + 1 }, (_, k) => 2 ** (k + 1));
  const errors: Record<string, number[]> = {}, orders: Record<string, number> = {};
  const long: Record<string, [number, number]> = {};
  console.log("scheme       order   left after 3 tau   in theory");
  for (const scheme of SCHEMES) {
    errors[scheme] = steps.map((count) =>
      Math.max(...heightsAfter(scheme, count).map((h, i) => Math.abs(h - exact[i])))
    );
    orders[scheme] = convergenceOrder(steps.slice(-2).map((n) => 1 / n), errors[scheme].slice(-2));
    model.loadState(start);
    // A lower wave, so that theory, which is of low ones, holds.
    surface.setHeights((x) => 1 + 1e-3 * cos(K * x));
    const before = waveOf(built);
    surface.step({ dt: 3 * TAU, scheme });
    long[scheme] = [waveOf(built) / before, FACTORS[scheme](3)];
    console.log(
      scheme.padEnd(11) + orders[scheme].toFixed(2).padStart(7) +
        long[scheme].map((factor) => factor.toFixed(3)).map((text, i) =>
          text.padStart(i === 0 ? 19 : 12)
        ).join(""),
    );
  }
  return { model, T, left, errors, orders, long, drift, kept };
}

/** The warm fluid before and after, and the errors of the schemes. */
export async function picture(result: RelaxationResult): Promise<Picture> {
  const { model, T, kept, errors } = result, pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `t = ${(model.tracker.time / TAU).toFixed(0)} tau`;
    pictures.push(await plotField(T, { width: 300, title, edges: true, range: [0, 1] }));
  }
  const dt = errors.euler.map((_, k) => 1 / 2 ** (k + 1));
  const title = "Errors of the surface at tau";
  pictures.push(
    await plotConvergence({ dt, ...errors }, { x: "dt", y: "error", title, width: 460 }),
  );
  return tiled("relaxing_topography", 3, pictures);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
