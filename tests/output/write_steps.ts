/** Writes two timesteps on however many ranks there are; started by `paraview_test.ts`. @module */

import { type Comm, type TimestepFiles, writeTimestep } from "../../mod.ts";
import { everything } from "./_everything.ts";

/** @param path names the series. */
export async function main(comm: Comm, path: string): Promise<TimestepFiles> {
  const { model, plane, swarm } = everything(comm);
  await writeTimestep(model, path, { step: 0, time: 0 });
  plane.variables.get("T")!.set((x, y) => x - y);
  swarm.advect((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  }, 0.5);
  return await writeTimestep(model, path, { step: 1, time: 0.5 });
}
