/** A model of one of everything that can be exported. @module */
import { boxMesh } from "../../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { Model } from "../../../src/model/model.ts";
import { Swarm } from "../../../src/swarm/swarm.ts";

/** Fields of every degree in the plane, particles with variables of several kinds, and numbers with units. */
export function exported() {
  const model = new Model({ name: "heat", seed: 2 });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [3, 2] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(3 * x) * y);
  T.data[0] = NaN;
  T.data[1] = -0;
  const u = new MeshVariable(mesh, "u", { degree: 2, components: 2 });
  u.set((x, y, _z, out) => {
    out[0] = x * x;
    out[1] = y / 3;
  });
  new MeshVariable(mesh, "k", { degree: 0 }).set((x) => x);
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "uint8" });
  swarm.addVariable("stress", { components: 3, dtype: "float32" });
  swarm.addVariable("x", { dtype: "int32" });
  swarm.populate({ perCell: 2 });
  material.set((x) => x > 1 ? 250 : 3);
  model.parameters.define("length", 1, { units: "m" });
  model.parameters.define("time", 1, { units: "Myr" });
  model.tracker.energy = 0.5;
  return { model, mesh, T, u, swarm, material };
}
