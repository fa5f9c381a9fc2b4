/**
 * A program whose last rank throws while the others are in something that needs it: on workers in
 * `tests/comm/thrown_long.ts`, under MPI through `tests/mpi/failing.ts`.
 *
 * @module
 */
import { allOrNone } from "../../src/comm/collective_errors.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { freshValuesOf } from "../../src/mesh/fresh_fields.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** What the others are in; each function prepares it and returns the call. Collective. */
export const phases: Readonly<Record<string, (comm: Comm) => () => unknown>> = {
  agreement: (comm) => () => allOrNone(comm, () => true),
  halo(comm) {
    const { v } = channel(comm);
    return () => freshValuesOf(v, v.data);
  },
  places(comm) {
    const { v } = channel(comm), points = Float64Array.of(0.5, 0.5, 4, 0.5, 7.5, 0.5);
    v.evaluate(points);
    return () => v.evaluate(points);
  },
  travel(comm) {
    const { mesh, v } = channel(comm), swarm = new Swarm(mesh);
    swarm.populate({ perCell: 1 });
    swarm.advect(v, 0.01);
    return () => swarm.advect(v, 1.2);
  },
};

/** A long channel, which ranks divide across, with flow along it. */
function channel(comm: Comm) {
  const mesh = boxMesh(new Model({ comm }), { min: [0, 0], max: [8, 1], cells: [16, 2] });
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((_x, _y, _z, out) => void (out[0] = 4));
  return { mesh, v };
}

/** What the last rank says, with the time in ms at which it does. */
export const thrown = /^thrown at (\d+)$/;

/** Does not return where there are several ranks. */
export function main(comm: Comm, phase: string): void {
  const call = phases[phase](comm);
  comm.barrier();
  if (comm.rank === comm.size - 1) {
    // By then the others wait for it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    throw new RangeError(`thrown at ${Date.now()}`);
  }
  call();
}
