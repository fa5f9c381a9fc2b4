/**
 * Where the cells of a restore under way are, which particles have to be found in before the mesh itself is put back.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { refusal } from "../snapshot/rank_entries.ts";
import { Geometry } from "./geometry.ts";
import { learnPeriod } from "./period_of_part.ts";
import type { Placement } from "./placement.ts";
import { Places } from "./places.ts";
import type { CapturedPlaces } from "./redistribute_mesh.ts";
import { middlesFromStored, storedMiddles } from "./stored_middles.ts";
import type { Topology } from "./topology.ts";

/**
 * Finds points in the cells of all ranks at captured places: those of the live mesh where nothing differs. Collective.
 *
 * @param topology This rank's part of the captured mesh.
 * @throws {SnapshotInvalidatedError} when no cells can be there, on every rank.
 */
export function placesAt(
  mesh: string,
  live: Placement,
  topology: Topology,
  captured: CapturedPlaces,
  comm: Comm,
): Places {
  const same = isAt(live.geometry, topology, captured);
  if (comm.allreduce(same ? 1 : 0, "min") > 0) return live.places;
  const { coordinates, middles } = captured;
  const own = allOrNone(comm, () => {
    try {
      return new Geometry(topology, coordinates, middles && middlesFromStored(topology, middles));
    } catch (error) {
      throw refusal(`mesh '${mesh}': ${(error as Error).message}`);
    }
  });
  learnPeriod(own, comm);
  return new Places(own, comm);
}

/** Whether the cells of this rank are where they were. */
export function isAt(
  live: Geometry,
  topology: Topology,
  { coordinates, middles }: CapturedPlaces,
): boolean {
  if (live.topology !== topology || !sameBytes(live.coordinates, coordinates)) return false;
  if (middles === null || live.middles === null) return middles === live.middles;
  return sameBytes(storedMiddles(live), middles);
}
