import { printAs } from "../display.ts";
import { StateSchemaError } from "../errors.ts";
import { checkOptions, namingOptions, requireNumber } from "../options.ts";
import type { Mesh } from "./mesh.ts";
import { MeshVariable } from "./mesh_variable.ts";
import type { Points } from "./points.ts";
import { requireStraightCells } from "./straight_cells.ts";
import { requireNotPeriodic } from "./require_not_periodic.ts";
import { fixFields } from "../fixed_fields.ts";

/** The state of a {@link MeshMotion}; the velocity travels with its variable. */
export interface MeshMotionState {
  /** The version of the layout of this state. */
  readonly schemaVersion: number;
  /** How often the mesh has moved. */
  readonly count: number;
  /** The time at which the last move began; null before the first. */
  readonly time: number | null;
  /** How long the last move took; null before the first. */
  readonly dt: number | null;
}

/**
 * The motion of a mesh in time, for what lives on it: fields and particles that take it as their `motion` stay
 * where they are in space while nodes move (arbitrary Lagrangian-Eulerian: C. W. Hirt, A. A. Amsden, J. L. Cook,
 * DOI 10.1016/0021-9991(74)90051-5).
 *
 * {@link Mesh.deform} alone takes the values of fields along, which is right for setting a mesh up. Within a step,
 * move the mesh first, and then take the step of the fields, with the same dt.
 *
 * @example
 * ```ts
 * import { AdvectionDiffusion, boxMesh, MeshMotion, MeshVariable, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
 * const motion = new MeshMotion(mesh);
 * const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0, motion });
 * T.set((_x, y) => y);
 * motion.move(mesh.coordinates.data.map((x, i) => i % 2 === 1 ? 0.9 * x : x), 0.1);
 * heat.solve({ dt: 0.1 });
 * console.log(T.max().toFixed(6)); // 0.900000
 * ```
 */
export class MeshMotion {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The mesh that moves. */
  readonly mesh: Mesh;
  /** How fast nodes moved in the last step, continuous of degree 1, one component per dimension. */
  readonly velocity: MeshVariable;
  #count = 0;
  #time: number | null = null;
  #dt: number | null = null;

  /**
   * Registers the motion with the model of the mesh, with the variable `${name}_velocity`; nothing moves yet.
   *
   * @throws {TypeError} when `mesh` is not a mesh.
   * @throws {RangeError} when a name is taken.
   * @throws {CurvedCellsError} when the mesh has mid-side nodes.
   */
  constructor(mesh: Mesh, options: { readonly name?: string } = {}) {
    checkOptions("MeshMotion", options, namingOptions);
    if (typeof mesh?.deform !== "function") throw new TypeError("MeshMotion takes a mesh first");
    requireStraightCells(mesh, "MeshMotion");
    requireNotPeriodic(mesh, "MeshMotion");
    this.mesh = mesh;
    this.name = mesh.model.adopt("bearer", this, "MeshMotion", options.name);
    this.velocity = new MeshVariable(mesh, velocityNameOf(this.name), { components: mesh.dim });
    fixFields(this, new.target, MeshMotion);
  }

  /** How often the mesh has moved. */
  get count(): number {
    return this.#count;
  }

  /** The time at which the last move began; null before the first. */
  get time(): number | null {
    return this.#time;
  }

  /** How long the last move took; null before the first. */
  get dt(): number | null {
    return this.#dt;
  }

