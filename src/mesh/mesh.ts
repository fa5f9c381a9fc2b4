import { type NdArray, ndarray } from "../deps/ndarray.ts";
import { displayAs, printAs } from "../display.ts";
import type {
  CaptureSink,
  CaptureSource,
  CheckpointBackend,
  SnapshotPayload,
} from "../snapshot/contract.ts";
import type { CapturedParts } from "../snapshot/captured_parts.ts";
import { describeBoundaries, type MeshBoundary } from "./boundary.ts";
import { buildMesh } from "./build_mesh.ts";
import { ChangingMesh, letChange } from "./changing_mesh.ts";
import { Division } from "./division.ts";
import type { FieldStore } from "./field_store.ts";
import { isTopologyInParts } from "./captured_topology.ts";
import { placesAt } from "./coming_places.ts";
import type { Geometry } from "./geometry.ts";
import type { Halo } from "./halo.ts";
import type { IndexMap } from "./index_map.ts";
import type { MeshData } from "./mesh_data.ts";
import { captureMesh, type MeshParts, planMesh } from "./mesh_payload.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import type { ModelHost } from "./model_host.ts";
import { movedGeometry } from "./moved_geometry.ts";
import { Placement } from "./placement.ts";
import type { Places } from "./places.ts";
import { type Points, readPoints } from "./points.ts";
import { redistributeMesh } from "./redistribute_mesh.ts";
import { requireMesh } from "./registered.ts";
import type { Topology } from "./topology.ts";
import { topologyOfWhole } from "./whole_topology.ts";
import { VariableRegistry } from "./variable_registry.ts";
import { fixFields, fixValues } from "../fixed_fields.ts";

/** Where points are; see {@link Mesh.locate}. */
export interface MeshLocation {
  /** `[n]`: the cell of each point, or -1 outside. */
  readonly cells: Int32Array;
  /** `[n, dim + 1]`; NaN outside. Rounded, so that points on an edge can have -1e-16 or so. */
  readonly barycentric: NdArray<Float64Array>;
}

/** The toolkit's own way to a mesh's geometry; not part of the public entry. */
export let geometryOf: (mesh: Mesh) => Geometry;
/** Who sends which ghosts of an index map to whom; made on first use. Collective. */
export let haloOf: (mesh: Mesh, indexMap: IndexMap) => Halo;
/** Where points are in the cells of all ranks, at the present geometry; made on first use. Collective. */
export let placesIn: (mesh: Mesh) => Places;
/** The topology that the restore under way will put back, as far as that is known; otherwise the live one. */
export let comingTopologyOf: (mesh: Mesh) => Topology;
/** Finds points in the cells of the restore under way, as far as these are known; otherwise in the live ones. Collective. */
export let comingPlacesIn: (mesh: Mesh) => Places;
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
export class Mesh extends ChangingMesh implements SnapshotPayload {
  /** The model that the mesh belongs to. */
  override readonly model: ModelHost;
  /** Unique among the meshes of the model. */
  override readonly name: string;
  /** Where the mesh is from: `"box"`, `"annulus"`, `"gmsh"`. */
  override readonly meshType: string;
  /** What a reader had to say of the file: quadratic cells read as straight ones, unused nodes dropped. */
  readonly notes: readonly string[];
  readonly #placement: Placement;
  readonly #division = new Division();
  readonly #registry = new VariableRegistry();
  /** What several ranks put together for the restore that comes next. */
  #coming: Topology | null = null;
  /** Finds points in the cells of that restore; made when it is asked for. Collective. */
  #comingPlaces: (() => Places) | null = null;

