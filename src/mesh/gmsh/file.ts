/**
 * The frame of a Gmsh file: its header, the names of groups, and which section is read by what.
 *
 * @module
 */
import { readElements2, readNodes2 } from "./msh2.ts";
import {
  noEntities,
  readElements4,
  readEntities,
  readNodes4,
  readPartitionedEntities,
} from "./msh4.ts";
import { RawMesh } from "./raw_mesh.ts";
import { Scanner } from "./scanner.ts";

/** What reads each section; the others are skipped. */
type SectionReaders = Readonly<Record<string, () => void>>;

/**
 * Reads all sections that a mesh needs.
 *
 * @throws {MeshFormatError} when the bytes are not a whole Gmsh file of version 4.1 or 2.2.
 */
export function readSections(bytes: Uint8Array, path: string): RawMesh {
  const scanner = new Scanner(bytes, path);
  if (bytes.length === 0) scanner.fail("the file is empty");
  const raw = new RawMesh();
  let readers: SectionReaders | null = null;
  const seen = new Set<string>();
  for (;;) {
    const name = scanner.nextSection();
    if (name === null) break;
    if (name === "MeshFormat") {
      if (readers) scanner.fail("there is a second header");
      readers = readHeader(scanner, raw);
    } else if (readers && Object.hasOwn(readers, name)) {
      if (seen.has(name)) scanner.fail(`there is a second $${name}`);
      if (name === "Elements" && !raw.nodes) scanner.fail("$Elements comes before $Nodes");
      seen.add(name);
      readers[name]();
    } else if (name === "NOD") {
      refuseVersion(scanner, "1");
    } else if (!readers && name !== "Comments") {
      scanner.fail(`a Gmsh file begins with $MeshFormat, this one with $${name}`);
    } else {
      scanner.skipSection();
      continue;
    }
    scanner.endSection();
  }
  for (const name of ["Nodes", "Elements"]) {
    if (!seen.has(name)) scanner.fail(`the file ends without $${name}`);
  }
  return raw;
}

/** `$MeshFormat`: version, text or bytes, and the size of a number. */
function readHeader(scanner: Scanner, raw: RawMesh): SectionReaders {
  const version = scanner.word();
  const fourth = version === "4.1";
  if (!fourth && !/^2(\.[0-2])?$/.test(version)) {
    refuseVersion(scanner, version);
  }
  const kind = scanner.int();
  const bytes = scanner.int();
  if (kind !== 0 && kind !== 1) scanner.fail(`a file has type 0 or 1, found ${kind}`);
  if (bytes !== 8 && !(bytes === 4 && fourth)) {
    scanner.fail(`numbers of ${bytes} bytes are unknown`);
  }
  scanner.line();
  if (kind === 1) readByteOrder(scanner);
  scanner.sizeBytes = bytes;
  const names = () => readNames(scanner, raw);
  if (!fourth) {
    return {
      PhysicalNames: names,
      Nodes: () => readNodes2(scanner, raw),
      Elements: () => readElements2(scanner, raw),
    };
  }
  const groups = noEntities();
  return {
    PhysicalNames: names,
    Entities: () => readEntities(scanner, raw, groups),
    PartitionedEntities: () => readPartitionedEntities(scanner, raw, groups),
    Nodes: () => readNodes4(scanner, raw),
    Elements: () => readElements4(scanner, raw, groups),
  };
}

function refuseVersion(scanner: Scanner, version: string): never {
  scanner.fail(
    `the file has MSH version ${quote(version)}; versions 4.1 and 2.2 can be read ` +
      `(gmsh -format msh41 writes the first)`,
  );
}

/** A binary file has the number 1 behind its header. */
function readByteOrder(scanner: Scanner): void {
  scanner.binary = true;
  const one = scanner.int();
  if (one === 1) return;
  if (one !== 1 << 24) scanner.fail(`the mark of byte order has to be 1, found ${one}`);
  scanner.littleEndian = false;
}

/** `$PhysicalNames`, text in all files: dimension, tag, and a name in quotes. */
function readNames(scanner: Scanner, raw: RawMesh): void {
  const count = scanner.textLine();
  if (!/^\d+$/.test(count)) {
    scanner.fail(`expected how many names there are, found ${quote(count)}`);
  }
  for (let i = 0; i < Number(count); i++) {
    const line = scanner.textLine();
    const parts = /^([0-3])\s+(-?\d{1,10})\s+"(.*)"$/.exec(line);
    if (!parts) {
      scanner.fail(`expected a dimension, a tag and a name in quotes, found ${quote(line)}`);
    }
    raw.names.push({ dim: Number(parts[1]), tag: Math.abs(Number(parts[2])), name: parts[3] });
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
