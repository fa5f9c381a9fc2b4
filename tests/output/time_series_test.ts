import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  annulusMesh,
  boxMesh,
  type Mesh,
  MeshVariable,
  Model,
  readSnapshotMetadata,
  SnapshotInvalidatedError,
  Swarm,
  verifySnapshot,
} from "../../mod.ts";
import { readTimestep, writeTimestep } from "../../src/output/time_series.ts";
import { captureTimestep } from "../../src/output/time_series_choice.ts";
import { writeFiles } from "../../src/output/time_series_write.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";

const unit = { min: [0, 0], max: [1, 1] };
/** No nodes in common with the other. */
const inner = { min: [0.031, 0.017], max: [0.957, 0.983] };
const smooth = (x: number, y: number) => Math.sin(3 * x + y) * Math.cos(2 * y);

function square(cellSize: number, degree: 0 | 1 | 2 = 1, continuous = true, box = unit) {
  const model = new Model();
  const mesh = boxMesh(model, { ...box, cellSize });
  return { model, mesh, T: new MeshVariable(mesh, "T", { degree, continuous }) };
}

/** Root of the mean square of the differences from `smooth` at the dofs. */
function errorOf(T: MeshVariable): number {
  const places = T.coordinates.data as Float64Array;
  let sum = 0;
  T.data.forEach((value, i) => sum += (value - smooth(places[2 * i], places[2 * i + 1])) ** 2);
  return Math.sqrt(sum / T.data.length);
}

/** How the error falls when the old mesh has cells of half the size. */
async function orderOf(
  target: number,
  degree: 0 | 1 | 2,
  continuous: boolean,
  onto: 1 | 2,
): Promise<number> {
  using dir = tempDir();
  const errors: number[] = [];
  for (const size of [0.1, 0.05]) {
    const old = square(size, degree, continuous), now = square(target, onto, true, inner);
    old.T.set(smooth);
    const { data } = await writeTimestep(old.model, dir.join("run"));
    const { copied, outside } = await readTimestep(data, now.T);
    assert(!copied && outside === 0);
    errors.push(errorOf(now.T));
  }
  return Math.log2(errors[0] / errors[1]);
}

for (const [what, target] of [["finer", 0.021], ["coarser", 0.17]] as const) {
  // Halving unstructured cells is only roughly so: orders are measured to about a third.
  Deno.test(`onto a ${what} mesh values come with the order of the old elements`, async () => {
    for (
      const [degree, continuous, order] of [[0, false, 1], [1, true, 2], [1, false, 2], [
        2,
        true,
        3,
      ]] as const
    ) {
      const measured = await orderOf(target, degree, continuous, 1);
      assert(Math.abs(measured - order) < 0.35, `P${degree}: ${measured}, not about ${order}`);
    }
  });
}

Deno.test("onto an equal mesh values are copied, NaN payloads and all", async () => {
  using dir = tempDir();
  const old = square(0.2, 2), now = square(0.2, 2);
  old.T.set(smooth);
  new BigUint64Array(old.T.data.buffer)[3] = 0x7ff8dead00000001n;
  const { data } = await writeTimestep(old.model, dir.join("run"));
  assertEquals(await readTimestep(data, now.T), {
    count: now.T.dofCount,
    copied: true,
    outside: 0,
  });
  assertSameBytes(now.T.data, old.T.data);
});

Deno.test("a single variable comes out of a full snapshot, whatever its layout", async () => {
  using dir = tempDir();
  const old = square(0.1, 2);
  old.T.set((x, y) => x * x - y);
  for (const layout of ["single", "sidecars"] as const) {
    const file = await old.model.saveState({ file: dir.join(`${layout}.snap.h5`), layout });
    const now = square(0.07, 2);
    const other = new MeshVariable(now.mesh, "temperature", { degree: 2 });
    await readTimestep(file, other, { name: "T" });
    const places = other.coordinates.data as Float64Array;
    other.data.forEach((value, i) => {
      const expected = places[2 * i] ** 2 - places[2 * i + 1];
      // Quadratic functions are in the space: what is left is rounding.
      assert(Math.abs(value - expected) < 1e-13);
    });
    assertEquals(now.T.allocated, false);
  }
});

