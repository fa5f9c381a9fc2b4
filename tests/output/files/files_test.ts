import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { allocate, arrayKinds, type TypedArray } from "../../../src/arrays.ts";
import { ndarray } from "../../../src/deps/ndarray.ts";
import { boxMesh } from "../../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { Model } from "../../../src/model/model.ts";
import {
  readNpy,
  readNpz,
  saveViewer,
  viewer,
  writeNpy,
  writeNpz,
  writeTable,
  writeZarr,
} from "../../../src/output/files.ts";
import { writeTimestep } from "../../../src/output/time_series.ts";
import { profileOf } from "../../../src/output/plot/plot_profile.ts";
import { assertSameBytes, tempDir } from "../../_helpers.ts";
import { cli, cliJson, fillFolder } from "../../cli/_cli.ts";
import { exported } from "./_model.ts";

Deno.test("a .npy file gives every kind of numbers back to the bit, and fields with their shape", async () => {
  using dir = tempDir();
  const path = dir.join("a.npy");
  for (const kind of arrayKinds) {
    const data = allocate(kind, 5) as TypedArray;
    new Uint8Array(data.buffer).forEach((_, i, bytes) => bytes[i] = (37 * i + 11) & 255);
    await writeNpy(path, data);
    const read = await readNpy(path);
    if (kind === "uint8clamped") {
      assertEquals([...read.data as Uint8Array], [...data as Uint8Array]);
    } else assertSameBytes(read.data as TypedArray, data, kind);
  }
  const { T, u, material } = exported();
  for (const [variable, shape] of [[T, [12]], [u, [35, 2]], [material, [24]]] as const) {
    await writeNpy(path, variable);
    const read = await readNpy(path);
    assertEquals(read.shape, [...shape]);
    assertSameBytes(read.data as TypedArray, variable.data as TypedArray);
  }
});

Deno.test("a view of an array is written row after row, and columns first and the other byte order are read", async () => {
  using dir = tempDir();
  const path = dir.join("a.npy");
  const all = ndarray(Float64Array.from({ length: 12 }, (_, i) => i), [3, 4]);
  await writeNpy(path, all.transpose(1, 0).hi(2, 3));
  const read = await readNpy(path);
  assertEquals([read.shape, [...read.data as Float64Array]], [[2, 3], [0, 4, 8, 1, 5, 9]]);
  const file = (words: string, bytes: number[]) => {
    const head = new TextEncoder().encode(words.padEnd(117) + "\n");
    return Uint8Array.of(
      0x93,
      ...new TextEncoder().encode("NUMPY"),
      1,
      0,
      head.length,
      0,
      ...head,
      ...bytes,
    );
  };
  const columns = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }";
  const numbers = await readNpy(file(columns, [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0]));
  const rows = [0, 1].map((i) => [0, 1, 2].map((k) => numbers.get(i, k)));
  assertEquals(rows, [[1, 3, 5], [2, 4, 256]]);
  for (
    const [words, bytes, why] of [
      ["{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", [], "numbers of one kind"],
      [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
        [1, 2],
        "its shape asks for 16",
      ],
      ["nothing", [], "numbers of one kind"],
    ] as const
  ) await assertRejects(() => readNpy(file(words, [...bytes])), RangeError, why);
  await assertRejects(() => readNpy(new Uint8Array(4)), RangeError, "not a .npy file");
  await assertRejects(() => readNpz(new Uint8Array(40)), RangeError, "not a .npz file");
});

Deno.test("a .npz file holds arrays by name, with the same bytes for the same arrays", async () => {
  using dir = tempDir();
  const { T, swarm } = exported();
  await writeNpz(dir.join("a.npz"), { T, ids: swarm.ids });
  await writeNpz(dir.join("b.npz"), { T, ids: swarm.ids });
  assertEquals(Deno.readFileSync(dir.join("a.npz")), Deno.readFileSync(dir.join("b.npz")));
  const read = await readNpz(dir.join("a.npz"));
  assertEquals(Object.keys(read), ["T", "ids"]);
  assertSameBytes(read.T.data as TypedArray, T.data);
  assertSameBytes(read.ids.data as TypedArray, swarm.ids);
  const bytes = Deno.readFileSync(dir.join("a.npz"));
  bytes[bytes.length >> 1] ^= 64;
  await assertRejects(() => readNpz(bytes), RangeError, "damaged");
});