  static {
    geometryOf = (mesh) => mesh.#placement.geometry;
    haloOf = (mesh, indexMap) => mesh.#placement.halo(indexMap);
    placesIn = (mesh) => mesh.#placement.places;
    attachVariable = (mesh, variable, store) => {
      const { degree, continuous } = store.kind;
      // Asked for here, where all ranks are: a variable's coordinates are not collective.
      if (degree === 2 && continuous) void geometryOf(mesh).period?.places(2);
      mesh.#registry.add(variable, store);
    };
    comingTopologyOf = (mesh) => mesh.#coming ?? mesh.#topology;
    comingPlacesIn = (mesh) => mesh.#comingPlaces?.() ?? mesh.#placement.places;
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
   *   facet has more than two cells, the sides of a periodic mesh do not fit, the name is taken, or ranks give other
   *   arrays.
   * @throws {CurvedCellsError} when there are middles of edges on a periodic mesh.
   */
  constructor(model: ModelHost, data: MeshData, options: { name?: string } = {}) {
    if (typeof model?.adopt !== "function") throw new TypeError("a mesh takes a model first");
    const { comm } = model, given = options.name;
    const { geometry, meshType, notes } = buildMesh(data, comm, given ?? "no name");
    super();
    const placement = this.#placement = new Placement(geometry, comm);
    letChange(this, { placement, division: this.#division, registry: this.#registry });
    this.model = model;
    this.meshType = meshType;
    this.notes = fixValues(notes);
    this.name = model.adopt("mesh", this, "Mesh", given);
    fixFields(this, new.target, Mesh);
  }

  /** 2 for triangles, 3 for tetrahedra. */
  override get dim(): 2 | 3 {
    return this.#topology.dim;
  }

  /** How many triangles or tetrahedra there are; on one rank of several, those it has, ghosts included. */
  get cellCount(): number {
    return this.#topology.cellCount;
  }

  /** How many cells this rank owns: they come first, in all numbering, and ghosts follow. */
  override get ownedCellCount(): number {
    return this.#topology.ownedCellCount;
  }

  /** How many cells there are on all ranks, each counted once. */
  get globalCellCount(): number {
    const { rankMesh, cellCount } = this.#topology;
    return rankMesh?.cells.globalCount ?? cellCount;
  }

  /** Ids of this rank's cells in the whole mesh, `[cellCount]`: owned ones, then ghosts, each ascending. A copy. */
  get globalCellIds(): Int32Array {
    return idsOf(this.#topology.rankMesh?.cells ?? null, this.cellCount);
  }

  /** How many nodes there are; on one rank of several, those it has, ghosts included. */
  get nodeCount(): number {
    return this.#topology.nodeCount;
  }

  /** How many nodes this rank owns; they come first. */
  get ownedNodeCount(): number {
    return this.#topology.rankMesh?.nodes.owned ?? this.nodeCount;
  }

  /** Ids of this rank's nodes in the whole mesh, `[nodeCount]`: owned ones, then ghosts, each ascending. A copy. */
  get globalNodeIds(): Int32Array {
    return idsOf(this.#topology.rankMesh?.nodes ?? null, this.nodeCount);
  }

  /** Radius of the smallest inscribed circle or sphere, over all ranks: the length of a CFL condition. */
  get minRadius(): number {
    return this.#placement.minRadius;
  }

  /** Grows by one with every {@link Mesh.deform}, and with a restore that moved nodes. */
  get geometryVersion(): number {
    return this.#placement.geometryVersion;
  }

  /** Grows by one with every call that changed cells, and with a restore that did. */
  get topologyVersion(): number {
    return this.#placement.topologyVersion;
  }

  /**
   * The degree of the map from the reference cell: 1 for straight cells, 2 where cells have mid-side nodes and may
   * be curved. `coordinates` of a continuous variable of degree 2 has all these nodes.
   */
  override get geometryDegree(): 1 | 2 {
    return this.#placement.geometry.degree;
  }

  /**
   * Node positions, `[nodeCount, dim]`: a copy, made at each call, so take it once before a loop.
   * {@link Mesh.deform} moves nodes.
   */
  get coordinates(): NdArray<Float64Array> {
    return ndarray(this.#placement.geometry.coordinates.slice(), [this.nodeCount, this.dim]);
  }

  /** Node ids, `[cellCount, dim + 1]`: a copy, made at each call. */
  get cells(): NdArray<Int32Array> {
    return ndarray(this.#topology.cells.slice(), [this.cellCount, this.dim + 1]);
  }

  /** How often each cell was halved, `[cellCount]`: zeros for a mesh that was never adapted. A copy. */
  get cellLevels(): Uint8Array {
    return this.#topology.forest?.levels.slice() ?? new Uint8Array(this.cellCount);
  }

  /** Named parts of the boundary; their facets are copies, made at each call. */
  get boundaries(): ReadonlyMap<string, MeshBoundary> {
    return describeBoundaries(this.#topology);
  }

  /** Cell ids by region name, `[count]`, ascending: copies, made at each call. */
  get regions(): ReadonlyMap<string, Int32Array> {
    return copyOf(this.#topology.regions);
  }

  /**
   * The periods, `[count, dim]`: translations under which a periodic mesh repeats itself, in the order in which they
   * were given, without those that are sums of others. None for other meshes. A copy.
   */
  get periods(): NdArray<Float64Array> {
    const { lattice } = this.#placement.geometry;
    return ndarray(lattice?.periods.slice() ?? new Float64Array(0), [
      lattice?.count ?? 0,
      this.dim,
    ]);
  }

  /** The variables on this mesh by name, in order of construction. */
  get variables(): ReadonlyMap<string, MeshVariable> {
    return this.#registry.variables;
  }

  /**
   * Moves the nodes. Variables keep their values, particles their places; `geometryVersion` grows by
   * one. Cells must keep their orientation; that they do not overlap is not checked. Nodes of a periodic mesh that are
   * one place stay one translation apart, which may be another than before. Collective: every
   * rank moves its own nodes; ghosts go where their owners put them.
   *
   * Mid-side nodes of a mesh of `geometryDegree` 2 move by the mean of what the two nodes of their edge move by; or
   * give their positions too, in the order of `coordinates` of a continuous variable of degree 2.
   *
   * @param coordinates New positions of all nodes, `[nodeCount, dim]`; copied.
   * @throws {TypeError} when `coordinates` are not points.
   * @throws {RangeError} when there are not `nodeCount` of them, one is not finite, or a cell would be
   *   inverted, folded or have no volume, or the sides of a periodic mesh would not fit; nothing is changed then.
   * @throws {ModelBusyError} inside a solve, a save or a load.
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
    const placement = this.#placement;
    requireMesh("deform", this);
    this.model.requireIdle("deform");
    placement.move(movedGeometry(this.name, placement, this.model.comm, coordinates));
  }

  /**
   * Finds the cell of each point. Every point of the closed domain has exactly one, which depends on
   * the geometry and the point alone: of several that touch, the one with the lowest id. A point that misses
   * a boundary not parallel to an axis by rounding alone belongs to the nearest cell. On one rank of
   * several, -1 also means that the cell is elsewhere.
   *
   * @param points `[n, dim]`.
   * @throws {TypeError} when `points` are not points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  locate(points: Points): MeshLocation {
    const flat = readPoints(points, this.dim, "locate");
    const count = flat.length / this.dim;
    const cells = new Int32Array(count).fill(-1);
    const barycentric = new Float64Array(count * (this.dim + 1)).fill(NaN);
    this.#placement.geometry.locator.locate(flat, count, cells, barycentric);
    return { cells, barycentric: ndarray(barycentric, [count, this.dim + 1]) };
  }

  /**
   * Forgets a variable: snapshots from now on are without it. The object keeps its values.
   *
   * @throws {RangeError} when it does not live on this mesh, or a solver or a history made it for itself.
   */
  removeVariable(variable: MeshVariable): void {
    this.#registry.require(variable, this.name);
    this.model.requireUnowned(variable);
    this.#registry.remove(variable);
  }

  /** Remembers which variables there are; the result makes it so again. For transactions. */
  markVariables(): () => void {
    return this.#registry.mark();
  }

  /** Writes topology, coordinates and variables; see {@link SnapshotPayload}. */
  capture(sink: CaptureSink): void {
    captureMesh(this.#parts, sink);
  }

  /** Writes this rank's share of what another number of ranks has captured; see {@link SnapshotPayload}. */
  redistribute(parts: CapturedParts, key: string, sink: CaptureSink): void {
    const { comm } = parts, topology = comingTopologyOf(this), live = this.#placement;
    const captured = redistributeMesh(this.name, topology, parts, key, sink);
    let places: Places | null = null;
    this.#comingPlaces = () => places ??= placesAt(this.name, live, topology, captured, comm);
  }

  /** Whether another number of ranks captured the cells that are live; see {@link SnapshotPayload}. */
  isDividedAnew(parts: CapturedParts, key: string): boolean {
    this.#coming = null;
    return isTopologyInParts(this.#topology, parts, key);
  }

  /** Whether a snapshot of this rank is of cells that are not known here; see {@link SnapshotPayload}. */
  needsWhole(source: CaptureSource): boolean {
    return !this.#placement.known.has(this.#topology, source);
  }

  /** Learns which cells all ranks captured; see {@link SnapshotPayload}. */
  takeWhole(
    whole: CaptureSource | null,
    parts: readonly Pick<CheckpointBackend, "get">[],
    key: string,
  ): void {
    const { name, model: { comm } } = this;
    this.#coming = topologyOfWhole(name, this.#topology, { whole, parts, key }, comm);
  }

  /** Checks a snapshot against this mesh; returns what puts it back. See {@link SnapshotPayload}. */
  plan(source: CaptureSource): () => void {
    const write = planMesh(this.#parts, source, this.#coming);
    this.#coming = null;
    this.#comingPlaces = null;
    return write ?? (() => {});
  }

  static {
    printAs(this, function () {
      const { name, meshType, nodeCount, cellCount, dim } = this;
      const cells = `${cellCount} ${dim === 2 ? "triangles" : "tetrahedra"}`;
      const variables = [...this.variables.keys()].join(", ") || "no variables";
      return `Mesh(${name}, ${meshType}, ${nodeCount} nodes, ${cells}: ${variables})`;
    });
    displayAs(this);
  }

  get #topology(): Topology {
    return this.#placement.geometry.topology;
  }

  get #parts(): MeshParts {
    const { name, meshType } = this;
    const placement = this.#placement, division = this.#division, registry = this.#registry;
    return { name, meshType, placement, division, registry };
  }
}

function idsOf(indexMap: IndexMap | null, count: number): Int32Array {
  return indexMap?.ids.slice() ?? Int32Array.from({ length: count }, (_, i) => i);
}

function copyOf(lists: ReadonlyMap<string, Int32Array>): Map<string, Int32Array> {
  return new Map([...lists].map(([name, ids]) => [name, ids.slice()]));
}
