/**
 * Equations of one's own: compiling them, assembling residuals and Jacobians beside the hand-written assembly of a
 * varying diffusivity, and steps of Cahn-Hilliard; the same in dolfinx where it is installed.
 *
 *     deno run --allow-run bench/equation_bench.ts
 *
 * Without `--allow-run` dolfinx is left out. Milliseconds, the best of several runs of code that is warm, unless
 * said otherwise.
 *
 * @module
 */
import type { EquationTexts } from "../src/equation/equation_texts.ts";
import { environmentOf } from "../src/equation/environment.ts";
import { type Program, readProgram } from "../src/equation/program.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { geometryOf, type Mesh } from "../src/mesh/mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Model } from "../src/model/model.ts";
import { addLoad } from "../src/solve/assembly/load.ts";
import { referenceOf } from "../src/solve/assembly/reference.ts";
import { sparsityOf } from "../src/solve/assembly/sparsity.ts";
import { addStiffness } from "../src/solve/assembly/stiffness.ts";
import { separation } from "../tests/equation/_systems.ts";
import { peerLines } from "./peers/peer_lines.ts";

const spaces = [[2, 1, 316], [2, 2, 158], [3, 1, 46], [3, 2, 23]] as const;

/** Weak forms by name; every one is that of a scalar unknown. */
const forms: Readonly<Record<string, string>> = {
  "poisson": "k * dot(grad(u), grad(v)) - v",
  "k a field": "K * dot(grad(u), grad(v)) - v",
  "bratu": "dot(grad(u), grad(v)) - exp(u) * v",
  "p-laplace": "(1e-3 + dot(grad(u), grad(u)))^0.25 * dot(grad(u), grad(v)) - v",
  "k(u)": "(1 + u^2) * dot(grad(u), grad(v)) - v",
};

function box(dim: 2 | 3, n: number): Mesh {
  const model = new Model(), cells = dim === 2 ? [n, n] : [n, n, n];
  model.parameters.define("k", 2);
  const mesh = boxMesh(model, { min: cells.map(() => 0), max: cells.map(() => 1), cells });
  new MeshVariable(mesh, "K").set((x) => 1 + x);
  return mesh;
}

function textsOf(text: string, kind: "weak" | "energy" = "weak"): EquationTexts {
  const tests = kind === "weak" ? ["v"] : [];
  return { kind, text, tests, define: {}, preconditioner: null, fluxes: [] };
}

function read(u: MeshVariable, texts: EquationTexts): Program {
  const { mesh } = u;
  return readProgram(texts, {
    mesh,
    unknowns: [u],
    who: "bench",
    quadratureDegree: null,
    isEarly: false,
  });
}

/** One evaluation of residual and Jacobian together. */
function evaluation(u: MeshVariable, { assembler }: Program): () => void {
  const geometry = geometryOf(u.mesh), space = assembler.spaceOn(geometry);
  const residual = new Float64Array(space.count);
  const values = new Float64Array(space.sparsity.columns.length);
  const environment = environmentOf(assembler.inputs, u.mesh, "bench");
  const x = space.gather([u.data]), past = new Float64Array(space.count);
  const point = { environment, t: 0, rate: 0, past, x };
  return () => assembler.evaluate(geometry, point, residual, values);
}

function best(work: () => void, times = 9): number {
  let least = Infinity;
  for (let k = 0; k < times; k++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** The hand-written assembly with a diffusivity and a source that vary. */
function handWritten(u: MeshVariable): () => void {
  const geometry = geometryOf(u.mesh), { topology } = geometry;
  const degree = u.degree as 1 | 2, map = topology.dofMap(degree, true);
  const reference = referenceOf(u.mesh.dim, degree), sparsity = sparsityOf(map);
  const k = new Float64Array(topology.cellCount * reference.quadrature.count).fill(1.5);
  const values = new Float64Array(sparsity.columns.length), b = new Float64Array(map.count);
  return () => {
    values.fill(0);
    b.fill(0);
    addStiffness(values, geometry, reference, sparsity, k);
    addLoad(b, geometry, reference, map, k);
  };
}

console.log(
  "Compiling (read, derive, write, new Function), ms",
);
{
  const neoHooke =
    "inner(I + grad(u), I + grad(u)) / 2 - log(det(I + grad(u))) + log(det(I + grad(u)))^2";
  for (const dim of [2, 3] as const) {
    const cases: [string, EquationTexts, number, 1 | 2][] = [
      ...Object.entries(forms).map((
        [name, text],
      ): [string, EquationTexts, number, 1 | 2] => [name, textsOf(text), 1, 2]),
      ["neo-hooke", textsOf(neoHooke, "energy"), dim, 1],
      ["neo-hooke P2", textsOf(neoHooke, "energy"), dim, 2],
    ];
    for (const [name, texts, components, degree] of cases) {
      const times = Array.from({ length: 3 }, () => {
        const u = new MeshVariable(box(dim, 1), "u", { components, degree });
        const start = performance.now(), evaluate = evaluation(u, read(u, texts));
        evaluate();
        const compiled = performance.now();
        evaluate();
        // Without the evaluation, which is slow before V8 has optimised it.
        return Math.max(0, 2 * compiled - start - performance.now());
      });
      console.log(
        `  ${`${dim}-D ${name}`.padEnd(22)} first ${times[0].toFixed(1).padStart(6)}, again ${
          Math.min(...times).toFixed(1).padStart(6)
        }`,
      );
    }
  }
}

console.log(
  "\nResidual and Jacobian, about 100k unknowns, ms (in brackets: to the hand-written one)",
);
const ours = new Map<string, number>();
for (const [dim, degree, n] of spaces) {
  const u = new MeshVariable(box(dim, n), "u", { degree });
  u.set((x, y) => 0.3 * x * y);
  const hand = best(handWritten(u));
  const cells = Object.entries(forms).map(([name, text]) => {
    const ms = best(evaluation(u, read(u, textsOf(text))));
    ours.set(`${name} ${dim}-D P${degree}`, ms);
    return `${name} ${ms.toFixed(1)} (${(ms / hand).toFixed(2)})`;
  });
  console.log(
    `  ${dim}-D P${degree}, ${u.dofCount}: by hand ${hand.toFixed(1)}; ${cells.join(", ")}`,
  );
}

console.log("\nCahn-Hilliard, 19,881 nodes, 10 steps, ms a step");
{
  const { model, equation, energy } = separation(140);
  const times: number[] = [], newton: number[] = [];
  for (let k = 0; k < 10; k++) {
    const start = performance.now();
    newton.push(equation.solve({ dt: 5e-6 }).newton);
    times.push(performance.now() - start);
    model.tracker.time += 5e-6;
  }
  const mean = times.reduce((sum, ms) => sum + ms) / times.length;
  ours.set("cahn-hilliard", mean);
  console.log(
    `  mean ${mean.toFixed(0)}, best ${Math.min(...times).toFixed(0)}; Newton ${
      newton.join(" ")
    }; ` +
      `energy ${energy().toFixed(8)}`,
  );
}

for (const row of await peerLines("equation_dolfinx.py")) {
  const name = row.what === "bratu" ? `bratu ${row.space}` : String(row.what);
  const mine = row.cells === 20 ? undefined : ours.get(name);
  const ratio = mine === undefined ? "" : `; ours / theirs ${(mine / Number(row.ms)).toFixed(2)}`;
  console.log(
    `  dolfinx, ${name}: ${Number(row.ms).toFixed(1)} ms${ratio}  ${JSON.stringify(row)}`,
  );
}
