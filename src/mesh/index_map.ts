/**
 * Local numbers and global ids of things that ranks share: cells, nodes, degrees of freedom.
 *
 * @module
 */

/** What one rank has of a set of things: first those it owns, then ghosts, each ascending by global id. */
export class IndexMap {
  /** Global ids by local number, `[count]`. */
  readonly ids: Int32Array;
  /** How many of them this rank owns; they come first. */
  readonly owned: number;
  /** The owner of every global id, `[globalCount]`. */
  readonly owners: Int32Array;
  #locals: Int32Array | null = null;
  #gathered: Int32Array | null = null;
  #positions: Int32Array | null = null;

  /** @param present Whether this rank has the thing, `[globalCount]`, beyond those it owns. */
  constructor(owners: Int32Array, present: Uint8Array, rank: number) {
    const own: number[] = [], ghosts: number[] = [];
    for (let id = 0; id < owners.length; id++) {
      if (owners[id] === rank) own.push(id);
      else if (present[id] !== 0) ghosts.push(id);
    }
    this.owners = owners;
    this.owned = own.length;
    this.ids = Int32Array.from([...own, ...ghosts]);
  }

  /** How many things this rank has, ghosts included. */
  get count(): number {
    return this.ids.length;
  }

  /** How many there are on all ranks, each counted once. */
  get globalCount(): number {
    return this.owners.length;
  }

  /** Local numbers by global id, -1 where this rank does not have the thing. */
  get locals(): Int32Array {
    if (this.#locals !== null) return this.#locals;
    const locals = new Int32Array(this.globalCount).fill(-1);
    for (let i = 0; i < this.ids.length; i++) locals[this.ids[i]] = i;
    return this.#locals = locals;
  }

  /** The local number of a thing, -1 where this rank does not have it. */
  localOf(id: number): number {
    return this.locals[id] ?? -1;
  }

  /** The rank that owns a thing that is here, given by its local number. */
  ownerOf(local: number): number {
    return this.owners[this.ids[local]];
  }

  /** All global ids in the order in which `allgatherv` of owned entries brings them: by owner, then id. */
  get gathered(): Int32Array {
    if (this.#gathered !== null) return this.#gathered;
    const { owners } = this;
    let ranks = 0;
    for (let id = 0; id < owners.length; id++) ranks = Math.max(ranks, owners[id] + 1);
    const next = new Int32Array(ranks + 1);
    for (let id = 0; id < owners.length; id++) next[owners[id] + 1]++;
    for (let r = 1; r <= ranks; r++) next[r] += next[r - 1];
    const order = new Int32Array(owners.length);
    for (let id = 0; id < owners.length; id++) order[next[owners[id]]++] = id;
    return this.#gathered = order;
  }
  /** Where the things of this rank stand in `gathered`, `[count]`. */
  get positions(): Int32Array {
    if (this.#positions !== null) return this.#positions;
    const { gathered, ids } = this;
    const places = new Int32Array(gathered.length);
    for (let i = 0; i < gathered.length; i++) places[gathered[i]] = i;
    return this.#positions = ids.map((id) => places[id]);
  }
}
