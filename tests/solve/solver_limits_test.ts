import { assert, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes } from "../_helpers.ts";

const makers: Record<string, (limits: object) => { solve: () => unknown; u: MeshVariable }> = {
  Poisson(limits) {
    const u = new MeshVariable(mesh(40), "u"), poisson = new Poisson(u, { source: 1, ...limits });
    poisson.addDirichlet("left", 0);
    return { solve: () => poisson.solve(), u };
  },
  Equation(limits) {
    const u = new MeshVariable(mesh(40), "u");
    const weak = "dot(grad(u), grad(w)) - w";
    const equation = new Equation(u, { test: "w", weak, ...limits });
    equation.addDirichlet(u, "left", 0);
    return { solve: () => equation.solve(), u };
  },
  Stokes(limits) {
    const on = mesh(), u = new MeshVariable(on, "v", { components: 2, degree: 2 });
    const p = new MeshVariable(on, "p");
    const stokes = new Stokes(u, p, { viscosity: 1, bodyForce: [0, (x) => x], ...limits });
    for (const side of on.boundaries.keys()) stokes.addDirichlet(side, 0);
    return { solve: () => stokes.solve(), u };
  },
};

function mesh(n = 6) {
  return boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [n, n] });
}

for (const [name, make] of Object.entries(makers)) {
  Deno.test(`${name}: tolerance is another name of rtol, and both at once are refused`, () => {
    const [loose, named, fine] = [{ rtol: 1e-2 }, { tolerance: 1e-2 }, {}].map((limits) => {
      const { solve, u } = make(limits);
      solve();
      return u.data;
    });
    assertSameBytes(named, loose);
    assert(fine.some((value, i) => value !== loose[i]));
    const both = { rtol: 1e-4, tolerance: 1e-4 };
    assertThrows(() => make(both), RangeError, "two names of the same");
    assertThrows(() => make({ tolerance: 2 }), RangeError, "tolerance is between 0 and 1");
    assertThrows(() => make({ tolerence: 1e-4 }), TypeError, "did you mean 'tolerance'");
    assertEquals(make({ rtol: undefined, tolerance: undefined }).u.allocated, false);
  });
}
