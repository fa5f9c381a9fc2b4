/**
 * What is in a swarm: positions, ids, variables, and the counters that go with them; and what keeps calls from changing
 * it while another goes through it.
 *
 * @module
 */
import type { ArrayKind } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { IndexMap } from "../mesh/index_map.ts";
import { sayNames } from "../mesh/names.ts";
import { sendHome } from "./exchange.ts";
import { type Column, ParticleStore } from "./particle_store.ts";
import type { Swarm } from "./swarm.ts";
import type { SwarmPlan } from "./swarm_state.ts";
import { columnOf, makeSwarmVariable, type SwarmVariable } from "./swarm_variable.ts";
import type { Elsewhere } from "./passage.ts";
import type { Particles } from "./transport.ts";
import { FixedMap, writable } from "../fixed_fields.ts";
import { ModelBusyError } from "../errors.ts";

/** The particles of one rank. */
export class Population {
  readonly #store = new ParticleStore();
  readonly coordinates: Column<"float64">;
  readonly ids: Column<"int64">;
  /**
   * Cells of this rank where particles were last: hints for the search, of no influence on results,
   * not state.
   */
  readonly cells: Column<"int32">;
  /** The variables by name, in the order in which they were added. */
  readonly variables: FixedMap<string, SwarmVariable<ArrayKind>> = new FixedMap(
    "a variable comes by swarm.addVariable and goes by swarm.removeVariable",
  );
  /** The next id that was never given out; the same on all ranks. */
  nextId = 0n;
  /** Particles lost at the boundary so far. */
  lost = 0;
  /** Counts changes of population. */
  generation = 0;

  readonly #exclusive: Exclusive;

  /** @param exclusive Lets one thing at a time go through the particles. */
  constructor(dim: 2 | 3, exclusive: Exclusive) {
    this.#exclusive = exclusive;
    this.coordinates = this.#store.add("float64", dim);
    this.ids = this.#store.add("int64", 1);
    this.cells = this.#store.add("int32", 1, 255);
  }

  /** Particles on this rank. */
  get count(): number {
    return this.#store.count;
  }

  /** Live views of all of them, for a move. */
  get particles(): Particles {
    const { count, coordinates, ids, cells } = this;
    return { count, points: coordinates.data, ids: ids.data, cells: cells.data };
  }

  /** Adds a variable of `swarm`, zero for all particles. */
  addVariable<K extends ArrayKind>(
    swarm: Swarm,
    name: string,
    kind: K,
    components: number,
  ): SwarmVariable<K> {
    const variable = makeSwarmVariable(
      swarm,
      name,
      this.#store.add(kind, components),
      this.#exclusive,
    );
    writable(this.variables).set(name, variable as unknown as SwarmVariable<ArrayKind>);
    return variable;
  }

  /**
   * Refuses what is not a variable of these particles.
   *
   * @param swarm The name of the swarm, for the message.
   * @throws {RangeError} when it is not.
   */
  requireVariable(variable: { readonly name: string }, swarm: string): void {
    const known: unknown = this.variables.get(variable?.name);
    if (known !== undefined && known === variable) return;
    const names = sayNames([...this.variables.keys()]);
    throw new RangeError(
      `removeVariable: '${variable?.name}' is none of the variables of swarm '${swarm}': ${names}`,
    );
  }

  /** The ids from `first` on, which are the last ones of this rank, in a copy. */
  idsFrom(first: bigint): BigInt64Array {
    const ids = this.ids.data;
    let from = this.count;
    while (from > 0 && ids[from - 1] >= first) from--;
    return ids.slice(from);
  }

  /** Forgets a variable; it keeps its values. */
  removeVariable(variable: SwarmVariable<ArrayKind>): void {
    this.#store.remove(columnOf(variable));
    writable(this.variables).delete(variable.name);
  }

  /** Which variables there are; the result makes it so again. */
  markVariables(): () => void {
    const variables = [...this.variables], rewind = this.#store.mark();
    return () => {
      rewind();
      const list = writable(this.variables);
      list.clear();
      for (const [name, variable] of variables) list.set(name, variable);
    };
  }

  /** Adds n blank particles with new ids; returns the index of the first. Collective. */
  append(n: number, comm: Comm): number {
    const before = BigInt(comm.exscan(n)), all = BigInt(comm.allreduce(n));
    const first = this.#store.append(n);
    const ids = this.ids.data;
    let id = this.nextId + before;
    for (let i = first; i < ids.length; i++) ids[i] = id++;
    this.nextId += all;
    this.generation++;
    return first;
  }

  /** Adds blank particles with given ids, of which all ranks together use up `used`; the first's index. */
  appendAs(ids: BigInt64Array, used: number): number {
    const first = this.#store.append(ids.length);
    this.ids.data.set(ids, first);
    this.nextId += BigInt(used);
    this.generation++;
    return first;
  }

  /** Sends particles to the owners of their cells; how many moved, over all ranks. Collective. */
  sendHome(cells: IndexMap, elsewhere: Elsewhere, comm: Comm): number {
    return sendHome(this.#store, this, cells, elsewhere, comm, this.layout);
  }

  /** What a particle has, in words; the same on all ranks. */
  get layout(): string {
    return Array.from(
      this.variables.values(),
      ({ name, dtype, components }) => `${name} (${components} x ${dtype})`,
    ).join(", ");
  }

  /** Keeps the rows of ascending indices `kept`. */
  keep(kept: Int32Array): void {
    this.#store.keep(kept);
  }

  /** Finds memory for a restore; returns the restore itself, which cannot fail. */
  prepare({ scalars, write }: SwarmPlan): () => void {
    const { count, lost, nextId } = scalars;
    const resize = this.#store.prepare(count);
    return () => {
      resize();
      write();
      this.lost = lost;
      this.nextId = nextId;
      this.generation++;
    };
  }
}

/** Lets one thing at a time go through the particles of a swarm. */
export class Exclusive {
  #busy: string | null = null;
  readonly #owner: () => string;

  /** @param owner What is busy, for messages. */
  constructor(owner: () => string) {
    this.#owner = owner;
  }

  /**
   * Runs `work`, which calls functions of the script: one that changed the population meanwhile would leave
   * half of each.
   *
   * @throws {ModelBusyError} when something goes through the particles already.
   */
  run<R>(asked: string, work: () => R): R {
    this.require(asked);
    this.#busy = asked;
    try {
      return work();
    } finally {
      this.#busy = null;
    }
  }

  /** @throws {ModelBusyError} when something goes through the particles already. */
  require(asked: string): void {
    if (this.#busy !== null) throw new ModelBusyError(asked, `${this.#busy} of ${this.#owner()}`);
  }
}
