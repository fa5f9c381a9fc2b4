/**
 * How fast does a drop of dye spread along a channel? Molecules wander, and the flow takes those in the middle along
 * faster than those at the walls; together that spreads the dye far more than wandering alone, as if the diffusivity
 * were D (1 + 2/105 Pe^2), Pe = U a / D for the mean speed U and half the width a (G. Taylor, Proc. R. Soc. A 219 (1953)
 * 186-203, DOI 10.1098/rspa.1953.0139; R. Aris, 235 (1956) 67-77, DOI 10.1098/rspa.1956.0065). The channel is a short
 * periodic piece: particles that leave through one side come in through the other, and `swarm.wraps` counts how often,
 * so that the dye goes along for thirty lengths of the piece. Then the last stretch is put back and wandered again, bit
 * for bit.
 *
 *     deno run examples/dispersion.ts
 */
import { boxMesh, Model, type Picture, plotHistory, Swarm } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

/** Half the width, the mean speed and the diffusivity. */
const A = 1, U = 20, D = 1;
const DT = 0.02;

/** What the story came to. */
export interface DispersionResult {
  /** The diffusivity along the channel that was found, after the first unit of time, and the known one. */
  readonly found: number;
  readonly known: number;
  /** The variance of the particles along the channel over time. */
  readonly course: { readonly t: number[]; readonly variance: number[] };
  /** How often a particle went around at most. */
  readonly rounds: number;
  /** Whether the last stretch came out the same, to the bit, when it was put back. */
  readonly putBack: boolean;
}

/** Runs the story with `perCell` particles in each of 256 cells, up to time `until`. */
export function main(perCell = 8, until = 5): DispersionResult {
  const model = new Model({ name: "dispersion", seed: 5 });
  const mesh = boxMesh(model, { min: [0, -A], max: [4, A], cells: [16, 8], periodic: ["x"] });
  const swarm = new Swarm(mesh, { boundary: "reflect", wraps: true });
  swarm.populate({ perCell });
  const length = mesh.periods.data[0];
  /** Where particles would be along a channel without end. */
  const along = () => {
    const { coordinates: { data: x }, wraps: { data: wraps } } = swarm;
    return Float64Array.from(wraps, (n, i) => x[2 * i] + n * length);
  };
  const start = along();
  const step = () => {
    swarm.advect((_x, y, _z, out) => {
      out[0] = 1.5 * U * (1 - (y / A) ** 2);
      out[1] = 0;
    }, DT);
    const x = swarm.coordinates.data;
    for (let i = 0; i < x.length; i++) x[i] += Math.sqrt(2 * D * DT) * model.random.normal();
    // Walls mirror the way of a molecule; the sides of the piece are no walls, and take it to the other side.
    for (let i = 1; i < x.length; i += 2) {
      if (Math.abs(x[i]) > A) x[i] = Math.sign(x[i]) * 2 * A - x[i];
    }
    swarm.migrate();
    model.tracker.time += DT;
  };
  const variance = () => {
    const moved = along().map((x, i) => x - start[i]);
    const mean = moved.reduce((sum, x) => sum + x, 0) / moved.length;
    return moved.reduce((sum, x) => sum + (x - mean) ** 2, 0) / moved.length;
  };

  const course: DispersionResult["course"] = { t: [], variance: [] };
  const steps = Math.round(until / DT), early = Math.round(1 / DT);
  let token = model.saveState();
  for (let s = 1; s <= steps; s++) {
    step();
    course.t.push(model.tracker.time);
    course.variance.push(variance());
    if (s === steps - 10) token = model.saveState();
  }
  const end = swarm.coordinates.data.slice(), wraps = swarm.wraps.data.slice();
  model.loadState(token);
  for (let s = 0; s < 10; s++) step();
  const putBack = swarm.coordinates.data.every((x, i) => Object.is(x, end[i])) &&
    swarm.wraps.data.every((n, i) => n === wraps[i]);

  const gained = course.variance[steps - 1] - course.variance[early - 1];
  const found = gained / (2 * (steps - early) * DT), known = D * (1 + 2 / 105 * (U * A / D) ** 2);
  const rounds = wraps.reduce((most, n) => Math.max(most, n), 0);
  console.log(
    `the dye spreads as if the diffusivity were ${found.toFixed(2)}; known: ${
      known.toFixed(2)
    }, that of the molecules: ${D}`,
  );
  console.log(`the fastest of ${swarm.count} particles went around ${rounds} times`);
  return { found, known, course, rounds, putBack };
}

/** The variance over time, with the known one and that of wandering alone. */
export function picture({ course: { t, variance }, known }: DispersionResult): Promise<Picture> {
  return plotHistory({
    t,
    variance,
    "Taylor and Aris": t.map((time) => 2 * known * time),
    "wandering alone": t.map((time) => 2 * D * time),
  }, { x: "t", title: "Shear spreads the dye eight times as fast" });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
