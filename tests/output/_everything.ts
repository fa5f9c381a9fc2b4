import { annulusMesh, boxMesh, type Comm, MeshVariable, Model, Swarm } from "../../mod.ts";

/** Every kind of field, in the plane and in space. */
export function everything(comm?: Comm) {
  const model = new Model(comm && { comm });
  const plane = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.1 });
  new MeshVariable(plane, "T").set((x, y) => Math.sin(3 * x) * y);
  new MeshVariable(plane, "v", { components: 2 }).set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(plane, "q", { degree: 0 }).set((x, y) => x * y);
  const space = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });
  new MeshVariable(space, "T").set((x, y, z) => x + 2 * y + z);
  new MeshVariable(space, "u", { degree: 2 }).set((x, y, z) => x * x - y * z);
  new MeshVariable(space, "w", { degree: 2, components: 3 }).set((x, y, z, out) => {
    out[0] = -y;
    out[1] = x * z;
    out[2] = z * z;
  });
  new MeshVariable(space, "p", { continuous: false }).set((x, y, z) => x * z - y);
  new MeshVariable(space, "s", { degree: 2, continuous: false }).set((x, y, z) => x - z * y);
  const swarm = new Swarm(plane);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material", { dtype: "int32" }).set((x) => (x > 0 ? 7 : -3));
  swarm.addVariable("a/b σ: <c> & d", { dtype: "float32" }).set((x) => x);
  swarm.addVariable("Spannung σ (größte) & <mehr>", { components: 2 }).set((x, y, _z, out) => {
    out[0] = y;
    out[1] = x;
  });
  swarm.addVariable("place", { components: 2 }).set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  return { model, plane, space, swarm };
}
