/**
 * Operations for random programs: each is a pure function of six numbers and the state of the model, so that the same
 * list can be run again.
 *
 * @module
 */
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { TimeHistory } from "../../src/ddt/time_history.ts";
import { Equation } from "../../src/equation/equation.ts";
import { expression } from "../../src/expression/mod.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { Materials } from "../../src/materials/materials.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { FieldSolver } from "../../src/solve/field_solver.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** Six numbers in [0, 1). */
export type Choices = readonly number[];

/** There is nothing that the operation could be done with. */
export class Skip extends Error {}

function pick<V>(from: Iterable<V>, at: number): V {
  const all = [...from];
  if (all.length === 0) throw new Skip();
  return all[Math.floor(at * all.length)];
}

const int = (at: number, n: number) => Math.floor(at * n);
const meshOf = (m: Model, at: number): Mesh => pick(m.meshes.values(), at);
const swarmOf = (m: Model, at: number): Swarm => pick(m.swarms.values(), at);

function fieldOf(m: Model, at: number, fits: (v: MeshVariable) => boolean = () => true) {
  return pick(
    [...m.meshes.values()].flatMap((mesh) => [...mesh.variables.values()]).filter(fits),
    at,
  );
}

const isScalar = (v: MeshVariable) => v.components === 1;
const isUnknown = (v: MeshVariable) => isScalar(v) && v.degree > 0 && v.continuous;

function bearerOf<B>(m: Model, at: number, type: abstract new (...args: never[]) => B): B {
  return pick([...m.bearers.values()].filter((b) => b instanceof type), at) as B;
}

function freeName(prefix: string, taken: ReadonlyMap<string, unknown>): string {
  for (let k = 0;; k++) if (!taken.has(`${prefix}${k}`)) return `${prefix}${k}`;
}

const remove = (u: MeshVariable) => u.mesh.removeVariable(u);

/** Few objects, so that they meet each other. */
function room(m: Model): void {
  if (m.bearers.size > 6) throw new Skip();
}

function turn(speed: number) {
  return (x: number, y: number, _z: number, out: Float64Array) => {
    out.fill(0);
    out[0] = speed * (0.5 - y);
    out[1] = speed * (x - 0.5);
  };
}

function coefficient(mesh: Mesh, a: number, b: number) {
  const field = [...mesh.variables.values()].find(isScalar) ?? b;
  return [b, (x: number) => b * x, expression(`${b} * x + sin(y)`), field][int(a, 4)];
}

function held(solver: Poisson | Diffusion | AdvectionDiffusion, [, , side, kind, value]: Choices) {
  const boundary = pick([...solver.variable.mesh.boundaries.keys(), ""], side);
  if (boundary === "") return;
  if (kind < 0.4) solver.addDirichlet(boundary, value);
  else if (kind < 0.7) solver.addDirichlet(boundary, (x: number) => x * value);
  else solver.addRobin(boundary, 1 + value, kind);
}

