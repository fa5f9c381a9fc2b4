import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunCompletedError, RunIdentityError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Equation } from "../../src/equation/equation.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { type ResumeOptions, resumeOrStart } from "../../src/run/resume.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { checkpointsOf } from "./_run.ts";

/** What a script of these tests sets. */
interface Numbers {
  readonly diffusivity?: number;
  readonly left?: number;
  readonly flux?: number;
  readonly source?: string;
  readonly weak?: string;
  readonly width?: number;
  readonly moved?: number;
  readonly kappa?: number;
}

function build(numbers: Numbers) {
  const { diffusivity = 1, left = 0, flux = 1, source = "1 + x", weak = "2", width = 1 } = numbers;
  const model = new Model({ name: "heat" });
  const mesh = boxMesh(model, { min: [0, 0], max: [width, 1], cells: [3, 3] });
  if (numbers.moved) {
    mesh.deform(mesh.coordinates.data.map((x) => x === 0 || x >= 1 ? x : x + numbers.moved!));
  }
  const u = new MeshVariable(mesh, "u"), q = new MeshVariable(mesh, "q");
  const poisson = new Poisson(u, { diffusivity, source: expression(source) });
  poisson.addDirichlet("left", left);
  poisson.addNeumann("right", flux);
  poisson.addDirichlet("top", (x) => x);
  const equation = new Equation(q, { test: "s", weak: `${weak} * dot(grad(q), grad(s)) - s` });
  equation.addDirichlet(q, "left", left);
  model.parameters.define("kappa", numbers.kappa ?? 1);
  return { model, u, q, poisson, equation };
}

/** From zero, so that the result does not depend on where the iteration began. */
function solve({ u, q, poisson, equation }: ReturnType<typeof build>): void {
  u.data.fill(0);
  q.data.fill(0);
  poisson.solve();
  equation.solve();
}

/** One process: resumed or started, one step further. */
async function script(folder: string, numbers: Numbers, options: ResumeOptions = {}) {
  const parts = build(numbers),
    { checkpoints } = checkpointsOf(parts.model, folder, { every: { steps: 1 } });
  try {
    const report = await resumeOrStart(parts.model, checkpoints, options);
    solve(parts);
    parts.model.tracker.step++;
    await checkpoints.afterStep();
    return { ...parts, report };
  } finally {
    await checkpoints.close();
  }
}

const edits: Record<string, [Numbers, string[]]> = {
  "a coefficient": [{ diffusivity: 2 }, ["coefficient Poisson_0 diffusivity: was 1, is 2"]],
  "the sign of a zero": [{ left: -0 }, [
    "condition Equation_0 dirichlet on left q: was 0, is -0",
    "condition Poisson_0 dirichlet on left: was 0, is -0",
  ]],
  "a flux": [{ flux: 3 }, ["condition Poisson_0 neumann on right: was 1, is 3"]],
  "an expression": [{ source: "2 + x" }, ["coefficient Poisson_0 source: was 1 + x, is 2 + x"]],
  "a weak form": [{ weak: "3" }, [
    'scheme Equation_0 text: was "2 * dot(grad(q), grad(s)) - s", is "3 * dot(grad(q), grad(s)) - s"',
  ]],
  "a parameter": [{ kappa: 7 }, ["parameter kappa: was 1, is 7"]],
};

for (const [what, [edited, differences]] of Object.entries(edits)) {
  Deno.test(`${what} that was edited between two starts is refused with both sides, or taken as asked`, async () => {
    using dir = tempDir();
    await script(dir.path, {});
    const error = await assertRejects(() => script(dir.path, edited), RunIdentityError);
    assertEquals(error.differences, differences);
    assertStringIncludes(error.message, '{ numbers: "script" }');
    // Of the checkpoint: as if nothing had been edited.
    const old = await script(dir.path, edited, { numbers: "checkpoint" });
    const straight = build({});
    solve(straight);
    for (const name of ["u", "q"] as const) assertSameBytes(old[name].data, straight[name].data);
    // Of the script: what it sets holds, and the next start of it needs no word.
    await script(dir.path, edited, { numbers: "script" });
    const again = await script(dir.path, edited);
    assertEquals([again.report.resumed, again.report.run.id], [true, "heat"]);
    const fresh = build(edited);
    solve(fresh);
    for (const name of ["u", "q"] as const) assertSameBytes(again[name].data, fresh[name].data);
    assertEquals(again.model.parameters.get("kappa"), fresh.model.parameters.get("kappa"));
    await assertRejects(() => script(dir.path, {}), RunIdentityError);
  });
}

Deno.test("geometry is compared by what it is, and can only be that of the checkpoint", async () => {
  using dir = tempDir();
  await script(dir.path, {});
  for (const edited of [{ width: 2 }, { moved: 1e-9 }]) {
    const error = await assertRejects(() => script(dir.path, edited), RunIdentityError);
    assertEquals(error.differences.length, 1);
    assert(/^geometry Mesh_0: was from \[0,0\] to \[1,1\], xxh64/.test(error.differences[0]));
    const numbers = () => script(dir.path, edited, { numbers: "script" });
    await assertRejects(numbers, RunIdentityError, "transfer()");
  }
  const { model } = await script(dir.path, { width: 2 }, { numbers: "checkpoint" });
  assertEquals(Math.max(...model.meshes.get("Mesh_0")!.coordinates.data), 1);
});

