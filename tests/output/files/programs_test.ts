import { assertEquals } from "@std/assert";
import type { TypedArray } from "../../../src/arrays.ts";
import {
  readNpy,
  readNpz,
  writeNpy,
  writeNpz,
  writeTable,
  writeZarr,
} from "../../../src/output/files.ts";
import { missingOf, tempDir, testNeeding } from "../../_helpers.ts";
import { exported } from "./_model.ts";

/** Debian's interpreter, which has python3-numpy, python3-xarray and python3-zarr. */
const python = "/usr/bin/python3";
const script = new URL("./read_files.py", import.meta.url).pathname;

/** What is missing of the modules; without the permission to ask, all of them. */
function missingModules(...modules: string[]): string[] {
  if (missingOf({ run: true, programs: [python] }).length > 0) return modules;
  return modules.filter((name) =>
    !new Deno.Command(python, { args: ["-c", `import ${name}`], stderr: "null" }).outputSync()
      .success
  );
}

/** What a test needs to ask a module of Python's; its name says what is missing. */
const asking = (...modules: string[]) => ({
  run: true as const,
  programs: [python, ...missingModules(...modules).map((name) => `python3-${name}`)],
});

/** Writes everything into a folder, and returns what the programs read there. */
async function read(folder: string) {
  const all = exported(), { model, T, swarm } = all;
  await writeNpy(`${folder}/T.npy`, T);
  await writeNpz(`${folder}/all.npz`, { ids: swarm.ids, material: all.material });
  await writeTable(`${folder}/swarm.parquet`, swarm);
  await writeTable(`${folder}/swarm.arrow`, swarm);
  for (; model.tracker.step < 2; model.tracker.step++, model.tracker.time += 0.5) {
    T.data.fill(model.tracker.step + 0.25);
    model.tracker.energy /= 2;
    await writeZarr(model, `${folder}/heat.zarr`, { units: { T: "K" } });
  }
  const { success, stdout, stderr } = new Deno.Command(python, { args: [script, folder] })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { ...all, said: JSON.parse(new TextDecoder().decode(stdout)) };
}

const numbers = (data: TypedArray) => Array.from(data as ArrayLike<number | bigint>, Number);

testNeeding(asking("numpy"), "NumPy reads .npy and .npz, and we read what it writes", async () => {
  using dir = tempDir();
  const { said, swarm, material } = await read(dir.path);
  const { T } = exported();
  assertEquals(said.npy, ["float64", [12], true, true, [...T.data.subarray(2)]]);
  assertEquals(said.npz, {
    ids: ["int64", numbers(swarm.ids)],
    material: ["uint8", numbers(material.data)],
  });
  const back = await readNpy(dir.join("back.npy"));
  assertEquals([back.shape, back.get(1, 0), back.get(0, 2)], [[2, 3], 3, 2]);
  assertEquals([...(await readNpz(dir.join("back.npz"))).a.data as Float64Array], [0, 0.5, 1]);
});

testNeeding(
  asking("numpy", "xarray", "zarr"),
  "xarray opens a Zarr series with its times, places and units",
  async () => {
    using dir = tempDir();
    const { said: { zarr }, mesh, u } = await read(dir.path);
    const nodes = mesh.nodeCount, cells = mesh.cellCount;
    assertEquals(zarr.sizes, {
      time: 2,
      component_2: 2,
      Mesh_0_P2: u.dofCount,
      Mesh_0_corner: 3,
      Mesh_0_face: cells,
      Mesh_0_node: nodes,
    });
    assertEquals([zarr.time, zarr.units, zarr.energy], [[0, 0.5], ["Myr", "K"], [0.25, 0.125]]);
    assertEquals(zarr.coords, ["Mesh_0_node_x", "Mesh_0_node_y", "time"]);
    assertEquals(zarr.T, [0.25, 1.25].map((value) => Array(nodes).fill(value)));
    const rows = Array.from({ length: u.dofCount }, (_, i) => [...u.data.slice(2 * i, 2 * i + 2)]);
    assertEquals(zarr.u, [rows, rows]);
    assertEquals(zarr.role, "mesh_topology");
    assertEquals(zarr.nodes.flat(), [...mesh.cells.data as Int32Array]);
    const x = (mesh.coordinates.data as Float64Array).filter((_, i) => i % 2 === 0);
    assertEquals(zarr.x, [...x]);
  },
);

testNeeding(
  asking("numpy", "pyarrow"),
  "Arrow reads particles from Parquet and Arrow files, each number of its own kind",
  async () => {
    using dir = tempDir();
    const { said, swarm, material } = await read(dir.path);
    for (const format of ["parquet", "arrow"]) {
      const { types, columns } = said[format];
      assertEquals(types, [
        "int64",
        "double",
        "double",
        "uint8",
        ...Array(3).fill("float"),
        "int32",
      ]);
      assertEquals(columns.id, numbers(swarm.ids));
      assertEquals(columns.material, numbers(material.data));
      const y = (swarm.coordinates.data as Float64Array).filter((_, i) => i % 2 === 1);
      assertEquals(columns.y, [...y]);
    }
  },
);
