/**
 * Poisson's equation on the unit square, `-Laplace u = 1`, u = 0 on the boundary, rtol 1e-8: assembly and
 * solve apart, the cost per unknown as the problem grows, and the same in other tools where they are
 * installed.
 *
 *     deno run --allow-run bench/solve_bench.ts
 *
 * Without `--allow-run` the other tools are left out. `first` is a fresh pattern, matrix and hierarchy;
 * `again` the best of the following runs of the same code, when it is compiled.
 *
 * @module
 */
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { geometryOf, type Mesh } from "../src/mesh/mesh.ts";
import { Model } from "../src/model/model.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { AdvectionDiffusion } from "../src/solve/advection_diffusion.ts";
import { withoutConstrained } from "../src/solve/assembly/dirichlet.ts";
import { facetDofs } from "../src/solve/assembly/facets.ts";
import { addLoad } from "../src/solve/assembly/load.ts";
import { referenceOf } from "../src/solve/assembly/reference.ts";
import { sparsityOf } from "../src/solve/assembly/sparsity.ts";
import { addStiffness } from "../src/solve/assembly/stiffness.ts";
import { CsrMatrix } from "../src/solve/linear/csr.ts";
import { conjugateGradients } from "../src/solve/linear/krylov/cg.ts";
import { SmoothedAggregation } from "../src/solve/linear/multigrid/smoothed_aggregation.ts";
import { p1InP2 } from "../src/solve/p1_in_p2.ts";
import { peerRows } from "./peers/poisson.ts";

interface Run {
  readonly dofs: number;
  /** Milliseconds. */
  readonly assemble: number;
  readonly setup: number;
  readonly solve: number;
  readonly iterations: number;
  readonly max: number;
}

function squareMesh(n: number): Mesh {
  return boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [n, n] });
}

/** One Poisson problem on a mesh that was never used before. */
function poisson(mesh: Mesh, degree: 1 | 2): Run {
  const geometry = geometryOf(mesh);
  const { topology } = geometry;
  const map = topology.dofMap(degree, true);
  const start = performance.now();
  const sparsity = sparsityOf(map), reference = referenceOf(2, degree);
  const values = new Float64Array(sparsity.columns.length), b = new Float64Array(map.count);
  addStiffness(values, geometry, reference, sparsity, 1);
  addLoad(b, geometry, reference, map, 1);
  const constrained = new Uint8Array(map.count);
  for (const side of topology.boundaries.keys()) {
    for (const dof of facetDofs(2, topology.facetsOf(side), map)) constrained[dof] = 1;
  }
  for (let i = 0; i < constrained.length; i++) if (constrained[i] === 1) b[i] = 0;
  const { rowStarts, columns } = sparsity;
  const matrix = withoutConstrained(
    new CsrMatrix(map.count, map.count, rowStarts, columns, values),
    constrained,
  );
  const assembled = performance.now();
  const first = p1InP2(topology, map, constrained);
  const multigrid = new SmoothedAggregation(matrix, { first });
  const ready = performance.now();
  const x = new Float64Array(map.count);
  const { iterations } = conjugateGradients(matrix, b, x, multigrid, { rtol: 1e-8 });
  const solved = performance.now();
  return {
    dofs: map.count,
    assemble: assembled - start,
    setup: ready - assembled,
    solve: solved - ready,
    iterations,
    max: x.reduce((most, value) => Math.max(most, value)),
  };
}

function best(runs: readonly Run[]): Run {
  const least = (of: (run: Run) => number) => Math.min(...runs.map(of));
  const [{ dofs, iterations, max }] = runs;
  return {
    dofs,
    iterations,
    max,
    assemble: least((run) => run.assemble),
    setup: least((run) => run.setup),
    solve: least((run) => run.solve),
  };
}

function line(label: string, run: Run): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(3);
  const perDof = (run.setup + run.solve) / run.dofs * 1e6;
  return `  ${label.padEnd(22)} ${String(run.dofs).padStart(7)} ${
    seconds(run.assemble).padStart(9)
  } ` +
    `${seconds(run.setup + run.solve).padStart(8)} ${String(run.iterations).padStart(5)} ` +
    `${perDof.toFixed(0).padStart(8)} ${run.max.toFixed(5).padStart(9)}`;
}

console.log("Poisson on the unit square, seconds; setup counts as solve");
console.log("  case                      dofs  assemble    solve  iter.  ns/dof     max u");
const ours = new Map<string, Run>();
for (const [name, n, degree] of [["P1", 316, 1], ["P1", 632, 1], ["P2", 158, 2]] as const) {
  // Every run has a mesh of its own, since patterns are kept with it.
  const runs = Array.from({ length: n > 400 ? 3 : 5 }, () => poisson(squareMesh(n), degree));
  console.log(line(`${name} first`, runs[0]));
  const again = best(runs.slice(1));
  console.log(line(`${name} again`, again));
  ours.set(`${name} ${again.dofs}`, again);
}

console.log("\nGrowth, P1 (linear would be a constant ns/dof)");
for (const n of [100, 200, 400, 632]) {
  console.log(line("P1", best([0, 1].map(() => poisson(squareMesh(n), 1)))));
}

console.log(
  "\nA semi-Lagrangian step of advection and diffusion, 100k P1, turning flow (aim 0.3 s)",
);
{
  const mesh = squareMesh(316), { model } = mesh;
  const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => {
    out[0] = Math.sin(Math.PI * x) * Math.cos(Math.PI * y);
    out[1] = -Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
  });
  T.set((x, y) => Math.exp(-40 * ((x - 0.3) ** 2 + (y - 0.5) ** 2)));
  const solver = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1e-3, rtol: 1e-8 });
  solver.addDirichlet("left", 0);
  const times = Array.from({ length: 8 }, () => {
    const start = performance.now();
    const { dt } = solver.solve({ dt: 1e-3 });
    model.tracker.time += dt;
    return (performance.now() - start) / 1000;
  });
  const [first, ...again] = times;
  console.log(`  first ${first.toFixed(3)} s, again ${Math.min(...again).toFixed(3)} s`);
}

for (const row of await peerRows()) {
  const mine = ours.get(`${row.element} ${row.dofs}`);
  const ratio = (theirs: number, own: number | undefined) =>
    own === undefined ? "" : ` (ours / theirs ${(own / 1000 / theirs).toFixed(2)})`;
  console.log(
    `  ${row.tool.padEnd(12)} ${row.element} ${row.dofs}: assemble ${row.assemble.toFixed(3)}` +
      ratio(row.assemble, mine?.assemble) + `, solve ${row.solve.toFixed(3)}` +
      ratio(row.solve, mine && mine.setup + mine.solve) + ` in ${row.iterations} iterations, ` +
      `max u ${row.max.toFixed(5)}`,
  );
}
