import { assert, assertEquals } from "@std/assert";
import { annulusMesh, boxMesh, MeshVariable, Model, Swarm } from "../../mod.ts";
import { type FileOptions, writeView } from "../../src/snapshot/disk.ts";
import { safeName } from "../../src/snapshot/file/paths.ts";
import { writeTimestep } from "../../src/output/time_series.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { hasMeshio, paraview, python, rangesOf, sayMissing, see } from "./_paraview.ts";

sayMissing();

/** Every kind of field, in the plane and in space. */
function everything() {
  const model = new Model();
  const plane = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.1 });
  new MeshVariable(plane, "T").set((x, y) => Math.sin(3 * x) * y);
  new MeshVariable(plane, "v", { components: 2 }).set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(plane, "q", { degree: 0 }).set((x, y) => x * y);
  const space = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });
  new MeshVariable(space, "T").set((x, y, z) => x + 2 * y + z);
  new MeshVariable(space, "u", { degree: 2 }).set((x, y, z) => x * x - y * z);
  new MeshVariable(space, "w", { degree: 2, components: 3 }).set((x, y, z, out) => {
    out[0] = -y;
    out[1] = x * z;
    out[2] = z * z;
  });
  new MeshVariable(space, "p", { continuous: false }).set((x, y, z) => x * z - y);
  new MeshVariable(space, "s", { degree: 2, continuous: false }).set((x, y, z) => x - z * y);
  const swarm = new Swarm(plane);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material", { dtype: "int32" }).set((x) => (x > 0 ? 7 : -3));
  swarm.addVariable("a/b σ: <c> & d", { dtype: "float32" }).set((x) => x);
  swarm.addVariable("Spannung σ (größte) & <mehr>", { components: 2 }).set((x, y, _z, out) => {
    out[0] = y;
    out[1] = x;
  });
  swarm.addVariable("place", { components: 2 }).set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  return { model, plane, space, swarm };
}

/** Variables with unusual names: their own where that can be, a safe one where it cannot. */
function namesOf(swarm: Swarm): Record<string, [number, number][]> {
  const [, b, c] = [...swarm.variables.values()].map(({ data, components }) =>
    rangesOf(data, components)
  );
  return { [safeName("a/b σ: <c> & d")]: b, "Spannung σ (größte) & <mehr>": c };
}

const layouts: Record<string, FileOptions> = {
  "one file": {},
  "sidecars": { layout: "sidecars" },
  "gzip": { compression: "gzip" },
  "only what changed": {},
};

testNeeding(paraview, "ParaView shows every array of a snapshot with our ranges", async () => {
  using dir = tempDir();
  const { model, plane, space, swarm } = everything();
  const base = dir.join("base.snap.h5");
  await model.saveState({ file: base });
  const files: string[] = [];
  for (const [name, options] of Object.entries(layouts)) {
    const path = dir.join(`${name.replaceAll(" ", "_")}.snap.h5`);
    await model.saveState({ file: path, ...options, ...(name.startsWith("only") && { base }) });
    files.push(...await writeView(path));
  }
  const picture = dir.join("picture.png");
  const seen = see(picture, files);
  assertEquals(files.length, 5 * Object.keys(layouts).length);
  const of = (mesh: typeof plane, name: string) => {
    const { data, components } = mesh.variables.get(name)!;
    return rangesOf(data, components);
  };
  for (let i = 0; i < files.length; i += 5) {
    const [main, quadratic, p, s, particles] = files.slice(i, i + 5).map((file) => seen[file]);
    assertEquals(main.reader, "HDFReader");
    assertEquals([main.points, main.cells], [plane.nodeCount, plane.cellCount]);
    assertEquals(main.bounds, rangesOf(plane.coordinates.data, 2).flat());
    assertEquals(main.point, { T: of(plane, "T"), v: of(plane, "v") });
    assertEquals(main.cell, { q: of(plane, "q") });
    assertEquals(quadratic.points, space.variables.get("u")!.dofCount);
    const { T, u, w } = quadratic.point;
    assertEquals({ u, w }, { u: of(space, "u"), w: of(space, "w") });
    assertEquals(T, of(space, "T"));
    assertEquals([p.cells, p.points], [space.cellCount, 4 * space.cellCount]);
    assertEquals(p.point, { p: of(space, "p") });
    assertEquals([s.cells, s.points], [space.cellCount, 10 * space.cellCount]);
    assertEquals(s.point, { s: of(space, "s") });
    assertEquals([particles.points, particles.cells], [swarm.count, swarm.count]);
    assertEquals(particles.point, {
      ids: rangesOf(swarm.ids),
      ...namesOf(swarm),
      material: [[-3, 7]],
      place: rangesOf(swarm.coordinates.data, 2),
    });
  }
  const bytes = Deno.readFileSync(picture);
  assertEquals([...bytes.subarray(1, 4)], [..."PNG"].map((c) => c.charCodeAt(0)));
  // An empty scene of this size has 2 kB; a colour field has many.
  assert(bytes.length > 5000, `${bytes.length} bytes`);
});