Deno.test("tables come from particles, fields, profiles, steps, the timeline and columns", async () => {
  using dir = tempDir();
  const { model, T, swarm } = exported();
  T.data[0] = 0;
  model.timeline.record();
  const report = await model.advance({
    dt: 0.5,
    until: 1,
    step: () => {},
    accept: (dt) => dt < 0.4,
  });
  model.timeline.record();
  const heads = new Map<string, string>();
  const sources = { swarm, T, report, timeline: model.timeline, columns: { "a,b": [1, -0] } };
  for (const [name, source] of Object.entries(sources)) {
    await writeTable(dir.join(`${name}.csv`), source);
    const lines = Deno.readTextFileSync(dir.join(`${name}.csv`)).trim().split("\n");
    heads.set(name, `${lines.length - 1} ${lines[0]}`);
  }
  const profile = profileOf(T, { from: [0, 0.5], to: [2, 0.5], points: 3 });
  await writeTable(dir.join("profile.csv"), profile);
  assertEquals(Object.fromEntries(heads), {
    swarm: "24 id,x,y,material,stress_0,stress_1,stress_2,x",
    T: "12 x,y,T",
    report: `${report.accepted} step,time,dt,taken_back`,
    timeline: `${model.timeline.entries().length} step,time,energy,dt`,
    columns: '2 "a,b"',
  });
  assertStringIncludes(Deno.readTextFileSync(dir.join("profile.csv")), "distance,T\n0,");
  assert(Deno.readTextFileSync(dir.join("columns.csv")).endsWith("1\n-0\n"));
});

Deno.test("Parquet and Arrow files begin and end as they must, and need no permission but to write", async () => {
  using dir = tempDir();
  const { swarm } = exported();
  const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  await writeTable(dir.join("a.parquet"), swarm);
  const parquet = text(Deno.readFileSync(dir.join("a.parquet")));
  assertEquals([parquet.slice(0, 4), parquet.slice(-4)], ["PAR1", "PAR1"]);
  // The second column of one name gets a number.
  for (const name of ["material", "x_2", "stress_2"]) assertStringIncludes(parquet, name);
  await writeTable(dir.join("a.feather"), swarm);
  const arrow = text(Deno.readFileSync(dir.join("a.feather")));
  assertEquals([arrow.slice(0, 6), arrow.slice(-6)], ["ARROW1", "ARROW1"]);
});

Deno.test("a Zarr series grows with each call, is cut where the run went back, and keeps one mesh", async () => {
  using dir = tempDir();
  const { model, mesh, T } = exported();
  const path = dir.join("heat.zarr");
  const json = (key: string) => JSON.parse(Deno.readTextFileSync(`${path}/${key}`));
  const write = async (step: number) => {
    model.tracker.step = step;
    model.tracker.time = step / 8;
    T.set(step);
    await writeZarr(model, path, { units: { T: "K" } });
  };
  for (const step of [0, 2, 4]) await write(step);
  await write(3);
  assertEquals(json("T/.zarray").shape, [3, 12]);
  assertEquals(json("u/.zarray").shape, [3, 35, 2]);
  assertEquals(json("tracker_energy/.zarray").shape, [3]);
  const { metadata } = json(".zmetadata");
  assertEquals(metadata["T/.zattrs"], {
    _ARRAY_DIMENSIONS: ["time", "Mesh_0_node"],
    coordinates: "Mesh_0_node_x Mesh_0_node_y",
    mesh: "Mesh_0",
    location: "node",
    units: "K",
  });
  assertEquals(metadata["time/.zattrs"].units, "Myr");
  const numbers = (
    key: string,
  ) => [...new Float64Array(Deno.readFileSync(`${path}/${key}`).buffer)];
  assertEquals([0, 1, 2].map((i) => numbers(`step/${i}`)[0]), [0, 2, 3]);
  assertEquals(numbers("T/2.0"), Array(12).fill(3));
  mesh.deform(mesh.coordinates.data.map((x) => 2 * x));
  await assertRejects(() => writeZarr(model, path), RangeError, "choose another folder");
  Deno.mkdirSync(dir.join("other"));
  Deno.writeTextFileSync(dir.join("other/.zmetadata"), '{"metadata":{".zgroup":{}}}');
  await assertRejects(() => writeZarr(model, dir.join("other")), RangeError, "not such a series");
  Deno.mkdirSync(dir.join("home"));
  Deno.writeTextFileSync(dir.join("home/thesis.txt"), "years");
  await assertRejects(() => writeZarr(model, dir.join("home")), RangeError, "thesis.txt");
});

