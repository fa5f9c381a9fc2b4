import { sameBytes } from "../arrays.ts";
import { fingerprintOf } from "../comm/fingerprint.ts";
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import { type NdArray, ndarray } from "../deps/ndarray.ts";
import { display } from "../display.ts";
import type {
  Attributes,
  CaptureSink,
  CaptureSource,
  CheckpointBackend,
  Payload,
} from "../snapshot/contract.ts";
import { type Boundary, describeBoundaries } from "./boundary.ts";
import type { FieldStore } from "./field_store.ts";
import { Geometry } from "./geometry.ts";
import { gatherRows, Halo } from "./halo.ts";
import type { MeshData } from "./mesh_data.ts";
import {
  captureRankMesh,
  captureTopology,
  captureVariables,
  planVariables,
  rankMeshDifference,
  topologyDifference,
} from "./mesh_state.ts";
import { sayNames } from "./names.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import type { IndexMap } from "./index_map.ts";
import { RankMesh } from "./rank_mesh.ts";
import { partitionCells } from "./partition_cells.ts";
import { flatten, type Points, readPoints } from "./points.ts";
import { redistributeMesh } from "./redistribute_mesh.ts";
import { ownedAttribute } from "../snapshot/assemble.ts";
import type { ModelHost } from "./model_host.ts";
import { meshAttributes, meshPaths } from "./stored.ts";
import { Topology } from "./topology.ts";

/** Where points are; see {@link Mesh.locate}. */
export interface Located {
  /** `[n]`: the cell of each point, or -1 outside. */
  readonly cells: Int32Array;
  /** `[n, dim + 1]`; NaN outside. Rounded, so that points on an edge can have -1e-16 or so. */
  readonly barycentric: NdArray<Float64Array>;
}

/** The toolkit's own way to a mesh's geometry; not part of the public entry. */
export let geometryOf: (mesh: Mesh) => Geometry;
/**
 * The geometry of all ranks together, with global cells and nodes; on one rank the same as
 * {@link geometryOf}. Every rank has it, so that points and particles find their rank wherever they are.
 */
export let wholeGeometryOf: (mesh: Mesh) => Geometry;
/** Who sends which ghosts of an index map to whom; made on first use. Collective. */
export let haloOf: (mesh: Mesh, indexMap: IndexMap) => Halo;
/** How a variable joins its mesh; called last in its constructor. */
export let attachVariable: (mesh: Mesh, variable: MeshVariable, store: FieldStore) => void;

/**
 * A mesh of triangles or tetrahedra, with the variables that live on it.
 *
 * Made by `boxMesh`, `annulusMesh` and `readGmsh`, or from plain arrays.
 *
 * @example
 * ```ts
 * import { boxMesh, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const { cells } = mesh.locate([[0.1, 0.2], [2, 2]]);
 * console.log(cells[0] >= 0, cells[1]); // true -1
 * ```
 */
export class Mesh implements Payload {
  /** The model that the mesh belongs to. */
  readonly model: ModelHost;
  /** Unique among the meshes of the model. */
  readonly name: string;
  /** Where the mesh is from: `"box"`, `"annulus"`, `"gmsh"`. */
  readonly meshType: string;
  /** What a reader had to say of the file: quadratic cells read as straight ones, unused nodes dropped. */
  readonly notes: readonly string[];
  #geometry: Geometry;
  /** The whole mesh, where this rank has a part of it only. */
  #whole: Geometry | null = null;
  #minRadius: number | null = null;
  readonly #halos = new Map<IndexMap, Halo>();
  #geometryVersion = 0;
  #topologyVersion = 0;
  readonly #variables = new Map<string, MeshVariable>();
  readonly #stores = new Map<string, FieldStore>();
  /** Geometries by their coordinates, so that going back to an earlier deformation rebuilds nothing. */
  readonly #geometries = new WeakMap<Float64Array, Geometry>();
  #coordinates: NdArray<Float64Array> | null = null;
  #cells: NdArray<Int32Array> | null = null;
  #boundaries: ReadonlyMap<string, Boundary> | null = null;
  #regions: ReadonlyMap<string, Int32Array> | null = null;

  static {
    geometryOf = (mesh) => mesh.#geometry;
    wholeGeometryOf = (mesh) => mesh.#whole ?? mesh.#geometry;
    haloOf = (mesh, indexMap) => {
      let halo = mesh.#halos.get(indexMap);
      if (!halo) mesh.#halos.set(indexMap, halo = Halo.of(indexMap, mesh.model.comm));
      return halo;
    };
    attachVariable = (mesh, variable, store) => {
      mesh.#variables.set(store.name, variable);
      mesh.#stores.set(store.name, store);
    };
  }