/** Three steps of everything, the temperature rising by one. */
async function threeSteps(folder: string) {
  const all = everything();
  const { model, plane } = all;
  const T = plane.variables.get("T")!;
  const temperatures: [number, number][][] = [];
  const written = [];
  for (let step = 0; step < 3; step++) {
    T.set((x, y) => Math.sin(3 * x) * y + step);
    temperatures.push(rangesOf(T.data));
    written.push(await writeTimestep(model, `${folder}/run`, { step, time: step / 10 }));
  }
  return { ...all, temperatures, written };
}

testNeeding(paraview, "ParaView shows every step of an XDMF series with our ranges", async () => {
  using dir = tempDir();
  const { plane, space, swarm, temperatures, written } = await threeSteps(dir.path);
  const { series } = written[2];
  const seen = see(dir.join("picture.png"), series);
  const [main, quadratic, p, s, particles] = series.map((file) => seen[file]);
  assertEquals(main.reader, "Xdmf3ReaderS");
  assertEquals(main.times, [0, 0.1, 0.2]);
  assertEquals(main.steps.map(({ T }) => T), temperatures);
  assertEquals(main.point.v, rangesOf(plane.variables.get("v")!.data, 2));
  assertEquals(main.cell, { q: rangesOf(plane.variables.get("q")!.data) });
  assertEquals(main.bounds, rangesOf(plane.coordinates.data, 2).flat());
  assertEquals(quadratic.point.u, rangesOf(space.variables.get("u")!.data));
  assertEquals(quadratic.points, space.variables.get("u")!.dofCount);
  assertEquals(p.point, { p: rangesOf(space.variables.get("p")!.data) });
  assertEquals(s.point, { s: rangesOf(space.variables.get("s")!.data) });
  assertEquals([particles.points, particles.cells], [swarm.count, swarm.count]);
  assertEquals(particles.point.material, [[-3, 7]]);
  assertEquals({ ...particles.point, ...namesOf(swarm) }, particles.point);
});

const script = new URL("./read_xdmf.py", import.meta.url).pathname;

const meshio = {
  run: true as const,
  programs: [python, ...(hasMeshio() ? [] : ["python3-meshio"])],
};

testNeeding(meshio, "meshio reads XDMF: steps and series", async () => {
  using dir = tempDir();
  const { plane, space, swarm, temperatures, written } = await threeSteps(dir.path);
  const { steps, series } = written[1];
  const { success, stdout, stderr } = new Deno.Command(python, {
    args: [script, series[0], ...steps],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const read = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
  const [main, quadratic, p, s, particles] = read.steps;
  assertEquals(main.points, [plane.nodeCount, 3]);
  assertEquals(main.cells, [["triangle", [plane.cellCount, 3]]]);
  assertEquals(main.point.T, temperatures[1]);
  assertEquals(main.cell, { q: rangesOf(plane.variables.get("q")!.data) });
  assertEquals(quadratic.cells, [["tetra10", [space.cellCount, 10]]]);
  assertEquals(quadratic.point.w, rangesOf(space.variables.get("w")!.data, 3));
  assertEquals(p.cells, [["tetra", [space.cellCount, 4]]]);
  assertEquals(s.cells, [["tetra10", [space.cellCount, 10]]]);
  assertEquals(particles.cells, [["vertex", [swarm.count, 1]]]);
  const times = temperatures.map((ranges, i) => [i / 10, ranges]);
  assertEquals(read.series.map(([time, { T }]: [number, { T: unknown }]) => [time, T]), times);
});