Deno.test("a Zarr series never shows a step that was half written over", async () => {
  using dir = tempDir();
  const model = new Model(), path = dir.join("a.zarr");
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] }), "T");
  for (; model.tracker.step < 3; model.tracker.step++) {
    T.data.fill(model.tracker.step);
    await writeZarr(model, path);
  }
  model.tracker.step = 1;
  model.tracker.time = 7;
  Deno.removeSync(`${path}/T/1.0`);
  Deno.mkdirSync(`${path}/T/1.0`);
  await assertRejects(() => writeZarr(model, path), Error, "cannot write the file");
  const { metadata } = JSON.parse(Deno.readTextFileSync(`${path}/.zmetadata`));
  assertEquals([metadata["T/.zarray"].shape[0], metadata["time/.zarray"].shape[0]], [1, 1]);
  Deno.removeSync(`${path}/T/1.0`);
  await writeZarr(model, path);
});

Deno.test("a field without values is written as 0, and does not get memory by it", async () => {
  using dir = tempDir();
  const { T } = exported(), empty = new MeshVariable(T.mesh, "empty", { components: 2 });
  await writeNpy(dir.join("a.npy"), empty);
  await writeTable(dir.join("a.csv"), empty);
  const { shape, data } = await readNpy(dir.join("a.npy"));
  assertEquals([shape, Array.from(data as Float64Array).every((value) => value === 0)], [[
    empty.dofCount,
    2,
  ], true]);
  assertEquals(empty.allocated, false);
});

