import { assert, assertEquals, assertThrows } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import type { SemiLagrangianDDtOptions } from "../../src/ddt/semi_lagrangian_options.ts";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshottable } from "../../src/snapshot/contract.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import type { StepResult } from "../../src/solve/time_step.ts";
import { BoundaryConditions } from "../../src/solve/conditions.ts";
import { FieldFrame } from "../../src/solve/field_frame.ts";
import { OperatorCache } from "../../src/solve/operator_cache.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameSnapshots } from "../model/_sim.ts";

/** A flow that turns within the square. */
const turning: VectorFunction = (x, y, _z, out) => {
  out[0] = -y * (1 - x * x);
  out[1] = x * (1 - y * y);
};

const hill = (x: number, y: number) => Math.sin(3 * x) + y;

interface Fields {
  readonly T: MeshVariable;
  /** A diffusivity and a velocity that are arrays, to be written into. */
  readonly k: MeshVariable;
  readonly v: MeshVariable;
  readonly maxIterations?: number;
}

const transport = (make: (fields: Fields) => SemiLagrangianDDt | LagrangianDDt | EulerianDDt) =>
(
  fields: Fields,
) => {
  const { v, k, maxIterations } = fields;
  return solving(
    new AdvectionDiffusion(fields.T, {
      velocity: v,
      diffusivity: k,
      history: make(fields),
      maxIterations,
    }),
  );
};

/** Every solver, and the last one with every history. */
const cases: Record<string, (fields: Fields) => (dt: number) => void> = {
  Poisson: ({ T, k, maxIterations }) => {
    const poisson = new Poisson(T, { diffusivity: k, source: 1, maxIterations });
    poisson.addDirichlet("left", 0);
    return () => void poisson.solve();
  },
  Projection: ({ T, k, maxIterations }) => {
    const projection = new Projection(T, { source: [k], maxIterations });
    return () => void projection.solve();
  },
  "Diffusion, BDF3": ({ T, k, maxIterations }) =>
    solving(new Diffusion(T, { diffusivity: k, order: 3, maxIterations })),
  "Diffusion, theta": ({ T, k, maxIterations }) =>
    solving(new Diffusion(T, { diffusivity: k, theta: 0.5, maxIterations })),
  "its own history": ({ T, k, v, maxIterations }) =>
    solving(new AdvectionDiffusion(T, { velocity: v, diffusivity: k, maxIterations })),
  SemiLagrangianDDt: transport(({ T, v }) => new SemiLagrangianDDt(T, { order: 2, velocity: v })),
  EulerianDDt: transport(({ T, v }) => new EulerianDDt(T, { order: 2, velocity: v })),
  LagrangianDDt: transport(({ T, v }) => new LagrangianDDt(T, { order: 2, velocity: v })),
  LagrangianSwarmDDt: ({ T, k, v, maxIterations }) => {
    const swarm = new Swarm(T.mesh);
    const value = swarm.addVariable("value");
    swarm.populate({ perCell: 4 });
    value.set(hill);
    const history = new LagrangianSwarmDDt(value, { order: 2 });
    const solver = new AdvectionDiffusion(T, {
      velocity: v,
      diffusivity: k,
      history,
      maxIterations,
    });
    return (dt) => void solver.solve({ dt });
  },
};

function solving(solver: { solve(options: { dt: number }): unknown }): (dt: number) => void {
  return (dt) => void solver.solve({ dt });
}

function build(name: string, cells = 6, maxIterations?: number) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T"), k = new MeshVariable(mesh, "k");
  const v = new MeshVariable(mesh, "v", { components: 2 });
  T.set(hill);
  k.set(0.1);
  v.set(turning);
  const solve = cases[name]({ T, k, v, maxIterations });
  const step = (dt: number) => {
    solve(dt);
    model.tracker.time += dt;
  };
  return { model, mesh, T, k, v, step };
}

