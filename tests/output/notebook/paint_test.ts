import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { annulusMesh, MeshVariable, Model, Poisson, Swarm } from "../../../mod.ts";
import { registerPainter } from "../../../src/display.ts";
import { paint } from "../../../src/output/notebook/paint.ts";
import "../../../src/output/plots.ts";

function scene() {
  const model = new Model({ name: "<heat>" });
  const mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x) => x);
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "uint8" });
  swarm.populate({ perCell: 1 });
  const solver = new Poisson(T, { source: 1 });
  model.parameters.define("kappa", 1e-6, { units: "m^2/s" });
  model.tracker.energy = [1, 2];
  return { model, mesh, T, swarm, material, solver };
}

async function shown(value: object): Promise<Record<string, string>> {
  const method = (value as Record<symbol, () => Promise<Record<string, string>>>)[
    Symbol.for("Jupyter.display")
  ];
  return await method.call(value);
}

Deno.test("every public class shows itself, and in plain text as console.log does", async () => {
  const { model, mesh, T, swarm, material, solver } = scene();
  using snapshot = model.saveState();
  model.timeline.record();
  const forms: [object, string, string][] = [
    [model, "text/html", "Model(<heat>, step 0, time 0: "],
    [mesh, "image/svg+xml", "Mesh(Mesh_0, annulus, "],
    [T, "image/svg+xml", "MeshVariable(T on Mesh_0, P2, "],
    [swarm, "image/svg+xml", "Swarm(Swarm_0 in Mesh_0, "],
    [material, "image/svg+xml", "SwarmVariable(material of Swarm_0, uint8, "],
    [snapshot, "text/html", "Snapshot(<heat>, step 0, time 0, "],
    [model.timeline, "image/svg+xml", "Timeline(1 states, steps 0 to 0, "],
    [model.parameters, "text/html", "Parameters {"],
    [solver, "text/html", "Poisson"],
  ];
  for (const [value, form, text] of forms) {
    const bundle = await shown(value);
    assertEquals(Object.keys(bundle).sort(), [form, "text/plain"].sort(), text);
    assertEquals(bundle["text/plain"], Deno.inspect(value));
    assert(bundle["text/plain"].startsWith(text), bundle["text/plain"]);
  }
});

Deno.test("a model's inventory names everything in it, and escapes names", async () => {
  const { model, solver } = scene();
  const html = (await shown(model))["text/html"];
  const words = [
    "&lt;heat&gt;",
    "annulus, 2-D",
    "P2",
    "material (uint8)",
    "Poisson",
    "m^2/s",
    "[ 1, 2 ]",
  ];
  for (const word of [...words, solver.name]) assertStringIncludes(html, word);
  assert(!html.includes("<heat>"));
});

Deno.test("a snapshot says its age, size and contents, and when it is released", async () => {
  const { model } = scene();
  const snapshot = model.saveState();
  const html = (await shown(snapshot))["text/html"];
  for (const word of [" s ago", " kB", "meshes/Mesh_0/variables/T", "float64"]) {
    assertStringIncludes(html, word);
  }
  snapshot.release();
  assertStringIncludes((await shown(snapshot))["text/html"], "released");
});

Deno.test("without a picture the text stays, and a painter that fails is no catastrophe", async () => {
  const { model } = scene();
  assertEquals(await shown(model.timeline), { "text/plain": "Timeline(0 states, 0.000 MB)" });
  try {
    registerPainter(() => Promise.reject(new Error("no ink")));
    assertEquals(await shown(model.timeline), {
      "text/plain": "Timeline(0 states, 0.000 MB)\n(no picture: no ink)",
    });
  } finally {
    registerPainter(paint);
  }
  assertEquals(paint({ a: 1 }), undefined);
});
