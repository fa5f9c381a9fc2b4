/**
 * The scripts whose files are in tests/data/snapshots. Frozen like those files: whoever changes a script asks
 * another question than whether the old files still load. Everything but expressions comes from `mod.ts`, which
 * is all that a user's old script could name.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  AdvectionDiffusion,
  boxMesh,
  type Comm,
  Diffusion,
  EulerianDDt,
  LagrangianDDt,
  LagrangianSwarmDDt,
  MeshVariable,
  Model,
  Poisson,
  Projection,
  SemiLagrangianDDt,
  Swarm,
  SymbolicDDt,
  type VectorFunction,
} from "../../mod.ts";
import { expression } from "../../src/expression/mod.ts";

/** A model and its step. */
export interface GoldenModel {
  readonly model: Model;
  /** One step of the script, of a size that depends on the number of the step. */
  step(): void;
  /** A number for everything that steps change: norms of fields, sums over particles. Collective. */
  numbers(): Record<string, number>;
}

/** Steps taken before a file was saved: the histories of order 3 then hold levels of three sizes. */
export const stepsBefore = 3;

/** Steps after which `numbers` was called in the program that wrote the file. */
export const stepsAfter = 2;

/** Step sizes; they differ so that histories need the sizes of their own past. */
const sizes = [0.02, 0.05, 0.03, 0.04, 0.025];

/** A flow that turns inside the square, stronger with time. */
const velocity: VectorFunction = (x, y, _z, out, t) => {
  const speed = 1 + 0.3 * t;
  out[0] = -y * (1 - x * x) * speed;
  out[1] = x * (1 - y * y) * speed;
};

/** Every kind of solver and of history, each in the middle of what it remembers. */
export function goldenEverything(comm?: Comm): GoldenModel {
  const { model, field } = begin("everything", 4, comm);
  const steppers: ((dt: number) => void)[] = [];
  const { mesh } = field("unallocated_twin").twin;

  const theta = field("crank_nicolson").set();
  const crankNicolson = new AdvectionDiffusion(theta, { velocity, diffusivity: 0.01 });
  crankNicolson.addDirichlet("left", (_x, y, _z, t) => y + t);
  const second = field("second_order").set();
  const backward = new AdvectionDiffusion(second, { velocity, diffusivity: 0.01, order: 2 });
  backward.addDirichlet("right", 1);
  steppers.push((dt) => crankNicolson.solve({ dt }), (dt) => backward.solve({ dt }));

  const traced = field("traced").set();
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set(velocity);
  const semiLagrangian = new SemiLagrangianDDt(traced, { order: 3, velocity: v, clip: true });
  const withTraced = new AdvectionDiffusion(traced, {
    velocity: v,
    diffusivity: 0.01,
    history: semiLagrangian,
  });
  steppers.push((dt) => {
    withTraced.solve({ dt });
    v.set(velocity);
  });

  const carried = field("carried").set();
  const lagrangian = new LagrangianDDt(carried, { order: 2, velocity, perCell: 3 });
  const withCarried = new AdvectionDiffusion(carried, {
    velocity,
    diffusivity: 0.01,
    history: lagrangian,
  });
  steppers.push((dt) => withCarried.solve({ dt }));

  const swarm = new Swarm(mesh, { boundary: "reflect" });
  const value = swarm.addVariable("value");
  swarm.populate({ perCell: 2 });
  value.set((x, y) => Math.sin(2 * x) + y);
  const onParticles = field("on_particles").set();
  const withParticles = new AdvectionDiffusion(onParticles, {
    velocity,
    diffusivity: 0.01,
    history: new LagrangianSwarmDDt(value, { order: 2 }),
  });
  steppers.push((dt) => {
    swarm.advect(velocity, dt);
    withParticles.solve({ dt });
  });

  const third = field("third_order").set();
  const diffusion = new Diffusion(third, {
    diffusivity: 0.1,
    order: 3,
    source: expression("kappa * t"),
  });
  diffusion.addNeumann("right", (_x, _y, _z, t) => t);
  const half = field("half").set();
  const halfway = new Diffusion(half, { diffusivity: expression("kappa"), theta: 0.5 });
  steppers.push((dt) => diffusion.solve({ dt }), (dt) => halfway.solve({ dt }));

  const potential = field("potential", 2).twin;
  const poisson = new Poisson(potential, { source: third, diffusivity: expression("kappa + x^2") });
  poisson.addDirichlet("left", (_x, y, _z, t) => y + t);
  poisson.addRobin("right", 2, 1);
  const projected = field("projected").twin;
  const projection = new Projection(projected, { source: value });
  steppers.push(() => poisson.solve(), () => projection.solve());

  // These two stay between updatePreSolve and updatePostSolve from one step of the script to the next.
  const symbolic = new SymbolicDDt(model, expression("kappa * sin(x) * t"), { order: 3 });
  const rate = field("symbolic_rate").twin;
  const eulerian = new EulerianDDt(third, { order: 2, velocity });
  const slope = field("eulerian_rate").twin;
  steppers.push((dt) => {
    if (symbolic.state.phase === "step") {
      symbolic.updatePostSolve();
      eulerian.updatePostSolve();
    }
    symbolic.updatePreSolve(dt);
    eulerian.updatePreSolve(dt);
    rate.set(symbolic.bdf());
    slope.set(eulerian.bdf());
  });
  return end(model, steppers);
}