Deno.test("a linear field goes onto a finer mesh of the same tilted square to rounding: no point is outside", async () => {
  using dir = tempDir();
  const c = Math.cos(Math.PI / 6),
    s = Math.sin(Math.PI / 6),
    linear = (x: number, y: number) => 1 + x + 2 * y;
  const tilted = (cells: number, degree: 1 | 2) => {
    const model = new Model(), mesh = boxMesh(model, { ...unit, cells: [cells, cells] });
    const turned = mesh.coordinates, { data } = turned;
    for (let i = 0; i < data.length; i += 2) {
      [data[i], data[i + 1]] = [c * data[i] - s * data[i + 1], s * data[i] + c * data[i + 1]];
    }
    mesh.deform(turned);
    return { model, T: new MeshVariable(mesh, "T", { degree }) };
  };
  const old = tilted(4, 1), now = tilted(8, 2);
  old.T.set(linear);
  const { data } = await writeTimestep(old.model, dir.join("run"));
  const { outside } = await readTimestep(data, now.T, { outside: "refuse" });
  assertEquals(outside, 0);
  const evaluated = old.T.evaluate(now.T.coordinates).data, places = now.T.coordinates.data;
  for (let i = 0; i < now.T.dofCount; i++) {
    const exact = linear(places[2 * i], places[2 * i + 1]);
    // Some roundings of numbers up to 4.
    assert(Math.abs(now.T.data[i] - exact) < 1e-14, `${i}`);
    assert(Math.abs(evaluated[i] - exact) < 1e-14, `${i}`);
  }
});

Deno.test("outside of the old mesh: the nearest dof, the nearest point of the rim, or an error", async () => {
  using dir = tempDir();
  const linear = (x: number, y: number) => 1 + x - 2 * y;
  const worst = async (cellSize: number, outside: "nearest" | "rim") => {
    const model = new Model();
    const T = new MeshVariable(annulusMesh(model, { inner: 0.5, outer: 1, cellSize }), "T");
    T.set(linear);
    const { data } = await writeTimestep(model, dir.join("run"));
    const fine = new MeshVariable(
      annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.03 }),
      "T",
    );
    const report = await readTimestep(data, fine, { outside });
    assert(report.outside > 0 && report.outside < report.count / 4);
    const places = fine.coordinates.data as Float64Array;
    const misses = Array.from(
      fine.data,
      (value, i) => Math.abs(value - linear(places[2 * i], places[2 * i + 1])),
    );
    return Math.max(...misses);
  };
  // A circle leaves its polygon by h^2 / 8; the nearest dof is up to h / 2 away.
  assert(await worst(0.1, "rim") < 5 * 0.1 ** 2 / 8);
  assert(await worst(0.1, "nearest") < 3 * 0.1 / 2);
  const order = Math.log2(await worst(0.2, "rim") / await worst(0.1, "rim"));
  assert(order > 1.5, `${order}`);
  const small = square(0.2), large = new Model();
  small.T.set(1);
  const { data } = await writeTimestep(small.model, dir.join("small"));
  const T = new MeshVariable(boxMesh(large, { min: [0, 0], max: [2, 1], cells: [4, 4] }), "T");
  const error = await assertRejects(() => readTimestep(data, T, { outside: "refuse" }), RangeError);
  assertStringIncludes(error.message, "the first at (");
  assertEquals(T.allocated, false);
});

