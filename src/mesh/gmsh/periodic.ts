/**
 * Which nodes of a Gmsh file are images of others: `$Periodic`, where the images are translations.
 *
 * @module
 */
import { MeshFormatError } from "../../errors.ts";
import { findNeighbours } from "../neighbours.ts";
import { localFacets } from "../simplex.ts";
import type { Twins } from "../twins.ts";
import type { Cells } from "./cells.ts";
import type { RawMesh } from "./raw_mesh.ts";
import type { Scanner } from "./scanner.ts";
import { readTotal } from "./msh2.ts";

/** One entity whose nodes are images of those of another one. */
export interface PeriodicLink {
  readonly dim: number;
  readonly tag: number;
  readonly master: number;
  /** The map from the other entity, a matrix of 4 x 4 row by row; empty where the file does not say. */
  readonly affine: readonly number[];
  /** Tags of nodes, each followed by that of which it is the image. */
  readonly nodes: Float64Array;
}

/** `$Periodic` of MSH 4.1. */
export function readPeriodic41(scanner: Scanner, raw: RawMesh): void {
  const links = scanner.count("periodic links", 8, 12 + 2 * scanner.sizeBytes);
  for (let i = 0; i < links; i++) {
    const dim = scanner.int(), tag = scanner.int(), master = scanner.int();
    const affine = Array.from(
      { length: scanner.count("numbers of a transformation", 2, 8) },
      () => scanner.float(),
    );
    const count = scanner.count("periodic nodes", 4, 2 * scanner.sizeBytes);
    const nodes = Float64Array.from({ length: 2 * count }, () => scanner.size());
    raw.links.push({ dim, tag, master, affine, nodes });
  }
}

/** `$Periodic` of MSH 2, text in all files. */
export function readPeriodic2(scanner: Scanner, raw: RawMesh): void {
  const links = readTotal(scanner);
  const numbers = (line: string, count: number): number[] => {
    const found = line.trim().split(/\s+/).map(Number);
    if (found.length === count && found.every(Number.isFinite)) return found;
    scanner.fail(`expected ${count} numbers about periodic nodes, found "${line.slice(0, 40)}"`);
  };
  for (let i = 0; i < links; i++) {
    const [dim, tag, master] = numbers(scanner.textLine(), 3);
    let line = scanner.textLine(), affine: number[] = [];
    if (line.startsWith("Affine")) {
      affine = numbers(line.slice("Affine".length), 16);
      line = scanner.textLine();
    }
    const [count] = numbers(line, 1);
    if (!(Number.isInteger(count) && count >= 0)) {
      scanner.fail(`expected how many periodic nodes there are, found "${line.slice(0, 40)}"`);
    }
    const nodes: number[] = [];
    for (let n = 0; n < count; n++) nodes.push(...numbers(scanner.textLine(), 2));
    raw.links.push({ dim, tag, master, affine, nodes: Float64Array.from(nodes) });
  }
}

/** Shares of the size of the mesh: nodes this near to a translated one are its image. */
const tolerance = 1e-8;

/** Links of one translation. */
interface Direction {
  readonly name: string;
  readonly way: Float64Array;
  /** The node at the low end, and that at the high end. */
  readonly pairs: Map<number, number>;
}

/** What a file says about images of nodes, and what cannot be used of it. */
export interface Periodicity {
  readonly twins: Twins;
  readonly notes: readonly string[];
}

/**
 * Pairs of nodes by direction.
 *
 * @throws {MeshFormatError} when a node on one side does not have a partner on the other.
 */