for (const name of Object.keys(cases)) {
  Deno.test(`a model built anew and loaded goes on with the same bytes: ${name}`, () => {
    const warm = build(name);
    for (const dt of [0.02, 0.03, 0.02]) warm.step(dt);
    using token = warm.model.saveState();
    const cold = build(name);
    cold.model.loadState(token);
    for (const { step } of [warm, cold]) [0.02, 0.01].forEach(step);
    assertSameSnapshots(cold.model.saveState(), warm.model.saveState());
  });

  Deno.test(`a deformed mesh that is put back leaves no trace: ${name}`, () => {
    const { model, mesh, step } = build(name);
    [0.02, 0.03].forEach(step);
    using token = model.saveState();
    step(0.02);
    using expected = model.saveState();
    model.loadState(token);
    mesh.deform(Float64Array.from(mesh.coordinates.data as Float64Array, (x) => 1.01 * x));
    step(0.02);
    model.loadState(token);
    step(0.02);
    assertSameSnapshots(model.saveState(), expected);
  });

  Deno.test(`arrays written in place are seen at the next solve: ${name}`, () => {
    const warm = build(name);
    [0.02, 0.02].forEach(warm.step);
    warm.k.data[7] *= 3;
    warm.v.data[9] += 0.1;
    const cold = build(name);
    using token = warm.model.saveState();
    cold.model.loadState(token);
    for (const { step } of [warm, cold]) step(0.02);
    assertSameSnapshots(cold.model.saveState(), warm.model.saveState());
  });

  if (name === "Projection") continue;
  Deno.test(`a solve that does not converge leaves every byte: ${name}`, () => {
    // Large enough for multigrid to have more than one level, which would be exact.
    const { model, T, step } = build(name, 40, 1);
    for (const dt of [0.5, 0.2]) {
      using before = model.saveState();
      assertThrows(() => step(dt), ConvergenceError);
      assertSameSnapshots(model.saveState(), before);
      T.set((x, y) => hill(y, x));
    }
  });

  Deno.test(`states that make no sense are StateSchemaErrors, and nothing changes: ${name}`, () => {
    const { model, step } = build(name);
    step(0.02);
    using before = model.saveState();
    for (const bearer of model.bearers.values() as Iterable<Snapshottable>) {
      const { state } = bearer;
      const bad = [null, 7, {}, { ...state, schemaVersion: 1 + state.schemaVersion }];
      if ("psiStar" in state) {
        bad.push({ ...state, psiStar: ["other"] }, { ...state, dtHistory: [1, 2, 3, 4] });
        bad.push({ ...state, variable: "other" });
      } else bad.push({ ...state, conditions: [{}] }, { ...state, coefficients: {} });
      for (const one of bad) {
        assertThrows(() => bearer.state = one as typeof state, StateSchemaError, bearer.name);
        assertThrows(() => bearer.checkState!(one as typeof state), StateSchemaError, bearer.name);
      }
    }
    assertSameSnapshots(model.saveState(), before);
  });
}

Deno.test("restored between updatePreSolve and updatePostSolve, here or in a new model, the step ends the same", () => {
  for (const name of ["SemiLagrangianDDt", "EulerianDDt", "LagrangianDDt"]) {
    const end = ({ model, T }: ReturnType<typeof build>) => {
      const ddt = model.bearers.get(`${name}_0`) as unknown as EulerianDDt;
      assertEquals(ddt.state.phase, "step");
      T.set(ddt.historyTerms().map((h) => -h / ddt.leadingCoefficient()));
      ddt.updatePostSolve();
      return model.saveState();
    };
    const run = build(name);
    [0.02, 0.03].forEach(run.step);
    (run.model.bearers.get(`${name}_0`) as unknown as EulerianDDt).updatePreSolve(0.02);
    using token = run.model.saveState();
    using expected = end(run);
    run.model.loadState(token);
    assertSameSnapshots(end(run), expected);
    const fresh = build(name);
    fresh.model.loadState(token);
    assertSameSnapshots(end(fresh), expected);
  }
});

