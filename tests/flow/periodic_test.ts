import { assert, assertAlmostEquals } from "@std/assert";
import { Stokes } from "../../src/flow/stokes.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { BoxAxis } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";
import { errorOf } from "../solve/_fields.ts";

const k = 2 * Math.PI;
type Vector = (x: number, y: number, z: number, out: Float64Array) => void;

/** The vortices of G. I. Taylor and A. E. Green, DOI 10.1098/rspa.1937.0036, in the plane. */
const vortices: Vector = (x, y, _z, out) => {
  out[0] = Math.sin(k * x) * Math.cos(k * y);
  out[1] = -Math.cos(k * x) * Math.sin(k * y);
};
/** The force that drives them at viscosity 1, with the pressure cos(2 pi x). */
const force: Vector = (x, y, _z, out) => {
  vortices(x, y, 0, out);
  for (let d = 0; d < 2; d++) out[d] *= 2 * k * k;
  out[0] -= k * Math.sin(k * x);
};

function flow(n: number, periodic: BoxAxis[]) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n], periodic });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: force });
  for (const side of mesh.boundaries.keys()) stokes.addDirichlet(side, vortices);
  return { model, v, p, stokes };
}

Deno.test("Taylor-Green vortices on a torus are of third order, and take as few iterations as between walls", () => {
  const errors = [8, 16].map((n) => {
    const torus = flow(n, ["x", "y"]), walls = flow(n, []);
    const { iterations } = torus.stokes.solve();
    assert(iterations <= walls.stokes.solve().iterations + 2);
    // Nothing holds the velocity: its mean vanishes, as that of the pressure.
    for (const mean of [...torus.v.integrate(), torus.p.integrate()]) {
      assertAlmostEquals(mean, 0, 1e-12);
    }
    return [
      errorOf(torus.v, (x, y) => Math.sin(k * x) * Math.cos(k * y)),
      errorOf(torus.p, (x) => Math.cos(k * x)),
    ];
  });
  const [velocity, pressure] = [0, 1].map((i) => Math.log2(errors[0][i] / errors[1][i]));
  assert(velocity > 2.9 && pressure > 1.8, `orders ${velocity}, ${pressure}`);
});

Deno.test("flow in a channel that repeats itself is put back in every byte", () => {
  const never = flow(6, ["x"]), back = flow(6, ["x"]);
  never.stokes.solve();
  const token = back.model.saveState();
  back.v.set(1);
  back.model.loadState(token);
  back.stokes.solve();
  assertSameBytes(back.v.data, never.v.data);
  assertSameBytes(back.p.data, never.p.data);
});

Deno.test("a torus does not turn: rotations are not taken out of the flow in it", () => {
  const model = new Model();
  const mesh = boxMesh(model, {
    min: [0, 0, 0],
    max: [1, 1, 1],
    cells: [3, 3, 3],
    periodic: ["x", "y", "z"],
  });
  const v = new MeshVariable(mesh, "v", { components: 3, degree: 2 }),
    p = new MeshVariable(mesh, "p");
  const stokes = new Stokes(v, p, {
    viscosity: 1,
    bodyForce: (_x, y, _z, out) => {
      out[0] = k * k * Math.sin(k * y);
      out[1] = out[2] = 0;
    },
  });
  stokes.solve();
  // A shear flow: were rotations taken out, it would not be sin(2 pi y); three cells per wave are coarse.
  assert(errorOf(v, (_x, y) => Math.sin(k * y)) < 0.1);
});
