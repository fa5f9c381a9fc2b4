import { requireStraightCells } from "../mesh/straight_cells.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { copyInto } from "../arrays.ts";
import { placesIn } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import type { SnapshotPayload, StateValue } from "../snapshot/contract.ts";
import { registerMigration } from "../snapshot/migrations.ts";
import { placesOf } from "../swarm/nearby.ts";
import { Swarm } from "../swarm/swarm.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import { readVelocity } from "../swarm/velocity.ts";
import { DepartureTracer } from "./departure.ts";
import { FieldDDt, type FieldDDtState, givenWords } from "./field_ddt.ts";
import { changeAtParticles, fittedLevels, valuesAtPlaces } from "./fitted_levels.ts";
import { valuesOf } from "./level_variables.ts";
import { refuser } from "./step_checks.ts";
import { timeHistoryOptionNames, type TimeHistoryOptions } from "./time_steps.ts";
import { fixFields } from "../fixed_fields.ts";

/** How a {@link LagrangianDDt} is made. */
export interface LagrangianDDtOptions extends TimeHistoryOptions {
  /**
   * A mesh variable of `dim` components on the same mesh, or a function `(x, y, z, out, t) => void`, which is
   * code and not state.
   */
  readonly velocity: MeshVariable | VectorFunction;
  /** Particles per cell at the start. Defaults to 4 in 2-D and 6 in 3-D. */
  readonly perCell?: number;
}

const optionNames: OptionNames<LagrangianDDtOptions> = {
  ...timeHistoryOptionNames,
  velocity: true,
  perCell: true,
};

/** The state of a {@link LagrangianDDt}. Past values travel with the swarm and the variables named here. */
export interface LagrangianDDtState extends FieldDDtState {
  /** The swarm that carries past values. */
  readonly swarm: string;
  /** Its variables, newest level first. */
  readonly particleStar: readonly string[];
  /**
   * How particles read what a solve changed: `"field"`; or `"curved"`, with added curvature on P1, as version 1 did
   * and goes on to do in runs that it began.
   */
  readonly changes: "field" | "curved";
}

/**
 * The material derivative of a mesh variable by particles of its own that carry the past values.
 *
 * Before the solve the past values of every particle are fitted, at the place that it reaches by the end
 * of the step, to the degrees of freedom (quadratic moving least squares); those are the u*_j of `bdf()`.
 * After the solve the particles move there, and what the solve changed is added to their values, so
 * that pure transport never smears them. Cells that have run empty are filled again, from the fitted
 * values; where no particles are near, the past field is traced back as in `SemiLagrangianDDt`.
 *
 * The particles are the swarm `${name}_swarm` with variables `psi_star_1`, ...; the fitted past values are
 * the mesh variables `${name}_psi_star_1`, ...
 *
 * @example
 * ```ts
 * import { boxMesh, LagrangianDDt, MeshVariable, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [10, 10] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x) => x);
 * const ddt = new LagrangianDDt(T, {
 *   velocity: (x, y, _z, out) => {
 *     out[0] = 0.5 - y;
 *     out[1] = x - 0.5;
 *   },
 * });
 * ddt.updatePreSolve(Math.PI / 8);
 * // Pure transport, bdf() = 0.
 * T.set(ddt.historyTerms().map((h) => -h / ddt.leadingCoefficient()));
 * ddt.updatePostSolve();
 * console.log(T.evaluate([[0.5, 0.7]]).get(0, 0) > 0.56); // true
 * ```
 */
export class LagrangianDDt extends FieldDDt {
  /** The particles that carry the past values. */
  readonly swarm: Swarm;
  readonly #velocity: MeshVariable | VectorFunction;
  readonly #perCell: number;
  #changes: LagrangianDDtState["changes"] = "field";
  readonly #stars: readonly SwarmVariable[];
  #tracer: DepartureTracer | null = null;