const making: Record<string, (m: Model, r: Choices) => unknown> = {
  mesh: (m, [kind, size, side]) => {
    if (m.meshes.size > 1) throw new Skip();
    const n = 2 + int(size, 3), square = { min: [0, 0], max: [1, 1] };
    if (kind < 0.4) boxMesh(m, { ...square, cells: [n, n] });
    else if (kind < 0.6) {
      boxMesh(m, { ...square, cells: [3, 3], periodic: side < 0.5 ? ["x"] : ["x", "y"] });
    } else if (kind < 0.8) boxMesh(m, { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 1] });
    else {annulusMesh(m, {
        inner: 0.3,
        outer: 1,
        cellSize: 0.45,
        geometryDegree: side < 0.5 ? 1 : 2,
      });}
  },
  field: (m, [at, degree, width]) => {
    const mesh = meshOf(m, at), components = width < 0.7 ? 1 : mesh.dim;
    if (mesh.variables.size > 9) throw new Skip();
    const options = { degree: int(degree, 3) as 0 | 1 | 2, components };
    new MeshVariable(mesh, freeName("f", mesh.variables), options);
  },
  swarm: (m, [at, rule, balance]) => {
    if (m.swarms.size > 2) throw new Skip();
    const boundary = (["lose", "clamp", "reflect"] as const)[int(rule, 3)];
    const options = balance < 0.3 ? { boundary, balance: { fewest: 1, most: 4 } } : { boundary };
    new Swarm(meshOf(m, at), options).populate({ perCell: 1 });
  },
  column: (m, [at, type]) => {
    const swarm = swarmOf(m, at), dtype = (["float64", "float32", "int32"] as const)[int(type, 3)];
    if (swarm.variables.size > 4) throw new Skip();
    swarm.addVariable(freeName("q", swarm.variables), { dtype });
  },
  poisson: (m, r) => {
    room(m);
    const u = fieldOf(m, r[0], isUnknown);
    held(new Poisson(u, { source: coefficient(u.mesh, r[1], r[2]) }), r);
  },
  diffusion: (m, r) => {
    room(m);
    const scheme = r[5] < 0.6 ? { order: 1 + int(r[1], 3) } : { theta: 0.5 };
    held(new Diffusion(fieldOf(m, r[0], isUnknown), { diffusivity: 0.1 + r[1], ...scheme }), r);
  },
  transport: (m, r) => {
    room(m);
    const u = fieldOf(m, r[0], isUnknown), scheme = r[5] < 0.4 ? { order: 1 + int(r[1], 3) } : {};
    const velocity = [...u.mesh.variables.values()].find((v) => v.components === u.mesh.dim);
    const options = { velocity: r[3] < 0.5 && velocity ? velocity : turn(r[2]), diffusivity: 0.1 };
    held(new AdvectionDiffusion(u, { ...options, ...scheme }), r);
  },
  projection: (m, [at, kind]) => {
    room(m);
    const u = fieldOf(m, at, isScalar),
      swarm = [...m.swarms.values()].find((s) => s.mesh === u.mesh);
    const column = [...swarm?.variables.values() ?? []].find((q) => q.dtype === "float64");
    new Projection(u, { source: column && kind < 0.6 ? column : (x: number) => x });
  },
  equation: (m, [at, kind, order]) => {
    room(m);
    const u = fieldOf(m, at, isUnknown), name = u.name;
    const rate = `dt(${name}) * v + 0.1 * dot(grad(${name}), grad(v))`;
    const steady = `dot(grad(${name}), grad(v)) + ${name} * v - x * v`;
    if (kind < 0.3) new Equation(u, { test: "v", weak: steady });
    else {new Equation(u, {
        test: "v",
        weak: `${rate} - (${name} - ${name}^3) * v`,
        order: 1 + int(order, 3),
      });}
  },
  flow: (m, [at, low, open, force]) => {
    room(m);
    const mesh = meshOf(m, at), taken = mesh.variables;
    if (mesh.cellCount > 40) throw new Skip();
    const v = new MeshVariable(mesh, freeName("v", taken), { components: mesh.dim, degree: 2 });
    const p = new MeshVariable(mesh, freeName("p", taken), { degree: low < 0.3 ? 0 : 1 });
    const bodyForce = Array.from(
      { length: mesh.dim },
      (_, d) => d === 1 ? (x: number) => force * x - 1 : 0,
    );
    const flow = new Stokes(v, p, { viscosity: 1 + open, bodyForce });
    for (const side of mesh.boundaries.keys()) {
      if (side !== "top" || open > 0.7) flow.addFreeSlip(side);
    }
  },
  surface: (m, [at, scheme]) => {
    room(m);
    const schemes = ["euler", "rk2", "stabilised"] as const;
    new FreeSurface(bearerOf(m, at, Stokes), { scheme: schemes[int(scheme, 3)] });
  },
  materials: (m, [at, height]) => {
    room(m);
    const swarm = swarmOf(m, at), { variables } = swarm.mesh;
    const rock = freeName("rock", variables), salt = freeName("salt", variables);
    const made = new Materials(swarm, { [rock]: { density: 1 }, [salt]: { density: "2 + x" } });
    made.assign(salt, (_x, y) => y < height);
  },
  history: (m, [at, kind, order, speed]) => {
    room(m);
    const u = fieldOf(m, at, isUnknown),
      options = { order: 1 + int(order, 3), velocity: turn(speed) };
    if (kind < 0.3) new EulerianDDt(u, { order: options.order });
    else if (kind < 0.7) new SemiLagrangianDDt(u, options);
    else new LagrangianDDt(u, options);
  },
};

