/**
 * A rubber beam, held at its left end, is pulled down at the other by a load that grows: a compressible neo-Hookean
 * solid, given by its energy,
 *
 *     W = G / 2 (F : F - 2 - 2 ln J) + K / 2 (ln J)^2,    F = I + grad u,    J = det F
 *
 * (J. Bonet, R. D. Wood, Nonlinear continuum mechanics for finite element analysis, 2nd ed., Cambridge 2008,
 * section 6.4.3, DOI 10.1017/CBO9780511755446). The load takes the part of time. A step for which Newton's method
 * does not converge within 15 steps is taken back, and one of half its size is tried. The work of the load is what is
 * stored; small loads bend the beam as the theory of slender beams says.
 *
 *     deno run examples/hyperelastic.ts
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
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const LENGTH = 4, HEIGHT = 1, G = 1, K = 1.5, END = 0.1;

function build(across: number, degree: 1 | 2) {
  const model = new Model({ name: "hyperelastic" });
  const cells = [LENGTH * across, across];
  const mesh = boxMesh(model, { min: [0, 0], max: [LENGTH, HEIGHT], cells });
  const u = new MeshVariable(mesh, "u", { components: 2, degree });
  model.parameters.define("load", 0);
  const body = new Equation(u, {
    define: { F: "I + grad(u)", J: "det(F)", G: `${G}`, K: `${K}` },
    energy: "G / 2 * (inner(F, F) - trace(I) - 2 * log(J)) + K / 2 * log(J)^2",
    maxNewton: 15,
  });
  body.addDirichlet(u, "left", 0);
  body.addNeumann(u, "right", "[0, -load]");
  const density = new MeshVariable(mesh, "density", { degree: 0 });
  const stored = () => {
    const formula = `${G} / 2 * (inner(F, F) - 2 - 2 * log(det(F))) + ${K} / 2 * log(det(F))^2`;
    density.setFrom(formula, { define: { F: "I + grad(u)" }, quadratureDegree: 6 });
    return density.integrate();
  };
  const tip = () => [0, 1].map((k) => u.evaluate([[LENGTH, HEIGHT / 2]]).get(0, k));
  return { model, mesh, u, body, stored, tip };
}

/** What the story came to. */
export interface HyperelasticResult {
  readonly model: Model;
  readonly u: MeshVariable;
  readonly report: AdvanceReport;
  /** Displacement of the middle of the right end. */
  readonly tip: readonly number[];
  /** By how much the first deflection differs from that of a slender beam, as a share. */
  readonly beamError: number;
  /** By how much the stored energy differs from the work of the load, as a share. */
  readonly imbalance: number;
}

/** Runs the story with `across` cells across the beam. */
export async function main(across = 4, degree: 1 | 2 = 2): Promise<HyperelasticResult> {
  const { model, u, body, stored, tip } = build(across, degree);
  let newton = 0, work = 0, last = [0, 0], beamError = NaN;
  // Plane strain: the modulus of the beam is E / (1 - nu^2), with lambda = K, mu = G.
  const modulus = 4 * G * (G + K) / (2 * G + K);
  console.log("    load       step       tip down   Newton   taken back");
  const report = await model.advance({
    dt: END / 10,
    until: END,
    step: (dt) => {
      model.parameters.set("load", model.tracker.time + dt);
      newton = body.solve().newton;
    },
    accept: () => true,
    grow: 1.5,
    onStep: ({ step, time: load, dt, takenBack }) => {
      const now = tip();
      if (step === 1) {
        const slender = load * HEIGHT * LENGTH ** 3 / (3 * modulus * HEIGHT ** 3 / 12);
        beamError = Math.abs(-now[1] / slender - 1);
      }
      work += (load - dt / 2) * HEIGHT * (last[1] - now[1]);
      last = now;
      if (step % 4 > 0 && takenBack.length === 0) return;
      console.log(
        load.toFixed(5).padStart(8) + dt.toFixed(5).padStart(11) +
          (-now[1]).toFixed(3).padStart(15) +
          `${newton}`.padStart(9) + `${takenBack.length}`.padStart(13),
      );
    },
  });
  const imbalance = Math.abs(work / stored() - 1);
  console.log(`\n${report.accepted} steps accepted, ${report.rejected} taken back`);
  console.log(`small loads: ${(100 * beamError).toFixed(1)} % from the theory of slender beams`);
  console.log(`work of the load and stored energy differ by ${(100 * imbalance).toFixed(2)} %`);
  return { model, u, report, tip: tip(), beamError, imbalance };
}

/** The beam where it has come to, and the steps. */
export async function picture({ u, report }: HyperelasticResult): Promise<Picture> {
  const { mesh } = u;
  const density = mesh.variables.get("density")!;
  const moved = mesh.coordinates.data.slice() as Float64Array;
  moved.forEach((_, i) => moved[i] += u.data[i]);
  mesh.deform(moved);
  return tiled("hyperelastic", 2, [
    await plotField(density, { width: 420, colors: "magma", title: "the beam, and its energy" }),
    await plotHistory(report, { title: "steps of the load", width: 480 }),
  ]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