  /**
   * Moves the nodes within the step from `tracker.time` to `tracker.time + dt`. Collective.
   *
   * @param coordinates New positions of all nodes, `[nodeCount, dim]`; as for {@link Mesh.deform}.
   * @param dt The step, positive.
   * @throws {TypeError} when `coordinates` are not points, or `dt` is not a number.
   * @throws {RangeError} when `dt` is not positive and finite, or the mesh refuses the positions; nothing is changed.
   */
  move(coordinates: Points, dt: number): void {
    requireNumber(`${this.name}.move: dt`, dt);
    if (!(dt > 0 && dt < Infinity)) {
      throw new RangeError(`${this.name}.move: dt is ${dt}; it has to be positive and finite`);
    }
    const { mesh } = this, before = mesh.coordinates.data;
    mesh.model.requireMember(`${this.name}.move`, this);
    mesh.deform(coordinates);
    const after = mesh.coordinates.data, { data } = this.velocity;
    for (let i = 0; i < data.length; i++) data[i] = (after[i] - before[i]) / dt;
    this.#count++;
    this.#time = mesh.model.tracker.time;
    this.#dt = dt;
  }

  /**
   * How far nodes moved in the step of a follower that has seen `seen` moves, `[nodeCount x dim]`; null where
   * they have not.
   *
   * @param who The follower, for messages.
   * @param dt Its step.
   * @throws {RangeError} when the mesh moved in another step than this one.
   * @internal
   */
  within(who: string, seen: number, dt: number): Float64Array | null {
    const moves = this.#count - seen;
    if (moves === 0) return null;
    const { time } = this.mesh.model.tracker;
    if (moves !== 1 || time !== this.#time || dt !== this.#dt) {
      throw new RangeError(
        `${who}: mesh '${this.mesh.name}' moved ${moves} times since the last step, at last from time ` +
          `${this.#time} by ${this.#dt}, and this step is from ${time} by ${dt}; move the mesh once per step, ` +
          `before the fields on it, with the same dt`,
      );
    }
    return this.velocity.data.map((speed) => dt * speed);
  }

  /**
   * How far nodes moved in the step from `tracker.time` by `dt`, `[nodeCount x dim]`; null where they have not.
   *
   * @param who What takes the step, for messages.
   * @throws {RangeError} when the mesh moved from this time by another step.
   * @internal
   */
  during(who: string, dt: number): Float64Array | null {
    const { time } = this.mesh.model.tracker;
    if (time !== this.#time) return null;
    if (dt === this.#dt) return this.velocity.data.map((speed) => dt * speed);
    throw new RangeError(
      `${who}: mesh '${this.mesh.name}' moved from time ${time} by ${this.#dt}, and this step is by ${dt}; ` +
        `take the same dt`,
    );
  }

  /**
   * Asked by the model before the motion gets its name.
   *
   * @throws {RangeError} when the name of its variable is taken.
   * @internal
   */
  requireNames(name: string): void {
    const wanted = velocityNameOf(name);
    if (!this.mesh.variables.has(wanted)) return;
    throw new RangeError(
      `'${name}' makes a variable '${wanted}', but mesh '${this.mesh.name}' has one of that name already; ` +
        `choose another name`,
    );
  }

  /** @internal */
  get owned(): readonly object[] {
    return [this.velocity];
  }

  /** When and how long the mesh moved. */
  get state(): MeshMotionState {
    return { schemaVersion: 1, count: this.#count, time: this.#time, dt: this.#dt };
  }

  set state(state: MeshMotionState) {
    this.checkState(state);
    this.#count = state.count;
    this.#time = state.time;
    this.#dt = state.dt;
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is not that of a motion.
   */
  checkState(state: MeshMotionState): void {
    const { schemaVersion, count, time, dt } = state ?? {};
    const isFirst = count === 0 && time === null && dt === null;
    const isLater = Number.isSafeInteger(count) && count > 0 && Number.isFinite(time) &&
      Number.isFinite(dt) && dt! > 0;
    if (schemaVersion === 1 && (isFirst || isLater)) return;
    throw new StateSchemaError(this.name, `${this.name}: the state is not that of a mesh motion`);
  }

  static {
    printAs(this, function () {
      return `MeshMotion(${this.name} of ${this.mesh.name}, ${this.#count} moves)`;
    });
  }
}

function velocityNameOf(motion: string): string {
  return `${motion}_velocity`;
}
