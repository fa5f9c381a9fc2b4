/**
 * What a memory snapshot costs, against the limit (copying into warm memory) and against what a script
 * would do without the toolkit, in the same run.
 *
 *     deno run --allow-run --allow-read --allow-write bench/snapshot_bench.ts
 *
 * Without `--allow-run` the peers in C and numpy are left out.
 */
import { boxMesh, MeshVariable, Model, Swarm, SymbolicDDt } from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { runPeers } from "./peers/copy.ts";

/** The median time of `work` over `runs`, in seconds. */
function median(runs: number, work: () => void): number {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    work();
    times.push((performance.now() - start) / 1e3);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

/** A model with `megabytes` of fields that anybody may write into. */
function fields(megabytes: number): { model: Model; variables: MeshVariable[] } {
  const model = new Model();
  const side = Math.round(Math.sqrt(megabytes * 1e6 / 8 / 8)) - 1;
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [side, side] });
  const variables = Array.from({ length: 8 }, (_, i) => new MeshVariable(mesh, `u${i}`));
  variables.forEach((variable, i) => variable.set(i));
  return { model, variables };
}

function row(what: string, seconds: number, bytes: number, limit: number): void {
  const rate = (bytes / seconds / 1e9).toFixed(2);
  console.log(
    what.padEnd(44) + `${(seconds * 1e3).toFixed(2)} ms`.padStart(12) +
      `${rate} GB/s`.padStart(13) +
      `${(limit / seconds).toFixed(2)} x warm set`.padStart(18),
  );
}

async function large(megabytes: number): Promise<void> {
  const { model, variables } = fields(megabytes);
  const bytes = variables.reduce((sum, variable) => sum + variable.data.byteLength, 0);
  const warm = variables.map((variable) => variable.data.slice());
  const runs = megabytes > 100 ? 9 : 21;
  console.log(`\n${(bytes / 1e6).toFixed(0)} MB in 8 variables, steady state, median of ${runs}`);
  const limit = median(runs, () => warm.forEach((copy, i) => copy.set(variables[i].data)));
  row("TypedArray.set into warm buffers", limit, bytes, limit);
  model.saveState().release();
  const save = median(runs, () => model.saveState().release());
  row("saveState, token released", save, bytes, limit);
  const token = model.saveState();
  row("loadState", median(runs, () => model.loadState(token)), bytes, limit);
  token.release();
  const clone = median(3, () => structuredClone(variables.map((variable) => variable.data)));
  row("structuredClone of the same arrays", clone, bytes, limit);
  console.log(`saveState is ${(clone / save).toFixed(1)} times as fast as structuredClone`);
  await runPeers(bytes, save);
}

/** A model of 10,000 numbers in many small things: what a snapshot costs besides copying. */
function small(): void {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [20, 20] });
  for (let i = 0; i < 10; i++) new MeshVariable(mesh, `u${i}`).set(i);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material");
  for (const text of ["sin(x)", "cos(y)"]) {
    const history = new SymbolicDDt(model, expression(text), { order: 2 });
    history.updatePreSolve(0.1);
    history.updatePostSolve(0.1);
  }
  const cycle = () => {
    const token = model.saveState();
    model.loadState(token);
    token.release();
  };
  for (let i = 0; i < 5000; i++) cycle();
  const seconds = median(2001, cycle);
  console.log("\nten variables, a swarm and two histories, 10,000 numbers in all");
  console.log(`save and restore together: ${(seconds * 1e6).toFixed(1)} us (aim: 100)`);
}

/** Memory of the process over 1,000 cycles of a 64 MB model. */
function steady(): void {
  const { model } = fields(64);
  const cycle = () => {
    using token = model.saveState();
    model.loadState(token);
  };
  for (let i = 0; i < 10; i++) cycle();
  const before = Deno.memoryUsage().rss;
  for (let i = 0; i < 990; i++) cycle();
  const grown = (Deno.memoryUsage().rss - before) / 1e6;
  console.log(
    `\n1,000 cycles of 64 MB: resident memory grew by ${grown.toFixed(2)} MB after the tenth`,
  );
}

await large(64);
await large(256);
small();
steady();
