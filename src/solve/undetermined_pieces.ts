/**
 * Meshes in several pieces, of which some have nothing that determines the field.
 *
 * @module
 */
import { saidByFirst } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import { topologyOnFirst } from "../mesh/gather_whole.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { findPieces, type Pieces } from "../mesh/pieces.ts";
import { type SharedPieces, sharedPieces } from "../mesh/shared_pieces.ts";
import type { Topology } from "../mesh/topology.ts";
import type { RobinTerm } from "./conditions.ts";
import type { RankSpace } from "./ranks/rank_space.ts";

/** Of immutable topologies, so kept as long as those live. */
const known = new WeakMap<Topology, Pieces>();

function piecesOf(topology: Topology): Pieces {
  let pieces = known.get(topology);
  if (pieces === undefined) {
    const { cells, dim, nodeCount } = topology.joined;
    known.set(topology, pieces = findPieces(cells, dim + 1, nodeCount));
  }
  return pieces;
}

const knownOnRanks = new WeakMap<Topology, SharedPieces>();

/** The same of the mesh that a topology is a part of, for the cells here. Collective. */
function piecesOnRanks(topology: Topology, comm: Comm): SharedPieces {
  let pieces = knownOnRanks.get(topology);
  if (pieces === undefined) {
    pieces = sharedPieces(topology.joined, topology.rankMesh!.cells, comm);
    knownOnRanks.set(topology, pieces);
  }
  return pieces;
}

/** What determines a component of a steady field. */
export interface Determined {
  readonly geometry: Geometry;
  readonly map: DofMap;
  /** `[count]`, 1 where the value is prescribed. */
  readonly constrained: Uint8Array;
  readonly robin: readonly RobinTerm[];
}

/**
 * Checks that every piece of the mesh has a Dirichlet value or a Robin condition; a mesh in one piece passes.
 * Collective.
 *
 * @param what The solver's name.
 * @throws {RangeError} when a piece has none; the message says which one.
 */
export function requireDetermined(what: string, field: Determined, ranks: RankSpace | null): void {
  const { topology } = field.geometry, { rankMesh } = topology;
  const pieces = rankMesh === null ? piecesOf(topology) : piecesOnRanks(topology, ranks!.comm);
  if (pieces.count === 1) return;
  const pieceOf = (cell: number) => pieces.ofCell[cell];
  const here = new Int32Array(pieces.count);
  const { perCell, cellDofs } = field.map;
  for (let i = 0; i < cellDofs.length; i++) {
    if (field.constrained[cellDofs[i]] === 1) here[pieceOf(Math.floor(i / perCell))] = 1;
  }
  for (const { rule: { facets, points }, transfer } of field.robin) {
    for (let f = 0; f < facets.count; f++) {
      const own = typeof transfer === "number"
        ? transfer !== 0
        : transfer.subarray(f * points, (f + 1) * points).some((value) => value !== 0);
      if (own) here[pieceOf(facets.cells[f])] = 1;
    }
  }
  const determined = ranks === null ? here : ranks.comm.allreduce(here, "max");
  const missing = determined.indexOf(0);
  if (missing < 0) return;
  const whole = rankMesh === null ? topology : topologyOnFirst(rankMesh, ranks!.comm);
  const describe = () => describePiece(whole!, piecesOf(whole!), missing);
  const piece = ranks === null ? describe() : saidByFirst(ranks.comm, describe);
  throw new RangeError(
    `${what}: the mesh is in ${pieces.count} pieces that share no node, and nothing determines the field on ${piece}; add a Dirichlet value or a Robin condition there, connect the pieces, or take shorter steps if it is not steady`,
  );
}

function describePiece(topology: Topology, { ofCell, sizes }: Pieces, piece: number): string {
  const first = ofCell.indexOf(piece);
  const regions = [...topology.regions].filter(([, cells]) => cells.includes(first));
  const boundaries = [...topology.boundaries.keys()].filter((name) =>
    topology.facetsOf(name).cells.some((cell) => ofCell[cell] === piece)
  );
  const list = (names: string[]) => names.map((name) => `"${name}"`).join(", ");
  const inside = regions.length > 0 ? `, in ${list(regions.map(([name]) => name))}` : "";
  const around = boundaries.length > 0 ? ` (its boundaries are ${list(boundaries)})` : "";
  return `that of ${sizes[piece]} cells with cell ${first}${inside}${around}`;
}
