/**
 * A hill is carried once around by a turning flow, and should come back as it was. Four histories carry it:
 * at fixed places (explicit, many small steps), along characteristics, on particles of the history's own, and
 * on particles of ours. Errors are measured against the hill at the start, on three meshes.
 *
 *     deno run examples/rotating_hill.ts
 */
import {
  AdvectionDiffusion,
  boxMesh,
  EulerianDDt,
  LagrangianDDt,
  LagrangianSwarmDDt,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  SemiLagrangianDDt,
  Swarm,
  type VectorFunction,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** How many cells along a side of the square [-1, 1]^2. */
const CELLS = [12, 24, 48];

const velocity: VectorFunction = (x, y, _z, out) => {
  out[0] = -2 * Math.PI * y;
  out[1] = 2 * Math.PI * x;
};

function hill(x: number, y: number): number {
  return Math.exp(-((x - 0.4) ** 2 + y * y) / 0.05);
}

/** A field that is carried around, one step at a time. */
interface Carried {
  readonly model: Model;
  readonly T: MeshVariable;
  step(dt: number): void;
}

function field(cells: number): { model: Model; T: MeshVariable } {
  const model = new Model({ name: "rotating_hill" });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T");
  T.set(hill);
  return { model, T };
}

/** Transport without diffusion, by the solver with one of the histories of a field. */
function solved(
  cells: number,
  history: (T: MeshVariable) => EulerianDDt | SemiLagrangianDDt | LagrangianDDt,
): Carried {
  const { model, T } = field(cells);
  const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0, history: history(T) });
  for (const side of T.mesh.boundaries.keys()) solver.addDirichlet(side, 0);
  return { model, T, step: (dt) => void solver.solve({ dt }) };
}

/** The same on particles of our own, which we move before each solve. */
function onParticles(cells: number): Carried {
  const { model, T } = field(cells);
  const swarm = new Swarm(T.mesh, { boundary: "clamp" });
  const height = swarm.addVariable("height");
  swarm.populate({ perCell: 6 });
  height.set(hill);
  const history = new LagrangianSwarmDDt(height, { order: 2 });
  const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0, history });
  return {
    model,
    T,
    step(dt) {
      swarm.advect(velocity, dt);
      solver.solve({ dt });
    },
  };
}

/** The four, and how many steps each takes for one turn on `cells` cells. */
const flavours: Record<
  string,
  { make: (cells: number) => Carried; steps: (cells: number) => number }
> = {
  "EulerianDDt": {
    make: (cells) => solved(cells, (T) => new EulerianDDt(T, { order: 3, velocity })),
    steps: (cells) => 24 * cells,
  },
  "SemiLagrangianDDt": {
    make: (cells) => solved(cells, (T) => new SemiLagrangianDDt(T, { order: 2, velocity })),
    // Each step interpolates: few long ones are better than many short ones.
    steps: (cells) => cells,
  },
  "LagrangianDDt": {
    make: (cells) => solved(cells, (T) => new LagrangianDDt(T, { order: 2, velocity })),
    steps: (cells) => 2 * cells,
  },
  "LagrangianSwarmDDt": { make: onParticles, steps: (cells) => 2 * cells },
};

/** The error of one turn. */
export interface TurnError {
  /** The L2 norm of the difference to the hill at the start, over that of the hill. */
  readonly l2: number;
  /** The change of the integral, over the integral. */
  readonly mass: number;
}

function turn(carried: Carried, steps: number): TurnError {
  const { model, T } = carried;
  const before = T.data.slice(), mass = T.integrate() as number;
  const height = T.norm();
  for (let k = 0; k < steps; k++) {
    carried.step(1 / steps);
    model.tracker.time = (k + 1) / steps;
    model.tracker.step += 1;
  }
  const after = T.integrate() as number;
  const difference = new MeshVariable(T.mesh, "difference");
  difference.set(T.data.map((value, i) => value - before[i]));
  return { l2: difference.norm() / height, mass: Math.abs(after / mass - 1) };
}

/** One turn with each history on each mesh; `orders` are between the two finest. */
export function main(cells: readonly number[] = CELLS): {
  errors: Record<string, TurnError[]>;
  orders: Record<string, number>;
} {
  const errors: Record<string, TurnError[]> = {}, orders: Record<string, number> = {};
  console.log("history              cells   steps   L2 error   mass error   order");
  for (const [name, { make, steps }] of Object.entries(flavours)) {
    errors[name] = [];
    cells.forEach((n, i) => {
      const found = turn(make(n), steps(n));
      errors[name].push(found);
      const order = i === 0 ? NaN : Math.log(errors[name][i - 1].l2 / found.l2) /
        Math.log(n / cells[i - 1]);
      if (i > 0) orders[name] = order;
      console.log(
        (i === 0 ? name : "").padEnd(19) + `${n}`.padStart(7) + `${steps(n)}`.padStart(8) +
          found.l2.toExponential(2).padStart(11) + found.mass.toExponential(2).padStart(13) +
          (i === 0 ? "" : order.toFixed(2)).padStart(8),
      );
    });
  }
  return { errors, orders };
}

/** The hill after one turn on 24 x 24 cells, with each of the four. */
export async function picture(): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const [name, { make, steps }] of Object.entries(flavours)) {
    const carried = make(24);
    turn(carried, steps(24));
    const look = { width: 330, range: [-0.2, 1], edges: false } as const;
    pictures.push(await plotField(carried.T, { ...look, title: name }));
  }
  return tiled("rotating hill", 2, pictures);
}

if (import.meta.main) {
  main();
  await drawOnRequest(picture);
}