Deno.test("restored within a step whose velocity and inflow read what has changed since, the step ends the same", () => {
  for (const History of [EulerianDDt, SemiLagrangianDDt, LagrangianDDt]) {
    const model = new Model();
    model.parameters.define("speed", 1);
    const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [5, 5] });
    const T = new MeshVariable(mesh, "T");
    T.set(hill);
    const velocity: VectorFunction = (_x, _y, _z, out) => {
      out[0] = model.parameters.get("speed");
      out[1] = 0;
    };
    const inflow = () => model.parameters.get("speed");
    const own = History === SemiLagrangianDDt ? { inflow } : {};
    const ddt = new History(T, { order: 2, velocity, ...own } as SemiLagrangianDDtOptions);
    const end = () => {
      T.set(ddt.historyTerms().map((h) => -h / ddt.leadingCoefficient()));
      ddt.updatePostSolve();
      ddt.updatePreSolve(0.05);
      return model.saveState();
    };
    ddt.updatePreSolve(0.1);
    ddt.updatePostSolve();
    ddt.updatePreSolve(0.1);
    model.parameters.set("speed", 2);
    using token = model.saveState();
    using expected = end();
    ddt.updatePostSolve();
    model.parameters.set("speed", 3);
    ddt.updatePreSolve(9);
    model.loadState(token);
    assertSameSnapshots(end(), expected);
  }
});

Deno.test("traced values that make no sense are refused", () => {
  const { model, T } = build("SemiLagrangianDDt");
  const ddt = model.bearers.get("SemiLagrangianDDt_0") as SemiLagrangianDDt;
  ddt.updatePreSolve(0.02);
  const { state } = ddt, traced = state.traced!;
  assertEquals(traced.levels.map(({ length }) => length), [T.data.length]);
  const wrong: unknown[] = [
    undefined,
    3,
    {},
    { ...traced, levels: [] },
    { ...traced, levels: [[1]] },
    { ...traced, forcing: T.data },
    { ...traced, ranks: 0.5 },
  ];
  for (const bad of wrong) {
    assertThrows(() => ddt.state = { ...state, traced: bad } as typeof state, StateSchemaError);
  }
  const between = { ...state, phase: "between" as const };
  assertThrows(() => ddt.checkState(between), StateSchemaError, "between steps");
  ddt.state = state;
  assertEquals(ddt.state, state);
});

Deno.test("a matrix whose inputs stay the same is made once", () => {
  const { T } = build("Poisson");
  const cache = new OperatorCache();
  const frames = [0, 1].map((t) => new FieldFrame(T, new BoundaryConditions(), cache, t, "test"));
  const scales = { massScale: 1, stiffnessScale: 0.1, diffusivity: 2 };
  const [first, second] = frames.map((frame) => cache.matrix(frame.inputs(0, scales)));
  assert(first === second);
});

Deno.test("a history that cannot begin leaves every byte, at the first step and later", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [5, 5] });
  let isBad = true;
  const velocity: VectorFunction = (x, y, z, out, t) => {
    turning(x, y, z, out, t);
    if (isBad) out[1] = NaN;
  };
  for (const History of [EulerianDDt, SemiLagrangianDDt, LagrangianDDt]) {
    const T = new MeshVariable(mesh, `T_${History.name}`);
    T.set(hill);
    const ddt = new History(T, { order: 2, velocity });
    const refuse = (what: () => void) => {
      isBad = true;
      using before = model.saveState();
      assertThrows(what, RangeError);
      assertSameSnapshots(model.saveState(), before);
      isBad = false;
    };
    refuse(() => ddt.updatePreSolve(0.1));
    ddt.updatePreSolve(0.1);
    ddt.updatePostSolve();
    refuse(() => ddt.updatePreSolve(0.1));
    refuse(() => ddt.initialiseHistory([1, 2], -1));
  }
});

Deno.test("orders drop at lasting growth of 2.414 for BDF2 and 1.618 for BDF3, and the result says so", () => {
  const last = (order: number, growth: number): StepResult => {
    const { T } = build("Poisson", 2);
    const diffusion = new Diffusion(T, { diffusivity: 1, order });
    let result!: StepResult, dt = 1e-4;
    for (let n = 0; n < 5; n++, dt *= growth) result = diffusion.solve({ dt });
    return result;
  };
  for (const [order, limit] of [[2, 1 + Math.SQRT2], [3, (1 + Math.sqrt(5)) / 2]]) {
    const below = last(order, limit - 1e-3), above = last(order, limit + 1e-3);
    assertEquals([below.order, below.reduced], [order, null]);
    assertEquals([above.order, above.reduced], [order - 1, "step growth"]);
    assert(above.converged);
  }
});
