/**
 * Stokes flow at about 10k, 50k and 200k velocities: a driven cavity, a viscosity that jumps by 1e6 (SolCx), eight
 * stiff discs that cells cut, and a block of fluid in space whose viscosity varies by 1e3. P2-P1, rtol 1e-8, from
 * rest; sampling, assembly, set-up and solve together, in seconds of CPU time, since other work may share the
 * machine. Then one step of convection, and the same problems in dolfinx where it is installed.
 *
 *     deno run --allow-run bench/stokes_bench.ts
 *
 * `--small` leaves out the largest size; without `--allow-run` dolfinx is left out.
 *
 * @module
 */
import process from "node:process";
import { AdvectionDiffusion, boxMesh, type Mesh, MeshVariable, Model, Stokes } from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { stokesPeerRows } from "./peers/stokes.ts";

const { PI, sin, cos, exp, log, hypot } = Math;
const small = Deno.args.includes("--small");

/** A problem, and the cells along a side for each size. */
interface Problem {
  readonly dim: 2 | 3;
  readonly cells: readonly number[];
  readonly build: (v: MeshVariable, p: MeshVariable) => Stokes;
}

const centres = [
  [0.2, 0.25],
  [0.5, 0.2],
  [0.8, 0.3],
  [0.3, 0.55],
  [0.65, 0.5],
  [0.15, 0.8],
  [0.5, 0.8],
  [0.85, 0.75],
];
const inDisc = (x: number, y: number) => centres.some(([a, b]) => hypot(x - a, y - b) < 0.1);

function slip(stokes: Stokes): Stokes {
  for (const side of stokes.variable.mesh.boundaries.keys()) stokes.addFreeSlip(side);
  return stokes;
}

const problems: Record<string, Problem> = {
  cavity: {
    dim: 2,
    cells: [35, 79, 158],
    build(v, p) {
      const stokes = new Stokes(v, p, { viscosity: 1 });
      for (const side of ["left", "right", "bottom"]) stokes.addDirichlet(side, 0);
      stokes.addDirichlet("top", [1, 0]);
      return stokes;
    },
  },
  solcx: {
    dim: 2,
    cells: [36, 80, 158],
    build: (v, p) =>
      slip(
        new Stokes(v, p, {
          viscosity: (x) => x < 0.5 ? 1 : 1e6,
          bodyForce: [0, (x, y) => sin(PI * y) * cos(PI * x)],
        }),
      ),
  },
  discs: {
    dim: 2,
    cells: [35, 79, 158],
    build: (v, p) =>
      slip(
        new Stokes(v, p, {
          viscosity: (x, y) => inDisc(x, y) ? 1e6 : 1,
          bodyForce: [0, (x, y) => inDisc(x, y) ? -1 : 0],
        }),
      ),
  },
  block: {
    dim: 3,
    cells: [7, 12, 20],
    build(v, p) {
      const T = (x: number, y: number, z: number) =>
        1 - z + 0.1 * cos(PI * x) * cos(PI * y) * sin(PI * z);
      const stokes = new Stokes(v, p, {
        viscosity: (x, y, z) => exp(-log(1e3) * T(x, y, z)),
        bodyForce: [0, 0, (x, y, z) => 1e4 * T(x, y, z)],
      });
      return slip(stokes);
    },
  },
};

function boxOf(dim: 2 | 3, n: number): Mesh {
  const cells = dim === 2 ? [n, n] as const : [n, n, n] as const;
  return boxMesh(new Model(), { min: cells.map(() => 0), max: cells.map(() => 1), cells });
}

/** Seconds of CPU time that work takes. */
function cpu<R>(work: () => R): { seconds: number; result: R } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

function solve({ dim, build }: Problem, n: number) {
  const mesh = boxOf(dim, n);
  const v = new MeshVariable(mesh, "v", { components: dim, degree: 2 });
  const stokes = build(v, new MeshVariable(mesh, "p"));
  const first = cpu(() => stokes.solve());
  v.set(0);
  stokes.pressure.set(0);
  const again = cpu(() => stokes.solve());
  const { iterations } = first.result;
  return { velocities: v.dofCount * dim, seconds: first.seconds, again: again.seconds, iterations };
}

// Kernels are compiled before anything is timed; those of small problems alone are not, for the engine.
for (const problem of Object.values(problems)) {
  for (const n of [problem.dim === 2 ? 12 : 4, problem.cells[0]]) solve(problem, n);
}

console.log("problem   velocities   its    all s   again s (matrices kept)   rss MB");
for (const [name, problem] of Object.entries(problems)) {
  for (const n of small ? problem.cells.slice(0, 2) : problem.cells) {
    const { velocities, iterations, seconds, again } = solve(problem, n);
    console.log(
      name.padEnd(8) + `${velocities}`.padStart(12) + `${iterations}`.padStart(6) +
        seconds.toFixed(2).padStart(9) + again.toFixed(2).padStart(10) +
        (Deno.memoryUsage().rss / 1e6).toFixed(0).padStart(25),
    );
  }
}

/** One step of Blankenbach's case 1a on 32 squares, when kernels are compiled and matrices kept. */
function convectionStep(): void {
  const mesh = boxOf(2, 32), T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  T.set((x, y) => 1 - y + 0.1 * cos(PI * x) * sin(PI * y));
  const bodyForce = [0, expression("1e4 * T")];
  const stokes = slip(
    new Stokes(v, new MeshVariable(mesh, "p"), { viscosity: 1, bodyForce, rtol: 1e-6 }),
  );
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);
  let flow = 0, carried = 0, iterations = 0;
  const steps = 30, warm = 10;
  for (let k = 0; k < warm + steps; k++) {
    const a = cpu(() => stokes.solve());
    const dt = stokes.estimateDt({ courant: 1.7 });
    const b = cpu(() => heat.solve({ dt }));
    mesh.model.tracker.time += dt;
    if (k < warm) continue;
    flow += a.seconds;
    carried += b.seconds;
    iterations += a.result.iterations;
  }
  console.log(
    `\none step of convection on 32 squares: flow ${(1e3 * flow / steps).toFixed(1)} ms ` +
      `(${(iterations / steps).toFixed(1)} iterations), heat ${
        (1e3 * carried / steps).toFixed(1)
      } ms`,
  );
}

convectionStep();
for (const row of await stokesPeerRows(small)) console.log(row);