export function makePeriodicity(raw: RawMesh, cells: Cells, path: string): Periodicity {
  const { dim, coordinates: x } = cells;
  const size = extentOf(x, dim);
  const directions: Direction[] = [], notes = new Set<string>();
  // Curves or surfaces first: they say along which translations the mesh repeats itself.
  const links = [...raw.links].sort((a, b) => b.dim - a.dim);
  for (const link of links) {
    const pairs = pairsOf(link, raw, cells, path);
    if (pairs.length === 0) continue;
    if (!isTranslation(link.affine)) {
      notes.add(
        "the file says that nodes are images of others under a rotation; the mesh is not periodic there",
      );
      continue;
    }
    const way = Float64Array.from(
      { length: dim },
      (_, d) => link.affine[4 * d + 3] ?? x[pairs[0] * dim + d] - x[pairs[1] * dim + d],
    );
    const upwards = way.find((value) => Math.abs(value) > tolerance * size)! > 0;
    const along = upwards ? way : way.map((value) => -value);
    let direction = directions.find((one) =>
      distance(one.way, 0, along, 0, dim) < tolerance * size
    );
    if (direction === undefined) {
      if (link.dim < dim - 1) continue;
      direction = { name: nameOf(along, directions, size), way: along, pairs: new Map() };
      directions.push(direction);
    }
    for (let i = 0; i < pairs.length; i += 2) {
      const [image, master] = [pairs[i], pairs[i + 1]];
      const shifted = way.map((value, d) => x[master * dim + d] + value);
      if (distance(shifted, 0, x, image * dim, dim) > tolerance * size) {
        throw lonely(raw, cells, master, direction, path);
      }
      if (upwards) direction.pairs.set(master, image);
      else direction.pairs.set(image, master);
    }
  }
  for (const direction of directions) {
    requirePartners(raw, cells, direction, path);
    requireWhole(raw, cells, direction, path);
  }
  const twins = new Map(
    directions.map(({ name, pairs }) => [name, Int32Array.from([...pairs].flat())] as const),
  );
  return { twins, notes: [...notes] };
}

/** Nodes of the mesh, each followed by that of which it is the image; mid-side nodes are not among them. */
function pairsOf(link: PeriodicLink, raw: RawMesh, { newIds }: Cells, path: string): number[] {
  const out: number[] = [];
  for (let i = 0; i < link.nodes.length; i += 2) {
    const [image, master] = [link.nodes[i], link.nodes[i + 1]].map((tag) => {
      const place = raw.nodes!.find(tag);
      if (place >= 0) return newIds[place];
      throw new MeshFormatError(
        path,
        `${path}: $Periodic names node ${tag}, which is not in $Nodes`,
      );
    });
    if (image >= 0 && master >= 0) out.push(image, master);
  }
  return out;
}

/** Checks that all nodes of a curve or surface that is linked have partners, where the file says which ones it has. */
function requirePartners(raw: RawMesh, cells: Cells, direction: Direction, path: string): void {
  for (const { dim, tag, first, count } of raw.nodeBlocks) {
    if (dim !== cells.dim - 1) continue;
    const isImage = raw.links.some((link) => link.dim === dim && link.tag === tag);
    const isMaster = raw.links.some((link) => link.dim === dim && link.master === tag);
    if (!isImage && !isMaster) continue;
    const nodes = Array.from(cells.newIds.subarray(first, first + count)).filter((id) => id >= 0);
    const partners = new Set([...direction.pairs].flat());
    if (!nodes.some((node) => partners.has(node))) continue;
    const alone = nodes.find((node) => !partners.has(node));
    if (alone !== undefined) throw lonely(raw, cells, alone, direction, path);
  }
}

/**
 * Checks that no exterior facet goes on where a side ends that has a translated twin: one of its nodes has a partner,
 * and the others have one in place that the file does not name.
 */