Deno.test("a field from particles has the value of the nearest one", async () => {
  using dir = tempDir();
  const { model, mesh } = square(0.2);
  const swarm = new Swarm(mesh, { name: "tracers" });
  swarm.addParticles([[0.25, 0.5], [0.75, 0.5]]);
  swarm.addVariable("material", { dtype: "uint8" }).set((x) => (x > 0.5 ? 7 : 3));
  const { data } = await writeTimestep(model, dir.join("run"), { variables: [] });
  const now = square(0.13);
  const report = await readTimestep(data, now.T, { swarm: "tracers", name: "material" });
  assertEquals(report.outside, report.count);
  const places = now.T.coordinates.data as Float64Array;
  now.T.data.forEach((value, i) => {
    // In the middle both particles are equally near.
    if (Math.abs(places[2 * i] - 0.5) > 1e-9) assertEquals(value, places[2 * i] > 0.5 ? 7 : 3);
  });
});

Deno.test("files: numbers, a step and all steps for each mesh and swarm; a step again takes its place", async () => {
  using dir = tempDir();
  const { model, mesh, T } = square(0.3);
  new MeshVariable(mesh, "other").set(1);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 1 });
  T.set(smooth);
  const folder = dir.join("run/deep");
  for (const [step, time] of [[10, 0.5], [5, 0.25], [10, 0.75]]) {
    const files = await writeTimestep(model, `${folder}/a`, { variables: [T], step, time });
    assertEquals(files, {
      data: `${folder}/a.000${step < 10 ? "0" : ""}${step}.h5`,
      steps: ["Mesh_0", "Swarm_0"].map((part) =>
        `${folder}/a.${part}.000${step < 10 ? "0" : ""}${step}.xdmf`
      ),
      series: ["Mesh_0", "Swarm_0"].map((part) => `${folder}/a.${part}.xdmf`),
    });
    assertEquals((await verifySnapshot(files.data)).ok, true);
  }
  const text = Deno.readTextFileSync(`${folder}/a.Mesh_0.xdmf`);
  assertEquals([...text.matchAll(/<Time Value="(.*)" \/>/g)].map(([, t]) => t), ["0.25", "0.75"]);
  assertStringIncludes(text, "a.00005.h5:/VTKHDF_parts/Mesh_0/PointData/T");
  assert(!text.includes("other"));
  assertEquals([...Deno.readDirSync(folder)].length, 8);
  const metadata = await readSnapshotMetadata(`${folder}/a.00010.h5`);
  assertEquals([metadata.step, metadata.sim_time], [10, 0.75]);
  assertStringIncludes(String(metadata.content), "not the full state");
  const inFolder = await writeTimestep(model, folder, { swarms: [] });
  assertEquals(inFolder.data, `${folder}/${model.name}.00000.h5`);
  assertEquals(inFolder.series.length, 1);
});

Deno.test("it is not the full state: loadState refuses it and changes nothing", async () => {
  using dir = tempDir();
  const { model, T } = square(0.3);
  T.set(1);
  const { data } = await writeTimestep(model, dir.join("run"));
  T.set(2);
  await assertRejects(() => model.loadState(data), SnapshotInvalidatedError);
  assertEquals(T.min(), 2);
});

Deno.test("what is chosen is captured before the promise is returned", async () => {
  using dir = tempDir();
  const { model, T } = square(0.3);
  T.set(1);
  const writing = writeTimestep(model, dir.join("run"));
  T.set(2);
  const { data } = await writing;
  await readTimestep(data, T);
  assertEquals(T.max(), 1);
});

Deno.test("choices that are not there, and numbers that are none, are refused with what there is", async () => {
  using dir = tempDir();
  const { model, mesh, T } = square(0.3);
  T.set(1);
  const path = dir.join("run");
  const refused = async (options: object, kind: typeof Error, words: string) => {
    const error = await assertRejects(() => writeTimestep(model, path, options), kind);
    assertStringIncludes(error.message, words);
  };
  await refused({ variables: ["p"] }, RangeError, "Mesh_0/T");
  await refused({ variables: [square(0.3).T] }, RangeError, "not have a variable 'T'");
  await refused({ variables: [7] }, TypeError, "a variable or its name");
  await refused({ variables: "T" }, TypeError, "a list");
  await refused({ swarms: ["s"] }, RangeError, "not have a swarm 's'");
  await refused({ step: -1 }, RangeError, "step");
  await refused({ time: NaN }, RangeError, "time");
  assertEquals([...Deno.readDirSync(dir.path)], []);
  const { data } = await writeTimestep(model, path, { variables: [mesh] });
  const vector = new MeshVariable(mesh, "v", { components: 2 });
  const reading: [MeshVariable, object, string][] = [
    [vector, {}, "Mesh_0/T"],
    [vector, { name: "T" }, "make a variable like it"],
    [T, { mesh: "Mesh_1" }, "on 'Mesh_1'"],
    [T, { swarm: "Swarm_0" }, "of swarms it has"],
  ];
  for (const [variable, options, words] of reading) {
    const error = await assertRejects(() => readTimestep(data, variable, options), RangeError);
    assertStringIncludes(error.message, words);
  }
  assertEquals(vector.allocated, false);
});

