/**
 * What changes the cells of a mesh: adapting, and dividing them among ranks.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { adaptMesh, type Follower } from "./adapt/adapt_mesh.ts";
import {
  type AdaptLimits,
  type AdaptReport,
  type Asked,
  askedOf,
  type CellMarker,
  checkMarker,
  type IndicatorTarget,
  type SizeTarget,
  unlimited,
} from "./adapt/options.ts";
import type { Division } from "./division.ts";
import type { ModelHost } from "./model_host.ts";
import type { Placement } from "./placement.ts";
import { rebalanceMesh } from "./rebalance.ts";
import { askedWeights, type RebalanceOptions, type RebalanceReport } from "./rebalance_options.ts";
import { requireMesh } from "./registered.ts";
import { requireStraightCells } from "./straight_cells.ts";
import type { VariableRegistry } from "./variable_registry.ts";

/** What of a mesh changes with its cells. */
export interface ChangingParts {
  readonly placement: Placement;
  readonly division: Division;
  readonly registry: VariableRegistry;
}

/** How a mesh says what changes with its cells; called once, in its constructor. */
export let letChange: (mesh: ChangingMesh, parts: ChangingParts) => void;
/** How a swarm joins its mesh, to follow it when cells change. */
export let followMesh: (mesh: ChangingMesh, swarm: object, follower: Follower) => void;

/**
 * The calls of {@link Mesh} that change its cells: they halve cells and put others together, and divide them among
 * ranks. Everything on the mesh follows.
 */
export abstract class ChangingMesh {
  /** The model that the mesh belongs to. */
  abstract readonly model: ModelHost;
  /** Unique among the meshes of the model. */
  abstract readonly name: string;
  /** Where the mesh is from: `"box"`, `"annulus"`, `"gmsh"`. */
  abstract readonly meshType: string;
  /** 2 for triangles, 3 for tetrahedra. */
  abstract readonly dim: 2 | 3;
  /** How many cells this rank owns. */
  abstract readonly ownedCellCount: number;
  /** The degree of the map from the reference cell. */
  abstract readonly geometryDegree: 1 | 2;
  #parts: ChangingParts | null = null;
  /** Swarms in this mesh, as they follow it. */
  readonly #followers = new WeakMap<object, Follower>();

  static {
    letChange = (mesh, parts) => mesh.#parts = parts;
    followMesh = (mesh, swarm, follower) => mesh.#followers.set(swarm, follower);
  }

  /**
   * Makes every edge half as long, `times` times: dim halvings of every cell each. As {@link ChangingMesh.adapt} for
   * the rest. Collective.
   *
   * @throws {RangeError} when `times` is not a whole number from 1, or a cell would be inverted.
   * @throws {ModelBusyError} inside a solve, a move of particles or a save.
   *
   * @example
   * ```ts
   * import { boxMesh, Model } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
   * mesh.refine();
   * console.log(mesh.cellCount, mesh.coarsen().cellCount); // 128 32
   * ```
   */
  refine(times = 1): AdaptReport {
    if (!Number.isInteger(times) || times < 1 || times * this.dim > 255) {
      throw new RangeError(`refine takes a whole number of times from 1, got ${String(times)}`);
    }
    const request = { kind: "all" as const, wants: times * this.dim };
    return this.#adapt("refine", { request, limits: unlimited, passes: 1 });
  }

  /**
   * Undoes halvings, as far as no node hangs: of all cells, down to the first mesh, or of those that a marker
   * allows. Cells, nodes and boundaries that come back have the same bytes as before they were halved. Collective.
   *
   * @param marker As for {@link ChangingMesh.adapt}, with no numbers above 0; defaults to all that can be undone.
   * @throws {TypeError} when `marker` is not a marker.
   * @throws {RangeError} when a number is above 0, or there are too few or too many.
   * @throws {ModelBusyError} inside a solve, a move of particles or a save.
   */
  coarsen(marker?: CellMarker): AdaptReport {
    if (marker !== undefined) checkMarker("coarsen", marker);
    const request = marker === undefined
      ? { kind: "all" as const, wants: -255 }
      : { kind: "marker" as const, marker, sign: -1 as const };
    return this.#adapt("coarsen", { request, limits: unlimited, passes: 1 });
  }

