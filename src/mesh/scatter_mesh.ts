/**
 * A mesh that the first rank has as a whole, in parts: no other rank has more than its own.
 *
 * @module
 */
import { takeRows, type TypedArray } from "../arrays.ts";
import { onFirst } from "../comm/collective_errors.ts";
import type { Comm, JsonValue } from "../comm/comm.ts";
import { findEdges } from "./edge_table.ts";
import { Geometry } from "./geometry.ts";
import { type PartData, rankMeshOf } from "./part_data.ts";
import { partBytes, type PartHead, partHeadOf, partNumbers, partOf } from "./part_messages.ts";
import { PartsOfWhole } from "./part_of_whole.ts";
import { partitionCells } from "./partition_cells.ts";
import { learnPeriod, PeriodOfPart } from "./period_of_part.ts";
import { Topology } from "./topology.ts";

/** A part, and where its nodes are. */
interface PlacedPart {
  readonly part: PartData;
  /** `[nodes x dim]`; null where a topology is sent without places. */
  readonly coordinates: Float64Array | null;
  /** Mid-side nodes, `[edges x dim]`; null for straight cells. */
  readonly middles: Float64Array | null;
}

/** What is cut into parts: a geometry, or a topology without places. */
type Whole =
  & { readonly topology: Topology }
  & Pick<PlacedPart, "coordinates" | "middles">;

/** What the first rank says before it sends the parts. */
interface Announced extends PartHead {
  readonly hasPlaces: boolean;
  readonly hasMiddles: boolean;
}

/**
 * This rank's part of a mesh. The first rank makes one part at a time, and sends it. Collective.
 *
 * @param whole On the first rank: the mesh; null on others.
 * @param owners On the first rank: the owner of every cell; null for the division of a new mesh.
 * @returns what {@link shareOf} would give, in every byte.
 */
export function scatterMesh(
  whole: Geometry | null,
  comm: Comm,
  owners: Int32Array | null = null,
): Geometry {
  const geometry = geometryOf(
    scatterParts(comm, () => partsOf(whole!, owners, comm.size)),
    comm,
  );
  learnPeriod(geometry, comm);
  return geometry;
}

/**
 * The same of a topology alone.
 *
 * @param isRebalanced As {@link partOfWhole} takes it.
 */
export function scatterTopology(
  whole: Topology | null,
  owners: Int32Array | null,
  isRebalanced: boolean,
  comm: Comm,
): Topology {
  const { part } = scatterParts(comm, () => {
    const parts = new PartsOfWhole(whole!, owners!, comm.size, isRebalanced);
    return new PlacedParts({ topology: whole!, coordinates: null, middles: null }, parts);
  });
  const rankMesh = rankMeshOf(part, comm);
  return new Topology(rankMesh.data, rankMesh);
}

/** @param make What cuts the parts, on the first rank. */
function scatterParts(comm: Comm, make: () => PlacedParts): PlacedPart {
  const parts = onFirst(comm, make), own = onFirst(comm, () => parts!.of(0));
  const said = own && {
    ...partHeadOf(own.part),
    hasPlaces: own.coordinates !== null,
    hasMiddles: own.middles !== null,
  };
  const head = comm.bcast(said as unknown as JsonValue) as unknown as Announced;
  let placed = own;
  for (let rank = 1; rank < comm.size; rank++) {
    const sent = onFirst(comm, () => parts!.of(rank));
    const give = <T extends TypedArray>(of: (sent: PlacedPart) => T, none: T): T => {
      const list = onFirst(comm, () => of(sent!));
      const messages = Array.from(
        { length: comm.size },
        (_, r) => r === rank ? list ?? none : none,
      );
      return comm.alltoallv(messages)[0];
    };
    const numbers = give(({ part }) => partNumbers(part), new Int32Array(0));
    const coordinates = head.hasPlaces ? give((one) => one.coordinates!, noPlaces) : null;
    const middles = head.hasMiddles ? give((one) => one.middles!, noPlaces) : null;
    const bytes = head.hasForest ? give(({ part }) => partBytes(part), none) : none;
    if (rank === comm.rank) placed = { part: partOf(head, numbers, bytes), coordinates, middles };
  }
  return placed!;
}

const noPlaces = new Float64Array(0);
const none = new Uint8Array(0);

/**
 * One rank's share of a whole mesh that is at hand. Of `comm` only the rank and the number of ranks are asked here.
 *
 * @param owners The owner of every cell; null for the division of a new mesh.
 */
export function shareOf(
  whole: Geometry,
  comm: Comm,
  owners: Int32Array | null = null,
): Geometry {
  const part = partsOf(whole, owners, comm.size).of(comm.rank);
  const share = geometryOf(part, comm);
  const { dim, rankMesh } = share.topology;
  if (whole.lattice === null) return share;
  const { ids } = rankMesh!.vertices, vertices = new Float64Array(ids.length * dim);
  takeRows(whole.dofCoordinates(1, true), ids, dim, vertices);
  share.takePeriod(new PeriodOfPart(share, whole.lattice, comm, vertices));
  return share;
}

function geometryOf(
  { part, coordinates, middles }: PlacedPart,
  comm: Comm,
) {
  const rankMesh = rankMeshOf(part, comm);
  return new Geometry(new Topology(rankMesh.data, rankMesh), coordinates!, middles);
}

/** @param given The owner of every cell; null for the division of a new mesh. */
function partsOf(whole: Geometry, given: Int32Array | null, ranks: number): PlacedParts {
  const { topology, coordinates } = whole, { dim, cells } = topology;
  const owners = given ?? partitionCells(dim, cells, coordinates, ranks);
  return new PlacedParts(whole, new PartsOfWhole(topology, owners, ranks, given !== null));
}

/** The parts of a mesh, one after the other. */
class PlacedParts {
  readonly #whole: Whole;
  readonly #parts: PartsOfWhole;

  constructor(whole: Whole, parts: PartsOfWhole) {
    this.#whole = whole;
    this.#parts = parts;
  }

  of(rank: number): PlacedPart {
    const part = this.#parts.of(rank), { topology, coordinates: all } = this.#whole;
    if (all === null) return { part, coordinates: null, middles: null };
    const coordinates = new Float64Array(part.nodes.ids.length * topology.dim);
    takeRows(all, part.nodes.ids, topology.dim, coordinates);
    return { part, coordinates, middles: middlesOf(part, this.#whole) };
  }
}

/** The middles of a part's edges: its cells have them in the order that they have in the whole mesh. */
function middlesOf(
  { cells: { ids }, nodes, cellNodes }: PartData,
  { topology, middles }: Whole,
): Float64Array | null {
  if (middles === null) return null;
  const { dim, edges: { cellEdges: all } } = topology, sides = dim === 2 ? 3 : 6;
  const some = { dim, nodeCount: nodes.ids.length, cellCount: ids.length, cells: cellNodes };
  const { count, cellEdges } = findEdges(some), rows = new Int32Array(count);
  for (let i = 0; i < cellEdges.length; i++) {
    rows[cellEdges[i]] = all[ids[Math.floor(i / sides)] * sides + i % sides];
  }
  const out = new Float64Array(count * dim);
  takeRows(middles, rows, dim, out);
  return out;
}