Deno.test("one of several meshes with such a variable: the one of the same name, or the one asked for", async () => {
  using dir = tempDir();
  const model = new Model();
  const meshes = [0, 1].map((): Mesh => boxMesh(model, { ...unit, cells: [2, 2] }));
  meshes.forEach((mesh, i) => new MeshVariable(mesh, "T").set(i));
  const { data } = await writeTimestep(model, dir.join("run"), {
    variables: ["Mesh_0/T", "Mesh_1/T"],
  });
  const { T } = square(0.3);
  await readTimestep(data, T);
  assertEquals(T.max(), 0);
  await readTimestep(data, T, { mesh: "Mesh_1" });
  assertEquals(T.min(), 1);
});

Deno.test("a failing disk leaves the files of before", async () => {
  using dir = tempDir();
  const { model, T } = square(0.3);
  T.set(1);
  const { series } = await writeTimestep(model, dir.join("run"));
  const before = Deno.readTextFileSync(series[0]);
  let renames = 0;
  const layer = {
    ...denoLayer,
    rename(from: string, to: string) {
      if (renames++ === 2) throw new Error("no space left");
      denoLayer.rename(from, to);
    },
  };
  await assertRejects(
    () => writeFiles("run", dir.join("run"), captureTimestep(model, { step: 1 })!, {}, layer),
    Error,
    "no space left",
  );
  assertEquals(Deno.readTextFileSync(series[0]), before);
  assertEquals([...Deno.readDirSync(dir.path)].filter(({ name }) => name.endsWith(".tmp")), []);
});

Deno.test("steps of a run whose mesh adapts have the cells of each step, and are read back exactly", async () => {
  using dir = tempDir();
  const { model, mesh, T } = square(0.2, 2);
  const counts: number[] = [], values: Float64Array[] = [], files: string[] = [];
  for (let step = 0; step < 3; step++) {
    if (step > 0) mesh.adapt((x) => (Math.abs(x - 0.3 * step) < 0.2 ? 2 : -2), { maxLevel: 4 });
    T.set((x, y) => smooth(x, y) + step);
    model.tracker.step = step;
    files.push((await writeTimestep(model, dir.join("run"))).data);
    counts.push(mesh.cellCount);
    values.push(T.data.slice());
  }
  assertEquals(new Set(counts).size, 3);
  const xdmf = Deno.readTextFileSync(dir.join("run.Mesh_0.xdmf"));
  for (const count of counts) assertStringIncludes(xdmf, `NumberOfElements="${count}"`);
  // The last mesh is the live one: no search, the same bytes.
  await readTimestep(files[2], T.mesh.variables.get("T")!);
  assertSameBytes(T.data, values[2], "the last step");
  // An earlier one is carried over, and a quadratic field is still one of that accuracy.
  await readTimestep(files[0], T);
  assert(errorOf(T) < 2e-3);
});

