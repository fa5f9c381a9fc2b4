/** What adaptation does over many rounds, and on large meshes. @module */
import { assert, assertAlmostEquals } from "@std/assert";
import * as lShape from "../../../examples/l_shape.ts";
import { proveRestore } from "../../model/_adapt_proof.ts";
import { testNeeding } from "../../_helpers.ts";

testNeeding(
  { run: true },
  "100 rounds of adapting, a step and putting back leave the memory where it was",
  async () => {
    const program = new URL("../../model/adapt_heap_program.ts", import.meta.url);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--v8-flags=--expose-gc", program.pathname],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const [after20, after120] = JSON.parse(new TextDecoder().decode(stdout));
    // A round allocates about 3 MB. What is left are some kilobytes a round, until the engine has optimised all.
    assert(after120 < after20 + 1e6, `${after20} to ${after120} bytes`);
  },
);

Deno.test("around the corner of an L the rates hold up to 96,000 unknowns", () => {
  const linear = lShape.run(1, true, 96_000), quadratic = lShape.run(2, true, 96_000);
  // degree / 2 for cells that are refined well (see the docblock of the example).
  assertAlmostEquals(linear.rate, 1 / 2, 0.03);
  assertAlmostEquals(quadratic.rate, 1.025, 0.075);
  for (
    const { iterations, estimate, error } of [...linear.steps.slice(1), ...quadratic.steps.slice(1)]
  ) {
    assert(iterations <= 15);
    assert(estimate / error > 0.9 && estimate / error < 1.5);
  }
});

for (const name of ["triangles", "tetrahedra"]) {
  Deno.test(`${name}: a mesh of Gmsh is adapted and put back in every way`, async () => {
    await proveRestore(name, true);
  });
}
