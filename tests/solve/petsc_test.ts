import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { unitBox } from "./_fields.ts";

const program = new URL("./petsc_ranks.ts", import.meta.url);

for (const count of [1, 2, 3]) {
  Deno.test(`${count} workers: PETSc is refused on all ranks, and ours is used`, async () => {
    const lines: string[] = [];
    const onConsole = (_rank: number, _level: string, text: string) => void lines.push(text);
    const results = await runRanks(count, program, [], { onConsole });
    assertEquals(results, new Array(count).fill(false));
    const said = lines.filter((line) => line.startsWith("timestash: "));
    assertEquals(
      said,
      count === 1 ? [] : [
        `timestash: ${count} ranks, linear systems by timestash (conjugate gradients, smoothed aggregation)`,
      ],
    );
  });
}

Deno.test({
  name: "asking for PETSc without permission for foreign functions says which is missing",
  permissions: { ffi: false },
  fn() {
    const u = new MeshVariable(unitBox(2, 2, new Model()), "u");
    const error = assertThrows(() => new Poisson(u, { solver: "petsc" }), Deno.errors.NotCapable);
    assertStringIncludes(error.message, "--allow-ffi");
  },
});
