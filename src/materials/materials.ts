/**
 * Materials on particles, and what solvers see of them.
 *
 * @module
 */
import { printAs } from "../display.ts";
import { decodeExpression, type Expression } from "../expression/contract.ts";
import { fittedFields } from "../flow/swarm_fit.ts";
import { cellMeans, type ParticleMean } from "../flow/swarm_means.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import { Swarm } from "../swarm/swarm.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { chosenParticles, type ParticleChoice } from "./chosen_particles.ts";
import {
  checkedBuoyancy,
  checkedProperty,
  checkedTable,
  checkMaterials,
  type MaterialProperties,
  type MaterialProperty,
  type MaterialsOptions,
  type MaterialTable,
  meanText,
  requireMean,
} from "./material_table.ts";
import { type MaterialsState, requireSameMaterials } from "./materials_state.ts";
import { fixFields, fixValues } from "../fixed_fields.ts";

/**
 * Materials that move with particles: an index for each particle, properties for each material, and fields for
 * solvers.
 *
 * `update` writes what share each material has in each cell into a field on the mesh with the material's name.
 * `coefficient` gives the mean of a property over the materials, weighed by these shares, as an expression: names in
 * it bind late, so that it follows shares, parameters, temperature and, where it is a viscosity law, the flow.
 *
 * Properties that are texts, and coefficients, need the expression module:
 * `import "@timestash/timestash/expression"`.
 *
 * Its state has the properties; indices and shares are in variables of the swarm and the mesh.
 *
 * @example
 * ```ts
 * import { boxMesh, Materials, Model, Swarm } from "@timestash/timestash";
 * import "@timestash/timestash/expression";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const swarm = new Swarm(mesh);
 * swarm.populate({ perCell: 8 });
 * const materials = new Materials(swarm, {
 *   rock: { density: 3300, viscosity: 1e21 },
 *   salt: { density: 2200, viscosity: "1e18 * exp(-0.01 * y)" },
 * });
 * materials.assign("salt", (_x, y) => y < 0.5);
 * materials.update();
 * console.log(materials.field("salt").integrate()); // 0.5
 * console.log(`${materials.coefficient("density")}`); // rock * 3300 + salt * 2200
 * ```
 */
export class Materials {
  /** The particles. */
  readonly swarm: Swarm;
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The number of each particle's material: its place among {@link Materials.names}. */
  readonly index: SwarmVariable<"uint8">;
  readonly #fields: readonly MeshVariable[];
  readonly #kind: "means" | "fits";
  readonly #means: Readonly<Record<string, ParticleMean>>;
  #table: MaterialTable;

  /**
   * All particles, those that come later too, are of the first material until they are assigned another one.
   *
   * @param swarm The particles.
   * @param materials Properties by material; at most 255 materials.
   * @param options Names, fields and means.
   * @throws {TypeError} when an argument is not what it should be.
   * @throws {RangeError} when a name is taken or cannot be written in a formula, or a number is not finite.
   */
  constructor(
    swarm: Swarm,
    materials: Readonly<Record<string, MaterialProperties>>,
    options: MaterialsOptions = {},
  ) {
    if (!(swarm instanceof Swarm)) {
      throw new TypeError(`Materials takes a swarm first, got ${describe(swarm)}`);
    }
    swarm.mesh.model.requireMember("Materials", swarm);
    const table = checkedTable(materials);
    const { index, fields, means } = checkMaterials(options, table);
    const { mesh } = swarm, { model } = mesh, names = Object.keys(table);
    for (const name of names) {
      if (mesh.variables.has(name) || model.parameters.has(name) || swarm.variables.has(name)) {
        throw new RangeError(
          `Materials: the shares of '${name}' are to be a field of that name on mesh '${mesh.name}', and the name ` +
            `is taken; call the material something else`,
        );
      }
    }
    this.swarm = swarm;
    this.#table = fixValues(structuredClone(table));
    this.#kind = fields;
    this.#means = means;
    if (swarm.variables.has(index)) {
      throw new RangeError(
        `Materials: swarm '${swarm.name}' has a variable '${index}' already; give the index another name`,
      );
    }
    this.name = model.adopt("bearer", this, "Materials", options.name);
    this.index = swarm.addVariable(index, { dtype: "uint8" });
    const shape = fields === "means"
      ? { degree: 0 as const }
      : { degree: 1 as const, continuous: false };
    this.#fields = names.map((name) => new MeshVariable(mesh, name, shape));
    fixFields(this, new.target, Materials);
  }

