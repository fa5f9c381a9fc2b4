import { assert, assertEquals } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";
import { unitBox } from "../solve/_fields.ts";

/** The rows of the table of equations on the page. */
async function equationsOfPage(): Promise<string[][]> {
  const page = await Deno.readTextFile(new URL("../../docs/equations.md", import.meta.url));
  const section = page.split("## More of them")[1].split("##")[0];
  return section.split("\n").filter((line) => line.startsWith("| ") && line.includes("`"))
    .map((line) => line.split("|").slice(1, 5).map((cell) => cell.trim().replaceAll("`", "")));
}

Deno.test("the equations of the page are solved, and what was put back goes on to the same bytes", async () => {
  const rows = await equationsOfPage();
  assertEquals(rows.length, 6);
  for (const [what, names, tests, weak] of rows) {
    const model = new Model(), mesh = unitBox(6, 2, model);
    const unknowns = names.split(", ").map((text) => {
      const [name, components = "1"] = text.replace(/[()]/g, "").split(" ");
      const field = new MeshVariable(mesh, name, { components: Number(components) });
      if (field.components === 1) field.set((x, y) => Math.exp(-9 * (x * x + y * y)));
      return field;
    });
    const equation = new Equation(unknowns, { test: tests.split(", "), weak });
    for (const unknown of unknowns) equation.addDirichlet(unknown, "left", 0);
    const hasRate = weak.includes("dt(");
    const step = () => {
      if (!hasRate) return equation.solve();
      return model.tracker.time += equation.solve({ dt: 0.05 }).dt;
    };
    step();
    using token = model.saveState();
    step();
    const first = unknowns.map(({ data }) => data.slice());
    assert(first.every((data) => data.some((value) => value !== 0)), what);
    step();
    model.loadState(token);
    step();
    first.forEach((data, k) => assertSameBytes(unknowns[k].data, data));
  }
});
