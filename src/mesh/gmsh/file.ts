/**
 * The frame of a Gmsh file: its header, the names of groups, and which section is read by what.
 *
 * @module
 */
import {
  readElements1,
  readElements2,
  readNodes2,
  readParametricNodes2,
  readTotal,
} from "./msh2.ts";
import { readElements40, readEntities40, readNodes40, readPartitionedEntities40 } from "./msh40.ts";
import {
  noEntities,
  readElements4,
  readEntities,
  readNodes4,
  readPartitionedEntities,
} from "./msh4.ts";
import { readPeriodic2, readPeriodic41 } from "./periodic.ts";
import { RawMesh } from "./raw_mesh.ts";
import { Scanner } from "./scanner.ts";

/** What reads each section; the others are skipped. */
type SectionReaders = Readonly<Record<string, () => void>>;

/** Sections by what they hold, under the names that versions give them. */
const nodeSections = ["Nodes", "ParametricNodes", "NOD"], elementSections = ["Elements", "ELM"];

/**
 * Reads all sections that a mesh needs.
 *
 * @throws {MeshFormatError} when the bytes are not a whole Gmsh file of version 1, 2 to 2.2, 4.0 or 4.1.
 */
export function readSections(bytes: Uint8Array, path: string): RawMesh {
  const scanner = new Scanner(bytes, path);
  if (bytes.length === 0) scanner.fail("the file is empty");
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    scanner.fail("the file is compressed by gzip; unpack it first (gunzip)");
  }
  const raw = new RawMesh();
  let readers: SectionReaders | null = null;
  const seen = new Set<string>();
  for (;;) {
    const name = scanner.nextSection();
    if (name === null) break;
    if (name === "MeshFormat") {
      if (readers) scanner.fail("there is a second header");
      readers = readHeader(scanner, raw);
      scanner.endSection();
      continue;
    }
    // Files of version 1 have no header, and begin with their nodes, or with names.
    if (!readers && (name === "NOD" || name === "PhysicalNames")) {
      readers = readersOf1(scanner, raw);
    }
    if (!readers && name !== "Comments") {
      scanner.fail(`a Gmsh file begins with $MeshFormat, this one with $${name}`);
    }
    if (readers && Object.hasOwn(readers, name)) {
      const kind = kindOf(name);
      if (seen.has(kind)) scanner.fail(`there is a second $${name}`);
      if (kind === "elements" && !raw.nodes) scanner.fail(`$${name} comes before $Nodes`);
      seen.add(kind);
      readers[name]();
      scanner.endSection();
    } else {
      if (name === "Periodic") raw.periodic = true;
      scanner.skipSection();
    }
  }
  if (!seen.has("nodes")) scanner.fail("the file ends without $Nodes");
  if (!seen.has("elements")) scanner.fail("the file ends without $Elements");
  raw.nameDimensions();
  return raw;
}

function kindOf(section: string): string {
  if (nodeSections.includes(section)) return "nodes";
  return elementSections.includes(section) ? "elements" : section;
}

/** `$MeshFormat`: version, text or bytes, and the size of a number. */
function readHeader(scanner: Scanner, raw: RawMesh): SectionReaders {
  const word = scanner.word();
  // Some programs write 2.200000.
  const version = /^\d{1,3}(\.\d{1,8})?$/.test(word) ? Number(word) : NaN;
  const fourth = version === 4 || version === 4.1;
  if (!fourth && !(version >= 2 && version <= 2.2)) refuseVersion(scanner, word);
  const kind = scanner.int();
  const bytes = scanner.int();
  if (kind !== 0 && kind !== 1) scanner.fail(`a file has type 0 or 1, found ${kind}`);
  if (bytes !== 8 && !(bytes === 4 && fourth)) {
    scanner.fail(`numbers of ${bytes} bytes are unknown`);
  }
  scanner.line();
  if (kind === 1) readByteOrder(scanner);
  scanner.sizeBytes = bytes;
  const readers = !fourth
    ? readersOf2(scanner, raw)
    : version === 4
    ? readersOf40(scanner, raw)
    : readersOf41(scanner, raw);
  return { ...namesReader(scanner, raw), ...readers };
}

function namesReader(scanner: Scanner, raw: RawMesh): SectionReaders {
  return { PhysicalNames: () => readNames(scanner, raw) };
}

function readersOf1(scanner: Scanner, raw: RawMesh): SectionReaders {
  return {
    ...namesReader(scanner, raw),
    NOD: () => readNodes2(scanner, raw),
    ELM: () => readElements1(scanner, raw),
  };
}

function readersOf2(scanner: Scanner, raw: RawMesh): SectionReaders {
  return {
    Nodes: () => readNodes2(scanner, raw),
    ParametricNodes: () => readParametricNodes2(scanner, raw),
    Elements: () => readElements2(scanner, raw),
    Periodic: () => readPeriodic2(scanner, raw),
  };
}

function readersOf40(scanner: Scanner, raw: RawMesh): SectionReaders {
  const groups = noEntities();
  return {
    Entities: () => readEntities40(scanner, raw, groups),
    PartitionedEntities: () => readPartitionedEntities40(scanner, raw, groups),
    Nodes: () => readNodes40(scanner, raw),
    Elements: () => readElements40(scanner, raw, groups),
  };
}

function readersOf41(scanner: Scanner, raw: RawMesh): SectionReaders {
  const groups = noEntities();
  return {
    Entities: () => readEntities(scanner, raw, groups),
    PartitionedEntities: () => readPartitionedEntities(scanner, raw, groups),
    Nodes: () => readNodes4(scanner, raw),
    Elements: () => readElements4(scanner, raw, groups),
    Periodic: () => readPeriodic41(scanner, raw),
  };
}

function refuseVersion(scanner: Scanner, version: string): never {
  scanner.fail(
    `the file has MSH version ${quote(version)}; versions 1, 2 to 2.2, 4.0 and 4.1 can be read ` +
      `(gmsh -format msh41 writes the last)`,
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

/** `$PhysicalNames`, text in all files: dimension (not in MSH 2.0), tag, a name in quotes, perhaps more words. */
function readNames(scanner: Scanner, raw: RawMesh): void {
  const count = readTotal(scanner);
  for (let i = 0; i < count; i++) {
    const line = scanner.textLine();
    const parts = /^(?:([0-3])\s+)?(-?\d{1,10})\s+"(.*)"(?:\s.*)?$/.exec(line);
    if (!parts) {
      scanner.fail(`expected a dimension, a tag and a name in quotes, found ${quote(line)}`);
    }
    const dim = parts[1] === undefined ? null : Number(parts[1]);
    raw.names.push({ dim, tag: Math.abs(Number(parts[2])), name: parts[3] });
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
