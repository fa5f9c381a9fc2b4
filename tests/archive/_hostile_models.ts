/** Small models, one for each kind of thing that a file may hold, for files that somebody changed. @module */
import {
  AdvectionDiffusion,
  annulusMesh,
  boxMesh,
  Diffusion,
  Equation,
  EulerianDDt,
  FreeSurface,
  LagrangianDDt,
  LagrangianSwarmDDt,
  Materials,
  MeshMotion,
  MeshVariable,
  Model,
  Poisson,
  Projection,
  SemiLagrangianDDt,
  Stokes,
  Swarm,
  SymbolicDDt,
  type VectorFunction,
  ViscoElastic,
} from "../../mod.ts";
import { expression } from "../../src/expression/mod.ts";

/** A model that has state, and one step of it. */
export interface HostileScene {
  readonly model: Model;
  step(): void;
}

const turning: VectorFunction = (x, y, _z, out) => {
  out[0] = 0.5 - y;
  out[1] = x - 0.5;
};

const along: VectorFunction = (_x, _y, _z, out) => {
  out[0] = 1;
  out[1] = 0;
};

function begin(n = 3, options: { periodic?: ("x" | "y")[]; dim?: 2 | 3 } = {}) {
  const model = new Model({ name: "scene", seed: 3 });
  const { dim = 2, ...rest } = options;
  const min = new Array(dim).fill(0), max = new Array(dim).fill(1), cells = new Array(dim).fill(n);
  const mesh = boxMesh(model, { min, max, cells, ...rest } as Parameters<typeof boxMesh>[1]);
  return { model, mesh };
}

function flowOn(mesh: ReturnType<typeof boxMesh>) {
  const v = new MeshVariable(mesh, "v", { components: mesh.dim, degree: 2 });
  return { v, p: new MeshVariable(mesh, "p") };
}

