import { assertStringIncludes, assertThrows } from "@std/assert";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { unitBox } from "./_fields.ts";

Deno.test({
  name: "asking for PETSc without permission for foreign functions says which is missing",
  permissions: { ffi: false },
  fn() {
    const u = new MeshVariable(unitBox(2, 2, new Model()), "u");
    const error = assertThrows(() => new Poisson(u, { solver: "petsc" }), Deno.errors.NotCapable);
    assertStringIncludes(error.message, "--allow-ffi");
  },
});
