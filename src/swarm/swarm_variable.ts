import type { ArrayKind, ArrayOf } from "../arrays.ts";
import { copyInto } from "../arrays.ts";
import type { NdArray } from "../deps/ndarray.ts";
import { displayAs, printAs } from "../display.ts";
import { columnsAt } from "./expression_columns.ts";
import type { Column } from "./particle_store.ts";
import { insideValues } from "../mesh/outside_points.ts";
import { type ParticleTarget, type ParticleValue, particleValues } from "./particle_values.ts";
import type { Swarm } from "./swarm.ts";
import type { Exclusive } from "./population.ts";
import { fixFields } from "../fixed_fields.ts";

/** How a swarm makes its variables; not part of the public entry. */
export let makeSwarmVariable: <K extends ArrayKind>(
  swarm: Swarm,
  name: string,
  column: Column<K>,
  exclusive: Exclusive,
) => SwarmVariable<K>;

/** The memory behind a variable, for the toolkit's own floors; not part of the public entry. */
export let columnOf: (variable: SwarmVariable<ArrayKind>) => Column;

/**
 * Values that particles carry along: one row of `components` numbers for each, of any element type.
 * Made by {@link Swarm.addVariable}; new particles start with zeros.
 *
 * @example
 * ```ts
 * import { boxMesh, Model, Swarm } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const swarm = new Swarm(mesh);
 * const material = swarm.addVariable("material", { dtype: "int32" });
 * swarm.populate({ perCell: 3 });
 * material.set((x, y) => (x * x + y * y < 0.25 ? 1 : 0));
 * console.log(material.data.length === swarm.count); // true
 * ```
 */
export class SwarmVariable<K extends ArrayKind = "float64"> {
  /** The particles that carry the values. */
  readonly swarm: Swarm;
  /** Unique among the variables of the swarm. */
  readonly name: string;
  readonly #column: Column<K>;
  readonly #exclusive: Exclusive;

  static {
    makeSwarmVariable = (swarm, name, column, exclusive) =>
      new SwarmVariable(swarm, name, column, exclusive);
    columnOf = (variable) => variable.#column;
  }

  private constructor(swarm: Swarm, name: string, column: Column<K>, exclusive: Exclusive) {
    this.swarm = swarm;
    this.name = name;
    this.#column = column;
    this.#exclusive = exclusive;
    fixFields(this, new.target, SwarmVariable);
  }

  /** Numbers per particle. */
  get components(): number {
    return this.#column.width;
  }

  /** The element type. */
  get dtype(): K {
    return this.#column.kind;
  }

  /**
   * The live values, `[count x components]`, row-major, in the order of {@link Swarm.ids}. Writing into
   * them changes the variable. The view dies with the next change of population or restore: take it
   * anew.
   */
  get data(): ArrayOf<K> {
    return this.#column.data;
  }

  /** {@link SwarmVariable.data} as `[count, components]`: a view. */
  get array(): NdArray<ArrayOf<K>> {
    return this.#column.array as unknown as NdArray<ArrayOf<K>>;
  }

  /**
   * Sets the values of all particles.
   *
   * @param value One number or expression for all; one per component; a function
   *   `(x, y, z, t) => number`, or with several components `(x, y, z, out, t) => void`, called at every
   *   particle with t = `tracker.time`; or all values, `[count x components]`. In expressions stand x, y,
   *   z, t, parameters of the model, and variables of the swarm and of its mesh with one component.
   *   Functions are code, not state.
   * @throws {TypeError} when `value` is nothing of that, or a function returns no number.
   * @throws {RangeError} when a length does not fit, an expression has an unknown name, a whole-number
   *   type cannot hold a number, or a value is NaN because a field was evaluated at a point outside of its
   *   mesh; nothing is changed then.
   */
  set(value: ParticleValue): void {
    const { swarm, name, components, dtype } = this;
    const what = `variable '${name}'`;
    const target: ParticleTarget = {
      name,
      kind: dtype,
      components,
      count: this.data.length / components,
      dim: swarm.mesh.dim,
      points: swarm.coordinates.data,
      time: swarm.mesh.model.tracker.time,
      column: columnsAt(swarm, what),
    };
    const evaluate = () => insideValues(what, value, () => particleValues(target, value));
    // A function may not change the particles or the model meanwhile.
    const asked = `set of ${what}`, { model } = swarm.mesh;
    const values = typeof value === "function"
      ? this.#exclusive.run(asked, () => model.indivisible(asked, evaluate, false))
      : evaluate();
    copyInto(this.data, values);
  }

  static {
    printAs(this, function () {
      const { name, swarm, dtype, components } = this;
      const width = components === 1 ? "" : ` x ${components}`;
      return `SwarmVariable(${name} of ${swarm.name}, ${dtype}${width}, ${swarm.count} particles)`;
    });
    displayAs(this);
  }
}