  /**
   * Makes a mesh from plain arrays and registers it. With several ranks all of them give the same arrays,
   * and each keeps its part: the cells it owns, and as ghosts those that share a node with one of them.
   * Collective.
   *
   * @param model Where the mesh belongs.
   * @param data Copied: writing into it later moves nothing.
   * @param options A name; `Mesh_0`, `Mesh_1` ... otherwise.
   * @throws {TypeError} when `model` is not a model.
   * @throws {RangeError} when ids are out of range, coordinates are not finite, a cell is inverted, a
   *   facet has more than two cells, the name is taken, or ranks give other arrays.
   */
  constructor(model: ModelHost, data: MeshData, options: { name?: string } = {}) {
    if (typeof model?.adopt !== "function") throw new TypeError("a mesh takes a model first");
    const topology = new Topology({
      dim: data.dim,
      nodeCount: data.coordinates.length / data.dim,
      cells: data.cells.slice(),
      boundaries: copyOf(data.boundaries),
      regions: copyOf(data.regions),
    });
    // Asked for at once, so that a facet with more than two cells is an error here and not in a later step.
    void topology.neighbours;
    this.#geometry = new Geometry(topology, data.coordinates.slice());
    if (model.comm.size > 1) {
      const words = `${options.name ?? "no name"}, ${wordsOf(this.#geometry)}`;
      requireSame(model.comm, "a mesh is the same on all ranks", words);
      this.#partition(model.comm.rank, model.comm.size);
    }
    this.#geometries.set(this.#geometry.coordinates, this.#geometry);
    this.model = model;
    this.meshType = data.meshType;
    this.notes = [...data.notes];
    this.name = model.adopt("mesh", this, "Mesh", options.name);
  }

  /** 2 for triangles, 3 for tetrahedra. */
  get dim(): 2 | 3 {
    return this.#geometry.topology.dim;
  }

  /** How many triangles or tetrahedra there are; on one rank of several, those it has, ghosts included. */
  get cellCount(): number {
    return this.#geometry.topology.cellCount;
  }

  /** How many cells this rank owns: they come first, in all numbering, and ghosts follow. */
  get ownedCellCount(): number {
    return this.#geometry.topology.ownedCellCount;
  }

  /** How many cells there are on all ranks, each counted once. */
  get globalCellCount(): number {
    return wholeGeometryOf(this).topology.cellCount;
  }

  /** Ids of this rank's cells in the whole mesh, `[cellCount]`: owned ones, then ghosts, each ascending. A copy. */
  get globalCellIds(): Int32Array {
    return idsOf(this.#geometry.topology.rankMesh?.cells ?? null, this.cellCount);
  }

  /** How many nodes there are; on one rank of several, those it has, ghosts included. */
  get nodeCount(): number {
    return this.#geometry.topology.nodeCount;
  }

  /** How many nodes this rank owns; they come first. */
  get ownedNodeCount(): number {
    return this.#geometry.topology.rankMesh?.nodes.owned ?? this.nodeCount;
  }

  /** Ids of this rank's nodes in the whole mesh, `[nodeCount]`: owned ones, then ghosts, each ascending. A copy. */
  get globalNodeIds(): Int32Array {
    return idsOf(this.#geometry.topology.rankMesh?.nodes ?? null, this.nodeCount);
  }

  /** Radius of the smallest inscribed circle or sphere, over all ranks: the length of a CFL condition. */
  get minRadius(): number {
    return this.#minRadius ?? this.#geometry.minRadius;
  }

  /** Grows by one with every {@link Mesh.deform}, and with a restore that moved nodes. */
  get geometryVersion(): number {
    return this.#geometryVersion;
  }

  /** Grows when cells change. */
  get topologyVersion(): number {
    return this.#topologyVersion;
  }

  /** Node positions, `[nodeCount, dim]`: a copy, made once per version and restore; {@link Mesh.deform} moves nodes. */
  get coordinates(): NdArray<Float64Array> {
    return this.#coordinates ??= ndarray(this.#geometry.coordinates.slice(), [
      this.nodeCount,
      this.dim,
    ]);
  }

