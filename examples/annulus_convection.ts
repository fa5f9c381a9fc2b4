/**
 * Convection in an annulus, a slice through a planet: hot inside, cold outside, gravity towards the middle, and free
 * slip on both circles. Nothing prevents the whole from turning around; the solver finds that by itself, takes the
 * rotation out and says so. As much heat leaves as comes in once the flow is steady.
 *
 *     deno run examples/annulus_convection.ts
 */
import {
  AdvectionDiffusion,
  annulusMesh,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotHistory,
  Stokes,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const INNER = 1.2, OUTER = 2.2, RA = 1e4;
/** As many plumes as the start has. */
const PLUMES = 4;

/** Resting, but for a small disturbance. */
function start(x: number, y: number): number {
  const r = Math.hypot(x, y), depth = (OUTER - r) / (OUTER - INNER);
  const conducted = Math.log(OUTER / r) / Math.log(OUTER / INNER);
  return conducted + 0.1 * Math.cos(PLUMES * Math.atan2(y, x)) * Math.sin(Math.PI * depth);
}

/** What the story came to. */
export interface AnnulusConvectionResult {
  readonly model: Model;
  readonly T: MeshVariable;
  /** Heat through the circles over that which is conducted at rest. */
  readonly inner: number;
  readonly outer: number;
  readonly speed: number;
  /** The motions that nothing prevents: the rotation. */
  readonly freeMotions: number;
  /** The mean angular velocity that is left. */
  readonly spin: number;
  readonly measured: {
    readonly time: number[];
    readonly inner: number[];
    readonly outer: number[];
  };
}

/** Runs the story on cells of about `cellSize`. */
export async function main(cellSize = 0.14, end = 0.2): Promise<AnnulusConvectionResult> {
  const model = new Model({ name: "annulus_convection" });
  const mesh = annulusMesh(model, { inner: INNER, outer: OUTER, cellSize });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  T.set(start);
  const radial = (axis: string) => expression(`${RA} * T * ${axis} / sqrt(x^2 + y^2)`);
  const bodyForce = [radial("x"), radial("y")];
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce, rtol: 1e-6 });
  for (const circle of ["inner", "outer"]) stokes.addFreeSlip(circle);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1, rtol: 1e-8 });
  heat.addDirichlet("inner", 1);
  heat.addDirichlet("outer", 0);

  const atRest = 2 * Math.PI / Math.log(OUTER / INNER);
  const through = (circle: string) => (heat.flux(circle) as number) / atRest;
  const measured = { time: [] as number[], inner: [] as number[], outer: [] as number[] };
  const { freeMotions } = stokes.solve();
  console.log(`motions that nothing prevents: ${freeMotions}`);
  console.log("  time   steps   heat in   heat out");
  for (let steps = 0; model.tracker.time < end - 1e-9;) {
    const { accepted } = await model.advance({
      dt: () => stokes.estimateDt({ courant: 2 }),
      until: model.tracker.time + 0.04,
      step: (dt) => {
        heat.solve({ dt });
        stokes.solve();
      },
    });
    steps += accepted;
    measured.time.push(model.tracker.time);
    measured.inner.push(through("inner"));
    measured.outer.push(-through("outer"));
    console.log(
      model.tracker.time.toFixed(2).padStart(6) + `${steps}`.padStart(8) +
        through("inner").toFixed(4).padStart(10) + (-through("outer")).toFixed(4).padStart(11),
    );
  }
  const inner = through("inner"), outer = -through("outer"), speed = v.norm();
  return { model, T, inner, outer, speed, freeMotions, spin: spinOf(v), measured };
}

/** The mean of x v_y - y v_x over the mean of r^2, at the nodes. */
function spinOf(v: MeshVariable): number {
  const at = v.coordinates;
  let turning = 0, inertia = 0;
  for (let i = 0; i < v.dofCount; i++) {
    const x = at.get(i, 0), y = at.get(i, 1);
    turning += x * v.data[2 * i + 1] - y * v.data[2 * i];
    inertia += x * x + y * y;
  }
  return turning / inertia;
}

/** The temperature in the end, and how the heat flows became equal. */
export async function picture({ T, measured }: AnnulusConvectionResult): Promise<Picture> {
  return tiled("annulus convection", 2, [
    await plotField(T, { width: 330, range: [0, 1], edges: false, title: "temperature" }),
    await plotHistory(measured, { x: "time", width: 330, title: "heat in and out" }),
  ]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
