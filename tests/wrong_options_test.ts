import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  AdvectionDiffusion,
  boxMesh,
  Diffusion,
  Equation,
  EulerianDDt,
  LagrangianDDt,
  LagrangianSwarmDDt,
  MeshVariable,
  Model,
  plotField,
  plotHistory,
  plotMesh,
  plotSwarm,
  Poisson,
  Projection,
  SemiLagrangianDDt,
  Swarm,
  SymbolicDDt,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { diffSnapshots } from "../src/archive/diff.ts";

// deno-lint-ignore no-explicit-any -- calls that a script without a type check can make
const wrong = (options: Record<string, unknown>) => options as any;

Deno.test("options that do not exist are refused with the one that may be meant, and nothing changes", async () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const swarm = new Swarm(mesh), mark = swarm.addVariable("mark");
  const diffusion = new Diffusion(u, { diffusivity: 1 });
  const equation = new Equation(u, { test: "w", weak: "u * w - w" });
  u.set((x) => x);
  const before = model.saveState();
  const calls: [string, string, () => unknown][] = [
    ["sead", "seed", () => new Model(wrong({ sead: 1 }))],
    ["sorce", "source", () => new Poisson(u, wrong({ sorce: 1 }))],
    ["tolerence", "", () => new Poisson(u, wrong({ tolerence: 1e-6 }))],
    ["difusivity", "diffusivity", () => new Diffusion(u, wrong({ diffusivity: 1, difusivity: 1 }))],
    ["thetta", "theta", () => new Diffusion(u, wrong({ diffusivity: 1, thetta: 1 }))],
    [
      "velocty",
      "velocity",
      () => new AdvectionDiffusion(u, wrong({ velocity: v, diffusivity: 1, velocty: v })),
    ],
    ["sources", "source", () => new Projection(u, wrong({ source: 1, sources: 2 }))],
    [
      "quadrature",
      "quadratureDegree",
      () => new Equation(u, wrong({ test: "w", weak: "u * w", quadrature: 3 })),
    ],
    [
      "solvr",
      "solver",
      () => new Equation(u, { test: "w", weak: "u * w", linear: wrong({ solvr: "petsc" }) }),
    ],
    [
      "defin",
      "define",
      () => new Equation(u, { test: "w", weak: "u * w", preconditioner: wrong({ defin: {} }) }),
    ],
    ["dtt", "dt", () => equation.solve(wrong({ dtt: 1 }))],
    ["where", "", () => equation.residual(wrong({ where: u.data }))],
    ["comp", "component", () => equation.addDirichlet(u, "left", 0, wrong({ comp: 0 }))],
    ["components", "component", () => equation.addNeumann(u, "left", 0, wrong({ components: 0 }))],
    ["part", "", () => diffusion.addRobin("left", 1, 0, wrong({ part: 0 }))],
    ["oder", "order", () => new EulerianDDt(u, wrong({ oder: 2 }))],
    ["clipp", "clip", () => new SemiLagrangianDDt(u, wrong({ velocity: v, clipp: true }))],
    ["perCells", "perCell", () => new LagrangianDDt(u, wrong({ velocity: v, perCells: 4 }))],
    ["nmae", "name", () => new LagrangianSwarmDDt(mark, wrong({ nmae: "h" }))],
    ["ordr", "order", () => new SymbolicDDt(model, expression("2"), wrong({ ordr: 2 }))],
    ["DT", "dt", () => diffusion.solve(wrong({ DT: 0.1 }))],
    ["budgett", "budget", () => model.timeline.record(wrong({ budgett: 1e6 }))],
    ["step", "steps", () => model.timeline.record({ every: wrong({ step: 1 }) })],
    [
      "exhaustiv",
      "exhaustive",
      () => model.timeline.bisect(() => true, wrong({ exhaustiv: true })),
    ],
    ["veiw", "view", () => model.saveState(wrong({ file: "/nowhere/a.snap.h5", veiw: false }))],
  ];
  for (const [given, meant, call] of calls) {
    const { message } = assertThrows(call, TypeError, `there is no option '${given}'`);
    assert(meant === "" || message.includes(`did you mean '${meant}'?`), message);
  }
  const later: [string, string, () => Promise<unknown>][] = [
    ["cmap", "", () => plotField(u, wrong({ cmap: "viridis" }))],
    ["contour", "contours", () => plotField(u, wrong({ contour: true }))],
    ["widht", "width", () => plotMesh(mesh, wrong({ widht: 300 }))],
    ["radus", "radius", () => plotSwarm(swarm, wrong({ radus: 3 }))],
    ["logs", "log", () => plotHistory({ y: [1, 2] }, wrong({ logs: ["y"] }))],
    ["acept", "accept", () => model.advance(wrong({ dt: 1, until: 1, step() {}, acept() {} }))],
  ];
  for (const [given, meant, call] of later) {
    const { message } = await assertRejects(call, TypeError, `there is no option '${given}'`);
    assert(meant === "" || message.includes(`did you mean '${meant}'?`), message);
  }
  using after = model.saveState();
  assertEquals(diffSnapshots(before, after), []);
});

Deno.test("what is no object of options is refused, and so is a tolerance without an error", async () => {
  assertThrows(() => new Model("x" as unknown as object), TypeError, "new Model takes {");
  const model = new Model();
  for (const option of ["tolerance", "order", "safety"]) {
    await assertRejects(
      () => model.advance(wrong({ dt: 1, until: 1, step: () => {}, [option]: 1 })),
      TypeError,
      `${option} belongs to error`,
    );
  }
  assertEquals(model.tracker.time, 0);
});