  /** Node ids, `[cellCount, dim + 1]`: a copy, made once per version. */
  get cells(): NdArray<Int32Array> {
    return this.#cells ??= ndarray(this.#geometry.topology.cells.slice(), [
      this.cellCount,
      this.dim + 1,
    ]);
  }

  /** Named parts of the boundary, with their facets as copies. */
  get boundaries(): ReadonlyMap<string, Boundary> {
    return this.#boundaries ??= describeBoundaries(this.#geometry.topology);
  }

  /** Cell ids by region name, `[count]`, ascending; copies. */
  get regions(): ReadonlyMap<string, Int32Array> {
    return this.#regions ??= copyOf(this.#geometry.topology.regions);
  }

  /** The variables on this mesh by name, in order of construction. */
  get variables(): ReadonlyMap<string, MeshVariable> {
    return this.#variables;
  }

  /**
   * Moves the nodes. Variables keep their values, particles their places; `geometryVersion` grows by
   * one. Cells must keep their orientation; that they do not overlap is not checked. Collective: every
   * rank moves its own nodes; ghosts go where their owners put them.
   *
   * @param coordinates New positions of all nodes, `[nodeCount, dim]`; copied.
   * @throws {TypeError} when `coordinates` are no points.
   * @throws {RangeError} when there are not `nodeCount` of them, one is not finite, or a cell would be
   *   inverted or have no volume; nothing is changed then.
   *
   * @example
   * ```ts
   * import { boxMesh, Model } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
   * mesh.deform(mesh.coordinates.data.map((x) => 2 * x));
   * console.log(mesh.geometryVersion); // 1
   * ```
   */
  deform(coordinates: Points): void {
    const { comm } = this.model;
    const moved = allOrNone(comm, () => {
      const flat = flatten(coordinates, this.dim, "deform");
      if (flat.length !== this.nodeCount * this.dim) {
        throw new RangeError(
          `deform: mesh '${this.name}' has ${this.nodeCount} nodes, got ${flat.length / this.dim}`,
        );
      }
      return flat.slice();
    });
    const { topology } = this.#geometry;
    if (topology.rankMesh !== null) haloOf(this, topology.rankMesh.nodes).sync(moved, this.dim);
    this.#take(allOrNone(comm, () => new Geometry(topology, moved)));
    this.#gather();
  }

  /**
   * Finds the cell of each point. Every point of the closed domain has exactly one, which depends on
   * the geometry and the point alone: of several that touch, the one with the lowest id. On one rank of
   * several, -1 also means that the cell is elsewhere.
   *
   * @param points `[n, dim]`.
   * @throws {TypeError} when `points` are no points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  locate(points: Points): Located {
    const flat = readPoints(points, this.dim, "locate");
    const count = flat.length / this.dim;
    const cells = new Int32Array(count).fill(-1);
    const barycentric = new Float64Array(count * (this.dim + 1)).fill(NaN);
    this.#geometry.locator.locate(flat, count, cells, barycentric);
    return { cells, barycentric: ndarray(barycentric, [count, this.dim + 1]) };
  }

  /**
   * Forgets a variable: snapshots from now on are without it. The object keeps its values.
   *
   * @throws {RangeError} when it does not live on this mesh.
   */
  removeVariable(variable: MeshVariable): void {
    if (this.#variables.get(variable?.name) !== variable) {
      throw new RangeError(
        `removeVariable: '${variable?.name}' is not a variable of mesh '${this.name}', which has ${
          sayNames([...this.#variables.keys()])
        }`,
      );
    }
    this.#variables.delete(variable.name);
    this.#stores.delete(variable.name);
  }

  /** Remembers which variables there are; the result makes it so again. For transactions. */
  markVariables(): () => void {
    const variables = [...this.#variables], stores = [...this.#stores];
    return () => {
      this.#variables.clear();
      this.#stores.clear();
      for (const [name, variable] of variables) this.#variables.set(name, variable);
      for (const [name, store] of stores) this.#stores.set(name, store);
    };
  }

  /** Writes topology, coordinates and variables; see {@link Payload}. */
  capture(sink: CaptureSink): void {
    const { topology, coordinates } = this.#geometry;
    const attributes = meshAttributes({
      dim: topology.dim,
      meshType: this.meshType,
      geometryVersion: this.#geometryVersion,
      topologyVersion: this.#topologyVersion,
    });
    sink.group("", attributes);
    captureRankMesh(topology, sink);
    captureTopology(topology, sink);
    const owned: Attributes = topology.rankMesh === null ? {} : ownedAttribute(this.ownedNodeCount);
    sink.frozen(meshPaths.coordinates, coordinates, [topology.nodeCount, topology.dim], owned);
    captureVariables(topology, this.#stores, sink);
  }

  /** Writes this rank's share of what another number of ranks has captured; see {@link Payload}. */
  redistribute(parts: readonly CheckpointBackend[], key: string, sink: CaptureSink): void {
    redistributeMesh(this, this.#geometry.topology, this.#stores, parts, key, sink);
  }

  /** Checks a snapshot against this mesh; returns what puts it back. See {@link Payload}. */
  plan(source: CaptureSource): () => void {
    const { topology } = this.#geometry;
    const difference = rankMeshDifference(this.name, topology, source) ??
      topologyDifference(this.name, topology, source);
    if (difference !== null) {
      source.refuse(difference);
      return nothing;
    }
    const geometry = this.#planGeometry(source);
    const writes = planVariables(this.name, this.#geometry.topology, this.#stores, source);
    return () => {
      // One rank's nodes may have moved while another's did not: all take part, or none.
      const { comm } = this.model;
      const moved = comm.size === 1
        ? geometry !== this.#geometry
        : comm.allreduce(geometry === this.#geometry ? 0 : 1, "max") > 0;
      if (moved) {
        this.#take(geometry);
        this.#gather();
      }
      // What was written into these copies must not come back in a step that is done again.
      this.#coordinates =
        this.#cells =
        this.#boundaries =
        this.#regions =
          null;
      for (const write of writes) write();
    };
  }

  /** One line for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const { name, meshType, nodeCount, cellCount, dim } = this;
    const cells = `${cellCount} ${dim === 2 ? "triangles" : "tetrahedra"}`;
    const variables = [...this.variables.keys()].join(", ") || "no variables";
    return `Mesh(${name}, ${meshType}, ${nodeCount} nodes, ${cells}: ${variables})`;
  }

  /** What a notebook shows: its picture and counts. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  /** Keeps this rank's part of what all ranks were given. */
  #partition(rank: number, ranks: number): void {
    const whole = this.#geometry, { topology, coordinates } = whole;
    const owners = partitionCells(topology.dim, topology.cells, coordinates, ranks);
    const rankMesh = new RankMesh(topology, owners, rank, ranks);
    const { dim } = topology, { ids } = rankMesh.nodes;
    const own = new Float64Array(ids.length * dim);
    for (let i = 0; i < own.length; i++) {
      own[i] = coordinates[ids[Math.floor(i / dim)] * dim + i % dim];
    }
    this.#whole = whole;
    this.#minRadius = whole.minRadius;
    this.#geometry = new Geometry(new Topology(rankMesh.data, rankMesh), own);
  }

  /** Learns where all nodes are, from the ranks that own them. Collective; nothing to do on one rank. */
  #gather(): void {
    const { rankMesh } = this.#geometry.topology;
    if (this.#whole === null || rankMesh === null) return;
    const { coordinates } = this.#geometry;
    const all = gatherRows(rankMesh.nodes, coordinates, this.dim, this.model.comm);
    this.#whole = new Geometry(this.#whole.topology, all);
    this.#minRadius = this.model.comm.allreduce(this.#geometry.minRadius, "min");
  }

  #take(geometry: Geometry): void {
    this.#geometry = geometry;
    this.#geometries.set(geometry.coordinates, geometry);
    this.#geometryVersion++;
    this.#coordinates = null;
  }

  /** The geometry that the snapshot holds; the live one where the coordinates have the same bytes. */
  #planGeometry(source: CaptureSource): Geometry {
    const live = this.#geometry;
    const saved = source.data(meshPaths.coordinates, Float64Array, live.coordinates.length);
    if (saved === null || sameBytes(saved, live.coordinates)) return live;
    const known = this.#geometries.get(saved);
    if (known?.topology === live.topology) return known;
    try {
      // A copy: what was read from a file lies in memory that goes back to the pool.
      const geometry = new Geometry(live.topology, saved.slice());
      this.#geometries.set(saved, geometry);
      return geometry;
    } catch (error) {
      source.refuse(`mesh '${this.name}': ${(error as Error).message}`);
      return live;
    }
  }
}

function nothing(): void {}

/** What a mesh is, for ranks to compare. */
function wordsOf({ topology, coordinates }: Geometry): string {
  const { cellCount, nodeCount, cells, boundaries, regions } = topology;
  const lists = [...boundaries, ...regions];
  const names = Uint8Array.from(new TextEncoder().encode(lists.map(([name]) => name).join("\n")));
  const all = [cells, coordinates, names, ...lists.map(([, ids]) => ids)];
  return `${cellCount} cells, ${nodeCount} nodes, fingerprint ${fingerprintOf(all)}`;
}

function idsOf(indexMap: IndexMap | null, count: number): Int32Array {
  return indexMap?.ids.slice() ?? Int32Array.from({ length: count }, (_, i) => i);
}

function copyOf(lists: ReadonlyMap<string, Int32Array>): Map<string, Int32Array> {
  return new Map([...lists].map(([name, ids]) => [name, ids.slice()]));
}