Deno.test("a series that is written again after going back drops the steps of the course that was left", async () => {
  using dir = tempDir();
  const { model, T } = square(0.5);
  T.set(1);
  const write = (step: number, time: number) => writeTimestep(model, dir.join("s"), { step, time });
  for (const step of [0, 1, 2, 3]) await write(step, 0.1 * step);
  const { series } = await write(2, 0.15);
  const timesIn = () => {
    const text = Deno.readTextFileSync(series[0]);
    return [...text.matchAll(/Time Value="([^"]*)"/g)].map(([, time]) => Number(time));
  };
  assertEquals(timesIn(), [0, 0.1, 0.15]);
  // The clock may have gone back further than the numbers.
  await write(4, 0.12);
  assertEquals(timesIn(), [0, 0.1, 0.12]);
});

Deno.test("calls that are not awaited are steps in order; a course that was left is dropped from every grid", async () => {
  using dir = tempDir();
  const { model, mesh, T } = square(0.5);
  T.set(1);
  new Swarm(mesh, { name: "tracers" }).populate({ perCell: 1 });
  const stepsOf = (file: string) =>
    Deno.readTextFileSync(dir.join(file)).matchAll(/<!-- step (\d+)/g).map(([, step]) => step)
      .toArray().join();
  const going: Promise<unknown>[] = [];
  for (let step = 0; step < 4; step++) {
    for (const name of ["s", "s.more"]) {
      going.push(writeTimestep(model, dir.join(name), { step, time: step }));
    }
  }
  await Promise.all(going);
  assertEquals([stepsOf("s.tracers.xdmf"), stepsOf("s.Mesh_0.xdmf")], ["0,1,2,3", "0,1,2,3"]);
  await writeTimestep(model, dir.join("s"), { step: 2, time: 2, swarms: [] });
  assertEquals([stepsOf("s.tracers.xdmf"), stepsOf("s.Mesh_0.xdmf")], ["0,1", "0,1,2"]);
  assertEquals(stepsOf("s.more.tracers.xdmf"), "0,1,2,3");
  // A crash behind the numbers: the steps of the old course are out of sight already.
  Deno.removeSync(dir.join("s.Mesh_0.00001.xdmf"));
  Deno.mkdirSync(dir.join("s.Mesh_0.00001.xdmf"));
  await assertRejects(() => writeTimestep(model, dir.join("s"), { step: 1, time: 1 }));
  assertEquals(stepsOf("s.Mesh_0.xdmf"), "0");
  Deno.writeTextFileSync(dir.join("mine.Mesh_0.xdmf"), "mine");
  await assertRejects(() => writeTimestep(model, dir.join("mine")), RangeError, "not a series");
  assertEquals(Deno.readTextFileSync(dir.join("mine.Mesh_0.xdmf")), "mine");
});

Deno.test("a variable that was never set is written as zeros, and stays as it is", async () => {
  using dir = tempDir();
  const { model, mesh } = square(0.5);
  const v = new MeshVariable(mesh, "v", { degree: 2, components: 2 });
  const { data, steps } = await writeTimestep(model, dir.join("s"), { variables: ["T", "v"] });
  const text = Deno.readTextFileSync(steps[0]);
  assert(/Name="T"/.test(text) && /Name="v"/.test(text), text);
  assert(!v.allocated);
  const other = new MeshVariable(mesh, "other", { degree: 2, components: 2 });
  other.set((_x, _y, _z, out) => void out.fill(3));
  await readTimestep(data, other, { name: "v" });
  assert(other.data.every((value) => value === 0));
});

Deno.test("names with characters that XML cannot hold, and options that do not exist", async () => {
  using dir = tempDir();
  const { model, mesh } = square(0.5);
  new MeshVariable(mesh, "a\u0001b").set(1);
  const { steps } = await writeTimestep(model, dir.join("s"));
  const text = Deno.readTextFileSync(steps[0]);
  assertStringIncludes(text, 'Name="a\ufffdb"');
  // deno-lint-ignore no-control-regex -- this is what XML cannot hold
  assert(!/[\u0000-\u0008]/.test(text));
  await assertRejects(() => writeTimestep(model, dir.join("a:b")), RangeError, "colon");
  const wrong = { varables: ["T"] } as object;
  await assertRejects(() => writeTimestep(model, dir.join("t"), wrong), TypeError, "variables");
});