  /**
   * What it works with, which has to be in the model.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    return [this.swarm];
  }

  /** The names of the materials, in the order of their numbers. */
  get names(): readonly string[] {
    return Object.keys(this.#table);
  }

  /** The variables that it made, which go with it. */
  get owned(): readonly object[] {
    return [this.index, ...this.#fields];
  }

  /** The field with the shares of a material in the cells, as of the last update: between 0 and 1, in all 1. */
  field(material: string): MeshVariable {
    return this.#fields[this.#numberOf(material)];
  }

  /**
   * A property of a material.
   *
   * @throws {RangeError} when there is no such material or property.
   */
  property(material: string, property: string): number | string {
    this.#numberOf(material);
    if (Object.hasOwn(this.#table[material], property)) return this.#table[material][property];
    throw new RangeError(
      `${this.name}: '${material}' has no ${property}; it has ${
        Object.keys(this.#table[material]).join(", ") || "no properties"
      }`,
    );
  }

  /**
   * Gives a material another property. Coefficients that were made before do not follow: make them anew, or let the
   * property be a formula with a parameter of the model.
   *
   * @throws {RangeError} when there is no such material, a number is not finite, or the property's name cannot be
   *   written in a formula.
   * @throws {TypeError} when the property is of another kind.
   */
  setProperty(material: string, property: string, value: MaterialProperty): void {
    this.#requireMember("setProperty");
    this.#numberOf(material);
    const checked = checkedProperty(material, property, value);
    this.#table = fixValues({
      ...this.#table,
      [material]: { ...this.#table[material], [property]: checked },
    });
  }

  /**
   * Makes particles a material.
   *
   * @param material Its name.
   * @param where A function of position and time or an expression that is true, or not 0, where particles become the
   *   material; a list with one entry per particle; all particles where it is left out. Functions are code, not state.
   * @throws {RangeError} when there is no such material, a list has another length, or an expression has an unknown
   *   name.
   * @throws {TypeError} when `where` is of another kind.
   */
  assign(
    material: string,
    where?: ParticleChoice,
  ): void {
    this.#requireMember("assign");
    const number = this.#numberOf(material);
    const chosen = chosenParticles(this.swarm, where, `${this.name}.assign`);
    const { data } = this.index;
    for (let i = 0; i < data.length; i++) if (chosen(i)) data[i] = number;
  }

  /**
   * Writes the shares of the materials in the cells, from the particles as they are. Cells without particles take
   * those of their neighbours. Collective.
   *
   * @throws {RangeError} when there are no particles, or one has a number that no material has.
   */
  update(): void {
    this.#requireMember("update");
    const { swarm, names } = this, { comm } = swarm.mesh.model, { data } = this.index;
    const count = names.length, values = new Float64Array(data.length * count);
    let largest = 0;
    for (let i = 0; i < data.length; i++) {
      largest = Math.max(largest, data[i]);
      if (data[i] < count) values[i * count + data[i]] = 1;
    }
    largest = comm.allreduce(largest, "max");
    if (largest >= count) {
      throw new RangeError(
        `${this.name}: a particle is of material ${largest}, and there are ${count}: ${
          names.map((name, k) => `${k} ${name}`).join(", ")
        }`,
      );
    }
    const [first] = this.#fields, ranges = new Float64Array(2 * count).map((_, k) => k % 2);
    const shares = this.#kind === "means"
      ? cellMeans(swarm, values, count, first)
      : fittedFields(swarm, values, count, first, ranges);
    this.#fields.forEach(({ data }, k) => {
      for (let i = 0; i < data.length; i++) data[i] = shares[i * count + k];
    });
  }

  /**
   * The mean of a property over the materials, weighed by their shares, as an expression.
   *
   * @param property Which all materials have.
   * @param mean Defaults to what the options say: harmonic for `viscosity`, arithmetic for others.
   * @throws {RangeError} when a material does not have it, or a formula cannot be read.
   * @throws {TypeError} when the expression module is not loaded.
   */
  coefficient(property: string, mean?: ParticleMean): Expression {
    this.#requireMember("coefficient");
    const values = this.names.map((name) => this.property(name, property));
    const kind = mean ??
      (Object.hasOwn(this.#means, property) ? this.#means[property] : "arithmetic");
    requireMean(property, kind);
    return decodeExpression(meanText(this.names, values, kind));
  }

  /**
   * The force per volume of a gravity: `density gravity`, or `(density - reference) gravity`.
   *
   * @param gravity The acceleration, `[dim]`.
   * @param options A density whose weight is left to the pressure. Defaults to 0.
   * @returns One expression or number for each component, for `bodyForce` of `Stokes`.
   * @throws {RangeError} when a material has no density, `gravity` has another length, or a number is not finite.
   * @throws {TypeError} when `gravity` is not a list, there is no option of a name, or the expression module is not
   *   loaded.
   */
  buoyancy(
    gravity: readonly number[],
    options: { readonly reference?: number } = {},
  ): (Expression | number)[] {
    const { dim } = this.swarm.mesh;
    const { reference = 0 } = checkedBuoyancy(`${this.name}.buoyancy`, gravity, options, dim);
    const density = this.coefficient("density");
    return gravity.map((g) => g === 0 ? 0 : decodeExpression(`${g} * (${density} - ${reference})`));
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { names: this.names, table: this.#table };
  }

  /** Names and properties. */
  get state(): MaterialsState {
    const { swarm, index, names } = this;
    return {
      schemaVersion: 1,
      swarm: swarm.name,
      index: index.name,
      fields: this.#kind,
      names,
      table: this.#table,
    };
  }

  set state(state: MaterialsState) {
    this.checkState(state);
    this.#table = fixValues(
      Object.fromEntries(state.names.map((name) => [name, { ...state.table[name] }])),
    );
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is of another version, or of other materials.
   */
  checkState(state: MaterialsState): void {
    requireSameMaterials(state, this.state, this.name);
  }

  #requireMember(asked: string): void {
    this.swarm.mesh.model.requireMember(`${this.name}.${asked}`, this);
  }

  #numberOf(material: string): number {
    const number = this.names.indexOf(material);
    if (number >= 0) return number;
    throw new RangeError(
      `${this.name}: there is no material '${material}'; there are ${this.names.join(", ")}`,
    );
  }

  static {
    printAs(this, function () {
      return `Materials(${this.name}: ${this.names.join(", ")}, on ${this.swarm.name})`;
    });
  }
}
