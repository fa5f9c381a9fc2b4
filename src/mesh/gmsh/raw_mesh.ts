/**
 * What a Gmsh file says, before it becomes a mesh: nodes by tag, elements by dimension, groups.
 *
 * @module
 */
import type { ElementType } from "./element_types.ts";
import type { PeriodicLink } from "./periodic.ts";
import type { Scanner } from "./scanner.ts";

/** Nodes in the order of the file, and where each tag is. */
export class NodeTable {
  readonly tags: Float64Array;
  /** `[count x 3]`. */
  readonly coordinates: Float64Array;
  count = 0;
  #dense: Int32Array | null = null;
  #sparse: Map<number, number> | null = null;
  #least = 0;

  constructor(capacity: number) {
    this.tags = new Float64Array(capacity);
    this.coordinates = new Float64Array(3 * capacity);
  }

  /**
   * Makes tags findable; no node is added afterwards.
   *
   * @throws {MeshFormatError} when there is no node, or two have one tag.
   */
  index(scanner: Scanner): void {
    const { tags, count } = this;
    if (count === 0) scanner.fail("there are no nodes");
    let least = Infinity, most = -Infinity;
    for (let i = 0; i < count; i++) {
      least = Math.min(least, tags[i]);
      most = Math.max(most, tags[i]);
    }
    // Tags with large gaps would make a table that is mostly empty.
    const dense = most - least < 8 * count + 1024
      ? new Int32Array(most - least + 1).fill(-1)
      : null;
    const sparse = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const known = dense ? dense[tags[i] - least] >= 0 : sparse.has(tags[i]);
      if (known) scanner.fail(`there are two nodes with the tag ${tags[i]}`);
      if (dense) dense[tags[i] - least] = i;
      else sparse.set(tags[i], i);
    }
    this.#least = least;
    this.#dense = dense;
    this.#sparse = sparse;
  }

  /** The place of a node, or -1. */
  find(tag: number): number {
    if (this.#dense) return this.#dense[tag - this.#least] ?? -1;
    return this.#sparse?.get(tag) ?? -1;
  }
}

/** Lines, triangles or tetrahedra in the order of the file: corners, and mid-side nodes of those of order 2. */
export class ElementList {
  readonly corners: number;
  /** `[count x corners]`: places in the node table. */
  nodes: Int32Array = new Int32Array(0);
  /** `[count x edges]`, in the order of the file; empty before the first element of order 2, and -1 for others. */
  middles: Int32Array = new Int32Array(0);
  tags: Float64Array = new Float64Array(0);
  /** Which of the group sets each belongs to. */
  sets: Int32Array = new Int32Array(0);
  count = 0;

  constructor(corners: number) {
    this.corners = corners;
  }

  /** Makes room for one more; `expected` says how many the file has still. */
  reserve(expected: number): void {
    if (this.count < this.tags.length) return;
    const capacity = this.count + Math.max(16, this.count, expected);
    this.nodes = grown(this.nodes, new Int32Array(capacity * this.corners));
    if (this.middles.length > 0) this.#growMiddles(capacity);
    this.tags = grown(this.tags, new Float64Array(capacity));
    this.sets = grown(this.sets, new Int32Array(capacity));
  }

  /** How many edges an element has. */
  get edges(): number {
    return this.corners * (this.corners - 1) / 2;
  }

  /** Keeps the mid-side nodes of the element that comes next. */
  addMiddle(edge: number, place: number): void {
    if (this.middles.length === 0) this.#growMiddles(this.tags.length);
    this.middles[this.count * this.edges + edge] = place;
  }

  #growMiddles(capacity: number): void {
    this.middles = grown(this.middles, new Int32Array(capacity * this.edges).fill(-1));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Everything a file says that this toolkit can use. */
export class RawMesh {
  nodes: NodeTable | null = null;
  readonly lines: ElementList = new ElementList(2);
  readonly triangles: ElementList = new ElementList(3);
  readonly tetrahedra: ElementList = new ElementList(4);
  /** Physical tags that occur together, none first. */
  readonly groupSets: (readonly number[])[] = [[]];
  /** Names of physical groups, in the order of the file. */
  readonly names: { dim: number | null; tag: number; name: string }[] = [];
  /** Whether the file says which nodes are images of others, and that could not be read. */
  periodic = false;
  /** Which nodes are images of others. */
  readonly links: PeriodicLink[] = [];
  /** Which nodes belong to which entity, by their places; empty where the file does not say. */
  readonly nodeBlocks: { dim: number; tag: number; first: number; count: number }[] = [];
  /** The highest order of an element. */
  order = 1;
  readonly #setIds = new Map<string, number>([["", 0]]);
  #lastTag = 0;
  #lastSet = 0;

  /** A number for a set of physical tags; signs, which are about orientation, are dropped. */
  groupSet(tags: readonly number[]): number {
    const set = [...new Set(tags.map(Math.abs))].filter((tag) => tag !== 0);
    const key = set.join();
    let id = this.#setIds.get(key);
    if (id === undefined) {
      id = this.groupSets.push(set) - 1;
      this.#setIds.set(key, id);
    }
    return id;
  }

  /** Gives names without a dimension, as in MSH 2.0, that of the elements with their tag. */
  nameDimensions(): void {
    for (const group of this.names.splice(0)) {
      if (group.dim !== null) {
        this.names.push(group);
        continue;
      }
      const dims = ([1, 2, 3] as const).filter((dim) => this.#hasTag(dim, group.tag));
      for (const dim of dims.length > 0 ? dims : [0]) this.names.push({ ...group, dim });
    }
  }

  #hasTag(dim: 1 | 2 | 3, tag: number): boolean {
    const { sets, count } = this.listOf(dim)!;
    const wanted = new Set(this.groupSets.keys().filter((id) => this.groupSets[id].includes(tag)));
    return sets.subarray(0, count).some((set) => wanted.has(set));
  }

  /** The same for one tag; 0 stands for none. */
  groupSet1(tag: number): number {
    if (tag !== this.#lastTag) {
      this.#lastSet = this.groupSet([tag]);
      this.#lastTag = tag;
    }
    return this.#lastSet;
  }

  /** The list for elements of one dimension; null for points, which no mesh needs. */
  listOf(dim: 0 | 1 | 2 | 3): ElementList | null {
    return [null, this.lines, this.triangles, this.tetrahedra][dim];
  }

  /** Reads the node tags of one element and keeps its corners. */
  readElement(
    scanner: Scanner,
    type: ElementType,
    tag: number,
    set: number,
    expected: number,
    readTag: () => number,
  ): void {
    const list = this.listOf(type.dim);
    let rest = type.nodeCount;
    if (list) {
      list.reserve(expected);
      const at = list.count * list.corners;
      const readPlace = (): number => {
        const node = readTag();
        const place = this.nodes!.find(node);
        if (place < 0) scanner.fail(`element ${tag} has node ${node}, which is not in $Nodes`);
        return place;
      };
      for (let k = 0; k < list.corners; k++) list.nodes[at + k] = readPlace();
      if (type.order === 2) {
        for (let k = 0; k < list.edges; k++) list.addMiddle(k, readPlace());
        rest -= list.edges;
      }
      list.tags[list.count] = tag;
      list.sets[list.count++] = set;
      rest -= list.corners;
      if (type.order > this.order) this.order = type.order;
    }
    for (; rest > 0; rest--) readTag();
  }
}