Deno.test("mid-side nodes of curved cells are part of the geometry that is compared", async () => {
  using dir = tempDir();
  const start = async (bulge: number) => {
    const model = new Model({ name: "ring" });
    const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize: 1, geometryDegree: 2 });
    const places = new MeshVariable(mesh, "u", { degree: 2 }).coordinates.data;
    const corners = 2 * mesh.nodeCount;
    mesh.deform(places.map((x, i) => i < corners ? x : x * bulge) as Float64Array);
    const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
    try {
      await resumeOrStart(model, checkpoints);
      model.tracker.step++;
      await checkpoints.afterStep();
    } finally {
      await checkpoints.close();
    }
  };
  await start(1);
  await start(1);
  const error = await assertRejects(() => start(1 + 1e-12), RunIdentityError);
  assert(/^geometry Mesh_0: was from/.test(error.differences[0]), error.differences[0]);
});

Deno.test("numbers that change during a run are its state, and need no word", async () => {
  using dir = tempDir();
  const { model, poisson } = build({});
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
  await resumeOrStart(model, checkpoints);
  poisson.diffusivity = 5;
  model.meshes.get("Mesh_0")!.deform(
    model.meshes.get("Mesh_0")!.coordinates.data.map((x) => 2 * x),
  );
  model.tracker.step++;
  await checkpoints.afterStep();
  await checkpoints.close();
  const { report, poisson: resumed } = await script(dir.path, {});
  assertEquals([report.resumed, resumed.diffusivity], [true, 5]);
});

Deno.test("load compares numbers before anything is changed, and goes back freely within a run", async () => {
  using dir = tempDir();
  await script(dir.path, {});
  const { model, poisson } = build({ diffusivity: 2 });
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
  const error = await assertRejects(() => checkpoints.load(), RunIdentityError);
  assertStringIncludes(error.message, "coefficient Poisson_0 diffusivity: was 1, is 2");
  assertEquals([model.tracker.step, poisson.diffusivity], [0, 2]);
  await checkpoints.load(undefined, { numbers: "script" });
  assertEquals([model.tracker.step, poisson.diffusivity, checkpoints.run?.id], [1, 2, "heat"]);
  poisson.diffusivity = 9;
  model.tracker.step++;
  await checkpoints.afterStep();
  await checkpoints.load((await checkpoints.at({ step: 1 }))!);
  assertEquals([model.tracker.step, poisson.diffusivity], [1, 1]);
  await checkpoints.close();
});

Deno.test("a run that has completed is not started again, unless that is asked for", async () => {
  using dir = tempDir();
  const once = async (
    options: ResumeOptions = {},
    kappa = 1,
    mode: "append" | "overwrite" = "append",
  ) => {
    const { model } = build({ kappa }),
      { checkpoints } = checkpointsOf(model, dir.path, {
        every: { steps: 1 },
        mode,
      });
    const { run } = await resumeOrStart(model, checkpoints, options);
    const from = model.tracker.step;
    model.tracker.step++;
    await checkpoints.afterStep();
    await checkpoints.complete();
    return `${run.id} from ${from}`;
  };
  assertEquals(await once(), "heat from 0");
  const error = await assertRejects(() => once(), RunCompletedError, "has completed");
  assertEquals([error.run, error.code], ["heat", "RUN_COMPLETED"]);
  assertEquals(await once({ completed: "resume" }), "heat from 1");
  assertEquals(await once({ completed: true }), "heat from 2");
  assertEquals(await once({ completed: "start" }), "heat-2 from 0");
  assertEquals(await once({ select: () => null }), "heat-3 from 0");
  // Another script of the same name, and one that replaces what is there.
  assertEquals(await once({}, 2), "heat-4 from 0");
  assertEquals(await once({}, 1, "overwrite"), "heat-5 from 0");
});

Deno.test("a script that has grown goes on with { missing: keep }, and one that lacks something with { extra: keep }", async () => {
  using dir = tempDir();
  const process = async (grown: boolean, options: ResumeOptions = {}) => {
    const { model, u } = build({});
    if (grown) {
      const d = new MeshVariable(u.mesh, "d");
      d.set(3);
      new Poisson(d, { source: 2 }).addDirichlet("left", 3);
      model.parameters.define("nu", 9);
    }
    const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
    try {
      const { run, entry } = await resumeOrStart(model, checkpoints, options);
      model.tracker.step++;
      u.data[0] = model.tracker.step;
      await checkpoints.afterStep();
      return { model, u, was: `${run.id} ${entry?.step}` };
    } finally {
      await checkpoints.close();
    }
  };
  assertEquals((await process(false)).was, "heat undefined");
  // Every piece of advice in the messages is taken below.
  const grown = await assertRejects(() => process(true), RunIdentityError, '{ missing: "keep" }');
  assertEquals(grown.differences.map((text) => text.split(":")[0]), [
    "bearer Poisson_1",
    "parameter nu",
    "variable Mesh_0.d",
  ]);
  assertEquals((await process(true, { missing: "keep" })).was, "heat 1");
  const { model, u, was } = await process(true);
  assertEquals([was, u.data[0], model.parameters.get("nu")], ["heat 2", 3, 9]);
  await assertRejects(() => process(false), RunIdentityError, '{ extra: "keep" }');
  const less = await process(false, { extra: "keep" });
  assertEquals([less.was, less.model.meshes.get("Mesh_0")!.variables.has("d")], ["heat 3", true]);
  // What was taken over is in the checkpoints that follow, so the script that has it finds it again.
  assertEquals((await process(true, { missing: "keep" })).was, "heat 4");
  await assertRejects(() => process(false, { missing: "keep" }), RunIdentityError, "is gone");
});
