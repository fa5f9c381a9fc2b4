/** Visco-elastic bodies. @module */
import "../../src/expression/mod.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import type { ViscoElasticOptions } from "../../src/materials/visco_elastic_options.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { Model } from "../../src/model/model.ts";

type Options = Partial<ViscoElasticOptions>;

/** A body whose boundary moves as told. */
export function body(walls: VectorFunction, options: Options = {}, cells = 2, model = new Model()) {
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const tau = options.stress ?? new MeshVariable(mesh, "tau", { components: 3 });
  const flow = new ViscoElastic(v, p, {
    viscosity: 1,
    shearModulus: 1,
    stress: tau,
    rtol: 1e-10,
    ...options,
  });
  for (const side of mesh.boundaries.keys()) flow.stokes.addDirichlet(side, walls);
  const step = (dt: number, yielding?: boolean) => {
    const result = flow.solve(yielding === undefined ? { dt } : { dt, yielding });
    model.tracker.time += dt;
    return result;
  };
  const middle = () => [...tau.evaluate([[0.1, -0.2]]).data];
  return { model, mesh, v, p, tau, flow, step, middle };
}

/** Pure shear at a rate. */
export const pureShear = (rate: (t: number) => number): VectorFunction => (x, y, _z, out, t) => {
  out[0] = rate(t) * x;
  out[1] = -rate(t) * y;
};
export const steady = pureShear(() => 1);

/** A soft ball in a body that yields by friction, pulled apart. */
export function softBall(model = new Model(), options: Options = {}) {
  if (!model.parameters.has("C")) model.parameters.define("C", 0.6);
  const made = body(
    steady,
    {
      viscosity: 5,
      shearModulus: (x, y) => x * x + y * y < 0.2 ? 0.25 : 1,
      yieldStress: "max(C + 0.2 * p, 0.1)",
      nonlinear: { maxSteps: 8 },
      rtol: 1e-8,
      ...options,
    },
    4,
    model,
  );
  model.tracker.plastic = 0;
  return made;
}
