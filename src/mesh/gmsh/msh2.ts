/**
 * The sections of MSH 2.2, in which every element carries its own tags, the first of them physical; and the elements
 * of MSH 1, whose nodes are written as those of MSH 2.
 *
 * @module
 */
import { type ElementType, simplexOf, typeName } from "./element_types.ts";
import { NodeTable, type RawMesh } from "./raw_mesh.ts";
import type { Scanner } from "./scanner.ts";

/** `$Nodes`: a tag and a position each. */
export function readNodes2(scanner: Scanner, raw: RawMesh): void {
  const total = scanner.count("nodes", 8, 28, readTotal(scanner));
  const table = new NodeTable(total);
  for (let i = 0; i < total; i++) {
    table.tags[i] = scanner.int();
    table.coordinates[3 * i] = scanner.float();
    table.coordinates[3 * i + 1] = scanner.float();
    table.coordinates[3 * i + 2] = scanner.float();
  }
  table.count = total;
  table.index(scanner);
  raw.nodes = table;
}

/** `$ParametricNodes`: the same, with the entity that a node is on and its parameters there. */
export function readParametricNodes2(scanner: Scanner, raw: RawMesh): void {
  const total = scanner.count("nodes", 8, 36, readTotal(scanner));
  const table = new NodeTable(total);
  for (let i = 0; i < total; i++) {
    table.tags[i] = scanner.int();
    for (let d = 0; d < 3; d++) table.coordinates[3 * i + d] = scanner.float();
    const dim = scanner.int();
    scanner.int();
    // Nodes at corners have no parameter, nor have those inside a volume.
    if (dim === 1 || dim === 2) scanner.skipFloats(dim);
  }
  table.count = total;
  table.index(scanner);
  raw.nodes = table;
}

/** `$Elements`: as text one by one; as bytes in blocks of one type and number of tags. */
export function readElements2(scanner: Scanner, raw: RawMesh): void {
  const total = scanner.count("elements", 6, 8, readTotal(scanner));
  const readTag = () => scanner.int();
  let found = 0;
  while (found < total) {
    let tag = 0, block = 1;
    if (!scanner.binary) tag = scanner.int();
    const type = readType(scanner);
    if (scanner.binary) block = scanner.int();
    const tagCount = scanner.count("tags", 2, 4, scanner.int());
    if (scanner.binary) {
      scanner.count("elements", 0, 4 * (1 + tagCount + type.nodeCount), block);
      if (block < 1) scanner.fail("a block of elements is empty");
    }
    found += block;
    if (found > total) scanner.fail(`there are more than the ${total} elements announced`);
    for (let i = 0; i < block; i++) {
      if (scanner.binary) tag = scanner.int();
      const set = tagCount > 0 ? raw.groupSet1(scanner.int()) : 0;
      if (tagCount > 1) scanner.skipInts(tagCount - 1);
      raw.readElement(scanner, type, tag, set, block - i, readTag);
    }
  }
}

/** Even in binary files these totals are text; more words may follow, as Gmsh allows. */
export function readTotal(scanner: Scanner): number {
  const [text] = scanner.textLine().split(/\s/, 1);
  const total = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(total)) {
    scanner.fail(`expected how many there are, found ${JSON.stringify(text.slice(0, 40))}`);
  }
  return total;
}

/** The type of an element that stands by itself. */
export function readType(scanner: Scanner): ElementType {
  const number = scanner.int();
  const type = simplexOf(number);
  if (type) return type;
  scanner.fail(`the file has ${typeName(number)}; only triangles and tetrahedra can be read`);
}

/** `$ELM`: a tag, a type, the physical and the elementary region, and how many nodes follow. */
export function readElements1(scanner: Scanner, raw: RawMesh): void {
  const total = scanner.count("elements", 8, 24, readTotal(scanner));
  const readTag = () => scanner.int();
  for (let i = 0; i < total; i++) {
    const tag = scanner.int();
    const type = readType(scanner);
    const set = raw.groupSet1(scanner.int());
    scanner.int();
    const count = scanner.int();
    if (count !== type.nodeCount) {
      scanner.fail(`element ${tag} should have ${type.nodeCount} nodes, found ${count}`);
    }
    raw.readElement(scanner, type, tag, set, total - i, readTag);
  }
}
