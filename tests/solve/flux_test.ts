import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { sides } from "./_fields.ts";

/** The file beside this folder's data. */
function mesh(file: string) {
  return readGmsh(new Model(), new URL(`../data/${file}`, import.meta.url).pathname);
}

Deno.test("around a cylinder what comes in, with sources, cancels: Dirichlet, Neumann and Robin", () => {
  for (const degree of [1, 2] as const) {
    const u = new MeshVariable(mesh("channel_cylinder.msh"), "u", { degree });
    const poisson = new Poisson(u, { diffusivity: 2, source: 1 });
    poisson.addDirichlet("inlet", 1);
    poisson.addNeumann("outlet", 0.3);
    poisson.addRobin("cylinder", 5, 0.2);
    poisson.solve();
    const one = new MeshVariable(u.mesh, "one");
    one.set(1);
    const exchanged = 5 * (0.2 * (one.integrate("cylinder") as number)) -
      5 * (u.integrate("cylinder") as number);
    // Nothing is asked of the walls, so nothing passes them. To the tolerance of the solver, 1e-10.
    assertAlmostEquals(poisson.flux("cylinder") as number, exchanged, 1e-9);
    const others = ["inlet", "outlet", "cylinder"].map((b) => poisson.flux(b) as number);
    const sum = others.reduce((a, b) => a + b, one.integrate() as number);
    assertAlmostEquals(sum, 0, 1e-8);
  }
});

Deno.test("through a coarse shell the flux is that of a + b / r, Dirichlet inside and Robin outside", () => {
  const u = new MeshVariable(mesh("shell3d.msh"), "u");
  const poisson = new Poisson(u);
  poisson.addDirichlet("inner", 1);
  poisson.addRobin("outer", 2, 0);
  poisson.solve();
  // a + b / 0.55 = 1 and b = 2 (a + b) at the outer radius 1: 4 pi b passes. 3038 cells: 2 per cent.
  const b = 2 / (1 - 2 + 2 / 0.55);
  assertAlmostEquals(poisson.flux("inner") as number, 4 * Math.PI * b, 0.02 * 4 * Math.PI * b);
  assertAlmostEquals(poisson.flux("inner") as number, -(poisson.flux("outer") as number), 1e-7);
});

Deno.test("fluxes of components with conditions of their own, and of functions of time", () => {
  const model = new Model();
  const box = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [4, 2] });
  const u = new MeshVariable(box, "u", { components: 2 });
  const diffusion = new Diffusion(u, { diffusivity: 1 });
  diffusion.addNeumann("right", (_x, y, _z, t) => y * t, { component: 1 });
  diffusion.addRobin("right", (_x, y) => 2 * y, [3, 5]);
  u.set((x, _y, _z, out) => out.set([1, x]));
  model.tracker.time = 4;
  const [first, second] = diffusion.flux("right") as Float64Array;
  // 2 y (3 - 1); 4 y + 2 y (5 - 2).
  assertAlmostEquals(first, 2, 1e-12);
  assertAlmostEquals(second, 2 + 3, 1e-12);
});

Deno.test("what flows in over time is what the field gains", () => {
  const model = new Model();
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] }), "T");
  const diffusion = new Diffusion(T, { diffusivity: 0.3 });
  diffusion.addNeumann("left", (_x, _y, _z, t) => t);
  diffusion.addRobin("top", 2, 1);
  let gained = 0;
  for (let n = 0; n < 5; n++) {
    const { dt } = diffusion.solve({ dt: 0.1 });
    model.tracker.time += dt;
    // Implicit Euler: fluxes count at the new time, which also shows that conditions are taken there.
    for (const side of ["left", "top"]) gained += dt * (diffusion.flux(side) as number);
    assertAlmostEquals(T.integrate() as number, gained, 1e-9);
  }
  assert(gained > 0.2);
});

Deno.test("a transfer coefficient that is negative somewhere is refused", () => {
  const u = new MeshVariable(
    boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] }),
    "u",
  );
  const poisson = new Poisson(u);
  for (const side of sides) poisson.addRobin(side, (x) => x - 0.5, 1);
  assertThrows(() => poisson.solve(), RangeError, ">= 0");
  assert(!u.allocated);
});