  /**
   * Halves cells and puts others together: as a marker says, or until cells have a size, or where an indicator
   * says that the error is large or small.
   *
   * Everything on the mesh follows: variables (exactly where cells are halved; see `transfer` of
   * {@link MeshVariable} for the rest), time histories, swarms, solvers and their boundary conditions. New nodes
   * are in the middle of edges, and on the circles of an annulus. Views of variables' numbers are to be
   * taken anew. A snapshot from before the call puts the old mesh back, and one from after it the new one.
   * All of it happens or, when an error is thrown, nothing. Collective; the result is the same on any
   * number of ranks.
   *
   * Cells are bisected: W. F. Mitchell, A comparison of adaptive refinement techniques for elliptic problems,
   * ACM Trans. Math. Softw. 15 (1989), DOI 10.1145/76909.76912, in 2-D, with D. N. Arnold, A. Mukherjee,
   * L. Pouly, SIAM J. Sci. Comput. 22 (2000), DOI 10.1137/S1064827597323373, in 3-D.
   *
   * @param what A marker; `{ size }`; or `{ indicator, tolerance }` or `{ indicator, share }`, with limits.
   * @param limits With a marker: `minSize`, `maxLevel` and `maxCells`. A target has its own.
   * @throws {TypeError} when something is of a wrong type.
   * @throws {RangeError} when a number is out of range, there are too few or too many, ranks ask for different
   *   things, or a cell would be inverted.
   * @throws {ModelBusyError} inside a solve, a move of particles or a save.
   *
   * @example
   * ```ts
   * import { boxMesh, MeshVariable, Model, recoveryError } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
   * const T = new MeshVariable(mesh, "T");
   * T.set((x, y) => Math.tanh(20 * (x + y - 1)));
   * const { changed, cellCount } = mesh.adapt({ indicator: recoveryError(T), tolerance: 0.1 });
   * console.log(changed, cellCount > 128); // true true
   * ```
   */
  adapt(
    what: CellMarker | SizeTarget | IndicatorTarget,
    limits: AdaptLimits = {},
  ): AdaptReport {
    return this.#adapt("adapt", askedOf(what, limits));
  }

  /**
   * Divides the cells among the ranks anew, so that all have about the same to do: by recursive bisection, as a new
   * mesh is, with weights. Call it when particles have gathered or the mesh was adapted.
   *
   * Cells, variables, time histories and particles go to their new owners with every byte; ghosts get their owners'
   * values. Views of variables and particles are to be taken anew. A snapshot from before the call puts the old
   * division back, and one from after it the new one, also from a file of as many ranks; all of it happens or, when
   * an error is thrown, nothing. {@link ChangingMesh.adapt} divides the new cells by the same costs: particles are counted
   * where they are then, parts of a cell cost what it did, and merged cells the mean of their parts. Collective; on one
   * rank it does nothing, and the report says so.
   *
   * @param options What cells cost.
   * @returns How well the cost was divided before, and is now.
   * @throws {TypeError} when something is of a wrong type, or `particles` are not swarms in this mesh.
   * @throws {RangeError} when a number is out of range, there are too few or too many, or ranks ask for different
   *   things.
   * @throws {ModelBusyError} inside a solve, a move of particles or a save.
   *
   * @example
   * ```ts
   * import { boxMesh, Model, Swarm } from "@timestash/timestash";
   *
   * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
   * const swarm = new Swarm(mesh);
   * swarm.addParticles([[0.1, 0.1], [0.12, 0.1], [0.1, 0.13]]);
   * console.log(mesh.rebalance({ weights: { particles: swarm, perParticle: 0.2 } }).why); // one rank
   * ```
   */
  rebalance(options: RebalanceOptions = {}): RebalanceReport {
    const { model } = this, { comm, swarms } = model;
    const asked = allOrNone(comm, () => {
      requireMesh("rebalance", this);
      model.requireIdle("rebalance");
      const isHere = (swarm: object) => this.#followers.has(swarm);
      return askedWeights(this.name, this.ownedCellCount, isHere, options);
    });
    const followers = this.#followersAmong(swarms.values());
    const counted = this.#followersAmong(asked.particles ?? swarms.values());
    const { placement, division, registry } = this.#parts!;
    const stores = [...registry.stores.values()];
    const host = { comm, division, stores, followers, counted };
    return model.indivisible("rebalance", () => rebalanceMesh(host, placement, asked));
  }

  /** Some swarms of the model, as far as they are in this mesh, as they follow it. */
  #followersAmong(swarms: Iterable<object>): Follower[] {
    return [...swarms]
      .map((swarm) => this.#followers.get(swarm))
      .filter((follower) => follower !== undefined);
  }

  /** Adapts this mesh, with the swarms of its model that are in it. */
  #adapt(asked: string, request: Asked): AdaptReport {
    const { model, name, meshType } = this, { placement, division, registry } = this.#parts!;
    requireMesh(asked, this);
    model.requireIdle(asked);
    requireStraightCells(this, `${asked} of a mesh`);
    const { variables, stores } = registry, { swarms } = model;
    const names = division.particles ?? [...swarms.keys()];
    const followers = this.#followersAmong(swarms.values());
    const counted = this.#followersAmong(names.flatMap((one) => swarms.get(one) ?? []));
    const lists = { stores, followers, counted };
    const host = { name, meshType, model, variables, division, ...lists };
    return model.indivisible(asked, () => adaptMesh(host, placement, request));
  }
}