function requireWhole(raw: RawMesh, cells: Cells, direction: Direction, path: string): void {
  const { dim, nodes, coordinates: x } = cells, corners = dim + 1, local = localFacets(dim);
  const { pairs, way } = direction, near = tolerance * extentOf(x, dim);
  const rows = { dim, cells: nodes, nodeCount: x.length / dim, cellCount: nodes.length / corners };
  const exterior = new Set<number>(), open = new Set<number>();
  findNeighbours(rows).forEach((across, place) => {
    if (across >= 0) return;
    const start = place - place % corners, k = place % corners;
    const facet = Array.from(local.subarray(k * dim, (k + 1) * dim), (v) => nodes[start + v]);
    const missing = facet.filter((node) => !pairs.has(node));
    for (const node of facet) exterior.add(node);
    if (missing.length < dim) { for (const node of missing) open.add(node); }
  });
  for (const node of open) {
    const shifted = way.map((value, d) => x[node * dim + d] + value);
    for (const other of exterior) {
      if (distance(shifted, 0, x, other * dim, dim) > near) continue;
      throw lonely(raw, cells, node, direction, path);
    }
  }
}

function lonely(
  raw: RawMesh,
  { dim, coordinates: x, newIds }: Cells,
  node: number,
  { name, way }: Direction,
  path: string,
): MeshFormatError {
  const tag = raw.nodes!.tags[newIds.indexOf(node)];
  const place = x.subarray(node * dim, (node + 1) * dim).join(", ");
  return new MeshFormatError(
    path,
    `${path}: node ${tag} at (${place}) is on a side of the periodic direction "${name}" and does ` +
      `not have a partner (${
        way.join(", ")
      }) away on the other side; mesh both sides alike, or read the file ` +
      "with { periodic: false }",
  );
}

/** Boundaries without the facets on sides of a periodic mesh, which are inside; and what was left out. */
export function withoutSides(
  boundaries: ReadonlyMap<string, Int32Array>,
  twins: Twins,
  dim: number,
): { boundaries: Map<string, Int32Array>; notes: string[] } {
  const sides = [...twins.values()].flatMap((pairs) =>
    [0, 1].map((side) => new Set(pairs.filter((_, i) => i % 2 === side)))
  );
  const kept = new Map<string, Int32Array>(), notes: string[] = [];
  for (const [name, facets] of boundaries) {
    const own: number[] = [];
    for (let f = 0; f < facets.length; f += dim) {
      const nodes = facets.subarray(f, f + dim);
      if (!sides.some((side) => nodes.every((node) => side.has(node)))) own.push(...nodes);
    }
    const lost = (facets.length - own.length) / dim;
    if (lost > 0) {
      notes.push(
        `${lost} facets of boundary "${name}" are on sides of the periodic mesh and were left out`,
      );
    }
    if (own.length > 0) kept.set(name, Int32Array.from(own));
  }
  return { boundaries: kept, notes };
}

/** Whether a transformation moves everything alike; one that the file does not say is taken for that. */
function isTranslation(affine: readonly number[]): boolean {
  if (affine.length === 0) return true;
  if (affine.length < 12) return false;
  return [0, 1, 2].every((row) =>
    [0, 1, 2].every((column) =>
      Math.abs(affine[4 * row + column] - (row === column ? 1 : 0)) < tolerance
    )
  );
}

function nameOf(way: Float64Array, others: readonly Direction[], size: number): string {
  const along = [0, 1, 2].slice(0, way.length).filter((d) => Math.abs(way[d]) > tolerance * size);
  const name = along.length === 1 ? ["x", "y", "z"][along[0]] : `period_${others.length + 1}`;
  return others.some((other) => other.name === name) ? `period_${others.length + 1}` : name;
}

function extentOf(x: Float64Array, dim: number): number {
  let square = 0;
  for (let d = 0; d < dim; d++) {
    let low = Infinity, high = -Infinity;
    for (let i = d; i < x.length; i += dim) {
      low = Math.min(low, x[i]);
      high = Math.max(high, x[i]);
    }
    square += (high - low) ** 2;
  }
  return Math.sqrt(square);
}

function distance(a: Float64Array, i: number, b: Float64Array, j: number, dim: number): number {
  let square = 0;
  for (let d = 0; d < dim; d++) square += (a[i + d] - b[j + d]) ** 2;
  return Math.sqrt(square);
}