Deno.test("wrong calls of the writers say what they take", async () => {
  using dir = tempDir();
  const { model, T } = exported();
  // deno-lint-ignore no-explicit-any -- wrong calls
  const wrong = (value: unknown) => value as any;
  const path = dir.join("a.npy");
  await assertRejects(() => writeNpy(path, wrong([1, 2])), TypeError, "a typed array");
  await assertRejects(() => writeNpz(path, wrong({})), TypeError, "arrays by name");
  await assertRejects(
    () => writeNpy(dir.join("none", "a.npy"), T),
    Deno.errors.NotFound,
    "cannot write the file",
  );
  await assertRejects(() => writeTable(dir.join("a.xlsx"), T), RangeError, ".parquet");
  await assertRejects(() => writeTable(dir.join("a.csv"), wrong(3)), TypeError, "takes a swarm");
  await assertRejects(() => writeTable(dir.join("a.csv"), wrong({})), TypeError, "takes a swarm");
  await assertRejects(
    () => writeTable(dir.join("a.csv"), { a: [1], b: [1, 2] }),
    RangeError,
    '"b" 2',
  );
  await assertRejects(
    () => writeTable(dir.join("a.csv"), wrong({ a: ["x"] })),
    TypeError,
    "not a list of numbers",
  );
  await assertRejects(() => writeZarr(wrong(T), path), TypeError, "a model first");
  await assertRejects(() => writeTimestep(wrong(null), path), TypeError, "a model first");
  await assertRejects(() => viewer(wrong(undefined)), TypeError, "got undefined");
  const away = dir.join("not there"), { NotFound } = Deno.errors;
  await assertRejects(() => viewer(away), NotFound, `"${away}": `);
  await assertRejects(() => saveViewer(path, away), NotFound, "no such file or folder");
  const data = Float64Array.of(1);
  for (
    const [write, ...given] of [
      [writeNpy, path, data],
      [writeNpz, path, { data }],
      [readNpy, path],
      [readNpz, path],
      [writeTable, dir.join("a.csv"), { data }],
    ] as [(...given: unknown[]) => Promise<unknown>, ...unknown[]][]
  ) {
    const says = `${write.name}: there is no option 'component'`;
    await assertRejects(() => write(...given, { component: 1 }), TypeError, says);
  }
  await assertRejects(() => saveViewer(path, wrong(T)), TypeError, "got a MeshVariable");
  await assertRejects(() => writeZarr(model, path, wrong({ unit: 1 })), TypeError, "did you mean");
  for (const units of [null, "K", { T: 3 }]) {
    await assertRejects(() => writeZarr(model, path, wrong({ units })), TypeError, "units is {");
    await assertRejects(
      () => writeZarr(model, path, { units: { lenght: "m" } }),
      RangeError,
      "did you mean 'length'",
    );
  }
  await assertRejects(() => writeZarr(model, path, wrong({ variables: T })), TypeError, "a list");
  await assertRejects(
    () => writeTable(dir.join("a.arrow"), { a: [] }),
    RangeError,
    "no rows",
  );
  const other = exported();
  await assertRejects(
    () => writeZarr(model, path, { variables: [other.T] }),
    RangeError,
    "another model",
  );
  boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

Deno.test("export writes arrays, tables and series of snapshots and folders", async () => {
  using dir = tempDir();
  await fillFolder(dir.join("run"));
  const file = dir.join("run/heat-step4.snap.h5"), out = dir.join("out");
  const run = async (...args: string[]) => (await cliJson("export", ...args)).value.written;
  const names = (list: string[]) => list.map((path) => path.split("/").at(-1));
  assertEquals(names(await run(file, "--format", "npy", "--out", out)), [
    "Mesh_0.coordinates.npy",
    "Mesh_0.cells.npy",
    "Mesh_0.T.npy",
    "Mesh_0.v.npy",
    "Swarm_0.ids.npy",
    "Swarm_0.coordinates.npy",
    "Swarm_0.material.npy",
  ]);
  assertEquals((await readNpy(`${out}/Mesh_0.v.npy`)).shape, [9, 2]);
  await run(file, "--format", "npz", "--out", dir.join("a.npz"));
  assertEquals(Object.keys(await readNpz(dir.join("a.npz"))).length, 7);
  const tables = await run(file, "--format", "parquet", "--of", "Swarm_0", "--out", out);
  assertEquals(names(tables), ["Swarm_0.parquet"]);
  const tracker = await cli("export", dir.join("run"), "--format", "csv");
  assertStringIncludes(tracker.out, "step,time,dt\n2,");
  const line = await cli("export", file, "--to", "csv", "--of", "Mesh_0.T", "--line", "0,0:1,1");
  assertEquals(line.out.split("\n").length, 402);
  await run(dir.join("run"), "--format", "zarr", "--out", dir.join("a.zarr"));
  const { shape } = JSON.parse(Deno.readTextFileSync(dir.join("a.zarr/T/.zarray")));
  assertEquals(shape, [3, 9]);
  const failing: [string[], number, string][] = [
    [[file], 3, "needs one format"],
    [[file, "--format", "npy"], 3, "needs --out"],
    [[file, "--format", "csv", "--to", "json"], 3, "needs one format"],
    [[file, "--format", "csv", "--line", "0,0:1"], 2, "is not a line"],
    [[file, "--format", "npy", "--of", "Mesh_0.w", "--out", out], 3, "Mesh_0.T"],
  ];
  for (const [args, code, why] of failing) {
    const answer = await cli("export", ...args);
    assertEquals(answer.code, code, args.join(" "));
    assertStringIncludes(answer.err, why);
  }
});
