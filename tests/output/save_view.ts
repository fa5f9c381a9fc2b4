/** Saves everything on however many ranks there are; started by `paraview_test.ts`. @module */

import type { Comm } from "../../mod.ts";
import { everything } from "./_everything.ts";

/** @param file where to. */
export async function main(comm: Comm, file: string): Promise<void> {
  const { model, swarm } = everything(comm);
  // Particles that have changed ranks since.
  swarm.migrate();
  await model.saveState({ file, view: "full" });
}