/** Fewer solvers, for a file with sidecars and one of several ranks. */
export function goldenTransport(comm?: Comm): GoldenModel {
  const { model, field } = begin("transport", 3, comm);
  const T = field("T", 2).set();
  const crankNicolson = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01 });
  crankNicolson.addDirichlet("left", (_x, y, _z, t) => y + t);
  const u = field("u").set();
  const lagrangian = new LagrangianDDt(u, { order: 2, velocity, perCell: 3 });
  const withParticles = new AdvectionDiffusion(u, {
    velocity,
    diffusivity: expression("kappa"),
    history: lagrangian,
  });
  const third = field("third_order").set();
  const diffusion = new Diffusion(third, { diffusivity: 0.1, order: 3 });
  const steppers = [crankNicolson, withParticles, diffusion].map((solver) => (dt: number) => {
    solver.solve({ dt });
  });
  return end(model, steppers);
}

/** A model with one mesh whose cells all differ, and a maker of fields on it. */
function begin(name: string, n: number, comm: Comm | undefined) {
  const model = new Model({ name, seed: 7, ...(comm && { comm }) });
  model.parameters.define("kappa", 0.2, { units: "m^2/s" });
  model.tracker.kept = { of: ["the", "script"], at: new Date(1_700_000_000_000), big: 2n ** 70n };
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [n, n] });
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.05 * (1 - x * x) * Math.sin(3 * x)));
  const field = (fieldName: string, degree: 1 | 2 = 1) => {
    const twin = new MeshVariable(mesh, fieldName, { degree });
    return {
      twin,
      set(): MeshVariable {
        twin.set((x, y) => Math.sin(2 * x) + y);
        return twin;
      },
    };
  };
  return { model, field };
}

function end(model: Model, steppers: readonly ((dt: number) => void)[]): GoldenModel {
  return {
    model,
    step() {
      const { tracker, parameters, random } = model;
      const dt = sizes[tracker.step % sizes.length];
      for (const stepper of steppers) stepper(dt);
      parameters.set("kappa", 0.2 + 0.05 * random.next());
      tracker.dt = dt;
      tracker.time += dt;
      tracker.step += 1;
    },
    numbers() {
      const numbers: Record<string, number> = {
        time: model.tracker.time,
        step: model.tracker.step,
      };
      numbers.kappa = model.parameters.get("kappa");
      numbers.random = model.random.next();
      for (const mesh of model.meshes.values() as Iterable<ReturnType<typeof boxMesh>>) {
        for (const variable of mesh.variables.values()) {
          if (variable.allocated) numbers[variable.name] = variable.norm() as number;
        }
      }
      for (const swarm of model.swarms.values() as Iterable<Swarm>) {
        const squares = (swarm.coordinates.data as Float64Array).reduce((sum, x) => sum + x * x, 0);
        numbers[`${swarm.name} count`] = model.comm.allreduce(swarm.count);
        numbers[`${swarm.name} squares`] = model.comm.allreduce(squares);
      }
      return numbers;
    },
  };
}

/**
 * The numbers of the run that wrote the file. Solvers stop at a relative residual of 1e-10, and later versions
 * may round otherwise; a level of a history that is lost or exchanged shows in the third digit.
 */
export function assertReached(
  actual: Record<string, number>,
  numbers: Record<string, number>,
): void {
  assertEquals(Object.keys(actual).sort(), Object.keys(numbers).sort());
  for (const [what, number] of Object.entries(numbers)) {
    assertAlmostEquals(actual[what], number, 1e-7, what);
  }
}
