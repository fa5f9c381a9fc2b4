/**
 * How a mesh stands in a snapshot: the one place that spells the keys of its entries and the names of their
 * attributes. Whoever writes or reads them (the mesh itself, files, views, exports) asks here.
 *
 * @module
 */
import {
  childKey,
  type SnapshotAttributes,
  type SnapshotEntry,
  type SnapshotScalar,
} from "../snapshot/contract.ts";

/** The key below which all meshes of a model stand. */
export const meshSection = "meshes";

/** Paths below the key of a mesh. */
export const meshPaths = {
  /** Coordinates of the nodes, `[nodeCount x dim]`. */
  coordinates: "coordinates",
  /** Only for cells of degree 2: their mid-side nodes, `[edges x dim]`. */
  middles: "middles",
  /** A group for what follows. */
  topology: "topology",
  /** Nodes of the cells, `[cellCount x (dim + 1)]`. */
  cells: "topology/cells",
  /** Only for a mesh that was adapted: the labels of its cells, `[cellCount]`, and how often each was halved. */
  labels: "topology/labels",
  levels: "topology/levels",
  /** A list of boundaries, each the nodes of its facets, `[facets x dim]`. */
  boundaries: "topology/boundaries",
  /** A list of regions, each the ids of its cells. */
  regions: "topology/regions",
  /** Only for a periodic mesh: a list of directions, each the pairs of nodes that are one place, `[pairs x 2]`. */
  twins: "topology/twins",
  /** A list of variables. */
  variables: "variables",
  /** On several ranks: which part of the mesh a rank has. */
  partition: "partition",
  /** Global ids of a rank's cells. */
  cellIds: "partition/cell_ids",
  /** Global ids of a rank's nodes. */
  nodeIds: "partition/node_ids",
  /** Global ids of a rank's edges; only where there are mid-side nodes. */
  edgeIds: "partition/edge_ids",
  /** On several ranks, only for a mesh that was adapted: a fingerprint of the whole topology, `[2]`. */
  whole: "partition/whole",
  /** On several ranks, only where cells were divided by numbers: what they cost, `[cellCount]`. */
  weights: "partition/weights",
  /** A list of boundaries, each the rows that a rank has of it. */
  boundaryRows: "partition/boundary_rows",
} as const;

/** Counters that inform and decide nothing: a restored mesh has newer ones. */
export const meshCounters: readonly string[] = ["geometry_version", "topology_version"];

/** The key of a mesh. */
export function meshKey(mesh: string): string {
  return childKey(meshSection, mesh);
}

/** Where a variable stands below the key of its mesh. */
export function meshVariablePath(variable: string): string {
  return childKey(meshPaths.variables, variable);
}

/** Where the global ids of degrees of freedom of one kind stand below the key of a mesh. */
export function dofIdsPath(degree: number, continuous: boolean): string {
  return `${meshPaths.partition}/dof_ids_p${degree}${continuous ? "" : "_discontinuous"}`;
}

/** True for a path below {@link meshPaths.partition}, which only ranks have. */
export function isPartitionPath(path: string): boolean {
  return path === meshPaths.partition || path.startsWith(`${meshPaths.partition}/`);
}

/** What a mesh says of itself. */
export interface StoredMesh {
  readonly dim: 2 | 3;
  readonly meshType: string;
  readonly geometryVersion: number;
  readonly topologyVersion: number;
}

/** The attributes of a mesh. */
export function meshAttributes(mesh: StoredMesh): SnapshotAttributes {
  return {
    dim: mesh.dim,
    mesh_type: mesh.meshType,
    geometry_version: mesh.geometryVersion,
    topology_version: mesh.topologyVersion,
  };
}

/** What the attributes of a mesh say; undefined where they do not. */
export function storedMesh(
  attributes: SnapshotAttributes | undefined,
): { readonly dim: SnapshotScalar | undefined; readonly meshType: SnapshotScalar | undefined } {
  return { dim: attributes?.["dim"], meshType: attributes?.["mesh_type"] };
}

/** What cells and particles cost where cells are divided among ranks. */
export interface StoredCosts {
  /** Of each cell. */
  readonly cells: number;
  /** Of each particle. */
  readonly perParticle: number;
  /** The names of the swarms whose particles count; null for all of them. */
  readonly particles: readonly string[] | null;
}

/** The attributes of a mesh whose cells were divided by costs. */
export function costAttributes({ cells, perParticle, particles }: StoredCosts): SnapshotAttributes {
  const costs = { costs_cell: cells, costs_particle: perParticle };
  return particles === null ? costs : { ...costs, costs_swarms_json: JSON.stringify(particles) };
}

/** What the attributes of a mesh say of costs; null where they do not. */
export function storedCosts(attributes: SnapshotAttributes | undefined): StoredCosts | null {
  const cells = attributes?.["costs_cell"], names = attributes?.["costs_swarms_json"];
  if (cells === undefined) return null;
  const particles = names === undefined ? null : JSON.parse(String(names));
  return { cells: Number(cells), perParticle: Number(attributes?.["costs_particle"]), particles };
}

/** Which part of a mesh a rank has. */
export interface StoredPartition {
  readonly rank: number;
  readonly ranks: number;
  readonly ownedCells: number;
  readonly ownedNodes: number;
  readonly globalCells: number;
  readonly globalNodes: number;
}

/** The attributes of a partition. */
export function partitionAttributes(partition: StoredPartition): SnapshotAttributes {
  return {
    rank: partition.rank,
    ranks: partition.ranks,
    owned_cells: partition.ownedCells,
    owned_nodes: partition.ownedNodes,
    global_cells: partition.globalCells,
    global_nodes: partition.globalNodes,
  };
}

/** What the entry of a partition says; one rank of one has none. */
export function storedPartition(entry: SnapshotEntry | undefined): StoredPartition {
  const { rank = 0, ranks = 1, ...rest } = entry?.attributes ?? {};
  return {
    rank: Number(rank),
    ranks: Number(ranks),
    ownedCells: Number(rest["owned_cells"]),
    ownedNodes: Number(rest["owned_nodes"]),
    globalCells: Number(rest["global_cells"]),
    globalNodes: Number(rest["global_nodes"]),
  };
}

/** What kind of variable it is; the same in a snapshot and live, or restore refuses. */
export interface StoredField {
  readonly degree: number;
  readonly continuous: boolean;
  readonly components: number;
  /** What it keeps where cells are put together; `"conserve"` is not written. */
  readonly transfer: string;
}

/** The attributes of a variable; one that is not allocated has no numbers and says so. */
export function fieldAttributes(
  { degree, continuous, components, transfer }: StoredField,
  allocated: boolean,
): SnapshotAttributes {
  const kept = transfer !== "conserve" && { transfer };
  return { degree, continuous, components, ...kept, ...(!allocated && { allocated }) };
}

/** What the attributes of a variable say. */
export function storedField({ attributes }: SnapshotEntry): StoredField {
  const { degree, continuous, components, transfer } = attributes;
  return {
    degree: Number(degree),
    continuous: continuous === true,
    components: Number(components ?? 1),
    transfer: String(transfer ?? "conserve"),
  };
}

/** True for a variable that was captured before its numbers were first asked for. */
export function isUnallocated({ attributes }: SnapshotEntry): boolean {
  return attributes["allocated"] === false;
}
