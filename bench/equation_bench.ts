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
import type { DofMap } from "../src/mesh/dof_map.ts";
import type { Geometry } from "../src/mesh/geometry.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { geometryOf, type Mesh } from "../src/mesh/mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Model } from "../src/model/model.ts";
import { addLoad } from "../src/solve/assembly/load.ts";
import { addMass } from "../src/solve/assembly/mass.ts";
import { type Reference, referenceOf } from "../src/solve/assembly/reference.ts";
import { sparsityOf } from "../src/solve/assembly/sparsity.ts";
import { addStiffness } from "../src/solve/assembly/stiffness.ts";
import { CsrMatrix } from "../src/solve/linear/csr.ts";
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

/** Those that hand-written assembly cannot be given as numbers. */
const dependsOnU: ReadonlySet<string> = new Set(["bratu", "p-laplace", "k(u)"]);

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

/** The least time of each of several works, in turns, so that what disturbs the machine disturbs all. */
function bestOfEach(works: ReadonlyMap<string, () => void>, times = 9): Map<string, number> {
  const least = new Map<string, number>();
  for (let k = 0; k < times; k++) {
    for (const [name, work] of works) {
      const start = performance.now();
      work();
      least.set(name, Math.min(least.get(name) ?? Infinity, performance.now() - start));
    }
  }
  return least;
}

/** The hand-written assembly with a diffusivity and a source that vary, which are given: no formula is evaluated. */
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

/**
 * The work of an equation with the hand-written assembly: at the same points u, its gradient where it counts, the
 * formula, then stiffness or mass, load, and the product that makes the residual of them. What the Jacobian of a
 * diffusivity that depends on u has besides the stiffness has no hand-written assembly and is left out.
 */
function handWrittenLike(name: string, u: MeshVariable, exactDegree: number): () => void {
  const geometry = geometryOf(u.mesh), degree = u.degree as 1 | 2;
  const map = geometry.topology.dofMap(degree, true), sparsity = sparsityOf(map);
  const reference = referenceOf(u.mesh.dim, degree, exactDegree);
  const column = new Float64Array(geometry.topology.cellCount * reference.quadrature.count);
  const values = new Float64Array(sparsity.columns.length);
  const b = new Float64Array(map.count), product = new Float64Array(map.count);
  const matrix = new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
  const isSteep = name === "p-laplace";
  return () => {
    values.fill(0);
    b.fill(0);
    if (isSteep) squaredSlopes(u, geometry, reference, map, column);
    else valuesAtPoints(u, reference, map, column);
    for (let i = 0; i < column.length; i++) {
      const v = column[i];
      column[i] = name === "bratu" ? Math.exp(v) : isSteep ? (1e-3 + v) ** 0.25 : 1 + v * v;
    }
    addStiffness(values, geometry, reference, sparsity, name === "bratu" ? 1 : column);
    matrix.multiply(u.data, product);
    if (name === "bratu") addMass(values, geometry, reference, sparsity, column);
    addLoad(b, geometry, reference, map, name === "bratu" ? column : 1);
    for (let i = 0; i < b.length; i++) b[i] = product[i] - b[i];
  };
}

function valuesAtPoints(
  { data }: MeshVariable,
  { perCell, quadrature: { count }, values }: Reference,
  { cellDofs }: DofMap,
  out: Float64Array,
): void {
  for (let c = 0; c < out.length / count; c++) {
    for (let q = 0; q < count; q++) {
      let sum = 0;
      for (let a = 0; a < perCell; a++) {
        sum += values[q * perCell + a] * data[cellDofs[c * perCell + a]];
      }
      out[c * count + q] = sum;
    }
  }
}

function squaredSlopes(
  { data }: MeshVariable,
  { cornerInverses }: Geometry,
  { dim, perCell, quadrature: { count }, gradients }: Reference,
  { cellDofs }: DofMap,
  out: Float64Array,
): void {
  const slope = new Float64Array(dim);
  for (let c = 0; c < out.length / count; c++) {
    for (let q = 0; q < count; q++) {
      slope.fill(0);
      for (let a = 0; a < perCell; a++) {
        const value = data[cellDofs[c * perCell + a]], at = (q * perCell + a) * dim;
        for (let r = 0; r < dim; r++) slope[r] += value * gradients[at + r];
      }
      let square = 0;
      for (let d = 0; d < dim; d++) {
        let sum = 0;
        for (let r = 0; r < dim; r++) sum += cornerInverses[(c * dim + r) * dim + d] * slope[r];
        square += sum * sum;
      }
      out[c * count + q] = square;
    }
  }
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
  "\nResidual and Jacobian, about 100k unknowns, ms (in brackets: to the hand-written assembly with given numbers;\n" +
    "after a slash: to hand-written code that evaluates the same formula at the same points)",
);
const ours = new Map<string, number>();
for (const [dim, degree, n] of spaces) {
  const u = new MeshVariable(box(dim, n), "u", { degree });
  u.set((x, y) => 0.3 * x * y);
  const works = new Map<string, () => void>([["by hand", handWritten(u)]]);
  for (const [name, text] of Object.entries(forms)) {
    const program = read(u, textsOf(text)), { cellDegree } = program.assembler;
    works.set(name, evaluation(u, program));
    if (dependsOnU.has(name)) works.set(`${name}, by hand`, handWrittenLike(name, u, cellDegree));
  }
  const ms = bestOfEach(works), hand = ms.get("by hand")!;
  const cells = Object.keys(forms).map((name) => {
    const own = ms.get(name)!, like = ms.get(`${name}, by hand`);
    ours.set(`${name} ${dim}-D P${degree}`, own);
    const same = like === undefined ? "" : ` / ${(own / like).toFixed(2)}`;
    return `${name} ${own.toFixed(1)} (${(own / hand).toFixed(2)}${same})`;
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
  const name = row.space === undefined ? String(row.what) : `${row.what} ${row.space}`;
  const mine = row.cells === 20 ? undefined : ours.get(name);
  const ratio = mine === undefined ? "" : `; ours / theirs ${(mine / Number(row.ms)).toFixed(2)}`;
  console.log(
    `  dolfinx, ${name}: ${Number(row.ms).toFixed(1)} ms${ratio}  ${JSON.stringify(row)}`,
  );
}
