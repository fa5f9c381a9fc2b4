import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunIdentityError } from "../../src/errors.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { Materials } from "../../src/materials/materials.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { expression } from "../../src/expression/mod.ts";
import { Equation } from "../../src/equation/equation.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { type ResumeOptions, resumeOrStart } from "../../src/run/resume.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf } from "./_run.ts";

/** What scripts of the next test make, each with a number that is edited. */
const made: Record<string, (model: Model, edited: boolean) => void> = {
  "scheme Materials_0 table": (model, edited) => {
    const swarm = new Swarm(square(model));
    swarm.addParticles([[0.3, 0.3]]);
    new Materials(swarm, { rock: { viscosity: edited ? 2 : 1, density: 3 } });
  },
  "scheme two words theta": (model, edited) => {
    const u = new MeshVariable(square(model), "u");
    new EulerianDDt(u, { name: "two words", theta: edited ? 1 : 0.5 });
  },
  "scheme SymbolicDDt_0 psi": (model, edited) => {
    new SymbolicDDt(model, expression(edited ? "2 * 4" : "2 * 3"));
  },
  "scheme FreeSurface_0 scheme": (model, edited) => {
    new FreeSurface(flowOn(square(model)), { scheme: edited ? "rk4" : "rk2" });
  },
  "scheme ViscoElastic_0 shearModulus": (model, edited) => {
    const mesh = square(model), v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
    new ViscoElastic(v, new MeshVariable(mesh, "p"), {
      viscosity: 1,
      shearModulus: edited ? 2 : 1,
      stress: new MeshVariable(mesh, "tau", { components: 3 }),
    });
  },
  "scheme Equation_0 fluxes": (model, edited) => {
    const q = new MeshVariable(square(model), "q");
    new Equation(q, { test: "s", weak: "q * s" }).addNeumann(q, "left", edited ? "2" : "1");
  },
  "coefficient Poisson_0 diffusivity": (model, edited) => {
    const mesh = square(model), k = new MeshVariable(mesh, "k");
    new Poisson(new MeshVariable(mesh, "u"), { diffusivity: edited ? k : 1 });
  },
};

function square(model: Model) {
  return boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
}

function flowOn(mesh: Mesh): Stokes {
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const stokes = new Stokes(v, new MeshVariable(mesh, "p"), { viscosity: 1, bodyForce: [0, -1] });
  for (const side of ["left", "right", "bottom"]) stokes.addFreeSlip(side);
  return stokes;
}

Deno.test("what any object was made with is compared, and each way that the message names can be gone", async () => {
  for (const [line, make] of Object.entries(made)) {
    using dir = tempDir();
    const process = async (edited: boolean, options: ResumeOptions = {}) => {
      const model = new Model({ name: "made" });
      make(model, edited);
      const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
      try {
        await resumeOrStart(model, checkpoints, options);
        model.tracker.step++;
        await checkpoints.afterStep();
        return [...model.bearers].map(([name, { state, setup }]) => [name, state, setup]);
      } finally {
        await checkpoints.close();
      }
    };
    const was = await process(false), record = Deno.readTextFileSync(`${dir.path}/made.run.json`);
    const error = await assertRejects(() => process(true), RunIdentityError);
    assert(error.differences.some((text) => text.startsWith(`${line}: was `)), error.message);
    assertStringIncludes(error.message, '{ numbers: "script" }');
    // What was refused leaves the run as it was.
    const identityIn = (text: string) => JSON.parse(text).identity;
    const after = Deno.readTextFileSync(`${dir.path}/made.run.json`);
    assertEquals(identityIn(after), identityIn(record));
    const old = () => process(true, { numbers: "checkpoint" });
    if (error.message.includes('{ numbers: "checkpoint" }')) assertEquals(await old(), was);
    else await assertRejects(old, RunIdentityError);
    assertEquals(await process(false), was);
    const taken = await process(true, { numbers: "script" });
    assertEquals(await process(true), taken);
    await assertRejects(() => process(false), RunIdentityError);
  }
});

Deno.test("a solver that has got a condition goes on with { missing: keep }, one that lacks it with the script's", async () => {
  using dir = tempDir();
  const process = async (grown: boolean, options: ResumeOptions = {}) => {
    const model = new Model({ name: "flow" }),
      mesh = square(model),
      u = new MeshVariable(mesh, "u");
    const poisson = new Poisson(u, { source: 1 });
    poisson.addDirichlet("left", 1);
    const equation = new Equation(new MeshVariable(mesh, "q"), { test: "s", weak: "q * s" });
    if (grown) {
      poisson.addNeumann("right", 3);
      equation.addDirichlet(equation.unknowns[0], "left", 2);
      new FreeSurface(flowOn(mesh));
    } else flowOn(mesh);
    const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
    try {
      const { entry } = await resumeOrStart(model, checkpoints, options);
      model.tracker.step++;
      // A number that changes during the run is state, and stays what it was.
      poisson.diffusivity = 1 + model.tracker.step;
      await checkpoints.afterStep();
      return { step: entry?.step, saved: model.saveState(), model, poisson };
    } finally {
      await checkpoints.close();
    }
  };
  await process(false);
  await assertRejects(() => process(true), RunIdentityError, '{ missing: "keep" }');
  const kept = await process(true, { missing: "keep" });
  assertEquals([kept.step, kept.poisson.diffusivity], [1, 3]);
  assertEquals((await process(true)).step, 2);
  await assertRejects(() => process(false), RunIdentityError, '{ extra: "keep" }');
  const extra = () => process(false, { extra: "keep" });
  await assertRejects(extra, RunIdentityError, '{ numbers: "script" }');
  const less = await process(false, { extra: "keep", numbers: "script" });
  assertEquals([less.step, less.model.bearers.has("FreeSurface_0")], [3, true]);
  // The same by hand, from a token of the smaller model.
  const { model, poisson } = await process(true, { onMismatch: "start" });
  const before = poisson.state.conditions;
  const old = less.saved;
  model.loadState(old, { missing: "keep" });
  assertEquals(poisson.state.conditions, before);
});
