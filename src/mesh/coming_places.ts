/**
 * Where the cells of a restore under way are, which particles have to be found in before the mesh itself is put back.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { refusal } from "../snapshot/rank_entries.ts";
import type { Placed } from "./adapt/adapt_mesh.ts";
import { Geometry } from "./geometry.ts";
import { gatherGeometry } from "./placement.ts";
import type { CapturedPlaces } from "./redistribute_mesh.ts";
import { middlesFromStored, storedMiddles } from "./stored_middles.ts";
import type { Topology } from "./topology.ts";

/**
 * The geometry of all ranks at captured places: the live one where nothing differs. Collective.
 *
 * @param topology This rank's part of the captured mesh.
 * @throws {SnapshotInvalidatedError} when no cells can be there, on every rank.
 */
export function geometryAt(
  mesh: string,
  live: Placed,
  topology: Topology,
  captured: CapturedPlaces,
  comm: Comm,
): Geometry {
  const same = isAt(live.geometry, topology, captured);
  if (comm.allreduce(same ? 1 : 0, "min") > 0) return live.whole;
  const { coordinates, middles } = captured;
  const own = allOrNone(comm, () => {
    try {
      return new Geometry(topology, coordinates, middles && middlesFromStored(topology, middles));
    } catch (error) {
      throw refusal(`mesh '${mesh}': ${(error as Error).message}`);
    }
  });
  return gatherGeometry(own, topology.rankMesh!, comm);
}

function isAt(
  live: Geometry,
  topology: Topology,
  { coordinates, middles }: CapturedPlaces,
): boolean {
  if (live.topology !== topology || !sameBytes(live.coordinates, coordinates)) return false;
  if (middles === null || live.middles === null) return middles === live.middles;
  return sameBytes(storedMiddles(live), middles);
}
