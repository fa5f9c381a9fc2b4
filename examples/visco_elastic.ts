/**
 * Rock that is pulled builds up stress elastically before it flows: `2 eta rate (1 - exp(-mu t / eta))`, the case of
 * Gerya and Yuen (2007), DOI 10.1016/j.pepi.2007.04.015, in SI units. From one start the same 250 kyr are gone through in
 * many small steps and in few large ones, which makes no difference; then, put back to 50 kyr, the rock is let go, and
 * its stress relaxes. A second body is sheared, where the stress turns with the material.
 *
 *     deno run examples/visco_elastic.ts
 */
import { boxMesh, MeshVariable, Model, type Picture, plotHistory, ViscoElastic } from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const YEAR = 3.15576e7, KYR = 1e3 * YEAR;
const RATE = 1e-14, ETA = 1e22, MU = 1e10, SIZE = 1e5;

/** Stress in MPa at times in kyr. */
export interface Course {
  readonly time: readonly number[];
  readonly stress: readonly number[];
}

/** What the story came to. */
export interface ViscoElasticResult {
  /** Relative errors at 250 kyr, for steps of 5, 25 and 125 kyr. */
  readonly errors: readonly number[];
  readonly pulled: Course;
  readonly released: Course;
  /** Relative error of the relaxed stress. */
  readonly releaseError: number;
  /** Errors in simple shear with 10, 20 and 40 steps. */
  readonly shearErrors: readonly number[];
}

/** Runs the story. */
export function main(): ViscoElasticResult {
  const model = new Model({ name: "visco_elastic" });
  model.parameters.define("pull", RATE, { units: "1/s" });
  const { flow, stress } = body(model, SIZE, { viscosity: ETA, shearModulus: MU });
  for (const side of ["left", "right", "bottom", "top"]) {
    flow.stokes.addDirichlet(side, (x, y, _z, out) => {
      const rate = model.parameters.get("pull");
      out[0] = rate * x;
      out[1] = -rate * y;
    });
  }
  const go = (dt: number, until: number, course: { time: number[]; stress: number[] }) => {
    while (model.tracker.time < until * KYR - 1) {
      flow.solve({ dt: dt * KYR });
      model.tracker.time += dt * KYR;
      course.time.push(model.tracker.time / KYR);
      course.stress.push(stress.evaluate([[SIZE / 2, SIZE / 2]]).get(0, 0) / 1e6);
    }
  };
  const exact = (kyr: number) => 2 * ETA * RATE * (1 - Math.exp(-MU * kyr * KYR / ETA)) / 1e6;

  const start = model.saveState(), pulled = { time: [0], stress: [0] };
  go(5, 50, pulled);
  const half = model.saveState();
  go(5, 250, pulled);
  const errors = [5, 25, 125].map((dt) => {
    let last = pulled;
    if (dt !== 5) {
      model.loadState(start);
      go(dt, 250, last = { time: [0], stress: [0] });
    }
    const found = last.stress[last.stress.length - 1], error = Math.abs(found / exact(250) - 1);
    console.log(
      `steps of ${`${dt}`.padStart(3)} kyr: ${found.toFixed(6)} MPa, error ${
        error.toExponential(1)
      }`,
    );
    return error;
  });

  model.loadState(half);
  model.parameters.set("pull", 0);
  const released = { time: [50], stress: [exact(50)] };
  go(5, 250, released);
  // The rate falls within a step, linearly: that is what the scheme takes it for.
  const z = MU * 5 * KYR / ETA, ramp = (Math.exp(-z) * (-1 - z) + 1) / z;
  const relaxed = (exact(50) * Math.exp(-z) + 2 * ETA * RATE * ramp / 1e6) * Math.exp(-39 * z);
  const releaseError = Math.abs(released.stress[40] / relaxed - 1);
  console.log(`let go at 50 kyr, ${released.stress[40].toFixed(4)} MPa are left at 250 kyr`);

  const shearErrors = [10, 20, 40].map(sheared);
  console.log(
    `simple shear, 10, 20, 40 steps: errors ${
      shearErrors.map((e) => e.toExponential(1)).join(", ")
    }`,
  );
  return { errors, pulled, released, releaseError, shearErrors };
}

/** The error after a shear of 1 of an elastic body, whose stress is (1 - cos 1, sin 1) with Jaumann's rate. */
function sheared(steps: number): number {
  const model = new Model({ name: "sheared" });
  const { flow, stress } = body(model, 1, { viscosity: 1e12, shearModulus: 1 });
  for (const side of ["left", "right", "bottom", "top"]) {
    flow.stokes.addDirichlet(side, (_x, y, _z, out) => {
      out[0] = y;
      out[1] = 0;
    });
  }
  for (let k = 0; k < steps; k++) {
    flow.solve({ dt: 1 / steps });
    model.tracker.time += 1 / steps;
  }
  const [xx, , xy] = stress.evaluate([[0.5, 0.5]]).data;
  return Math.max(Math.abs(xx - 1 + Math.cos(1)), Math.abs(xy - Math.sin(1)));
}

function body(
  model: Model,
  size: number,
  rock: { readonly viscosity: number; readonly shearModulus: number },
): { flow: ViscoElastic; stress: MeshVariable } {
  const mesh = boxMesh(model, { min: [0, 0], max: [size, size], cells: [2, 2] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"),
    stress = new MeshVariable(mesh, "stress", { components: 3 });
  return { flow: new ViscoElastic(v, p, { ...rock, stress, rtol: 1e-10 }), stress };
}

/** Stress in time, pulled and let go. */
export async function picture({ pulled, released }: ViscoElasticResult): Promise<Picture> {
  const columns = {
    time: pulled.time,
    pulled: pulled.stress,
    "let go": pulled.time.map((t, i) => t < 50 ? pulled.stress[i] : released.stress[i - 10]),
  };
  const curve = await plotHistory(columns, { width: 560, title: "stress (MPa) over time (kyr)" });
  return tiled("visco_elastic", 1, [curve]);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
