/**
 * One decision point, three continuations: run to a moment, keep it, and try three diffusivities from
 * exactly there. The branch that keeps the present value ends with the bits of a run that never branched.
 *
 *     deno run examples/branching.ts
 */
import { boxMesh, diffSnapshots, MeshVariable, Model, type Picture, plotHistory } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const CELLS = 64;
const DT = 0.25 / (CELLS * CELLS);

interface Rod {
  readonly model: Model;
  readonly T: MeshVariable;
}

/** A hot spot in a thin strip; explicit diffusion along x, row by row of nodes. */
function build(): Rod {
  const model = new Model({ name: "branching", seed: 1 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1 / CELLS], cells: [CELLS, 1] });
  const T = new MeshVariable(mesh, "T");
  T.set((x) => Math.exp(-200 * (x - 0.5) ** 2));
  model.parameters.define("kappa", 1, { units: "m^2/s" });
  model.tracker.peaks = [];
  return { model, T };
}

function step({ model, T }: Rod): void {
  const kappa: number = model.parameters.get("kappa");
  const old = T.data.slice(), width = CELLS + 1;
  for (let i = 0; i < old.length; i++) {
    const column = i % width;
    if (column === 0 || column === CELLS) continue;
    T.data[i] += kappa * DT * CELLS * CELLS * (old[i - 1] - 2 * old[i] + old[i + 1]);
  }
  model.tracker.time += DT;
  model.tracker.step += 1;
  if (model.tracker.step % 20 === 0) model.tracker.peaks.push(T.max());
}

function run(rod: Rod, steps: number): number {
  for (let k = 0; k < steps; k++) step(rod);
  return rod.T.max();
}

/** What the story came to. */
export interface BranchingResult {
  /** The peak at the end of each branch. */
  readonly peaks: readonly number[];
  readonly bitIdentical: boolean;
  /** The peak on the way, every 20 steps, by branch. */
  readonly courses: Readonly<Record<string, number[]>>;
}

/** Runs the story. */
export function main(): BranchingResult {
  const rod = build();
  run(rod, 200);
  using decision = rod.model.saveState();
  console.log(`decision point: step ${rod.model.tracker.step}, peak ${rod.T.max().toFixed(4)}\n`);
  console.log("kappa   peak 200 steps later");

  const straight = build();
  run(straight, 400);
  using expected = straight.model.saveState();
  let bitIdentical = false;
  const courses: Record<string, number[]> = {};
  const peaks = [0.5, 1, 1.5].map((kappa) => {
    rod.model.loadState(decision);
    rod.model.parameters.set("kappa", kappa);
    const peak = run(rod, 200);
    courses[`kappa ${kappa}`] = [...rod.model.tracker.peaks];
    console.log(`${kappa.toFixed(1).padStart(5)}${peak.toFixed(4).padStart(23)}`);
    if (kappa === 1) {
      using end = rod.model.saveState();
      bitIdentical = diffSnapshots(end, expected).length === 0;
    }
    return peak;
  });
  console.log(
    `\nthe branch that kept kappa, and a run without branches: bit-identical ${bitIdentical}`,
  );
  return { peaks, bitIdentical, courses };
}

/** The peaks over that of the branch with kappa 1: the same past, three futures. */
export function picture({ courses }: BranchingResult): Promise<Picture> {
  const present = courses["kappa 1"];
  const columns: Record<string, number[]> = { step: present.map((_, i) => 20 * (i + 1)) };
  for (const [name, peaks] of Object.entries(courses)) {
    columns[name] = peaks.map((peak, i) => peak / present[i]);
  }
  const names = ["kappa 0.5", "kappa 1.5"];
  return plotHistory(columns, { x: "step", names, title: "Peaks over that of kappa 1" });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
  if (!result.bitIdentical) Deno.exit(1);
}
