import type { ArrayKind } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { NdArray } from "../deps/ndarray.ts";
import { displayAs, printAs } from "../display.ts";
import type { Placed } from "../mesh/placement.ts";
import { followMesh } from "../mesh/changing_mesh.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { requireNotPeriodic } from "../mesh/require_not_periodic.ts";
import { type Points, readPoints, type VectorFunction } from "../mesh/points.ts";
import type { CaptureSink, CaptureSource, SnapshotPayload } from "../snapshot/contract.ts";
import type { CapturedParts } from "../snapshot/captured_parts.ts";
import { addPoints, checkFilling, fill, type PopulateOptions } from "./filling.ts";
import { type AdvectOptions, type MotionPlan, planMotion } from "./advect_options.ts";
import { balanceSwarm, requireConserved } from "./balance.ts";
import {
  type Balance,
  type BalanceOptions,
  type BalanceReport,
  balanceText,
  checkBalance,
} from "./balance_options.ts";
import { Exclusive, Population } from "./population.ts";
import type { SwarmBoundary } from "./boundary_rule.ts";
import { requireSameLayout } from "./exchange.ts";
import { redistributeSwarm } from "./redistribute_swarm.ts";
import { type ParticleMask, survivors } from "./removal.ts";
import { captureSwarm, planSwarm, type SwarmParts } from "./swarm_state.ts";
import {
  type AddParticlesOptions,
  checkAdding,
  checkSwarm,
  checkVariable,
  type SwarmOptions,
  type SwarmVariableOptions,
} from "./swarm_options.ts";
import type { SwarmVariable } from "./swarm_variable.ts";
import { Transport } from "./transport.ts";
import { fixFields } from "../fixed_fields.ts";

/**
 * Particles in a mesh: positions, 64-bit ids and any number of variables, which travel with them.
 *
 * Particles keep their order: new ones come last, and those behind a removed one move up. With several
 * ranks a particle belongs to the one that owns its cell, and on every rank they stand by ascending id. What
 * happens to a particle outside of the domain is the swarm's `boundary`: `"lose"` removes and counts it,
 * `"clamp"` puts it at the nearest point of the domain, `"reflect"` mirrors its path at the edge.
 *
 * Views (`ids`, `coordinates`, a variable's `data`) are live memory, until the population changes or a
 * restore: take them anew then.
 *
 * @example
 * ```ts
 * import { boxMesh, Model, Swarm } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [-1, -1], max: [1, 1], cells: [8, 8] });
 * const swarm = new Swarm(mesh, { boundary: "reflect" });
 * swarm.populate({ perCell: 3 });
 * swarm.advect((x, y, _z, out) => {
 *   out[0] = -y;
 *   out[1] = x;
 * }, 0.1);
 * console.log(swarm.count, swarm.lost); // 384 0
 * ```
 */
export class Swarm implements SnapshotPayload {
  /** The mesh in which the particles are. */
  readonly mesh: Mesh;
  /** Unique among the swarms of the model. */
  readonly name: string;
  /** What happens to particles outside of the domain. */
  readonly boundary: SwarmBoundary;
  readonly #population: Population;
  readonly #parts: SwarmParts;
  readonly #transport: Transport;
  readonly #balance: Balance | null;
  readonly #wraps: SwarmVariable<"int32"> | null;
  readonly #exclusive = new Exclusive(() => `swarm '${this.name}'`);

  /**
   * An empty swarm, registered with the mesh's model.
   *
   * @throws {TypeError} when `mesh` is not a mesh, or the name is not a string that is not empty.
   * @throws {RangeError} when the boundary rule is unknown, a number in `balance` is out of range, wraps are to be
   *   counted on a mesh that is not periodic, or the name is taken.
   * @throws {PeriodicMeshError} when there is `balance` on a periodic mesh.
   */
  constructor(mesh: Mesh, options: SwarmOptions = {}) {
    checkSwarm(mesh, options);
    const { name, boundary = "lose", balance, wraps = false } = options;
    this.#balance = balance === undefined ? null : checkBalance(balance);
    this.mesh = mesh;
    this.boundary = boundary;
    this.#transport = new Transport(mesh, boundary);
    this.#population = new Population(mesh.dim, this.#exclusive);
    this.name = mesh.model.adopt("swarm", this, "Swarm", name);
    this.#parts = {
      name: this.name,
      meshName: mesh.name,
      boundary,
      balance: balanceText(this.#balance),
      wraps,
      population: this.#population,
    };
    this.#wraps = wraps
      ? this.addVariable("wraps", { dtype: "int32", components: mesh.periods.shape[0] })
      : null;
    followMesh(mesh, this, {
      follow: (next, before) => this.#follow(next, before),
      points: () => this.#population.coordinates.data,
    });
    fixFields(this, new.target, Swarm);
  }

