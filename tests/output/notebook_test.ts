import { assert, assertEquals } from "@std/assert";
import { tempDir, testNeeding } from "../_helpers.ts";

const notebookUrl = new URL("../../examples/notebook.ipynb", import.meta.url);
const runner = new URL("../../tools/run_notebook.py", import.meta.url).pathname;

interface Output {
  readonly output_type: "execute_result" | "display_data" | "stream" | "error";
  readonly data?: Readonly<Record<string, string | string[]>>;
}

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: readonly string[];
  readonly outputs?: readonly Output[];
}

function codeOf(path: URL | string): Cell[] {
  const { cells } = JSON.parse(Deno.readTextFileSync(path)) as { cells: Cell[] };
  return cells.filter(({ cell_type }) => cell_type === "code");
}

/** The richest form of the last output of every cell. */
function shownBy(cells: readonly Cell[]): string[] {
  return cells.map(({ outputs = [] }) => Object.keys(outputs.at(-1)?.data ?? {}).sort()[0] ?? "");
}

const expected = [
  "image/svg+xml", // the mesh
  "text/html", // the model
  "image/svg+xml", // T
  "image/svg+xml", // the velocity
  "image/svg+xml", // after the bad step
  "image/svg+xml", // the swarm
  "text/html", // the snapshot
  "image/svg+xml", // the steps
  "image/svg+xml", // after two seconds
  "image/svg+xml", // the timeline
  "text/plain", // no differences
];

Deno.test("the notebook's cells run from top to bottom, as one module", async () => {
  using dir = tempDir();
  const root = new URL("../../", import.meta.url).href;
  const code = codeOf(notebookUrl).map(({ source }) => source.join("")).join("\n")
    .replaceAll(`"@timestash/timestash"`, `"${root}mod.ts"`) +
    "\nexport { before, model, now, swarm };\n";
  Deno.writeTextFileSync(dir.join("notebook.ts"), code);
  const { before, model, now, swarm } = await import(`file://${dir.join("notebook.ts")}`);
  assertEquals([model.tracker.time, swarm.count], [0, 2352]);
  assertEquals(before.keys(), now.keys());
});

Deno.test("the notebook is kept with its pictures", () => {
  assertEquals(shownBy(codeOf(notebookUrl)), expected);
});

/** A kernel of its own for this run: nothing is installed, nothing depends on what is. */
function kernelIn(folder: string): string {
  const kernel = `${folder}/kernels/deno`;
  Deno.mkdirSync(kernel, { recursive: true });
  const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
  const spec = { argv, display_name: "Deno", language: "typescript" };
  Deno.writeTextFileSync(`${kernel}/kernel.json`, JSON.stringify(spec));
  return folder;
}

function run(program: string, ...args: string[]): { code: number; said: string } {
  using dir = tempDir();
  const { code, stderr } = new Deno.Command(program, {
    args,
    env: { JUPYTER_PATH: kernelIn(dir.path), NO_COLOR: "1" },
  }).outputSync();
  return { code, said: new TextDecoder().decode(stderr) };
}

testNeeding(
  { run: true, programs: ["jupyter-nbconvert"] },
  "jupyter nbconvert runs the notebook in the Deno kernel",
  () => {
    using dir = tempDir();
    const target = dir.join("executed.ipynb");
    const { code, said } = run(
      "jupyter-nbconvert",
      ...["--to", "notebook", "--execute", notebookUrl.pathname, "--output", target],
    );
    assertEquals(code, 0, said);
    const cells = codeOf(target);
    assertEquals(cells.length, expected.length);
    // The kernel sends some values after it said that it is idle, and nbconvert does not hear those; what a cell
    // displays on its way, as a bar for progress, is no value.
    const values = cells.map((cell) => ({
      ...cell,
      outputs: (cell.outputs ?? []).filter((it) => it.output_type === "execute_result"),
    }));
    shownBy(values).forEach((shown, i) =>
      assert(shown === "" || shown === expected[i], `${i}: ${shown}`)
    );
    assert(cells.flatMap(({ outputs = [] }) => outputs).every((it) => it.output_type !== "error"));
  },
);

testNeeding(
  { run: true, programs: ["jupyter-nbconvert", "/usr/bin/python3"] },
  "every cell of the notebook shows what it should",
  () => {
    using dir = tempDir();
    const target = dir.join("executed.ipynb");
    const { code, said } = run("/usr/bin/python3", runner, notebookUrl.pathname, target);
    assertEquals(code, 0, said);
    assertEquals(shownBy(codeOf(target)), expected);
  },
);

testNeeding(
  { run: true, programs: ["jupyter", "/usr/bin/python3"] },
  "in the kernel a cell that begins with reset runs again, a slider has every state, and a wrong name says what to do",
  () => {
    using dir = tempDir();
    const root = new URL("../../mod.ts", import.meta.url).href;
    const build = `model.reset();
const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
const T = new MeshVariable(mesh, "T");
for (; model.tracker.step < 3; model.tracker.step++) {
  T.set((x) => x * model.tracker.step);
  model.timeline.record();
}
T`;
    const cells = [
      `import { boxMesh, MeshVariable, Model, stateSlider } from "${root}";\nconst model = new Model();`,
      build,
      build,
      "await stateSlider(T)",
      `try { new MeshVariable(mesh, "T"); } catch (error) { console.log(error.message); }`,
    ];
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: "deno", display_name: "Deno" } },
      cells: cells.map((source, i) => ({
        cell_type: "code",
        id: `cell${i}`,
        source,
        metadata: {},
        outputs: [],
        execution_count: null,
      })),
    };
    Deno.writeTextFileSync(dir.join("again.ipynb"), JSON.stringify(notebook));
    const target = dir.join("out.ipynb");
    const { code, said } = run("/usr/bin/python3", runner, dir.join("again.ipynb"), target);
    assertEquals(code, 0, said);
    const done = codeOf(target);
    assertEquals(shownBy(done), ["", "image/svg+xml", "image/svg+xml", "text/html", ""]);
    const [first, again] = [done[1], done[2]].map(({ outputs }) => outputs!.at(-1)!.data);
    assertEquals(again, first);
    const html = [done[3].outputs!.at(-1)!.data!["text/html"]].flat().join("");
    assertEquals(html.match(/<img /g)?.length, 3);
    assert(html.includes('type="range"'));
    const text = [(done[4].outputs!.at(-1) as { text?: string | string[] }).text].flat().join("");
    assert(/reset\(\)|removeVariable/.test(text), text);
  },
);