  /**
   * Registers the history, and the swarm, with the model of the mesh; particles come with the first step.
   *
   * @throws {TypeError} when `variable` is not a mesh variable, or the velocity is neither a variable nor a
   *   function.
   * @throws {RangeError} when the variable is discontinuous, the velocity lives elsewhere or does not have
   *   `dim` components, `perCell` is not a whole number from 3, or a name is taken.
   */
  constructor(variable: MeshVariable, options: LagrangianDDtOptions) {
    requireOptions("LagrangianDDt", options, optionNames);
    const { velocity } = options ?? {};
    const perCell = options?.perCell ?? (variable?.mesh?.dim === 3 ? 6 : 4);
    super("LagrangianDDt", variable, options ?? {}, ({ order }) => {
      const { mesh } = variable;
      requireStraightCells(mesh, "LagrangianDDt");
      readVelocity(velocity, mesh, undefined, "LagrangianDDt");
      if (!variable.continuous) {
        throw new RangeError(
          `LagrangianDDt: '${variable.name}' is discontinuous; past values are fitted to nodes, which takes a continuous variable`,
        );
      }
      if (!Number.isInteger(perCell) || perCell < 3) {
        throw new RangeError(`LagrangianDDt: perCell is a whole number from 3, found ${perCell}`);
      }
      return [{ label: "carried", count: order, like: variable }];
    });
    this.#velocity = velocity;
    this.#perCell = perCell;
    const { components } = variable;
    this.swarm = new Swarm(variable.mesh, { name: `${this.name}_swarm`, boundary: "lose" });
    this.#stars = this.levels.map((_, j) =>
      this.swarm.addVariable(`psi_star_${j + 1}`, { components })
    );
    fixFields(this, new.target, LagrangianDDt);
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.#velocity];
  }

  /** @internal */
  protected override get given(): Readonly<Record<string, StateValue>> {
    return { velocity: givenWords(this.#velocity), perCell: this.#perCell };
  }

  /** @internal */
  override requireNames(name: string): void {
    super.requireNames(name);
    if (this.variable.mesh.model.swarms.has(`${name}_swarm`)) {
      throw new RangeError(`LagrangianDDt: the model has a swarm '${name}_swarm' already`);
    }
  }

  /** @internal */
  protected override get touched(): readonly SnapshotPayload[] {
    return [...super.touched, this.swarm];
  }

  /** @internal */
  override get owned(): readonly object[] {
    return [...super.owned, ...this.#stars, this.swarm];
  }

  /** Everything that can change the future, apart from the values in the variables that it names. */
  override get state(): LagrangianDDtState {
    const particleStar = this.#stars.map(({ name }) => name);
    return { ...super.state, swarm: this.swarm.name, particleStar, changes: this.#changes };
  }

  override set state(state: LagrangianDDtState) {
    this.checkState(state);
    super.state = state;
    this.#changes = state.changes;
  }

  /** @internal */
  protected override get schemaVersion(): number {
    return 2;
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or a name differs.
   */
  override checkState(state: LagrangianDDtState): void {
    super.checkState(state);
    const refuse = refuser(this.name), live = this.state;
    if (state.swarm !== live.swarm) {
      refuse(`swarm is '${state.swarm}' in the state and '${live.swarm}' here`);
    }
    if (state.changes !== "field" && state.changes !== "curved") {
      refuse(`changes is ${state.changes}`);
    }
    if (String(state.particleStar) !== String(live.particleStar)) {
      refuse(`particleStar is [${state.particleStar}] in the state, [${live.particleStar}] here`);
    }
  }

  /**
   * Between steps, those of a next step of the same size.
   *
   * @internal
   */
  protected override carried(): readonly Float64Array[] {
    if (this.steps.phase === "between") return this.#fitted(this.steps.dt!);
    return this.companions("carried").map(valuesOf);
  }

  /** @internal */
  protected override prepare(dt: number): () => void {
    const fitted = this.#fitted(dt);
    const carried = this.companions("carried");
    return () => fitted.forEach((values, j) => copyInto(carried[j].data, values));
  }

  /**
   * Moves the particles and gives them what the solve changed.
   *
   * @internal
   */
  protected override beforeShift(): void {
    const change = valuesOf(this.variable).slice();
    const before = valuesOf(this.companions("carried")[0]);
    for (let i = 0; i < change.length; i++) change[i] -= before[i];
    this.swarm.advect(this.#velocity, this.steps.dt!, { order: 2 });
    for (let j = this.#stars.length - 1; j > 0; j--) {
      copyInto(this.#stars[j].data, this.#stars[j - 1].data);
    }
    const read = this.#changes === "field" ? changeAtParticles : valuesAtPlaces;
    const added = read(this.variable, change, placesOf(this.swarm));
    const newest = this.#stars[0].data;
    for (let i = 0; i < newest.length; i++) newest[i] += added[i];
  }

  /**
   * Fills cells that have run empty, and thins out crowded ones.
   *
   * @internal
   */
  protected override afterShift(): void {
    // Older levels stay on the mesh as the end of the step sees them.
    const carried = this.companions("carried");
    for (let j = 1; j < this.order; j++) copyInto(this.levels[j].data, carried[j - 1].data);
    const crowd = 4 * this.#perCell, few = this.#perCell / 2;
    const { mesh } = this.variable;
    // After a move every particle is on the rank that owns its cell: none is in a ghost cell.
    const { cells } = mesh.locate(this.swarm.coordinates.data);
    const count = new Int32Array(mesh.ownedCellCount);
    const surplus = Uint8Array.from(cells, (cell) => ++count[cell] > crowd ? 1 : 0);
    this.swarm.removeParticles(surplus);
    const empty: number[] = [];
    count.forEach((n, cell) => {
      if (n < few) empty.push(cell);
    });
    if (mesh.model.comm.allreduce(empty.length) > 0) this.#fill(empty);
  }

  /** @internal */
  protected override started(): void {
    this.swarm.removeParticles(() => true);
    this.#fill();
  }

  /** Adds particles in some cells, or in all, with past values from the levels on the mesh. */
  #fill(cells?: readonly number[]): void {
    const first = this.swarm.count;
    this.swarm.populate({ perCell: this.#perCell, cells });
    const places = placesOf(this.swarm, first);
    this.#stars.forEach((star, j) => {
      const values = valuesAtPlaces(this.variable, valuesOf(this.levels[j]), places);
      star.data.set(values, first * this.variable.components);
    });
  }

  /** Past values at the degrees of freedom, `dt` from now. */
  #fitted(dt: number): Float64Array[] {
    const { variable, swarm, levels } = this;
    // A deformation of the mesh may have left some outside.
    const left = placesOf(swarm).cells.includes(-1) ? 1 : 0;
    if (variable.mesh.model.comm.allreduce(left) > 0) swarm.migrate();
    const places = placesIn(variable.mesh);
    if (this.#tracer?.places !== places) this.#tracer = new DepartureTracer(places);
    const carried = { variable, swarm, stars: this.#stars, levels, velocity: this.#velocity };
    return fittedLevels(carried, this.#tracer, dt);
  }
}

registerMigration("LagrangianDDt", 1, (old) => ({ ...old, changes: "curved" }));
