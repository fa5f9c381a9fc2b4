/**
 * Where a mesh is: its geometry on this rank and on all ranks together, and who shares what with whom.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { divideMesh } from "./divide_mesh.ts";
import type { Geometry } from "./geometry.ts";
import { Halo } from "./halo.ts";
import type { IndexMap } from "./index_map.ts";
import { KnownMeshes } from "./mesh_restore.ts";
import { ownedPieces } from "./mesh_pieces.ts";
import { fingerprintOfPieces } from "./pieces_fingerprint.ts";
import { Places } from "./places.ts";
import { gatherThings, toFirst, wholeOnFirst } from "./gather_whole.ts";
import { scatterMesh } from "./scatter_mesh.ts";
import { learnPeriod } from "./period_of_part.ts";
import type { Topology } from "./topology.ts";

/** A geometry of this rank's cells that a mesh has, or may get. */
export interface Placed {
  readonly geometry: Geometry;
  /** Over all ranks; null where there is one. */
  readonly minRadius: number | null;
}

/** The present geometry of a mesh; `move` and a restore replace it. */
export class Placement {
  readonly #comm: Comm;
  #geometry: Geometry;
  /** Over all ranks, where there are several. */
  #minRadius: number | null = null;
  #geometryVersion = 0;
  #topologyVersion = 0;
  /** Of the present geometry, forgotten with it on all ranks alike. */
  #places: Places | null = null;
  readonly #halos = new Map<IndexMap, Halo>();
  /** Where the mesh was before. */
  readonly known: KnownMeshes = new KnownMeshes();

  /** @param geometry Of the whole mesh on one rank, and of this rank's part on several. Collective. */
  constructor(geometry: Geometry, comm: Comm) {
    this.#comm = comm;
    this.#geometry = geometry;
    const { rankMesh } = geometry.topology;
    if (rankMesh !== null) {
      this.#minRadius = comm.allreduce(geometry.minRadius, "min");
      // Asked for here, where all ranks are: a save asks later.
      if (geometry.middles !== null) void rankMesh.edges;
    }
    this.known.add(geometry);
  }

  /** The geometry of this rank's cells. */
  get geometry(): Geometry {
    return this.#geometry;
  }

  /** The radius of the smallest inscribed circle or sphere, over all ranks. */
  get minRadius(): number {
    return this.#minRadius ?? this.#geometry.minRadius;
  }

  /** Grows by one with every geometry that takes the place of another. */
  get geometryVersion(): number {
    return this.#geometryVersion;
  }

  /** Grows by one with every topology that takes the place of another. */
  get topologyVersion(): number {
    return this.#topologyVersion;
  }

  /** Who sends which ghosts of an index map to whom; made on first use. Collective. */
  halo(indexMap: IndexMap): Halo {
    let halo = this.#halos.get(indexMap);
    if (!halo) this.#halos.set(indexMap, halo = Halo.of(indexMap, this.#comm));
    return halo;
  }

  /** Finds points in the cells of all ranks; made on first use. Collective. */
  get places(): Places {
    return this.#places ??= new Places(this.#geometry, this.#comm);
  }

  /**
   * Puts every ghost node where its owner has it. Collective; does nothing on one rank.
   *
   * @param places Of a continuous variable of that degree: nodes, or nodes and mid-side nodes.
   */
  syncPlaces(places: Float64Array, degree: 1 | 2): void {
    const { rankMesh, dim } = this.#geometry.topology;
    if (rankMesh === null) return;
    this.halo(degree === 1 ? rankMesh.nodes : rankMesh.dofs(2, true)).sync(places, dim);
  }

  /**
   * Takes another geometry, and learns where the nodes of other ranks are. Collective.
   *
   * @throws {RangeError} when twins of a periodic mesh do not move alike; nothing is changed then.
   */
  move(geometry: Geometry): void {
    const { topology } = this.#geometry, { rankMesh } = geometry.topology;
    if (rankMesh === null) this.#geometry = geometry;
    else {
      // Throws where twins of different ranks do not move alike, on all ranks, before anything has changed.
      learnPeriod(geometry, this.#comm);
      this.#geometry = geometry;
      this.#minRadius = this.#comm.allreduce(geometry.minRadius, "min");
    }
    this.#settle(topology);
  }

  /** Where the mesh is, for {@link Placement.place} to put it there again. */
  get now(): Placed {
    return { geometry: this.#geometry, minRadius: this.#minRadius };
  }

  /** What is known of other cells of this rank before they are put in place. Collective. */
  around(geometry: Geometry): Placed {
    if (geometry.topology.rankMesh === null) return { geometry, minRadius: null };
    return { geometry, minRadius: this.#comm.allreduce(geometry.minRadius, "min") };
  }

  /**
   * What this rank would have of the same mesh, divided in another way. Collective.
   *
   * @param owners Who is to own each of the cells that this rank owns now.
   */
  divided(owners: Int32Array): Placed {
    const geometry = this.#geometry, own = dividedAnew(geometry, owners, this.#comm);
    own.isDivisionOf(geometry);
    return { geometry: own, minRadius: this.#minRadius };
  }

  /** Tries another place: {@link Placement.settle} makes it last, and `place` of the one before takes it back. */
  place({ geometry, minRadius }: Placed): void {
    this.#geometry = geometry;
    this.#places = null;
    this.#minRadius = minRadius;
    this.#halos.clear();
  }

  /** The mesh stays where it is, which is not where it was `before`. */
  settle(before: Placed): void {
    this.#settle(before.geometry.topology);
  }

  #settle(before: Topology): void {
    if (this.#geometry.topology !== before) {
      this.#topologyVersion++;
      this.#halos.clear();
      if (before.rankMesh?.hasEdges) void this.#geometry.topology.rankMesh!.edges;
    }
    this.#places = null;
    // Asked for here, where all ranks are: fields of degree 2 ask later.
    if (this.#geometry.topology.rankMesh?.hasEdges) void this.#geometry.period?.places(2);
    this.#geometryVersion++;
    this.known.add(this.#geometry);
  }

  /** Whether some rank would move if each took the geometry that it gives here. Collective. */
  moves(geometry: Geometry): boolean {
    const here = geometry !== this.#geometry;
    return this.#comm.size === 1 ? here : this.#comm.allreduce(here ? 1 : 0, "max") > 0;
  }
}

/** A mesh in another division: a periodic one goes through the first rank, others from owner to owner. Collective. */
function dividedAnew(geometry: Geometry, owners: Int32Array, comm: Comm): Geometry {
  const { rankMesh, twins } = geometry.topology;
  if (twins !== null) {
    const all = gatherThings(rankMesh!.cells, owners, 1, toFirst(comm));
    return scatterMesh(wholeOnFirst(geometry, comm), comm, all);
  }
  const pieces = ownedPieces(geometry, comm);
  return divideMesh(pieces, owners, fingerprintOfPieces(pieces, owners, comm), comm);
}
