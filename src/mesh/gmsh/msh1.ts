/**
 * The elements of MSH 1, which is text; its nodes are written as those of MSH 2.
 *
 * @module
 */
import { readTotal, readType } from "./msh2.ts";
import type { RawMesh } from "./raw_mesh.ts";
import type { Scanner } from "./scanner.ts";

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
