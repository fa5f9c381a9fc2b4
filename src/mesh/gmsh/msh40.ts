/**
 * The sections of MSH 4.0: as in MSH 4.1, but for the order of numbers and for the sizes of tags.
 *
 * @module
 */
import { readBlockType } from "./element_types.ts";
import type { EntityGroups } from "./msh4.ts";
import { NodeTable, type RawMesh } from "./raw_mesh.ts";
import type { Scanner } from "./scanner.ts";

const names = ["points", "curves", "surfaces", "volumes"];

/** `$Entities`: which physical tags every point, curve, surface and volume has; points have boxes, too. */
export function readEntities40(scanner: Scanner, raw: RawMesh, groups: EntityGroups): void {
  const counts = names.map((name) => scanner.count(name, 14, 52 + scanner.sizeBytes));
  for (let dim = 0; dim < 4; dim++) {
    for (let i = 0; i < counts[dim]; i++) {
      const tag = scanner.int();
      scanner.skipFloats(6);
      groups[dim].set(tag, raw.groupSet(readPhysicalTags(scanner)));
      if (dim > 0) scanner.skipInts(scanner.count("bounding entities", 2, 4));
    }
  }
}

/** `$PartitionedEntities`: the pieces of entities; a piece repeats the tags of its whole. */
export function readPartitionedEntities40(
  scanner: Scanner,
  raw: RawMesh,
  groups: EntityGroups,
): void {
  scanner.size();
  scanner.skipInts(2 * scanner.count("ghost entities", 4, 8));
  const counts = names.map((name) => scanner.count(name, 20, 64 + 2 * scanner.sizeBytes));
  for (let dim = 0; dim < 4; dim++) {
    for (let i = 0; i < counts[dim]; i++) {
      const tag = scanner.int();
      const parentDim = scanner.int();
      scanner.int();
      scanner.skipInts(scanner.count("partitions", 2, 4));
      scanner.skipFloats(6);
      const tags = readPhysicalTags(scanner);
      groups[dim].set(tag, raw.groupSet(parentDim === dim ? tags : []));
      if (dim > 0) scanner.skipInts(scanner.count("bounding entities", 2, 4));
    }
  }
}

function readPhysicalTags(scanner: Scanner): number[] {
  const count = scanner.count("physical tags", 2, 4);
  return Array.from({ length: count }, () => scanner.int());
}

/** `$Nodes`: blocks in which each tag stands before its position. */
export function readNodes40(scanner: Scanner, raw: RawMesh): void {
  const blocks = scanner.count("blocks of nodes", 8, 12 + scanner.sizeBytes);
  const total = scanner.count("nodes", 8, 28);
  const table = new NodeTable(total);
  for (let b = 0; b < blocks; b++) {
    scanner.int();
    const dim = scanner.int();
    if (dim < 0 || dim > 3) scanner.fail(`an entity has dimension 0 to 3, found ${dim}`);
    const parametric = scanner.int();
    const count = scanner.count("nodes", 8, 28);
    if (table.count + count > total) {
      scanner.fail(`there are more than the ${total} nodes announced`);
    }
    for (let i = 0; i < count; i++) {
      const at = table.count++;
      table.tags[at] = scanner.int();
      for (let d = 0; d < 3; d++) table.coordinates[3 * at + d] = scanner.float();
      if (parametric !== 0) scanner.skipFloats(dim);
    }
  }
  if (table.count < total) {
    scanner.fail(`there are ${table.count} nodes where ${total} are announced`);
  }
  table.index(scanner);
  raw.nodes = table;
}

/** `$Elements`: blocks of one type on one entity. */
export function readElements40(scanner: Scanner, raw: RawMesh, groups: EntityGroups): void {
  const blocks = scanner.count("blocks of elements", 8, 12 + scanner.sizeBytes);
  const total = scanner.count("elements", 4, 8);
  const readTag = () => scanner.int();
  let found = 0;
  for (let b = 0; b < blocks; b++) {
    const entity = scanner.int();
    const dim = scanner.int();
    const type = readBlockType(scanner, dim);
    const count = scanner.count("elements", 2 + 2 * type.nodeCount, 4 * (1 + type.nodeCount));
    found += count;
    if (found > total) scanner.fail(`there are more than the ${total} elements announced`);
    const set = groups[dim].get(entity) ?? 0;
    for (let i = 0; i < count; i++) {
      raw.readElement(scanner, type, scanner.int(), set, count - i, readTag);
    }
  }
  if (found < total) scanner.fail(`there are ${found} elements where ${total} are announced`);
}