const changing: Record<string, (m: Model, r: Choices) => unknown> = {
  deform: (m, [at, size]) => {
    const mesh = meshOf(m, at), nodes = mesh.coordinates, { data } = nodes;
    for (let i = 0; i < data.length; i += mesh.dim) {
      data[i] += 0.1 * size * Math.sin(Math.PI * data[i]) * Math.sin(Math.PI * data[i + 1]);
    }
    mesh.deform(nodes);
  },
  adapt: (m, [at, a, kind]) => {
    const mesh = meshOf(m, at), limits = { maxCells: 80 };
    if (kind < 0.5) mesh.adapt((x, y) => Math.sin(9 * a * x + 7 * y) > 0.3 ? 1 : -1, limits);
    else if (kind < 0.7) mesh.coarsen();
    else mesh.adapt({ size: (x) => 0.2 + 0.5 * Math.abs(x - a), ...limits });
  },
  set: (m, [at, kind, a]) => {
    const u = fieldOf(m, at);
    if (kind < 0.4) u.set(a);
    else if (kind < 0.7) { for (let i = 0; i < u.data.length; i++) u.data[i] = m.random.normal(); }
    else if (kind < 0.9) u.data[0] = -0;
    else u.data[u.data.length - 1] = NaN;
  },
  transfer: (m, [a, b]) => {
    const from = fieldOf(m, a);
    transfer(from, fieldOf(m, b, (to) => to !== from && to.components === from.components));
  },
  removeField: (m, [at]) => remove(fieldOf(m, at)),
  removeColumn: (m, [at, which]) => {
    const swarm = swarmOf(m, at);
    swarm.removeVariable(pick(swarm.variables.values(), which));
  },
  removeSwarm: (m, [at]) => m.unregister(swarmOf(m, at)),
  unregister: (m, [at]) => m.unregister(pick(m.bearers.values(), at)),
  advect: (m, [at, dt, order, speed]) => {
    const orders = [1, 2, 4] as const, step = dt < 0.1 ? 1e4 : 0.2 * dt;
    swarmOf(m, at).advect(turn(2 * speed), step, { order: orders[int(order, 3)] });
  },
  failedAdvect: (m, [at]) => {
    let calls = 0;
    swarmOf(m, at).advect((_x, _y, _z, out) => {
      if (++calls > 5) throw new RangeError("a function that fails");
      out.fill(0.2);
    }, 0.2);
  },
  add: (m, [at, x, y]) => {
    const swarm = swarmOf(m, at);
    swarm.addParticles([[x, y, 0.5].slice(0, swarm.mesh.dim)]);
  },
  thin: (m, [at, k]) => swarmOf(m, at).removeParticles((i) => i % (2 + int(k, 3)) === 0),
  balance: (m, [at, most]) => swarmOf(m, at).balance({ fewest: 1, most: 3 + int(most, 3) }),
  solve: (m, [at, size, odd]) => {
    const solvers = [...m.bearers.values()].filter((b) =>
      b instanceof FieldSolver || b instanceof Equation
    );
    const dt = size < 0.08 ? [1e9, 1e-12, NaN, -1][int(odd, 4)] : 0.02 + 0.05 * size;
    const solver = pick(solvers, at) as
      | Poisson
      | Diffusion
      | AdvectionDiffusion
      | Equation
      | Stokes;
    const isSteady = solver instanceof Poisson || solver instanceof Projection ||
      solver instanceof Stokes ||
      (solver instanceof Equation && !solver.weak!.includes("dt("));
    if (isSteady) return solver.solve();
    solver.solve({ dt });
    m.tracker.time += dt;
    m.tracker.step++;
  },
  surfaceStep: (m, [at, size]) =>
    bearerOf(m, at, FreeSurface).step({ dt: size < 0.1 ? 1e6 : 0.1 * size }),
  update: (m, [at]) => bearerOf(m, at, Materials).update(),
  begin: (m, [at, dt]) => bearerOf(m, at, TimeHistory).updatePreSolve(0.01 + 0.1 * dt),
  end: (m, [at]) => bearerOf(m, at, TimeHistory).updatePostSolve(),
  source: (m, [at, kind, a]) => {
    const solver = bearerOf<Diffusion>(m, at, Diffusion);
    solver.source = coefficient(solver.variable.mesh, kind, a);
  },
  parameter: (m, [, a]) =>
    m.parameters.has("k") ? m.parameters.set("k", a) : m.parameters.define("k", a),
  tracker: (m, [kind, a]) => {
    if (kind < 0.4) m.tracker.list = [a, { deep: Float32Array.of(a) }];
    else if (kind < 0.7) m.tracker.big = BigInt(int(a, 1e9));
    else delete m.tracker.list;
  },
  random: (m, [kind]) => kind < 0.5 ? m.random.normal() : m.random.advance(),
};

/** All operations but those that put something back, by name. */
export const operations: Readonly<Record<string, (m: Model, r: Choices) => unknown>> = {
  ...making,
  ...changing,
  "taken back": (m, r) => m.attempt(() => several(m, r), () => r[5] < 0.4),
};

/** Two operations in one, whose refusals are part of the try. */
function several(m: Model, r: Choices): void {
  const all = Object.values({ ...making, ...changing });
  for (const k of [0, 1]) {
    try {
      all[int(r[k], all.length)](m, [...r.slice(k + 1), ...r]);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}