  /** How many particles this rank has. */
  get count(): number {
    return this.#population.count;
  }

  /**
   * Ids, `[count]`: unique for ever, also after a particle is gone. A live view, to be read. A restore
   * puts back the next id as well, so a step done again gives the same ids.
   */
  get ids(): BigInt64Array {
    return this.#population.ids.data;
  }

  /**
   * Positions, `[count, dim]`: a live view that may be written. What is outside then is dealt with by
   * the next {@link Swarm.migrate} or {@link Swarm.advect}.
   */
  get coordinates(): NdArray<Float64Array> {
    return this.#population.coordinates.array as NdArray<Float64Array>;
  }

  /** Grows with every change of population (restores included); it informs, and refuses nothing. */
  get populationGeneration(): number {
    return this.#population.generation;
  }

  /** How many particles were lost at the boundary so far, on this rank. */
  get lost(): number {
    return this.#population.lost;
  }

  /**
   * How often each particle went through the sides of a periodic mesh, `[count x periods]`: a particle that never left
   * would be at its position plus the sum of `wraps` times `mesh.periods`. Counted with `{ wraps: true }`, from the
   * call that added the particle on; it is the variable `"wraps"`.
   *
   * @throws {RangeError} when they are not counted.
   */
  get wraps(): SwarmVariable<"int32"> {
    if (this.#wraps !== null) return this.#wraps;
    throw new RangeError(
      `swarm '${this.name}' does not count wraps; make it with { wraps: true } on a periodic mesh`,
    );
  }

  /** The variables by name, in the order in which they were added. */
  get variables(): ReadonlyMap<string, SwarmVariable<ArrayKind>> {
    return this.#population.variables;
  }

  /**
   * Adds a variable, zero for all particles.
   *
   * @throws {TypeError} when `name` is not a string that is not empty.
   * @throws {RangeError} when the name is taken, `components` is not a whole number from 1, or the
   *   element type is unknown.
   */
  addVariable<K extends ArrayKind = "float64">(
    name: string,
    options: SwarmVariableOptions<K> = {},
  ): SwarmVariable<K> {
    this.#requireReady("addVariable");
    checkVariable(this, name, options);
    const { components = 1, dtype = "float64" as K } = options;
    return this.#population.addVariable(this, name, dtype, components);
  }

  /**
   * Forgets a variable: snapshots from now on are without it. The object keeps its last values.
   *
   * @throws {RangeError} when it does not belong to this swarm, a history or the materials made it for themselves, or
   *   the swarm counts wraps in it.
   */
  removeVariable<K extends ArrayKind>(variable: SwarmVariable<K>): void {
    this.#population.requireVariable(variable, this.name);
    this.mesh.model.requireUnowned(variable);
    if (variable as unknown === this.#wraps) {
      throw new RangeError(
        `removeVariable: swarm '${this.name}' counts in 'wraps'; make a swarm without { wraps: true }`,
      );
    }
    this.#exclusive.require("removeVariable");
    this.#population.removeVariable(variable as unknown as SwarmVariable<ArrayKind>);
  }

  /**
   * Puts `perCell` new particles into every cell, or into some, at the same barycentric coordinates in each:
   * well apart, strictly inside, the same in every run, with the same ids on any number of ranks. Particles
   * that are there already stay. Collective.
   *
   * @param options `perCell`; `cells` where not all are to be filled.
   * @returns how many were added on this rank.
   * @throws {TypeError} when `cells` is not a list of numbers.
   * @throws {RangeError} when `perCell` is not a whole number from 1, `cells` are not ascending ids of cells
   *   that this rank owns, or ranks have other options; nothing is added then.
   */
  populate(options: PopulateOptions): number {
    const { mesh } = this;
    const filling = allOrNone(mesh.model.comm, () => {
      this.#requireReady("populate");
      return checkFilling(options, mesh.ownedCellCount);
    });
    return fill(mesh, this.#population, filling);
  }

  /**
   * Adds particles, variables zero. Collective: every rank adds points of its own, anywhere in the domain,
   * or all give the same points (`global`), and each becomes one particle.
   *
   * @param points `[n, dim]`; copied.
   * @param options With `migrate` (defaults to true), {@link Swarm.migrate} follows, which deals with
   *   points outside of the domain, and sends particles to the ranks of their cells; with false they stay
   *   where they are until the next one. With `global` (defaults to false) all ranks give the same
   *   points.
   * @returns the ids of the new particles that are on this rank after that, ascending, in the order of
   *   `points`.
   * @throws {TypeError} when `points` are not points.
   * @throws {RangeError} when their shape does not fit or one is not finite, or ranks have other options, or
   *   other points where they are `global`; nothing is added then.
   */
  addParticles(points: Points, options: AddParticlesOptions = {}): BigInt64Array {
    const { dim, model: { comm } } = this.mesh;
    const { flat, migrate } = allOrNone(comm, () => {
      checkAdding(options);
      const { migrate = true } = options;
      const flat = readPoints(points, dim, "addParticles");
      if (migrate) this.#transport.requireFinite("addParticles", this.#population.particles);
      this.#requireReady("addParticles");
      return { flat, migrate };
    });
    const firstId = this.#population.nextId;
    addPoints(this.mesh, this.#population, flat, options);
    if (this.#population.nextId === firstId) return new BigInt64Array(0);
    if (migrate) this.migrate();
    return this.#population.idsFrom(firstId);
  }

  /**
   * Removes particles; the others keep their order. They do not count as lost.
   *
   * @param mask One entry per particle, removed where it is true or not 0; or a function of the index.
   * @returns how many were removed.
   * @throws {TypeError} when `mask` is neither.
   * @throws {RangeError} when its length is not `count`.
   */
  removeParticles(mask: ParticleMask): number {
    const { count } = this;
    this.mesh.model.requireMember("removeParticles", this);
    const kept = this.#exclusive.run("removeParticles", () => survivors(mask, count));
    this.#population.keep(kept);
    this.#population.generation++;
    return count - kept.length;
  }

  /**
   * Moves all particles: x' = v(x, t), from `tracker.time` over `dt`, by an explicit Runge-Kutta scheme of
   * order 1 (Euler), 2 (midpoint) or 4 (classical). Negative `dt` traces back. `tracker.time` stays.
   *
   * What leaves through a side of a periodic mesh comes in through the other, with its id; functions of position are
   * called inside.
   *
   * Particles outside to begin with are brought in first, by the `boundary` rule (those of `"reflect"` have
   * no path yet, and go to the nearest point); the rule holds again after the step, or after every
   * sub-step. Collective; particles end on the ranks that own their cells. A stage outside of the domain takes from a mesh variable the value at clamped barycentric
   * coordinates in the cell of the stage before.
   *
   * @param velocity A mesh variable of `dim` components on the same mesh, or a function
   *   `(x, y, z, out, t) => void`, called with the times of the stages. Functions are code, not state, and have
   *   to be functions of their arguments.
   * @param options `order`; `stepLimit`, the largest move per sub-step in units of
   *   {@link Mesh.minRadius}: the step is divided evenly, by the largest speed at its start; `motion`, of a mesh that
   *   moved in this step.
   * @throws {TypeError} when `velocity` or `motion` is neither, or `dt` is not a number.
   * @throws {RangeError} when `dt` is not finite or not that of the motion, the variable does not fit, the order is
   *   unknown,
   *   `stepLimit` is not positive or asks for more than a million sub-steps, or a position is not finite
   *   or would not be: it names the particle, and nothing has changed.
   *
   * @example
   * ```ts
   * import { boxMesh, MeshVariable, Model, Swarm } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
   * const velocity = new MeshVariable(mesh, "velocity", { components: 2 });
   * velocity.set([1, 0]);
   * const swarm = new Swarm(mesh, { boundary: "clamp" });
   * swarm.addParticles([[0.25, 0.5]]);
   * swarm.advect(velocity, 0.5, { order: 4, stepLimit: 0.5 });
   * console.log(swarm.coordinates.get(0, 0).toFixed(3)); // 0.750
   * ```
   */
  advect(velocity: MeshVariable | VectorFunction, dt: number, options: AdvectOptions = {}): void {
    const balance = this.#balance;
    if (balance !== null) requireConserved(this.#population, balance);
    this.#travel("advect", planMotion(this.mesh, velocity, dt, options));
    if (balance !== null) balanceSwarm(this, this.#population, balance);
  }

  /**
   * Brings every particle to where it belongs: to the rank that owns its cell, with its id and all
   * variables; of several cells that touch it, to that of the lowest one. What is outside of the domain (after writing into
   * `coordinates`, or a deformed mesh) is lost, or put at the nearest point of the domain. Collective.
   *
   * @throws {RangeError} when a position is not finite: it names the particle, and nothing has changed.
   */
  migrate(): void {
    this.#travel("migrate", null);
    this.#population.generation++;
  }

  /**
   * Population control: cells with more than `most` particles lose those that are closest to others, and cells with
   * fewer than `fewest` get new ones where they are farthest from all others, with new ids and the values of the
   * particles around. An empty swarm stays empty. Particles are brought home first, as by
   * {@link Swarm.migrate}. Collective; places and ids are the same on any number of ranks.
   *
   * @param options `fewest`, `most`; `values` of new particles; `conserve` for totals that are to stay.
   * @returns how many were added and removed on this rank.
   * @throws {TypeError} when an option is of a wrong type.
   * @throws {RangeError} when a number is out of range, a name in `conserve` is not that of a variable with real
   *   numbers, a position is not finite, or ranks have other options; nothing is changed then.
   *
   * @example
   * ```ts
   * import { boxMesh, Model, Swarm } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
   * const swarm = new Swarm(mesh);
   * swarm.populate({ perCell: 1 });
   * swarm.removeParticles((i) => i === 3);
   * console.log(swarm.balance({ fewest: 2 }).added, swarm.count); // 33 64
   * ```
   */
  balance(options: BalanceOptions): BalanceReport {
    const { comm } = this.mesh.model;
    const asked = allOrNone(comm, () => {
      requireNotPeriodic(this.mesh, "balance of a swarm");
      const asked = checkBalance(options);
      requireConserved(this.#population, asked);
      this.#requireReady("balance");
      return asked;
    });
    this.#travel("balance", null);
    return balanceSwarm(this, this.#population, asked);
  }

  /** Remembers which variables there are; the result makes it so again. For transactions. */
  markVariables(): () => void {
    return this.#population.markVariables();
  }

  /** Writes scalars, coordinates, ids and variables; see {@link SnapshotPayload}. */
  capture(sink: CaptureSink): void {
    captureSwarm(this.#parts, sink);
  }

  /** Writes this rank's share of what another number of ranks has captured; see {@link SnapshotPayload}. */
  redistribute(parts: CapturedParts, key: string, sink: CaptureSink): void {
    redistributeSwarm(this.mesh, parts, key, sink);
  }

  /** Checks a snapshot against this swarm; returns what puts it back. See {@link SnapshotPayload}. */
  plan(source: CaptureSource): () => void {
    const plan = planSwarm(this.#parts, source);
    return plan === null ? () => {} : this.#population.prepare(plan);
  }

  static {
    printAs(this, function () {
      const variables = [...this.variables.keys()].join(", ") || "no variables";
      return `Swarm(${this.name} in ${this.mesh.name}, ${this.count} particles: ${variables})`;
    });
    displayAs(this);
  }

  /** What becomes of the particles when cells of the mesh change: they keep their places. Collective. */
  #follow({ geometry }: Placed, before: Placed): () => number {
    const { particles } = this.#population, { comm } = this.mesh.model;
    requireSameLayout(comm, this.#population.layout);
    allOrNone(comm, () => this.#exclusive.require("adapt"));
    const landing = this.#transport.landing("adapt", particles, before.geometry, geometry);
    return () => {
      const { moved, elsewhere } = landing(), { rankMesh } = geometry.topology;
      const sent = rankMesh === null
        ? 0
        : this.#population.sendHome(rankMesh.cells, elsewhere, comm);
      if (sent > 0) this.#population.generation++;
      return moved;
    };
  }

  #requireReady(asked: string): void {
    this.mesh.model.requireMember(asked, this);
    this.#exclusive.require(asked);
  }

  #travel(asked: string, plan: MotionPlan | null): void {
    const population = this.#population, { particles } = population, { model } = this.mesh;
    const wraps = this.#wraps?.data ?? null;
    model.requireMember(asked, this);
    const { lost, elsewhere } = this.#exclusive.run(
      asked,
      () => model.indivisible(asked, () => this.#transport.move(asked, particles, plan, wraps)),
    );
    if (lost > 0) population.keep(this.#transport.kept(particles));
    population.lost += lost;
    const { rankMesh } = geometryOf(this.mesh).topology;
    const sent = rankMesh === null ? 0 : population.sendHome(rankMesh.cells, elsewhere, model.comm);
    if (model.comm.allreduce(lost) + sent > 0) population.generation++;
  }
}
