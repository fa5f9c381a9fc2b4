import { assert, assertEquals } from "@std/assert";
import { MeshVariable, runRanks, type Swarm } from "../../mod.ts";
import { writeView } from "../../src/archive/disk.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { safeName } from "../../src/snapshot/file/paths.ts";
import { writeTimestep } from "../../src/output/time_series.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { everything } from "./_everything.ts";
import {
  hasMeshio,
  hasVtk,
  paraview,
  python,
  rangesOf,
  readByVtk,
  sayMissing,
  see,
} from "./_paraview.ts";

sayMissing();

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
  await model.saveState({ view: "full", file: base });
  const files: string[] = [];
  for (const [name, options] of Object.entries(layouts)) {
    const path = dir.join(`${name.replaceAll(" ", "_")}.snap.h5`);
    await model.saveState({
      view: "full",
      file: path,
      ...options,
      ...(name.startsWith("only") && { base }),
    });
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

testNeeding(
  paraview,
  "ParaView shows the small view of a snapshot: nodes, and particles in pieces",
  async () => {
    using dir = tempDir();
    const { model, plane, space, swarm } = everything();
    swarm.populate({ perCell: Math.ceil(10_000 / plane.cellCount) });
    const path = dir.join("step.snap.h5");
    await model.saveState({ file: path });
    const files = await writeView(path), seen = see(dir.join("picture.png"), files);
    const [main, straight, particles] = files.map((file) => seen[file]);
    assertEquals([main.points, main.cells], [plane.nodeCount, plane.cellCount]);
    const at = (name: string) => space.variables.get(name)!;
    assertEquals([straight.points, straight.cells], [space.nodeCount, space.cellCount]);
    assertEquals(straight.point.u, rangesOf(at("u").data.slice(0, space.nodeCount)));
    assertEquals([particles.points, particles.cells], [swarm.count, swarm.count]);
    assert(swarm.count > 8192, "more than two pieces");
    // Of particles that came later the variable is 0.
    assertEquals(particles.point.place, rangesOf(swarm.variables.get("place")!.data, 2));
    assertEquals(particles.point.ids, rangesOf(swarm.ids));
  },
);

testNeeding(
  { run: true, programs: [python] },
  "VTK's own reader, without a display, reads every point, cell and value of a view",
  async () => {
    if (!hasVtk()) return console.warn("VTK is not asked: apt-get install python3-paraview");
    using dir = tempDir();
    const { model, plane, swarm } = everything();
    swarm.populate({ perCell: Math.ceil(10_000 / plane.cellCount) });
    const path = dir.join("step.snap.h5");
    await model.saveState({ file: path });
    const [main, , particles] = readByVtk(await writeView(path));
    assertEquals([main.points, main.cells], [plane.nodeCount, plane.cellCount]);
    assertEquals(main.point.T, rangesOf(plane.variables.get("T")!.data));
    assertEquals(main.cell.q, rangesOf(plane.variables.get("q")!.data));
    assert(swarm.count > 8192, "more than two pieces");
    assertEquals([particles.points, particles.cells], [swarm.count, swarm.count]);
    assertEquals(particles.point.ids, rangesOf(swarm.ids));
    assertEquals(particles.point.place, rangesOf(swarm.variables.get("place")!.data, 2));
  },
);

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

const program = new URL("./save_view.ts", import.meta.url);

testNeeding(paraview, "ParaView shows files of 1 to 4 ranks as those of one", async () => {
  using dir = tempDir();
  const files: string[][] = [];
  for (const ranks of [1, 2, 3, 4]) {
    const path = dir.join(`on${ranks}.snap.h5`);
    await runRanks(ranks, program, [path]);
    files.push(await writeView(path));
  }
  const seen = see(dir.join("picture.png"), files.flat());
  const [one, ...others] = files.map((list) => list.map((file) => seen[file]));
  const { plane, space, swarm } = everything();
  assertEquals(one.map(({ cells }) => cells), [
    plane.cellCount,
    ...[0, 0, 0].map(() => space.cellCount),
    swarm.count,
  ]);
  // Sums of a thousand numbers below one, in another order.
  const near = (a: number, b: number) => assert(Math.abs(a - b) < 1e-12, `${a}, ${b}`);
  const [main, quadratic, apart] = [plane, space, space].map((mesh) => mesh.variables);
  const unit = new MeshVariable(plane, "one", { degree: 0 });
  unit.set(1);
  for (const parts of [one, ...others]) {
    near(parts[0].integral.cell.Area[0][0], unit.integrate() as number);
    near(parts[0].integral.point.T[0][0], main.get("T")!.integrate() as number);
    near(parts[0].integral.cell.q[0][0], main.get("q")!.integrate() as number);
    near(parts[1].integral.cell.Volume[0][0], 1);
    near(parts[2].integral.point.p[0][0], apart.get("p")!.integrate() as number);
  }
  assertEquals(quadratic.get("u")!.dofCount, one[1].places);
  for (const parts of others) {
    parts.forEach(({ point, cell, cells, points, bounds, places }, i) => {
      const { vtkGhostType: marks, ...arrays } = point;
      assertEquals(arrays, one[i].point);
      assertEquals([cell, cells, bounds], [one[i].cell, one[i].cells, one[i].bounds]);
      // Continuous fields are in all pieces around a point, which say so.
      assertEquals(marks, i < 2 ? [[0, 1]] : undefined);
      if (i < 2) assert(points > one[i].points);
      else assertEquals(points, one[i].points);
      assertEquals(places, one[i].places);
    });
  }
});

const stepProgram = new URL("./write_steps.ts", import.meta.url);

testNeeding(
  { ...paraview, programs: [...paraview.programs, ...meshio.programs] },
  "ParaView and meshio read the timesteps of 3 ranks as those of one",
  async () => {
    using dir = tempDir();
    const read: unknown[] = [], series: string[][] = [];
    for (const ranks of [1, 3]) {
      const [files] = await runRanks(ranks, stepProgram, [dir.join(`on${ranks}/run`)]) as {
        steps: string[];
        series: string[];
      }[];
      const { success, stdout, stderr } = new Deno.Command(python, {
        args: [script, files.series[0], ...files.steps],
      }).outputSync();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
      read.push(JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!));
      series.push(files.series);
    }
    assertEquals(read[1], read[0]);
    const seen = see(dir.join("picture.png"), series.flat());
    const [one, three] = series.map((list) => list.map((file) => seen[file]));
    assertEquals(three, one);
    assertEquals(three.map(({ times }) => times), new Array(5).fill([0, 0.5]));
  },
);
