/**
 * The sections of MSH 4.1: elements come in blocks by entity, and entities carry physical tags.
 *
 * @module
 */
import { readBlockType } from "./element_types.ts";
import { NodeTable, type RawMesh } from "./raw_mesh.ts";
import type { Scanner } from "./scanner.ts";

/** Group sets by entity: one map for each dimension. */
export type EntityGroups = readonly Map<number, number>[];

/** No entities yet. */
export function noEntities(): EntityGroups {
  return [new Map(), new Map(), new Map(), new Map()];
}

/** `$Entities`: which physical tags every point, curve, surface and volume has. */
export function readEntities(scanner: Scanner, raw: RawMesh, groups: EntityGroups): void {
  const counts = [0, 1, 2, 3].map((dim) => scanner.count(entityNames[dim], 4, dim === 0 ? 28 : 52));
  for (let dim = 0; dim < 4; dim++) {
    for (let i = 0; i < counts[dim]; i++) {
      const tag = scanner.int();
      scanner.skipFloats(dim === 0 ? 3 : 6);
      groups[dim].set(tag, raw.groupSet(readPhysicalTags(scanner)));
      if (dim > 0) scanner.skipInts(scanner.count("bounding entities", 2, 4));
    }
  }
}

const entityNames = ["points", "curves", "surfaces", "volumes"];

/** `$PartitionedEntities`: the pieces of entities; a piece repeats the tags of its whole. */
export function readPartitionedEntities(
  scanner: Scanner,
  raw: RawMesh,
  groups: EntityGroups,
): void {
  scanner.size();
  scanner.skipInts(2 * scanner.count("ghost entities", 4, 8));
  const counts = [0, 1, 2, 3].map((dim) => scanner.count(entityNames[dim], 8, dim === 0 ? 44 : 68));
  for (let dim = 0; dim < 4; dim++) {
    for (let i = 0; i < counts[dim]; i++) {
      const tag = scanner.int();
      const parentDim = scanner.int();
      scanner.int();
      scanner.skipInts(scanner.count("partitions", 2, 4));
      scanner.skipFloats(dim === 0 ? 3 : 6);
      const tags = readPhysicalTags(scanner);
      // The new faces between partitions name the groups of the volume that they cut.
      const own = parentDim === dim ? tags : [];
      groups[dim].set(tag, raw.groupSet(own));
      if (dim > 0) scanner.skipInts(scanner.count("bounding entities", 2, 4));
    }
  }
}

function readPhysicalTags(scanner: Scanner): number[] {
  const count = scanner.count("physical tags", 2, 4);
  return Array.from({ length: count }, () => scanner.int());
}

/** `$Nodes`: blocks of tags, each followed by as many positions. */
export function readNodes4(scanner: Scanner, raw: RawMesh): void {
  const blocks = scanner.count("blocks of nodes", 8, 12 + scanner.sizeBytes);
  const total = scanner.count("nodes", 8, 24 + scanner.sizeBytes);
  scanner.skipSizes(2);
  const table = new NodeTable(total);
  for (let b = 0; b < blocks; b++) {
    const dim = readDim(scanner), tag = scanner.int();
    const parametric = scanner.int();
    const count = scanner.count("nodes", 8, 24 + scanner.sizeBytes);
    if (table.count + count > total) {
      scanner.fail(`there are more than the ${total} nodes announced`);
    }
    raw.nodeBlocks.push({ dim, tag, first: table.count, count });
    for (let i = 0; i < count; i++) table.tags[table.count + i] = scanner.size();
    const extra = parametric ? dim : 0;
    for (let i = 3 * table.count; i < 3 * (table.count + count); i += 3) {
      table.coordinates[i] = scanner.float();
      table.coordinates[i + 1] = scanner.float();
      table.coordinates[i + 2] = scanner.float();
      if (extra > 0) scanner.skipFloats(extra);
    }
    table.count += count;
  }
  if (table.count < total) {
    scanner.fail(`there are ${table.count} nodes where ${total} are announced`);
  }
  table.index(scanner);
  raw.nodes = table;
}

/** `$Elements`: blocks of one type on one entity. */
export function readElements4(scanner: Scanner, raw: RawMesh, groups: EntityGroups): void {
  const blocks = scanner.count("blocks of elements", 8, 12 + scanner.sizeBytes);
  const total = scanner.count("elements", 4, 2 * scanner.sizeBytes);
  scanner.skipSizes(2);
  const readTag = () => scanner.size();
  let found = 0;
  for (let b = 0; b < blocks; b++) {
    const dim = readDim(scanner);
    const entity = scanner.int();
    const type = readBlockType(scanner, dim);
    const { nodeCount } = type;
    const count = scanner.count(
      "elements",
      2 + 2 * nodeCount,
      (1 + nodeCount) * scanner.sizeBytes,
    );
    found += count;
    if (found > total) scanner.fail(`there are more than the ${total} elements announced`);
    const set = groups[dim].get(entity) ?? 0;
    for (let i = 0; i < count; i++) {
      raw.readElement(scanner, type, scanner.size(), set, count - i, readTag);
    }
  }
  if (found < total) scanner.fail(`there are ${found} elements where ${total} are announced`);
}

function readDim(scanner: Scanner): number {
  const dim = scanner.int();
  if (dim < 0 || dim > 3) scanner.fail(`an entity has dimension 0 to 3, found ${dim}`);
  return dim;
}