/** The models by what they show. */
export const hostileScenes: Readonly<Record<string, () => HostileScene>> = {
  records() {
    const { model, mesh } = begin(2);
    model.parameters.define("kappa", 0.2, { units: "m^2/s" });
    model.parameters.set("kappa", 0.3);
    model.random.normal();
    const T = new MeshVariable(mesh, "T");
    T.set((x) => x);
    new MeshVariable(mesh, "unset", { degree: 2, continuous: false });
    new MeshVariable(mesh, "cell", { degree: 0, components: 2 }).set([1, 2]);
    const state = { schemaVersion: 1, texts: ["a"], numbers: [1, 2], when: new Date(0) };
    model.register({ name: "own", stateClass: "Own", state });
    const nested = { list: [1, "two", null, { deep: Float64Array.of(1, 2) }], big: 2n ** 70n };
    Object.assign(model.tracker, { time: 0.5, step: 3, dt: 0.1, note: "as it is", nested });
    return {
      model,
      step() {
        model.random.normal();
        model.parameters.set("kappa", 7);
        model.random.int(0, 5);
        T.evaluate([[0.5, 0.5]]);
      },
    };
  },
  swarm() {
    const { model, mesh } = begin();
    const swarm = new Swarm(mesh, { boundary: "reflect", balance: { fewest: 2, most: 6 } });
    swarm.populate({ perCell: 2 });
    const warmth = swarm.addVariable("heat");
    warmth.set((x, y) => x * y);
    swarm.addVariable("kind", { dtype: "uint8" });
    swarm.addVariable("stress", { dtype: "float32", components: 3 });
    const T = new MeshVariable(mesh, "T");
    const history = new LagrangianSwarmDDt(warmth, { order: 2 });
    const solver = new AdvectionDiffusion(T, { velocity: turning, diffusivity: 0.1, history });
    const step = () => {
      swarm.advect(turning, 0.05);
      solver.solve({ dt: 0.05 });
    };
    step();
    return { model, step };
  },
  transport() {
    const { model, mesh } = begin();
    const T = new MeshVariable(mesh, "T"), S = new MeshVariable(mesh, "S");
    const v = new MeshVariable(mesh, "v", { components: 2 }), f = new MeshVariable(mesh, "f");
    T.set((x) => x), S.set((x) => x), v.set(turning), f.set(1);
    const history = new SemiLagrangianDDt(T, { order: 2, velocity: v, forcingHistory: f });
    const traced = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0.1, history });
    const carried = new AdvectionDiffusion(S, {
      velocity: v,
      diffusivity: 0.1,
      history: new LagrangianDDt(S, { order: 2, velocity: v, perCell: 3 }),
    });
    traced.addDirichlet("left", 1);
    carried.addRobin("right", 1, 2);
    const step = () => {
      traced.solve({ dt: 0.05 });
      carried.solve({ dt: 0.05 });
    };
    step(), step();
    return { model, step };
  },
  solvers() {
    const { model, mesh } = begin();
    model.parameters.define("kappa", 0.2);
    const [T, S, u, w] = ["T", "S", "u", "w"].map((name) => new MeshVariable(mesh, name));
    T.set((x) => x), S.set((x) => x);
    const diffusion = new Diffusion(T, { diffusivity: expression("kappa + x"), order: 3 });
    const half = new Diffusion(S, { diffusivity: 0.2, theta: 0.5, source: T });
    const poisson = new Poisson(u, { diffusivity: 2, source: expression("kappa * x") });
    poisson.addDirichlet("left", expression("kappa * y"));
    poisson.addNeumann("right", 1);
    const projection = new Projection(w, { source: expression("kappa * x") });
    const symbolic = new SymbolicDDt(model, expression("kappa * t"), { order: 3 });
    const eulerian = new EulerianDDt(S, { order: 2 });
    const step = () => {
      diffusion.solve({ dt: 0.05 }), half.solve({ dt: 0.05 });
      poisson.solve(), projection.solve();
      for (const history of [symbolic, eulerian]) {
        if (history.state.phase === "step") history.updatePostSolve();
        history.updatePreSolve(0.05);
      }
      model.tracker.time += 0.05;
    };
    step(), step();
    return { model, step };
  },
  equation() {
    const { model, mesh } = begin();
    const u = new MeshVariable(mesh, "u"), w = new MeshVariable(mesh, "w");
    model.parameters.define("rate", 2);
    const bratu = new Equation(u, {
      test: "q",
      weak: "dt(u) * q + dot(grad(u), grad(q)) - f * q",
      define: { f: "rate * exp(u)" },
      order: 2,
    });
    bratu.addDirichlet(u, "left", 0);
    bratu.addNeumann(u, "right", "rate * x");
    const energy = new Equation(w, { test: "q", weak: "dot(grad(w), grad(q)) - u * q" });
    energy.addDirichlet(w, "left", 1);
    const step = () => {
      bratu.solve({ dt: 0.05 });
      energy.solve();
    };
    step(), step();
    return { model, step };
  },
  stokes() {
    const { model, mesh } = begin(2);
    const { v, p } = flowOn(mesh);
    model.parameters.define("eta", 1);
    const stokes = new Stokes(v, p, {
      viscosity: expression("eta * (1 + x)"),
      bodyForce: [1, -1],
      density: 1,
    });
    for (const side of ["left", "right"]) stokes.addFreeSlip(side);
    stokes.addDirichlet("bottom", 0);
    stokes.addNeumann("top", [0, 1]);
    const step = () => void stokes.solve({ dt: 0.1 });
    step();
    return { model, step };
  },
  surface() {
    const { model, mesh } = begin(2);
    const { v, p } = flowOn(mesh);
    const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [0, -1] });
    stokes.addDirichlet("bottom", 0);
    stokes.addFreeSlip("left"), stokes.addFreeSlip("right");
    const surface = new FreeSurface(stokes, { scheme: "stabilised" });
    surface.setHeights((x) => 1 + 0.05 * Math.cos(Math.PI * x));
    const step = () => void surface.step({ dt: 0.1 });
    step();
    return { model, step };
  },
  motion() {
    const { model, mesh } = begin();
    const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
    T.set((x) => x), v.set([0, 0]);
    const motion = new MeshMotion(mesh);
    const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0.1, motion });
    const step = () => {
      motion.move(mesh.coordinates.data.map((x, i) => i % 2 === 1 ? 0.95 * x : x), 0.1);
      heat.solve({ dt: 0.1 });
    };
    step();
    return { model, step };
  },
  materials() {
    const { model, mesh } = begin(2);
    const { v, p } = flowOn(mesh);
    const swarm = new Swarm(mesh);
    swarm.populate({ perCell: 6 });
    model.parameters.define("C", 0.6);
    const materials = new Materials(swarm, {
      rock: { density: 3, viscosity: 2 },
      salt: { density: 2, viscosity: "1 + x * x" },
    });
    materials.assign("salt", (_x, y) => y < 0.5);
    const tau = new MeshVariable(mesh, "tau", { components: 3 });
    const flow = new ViscoElastic(v, p, {
      viscosity: materials.coefficient("viscosity"),
      shearModulus: 1,
      stress: tau,
      yieldStress: "max(C + 0.2 * p, 0.1)",
      bodyForce: [0, -1],
    });
    for (const side of mesh.boundaries.keys()) flow.stokes.addDirichlet(side, 0);
    const step = () => {
      materials.update();
      flow.solve({ dt: 0.05 });
      swarm.advect(v, 0.05);
    };
    step();
    return { model, step };
  },
  adapted() {
    const { model, mesh } = begin();
    const T = new MeshVariable(mesh, "T"), c = new MeshVariable(mesh, "c", { degree: 0 });
    T.set((x, y) => x * y), c.set(1);
    const heat = new Diffusion(T, { diffusivity: 1, order: 2 });
    heat.addDirichlet("left", 0);
    mesh.adapt((x: number) => x < 0.3 ? 1 : 0);
    const step = () => {
      heat.solve({ dt: 0.05 });
      mesh.adapt((x: number) => x > 0.5 ? -1 : 0);
    };
    heat.solve({ dt: 0.05 });
    return { model, step };
  },
  periodic() {
    const { model, mesh } = begin(4, { periodic: ["x"] });
    const T = new MeshVariable(mesh, "T"), d = new MeshVariable(mesh, "d", { degree: 2 });
    T.set((x) => Math.cos(2 * Math.PI * x)), d.set(1);
    const swarm = new Swarm(mesh, { boundary: "clamp", wraps: true });
    swarm.populate({ perCell: 1 });
    const heat = new AdvectionDiffusion(T, { velocity: along, diffusivity: 0.1 });
    const step = () => {
      heat.solve({ dt: 0.05 });
      swarm.advect(along, 0.05);
    };
    step();
    return { model, step };
  },
  curved() {
    const model = new Model({ name: "scene", seed: 3 });
    const mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.4, geometryDegree: 2 });
    const T = new MeshVariable(mesh, "T", { degree: 2 });
    T.set((x) => x);
    const poisson = new Poisson(T, { source: 1 });
    poisson.addDirichlet("inner", 0);
    const swarm = new Swarm(mesh, { boundary: "clamp" });
    swarm.populate({ perCell: 1 });
    const step = () => {
      poisson.solve();
      T.evaluate(swarm.coordinates);
      swarm.advect(along, 0.1);
    };
    step();
    return { model, step };
  },
  space() {
    const { model, mesh } = begin(1, { dim: 3 });
    const T = new MeshVariable(mesh, "T", { degree: 2 });
    T.set((x) => x);
    const poisson = new Poisson(T, { source: 1 });
    poisson.addDirichlet("left", 0);
    mesh.adapt((x: number) => x < 0.3 ? 1 : 0);
    return { model, step: () => void poisson.solve() };
  },
};
