/** Claims of the pages that no other test looks at. @module */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  boxMesh,
  Checkpoints,
  diffSnapshots,
  MeshVariable,
  Model,
  readSnapshotMetadata,
  resumeOrStart,
  reverseSchedule,
  RunIdentityError,
  Swarm,
} from "../../mod.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { readPage } from "./_pages.ts";

/** The cells of a row of a table whose first cell is `name`. */
function rowOf(page: string, name: string): string[] {
  const line = page.split("\n").find((text) => text.startsWith(`| ${name} `));
  assert(line, `no row ${name}`);
  return line.split("|").slice(2, -1).map((cell) => cell.trim());
}

const scenes = {
  "one field": { fields: 1, particles: false },
  "two fields and a vector": { fields: 3, particles: false },
  "the same, and three particles in each cell": { fields: 3, particles: true },
};

/** By how many percent the view makes the file of such a model larger. */
async function viewCost(
  folder: string,
  dim: 2 | 3,
  degree: 1 | 2,
  { fields, particles }: { fields: number; particles: boolean },
): Promise<number> {
  const model = new Model();
  const mesh = dim === 2
    ? boxMesh(model, { min: [0, 0], max: [1, 1], cells: [64, 64] })
    : boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [10, 10, 10] });
  for (let i = 0; i < fields; i++) {
    const components = i === 2 ? dim : 1;
    const field = new MeshVariable(mesh, `f${i}`, { degree, components });
    field.set(components === 1 ? 1 : new Array(dim).fill(1));
  }
  if (particles) {
    const swarm = new Swarm(mesh);
    swarm.populate({ perCell: 3 });
    swarm.addVariable("age");
  }
  const sizes: number[] = [];
  for (const view of [true, false]) {
    const file = `${folder}/${view}.snap.h5`;
    await model.saveState({ file, view });
    sizes.push(Deno.statSync(file).size);
  }
  return 100 * (sizes[0] / sizes[1] - 1);
}

Deno.test("files_for_viewers.md: what the view adds to a file", async () => {
  using dir = tempDir();
  const page = readPage("docs/files_for_viewers.md");
  for (const [name, scene] of Object.entries(scenes)) {
    const cells = rowOf(page, name);
    let k = 0;
    for (const degree of [1, 2] as const) {
      for (const dim of [2, 3] as const) {
        const cost = await viewCost(dir.path, dim, degree, scene);
        // A few hundred bytes more or less of metadata move the numbers by a percent or two.
        assertAlmostEquals(parseFloat(cells[k]), cost, 3, `${name}, column ${k + 1}`);
        k++;
      }
    }
  }
});

Deno.test("file_format.md: degrees of freedom of degree 2 are nodes, then edges as they first appear", () => {
  const local = {
    2: [[0, 1], [1, 2], [2, 0]],
    3: [[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]],
  };
  for (const dim of [2, 3] as const) {
    const model = new Model(), n = dim === 2 ? [3, 2] : [2, 1, 2];
    const mesh = boxMesh(model, {
      min: n.map(() => 0),
      max: n.map(() => 1),
      cells: n as [number, number],
    });
    const { data: x } = mesh.coordinates, { data: cells } = mesh.cells;
    const places: number[] = [...x];
    const seen = new Set<string>();
    for (let c = 0; c < cells.length; c += dim + 1) {
      for (const [a, b] of local[dim].map((pair) => pair.map((k) => cells[c + k]))) {
        const key = a < b ? `${a} ${b}` : `${b} ${a}`;
        if (seen.has(key)) continue;
        seen.add(key);
        for (let d = 0; d < dim; d++) places.push(0.5 * (x[a * dim + d] + x[b * dim + d]));
      }
    }
    const field = new MeshVariable(mesh, "T", { degree: 2 });
    assertSameBytes(field.coordinates.data as Float64Array, Float64Array.from(places));
  }
});

Deno.test("file_format.md names every entry at the root of a file", async () => {
  const model = new Model();
  new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), "T").set(0);
  await model.advance({ dt: 1, until: 1, step: () => {} });
  using token = model.saveState();
  const roots = [...new Set([...token.keys()].map((key) => key.split("/")[0]))].sort();
  assert(roots.includes("step_control") && roots.includes("names"), `${roots}`);
  const layout = readPage("docs/file_format.md").match(/## Layout\n\n```\n([\s\S]*?)```/)![1];
  const named = [...layout.matchAll(/^\/(\w+)/gm)].map(([, name]) => name);
  const own = ["metadata", "VTKHDF"];
  assertEquals([...new Set(named)].filter((name) => !own.includes(name)).sort(), roots);
});

Deno.test("runs.md: files of one state differ by when they were written, and not in what they hold", async () => {
  using dir = tempDir();
  const model = new Model();
  new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), "T").set(1);
  const [a, b] = [dir.join("a.snap.h5"), dir.join("b.snap.h5")];
  for (const file of [a, b]) await model.saveState({ file });
  const dates = await Promise.all(
    [a, b].map(async (file) => (await readSnapshotMetadata(file)).created_at),
  );
  assert(dates[0] !== dates[1]);
  assertEquals(await diffSnapshots(a, b), []);
});

Deno.test("runs.md: the message for a run with another identity", async () => {
  using dir = tempDir();
  const begin = (kappa: number) => {
    const model = new Model({ name: "heat" });
    model.parameters.define("kappa", kappa, { units: "m^2/s" });
    return { model, checkpoints: new Checkpoints(model, dir.path) };
  };
  const first = begin(0.1);
  await resumeOrStart(first.model, first.checkpoints);
  await first.checkpoints.save();
  await first.checkpoints.close();
  const second = begin(0.2);
  await using _close = second.checkpoints;
  const { message } = await assertRejects(
    () => resumeOrStart(second.model, second.checkpoints),
    RunIdentityError,
  );
  const shown = readPage("docs/runs.md").match(/```\n(run "heat"[\s\S]*?)```/)![1];
  assert(message.startsWith(shown.trimEnd()), message);
});

Deno.test("reverse.md: what a sweep costs", () => {
  const rows = readPage("docs/reverse.md").split("\n").map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim().replace(",", ""))
  ).filter(([steps]) => /^\d+$/.test(steps ?? ""));
  assertEquals(rows.length, 4);
  for (const [steps, states, forward, each] of rows) {
    const { forwardSteps } = reverseSchedule(Number(steps), Number(states));
    assertEquals([forward, each], [`${forwardSteps}`, (forwardSteps / Number(steps)).toFixed(2)]);
  }
});
