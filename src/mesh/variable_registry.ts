import type { FieldStore } from "./field_store.ts";
import { sayNames } from "./names.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import { FixedMap, writable } from "../fixed_fields.ts";

/** The variables on a mesh, by name and in order of construction, with their numbers. */
export class VariableRegistry {
  readonly #variables = new FixedMap<string, MeshVariable>(
    "a variable comes by new MeshVariable and goes by mesh.removeVariable",
  );
  readonly #stores = new Map<string, FieldStore>();

  /** The variables by name. */
  get variables(): ReadonlyMap<string, MeshVariable> {
    return this.#variables;
  }

  /** Their numbers by name. */
  get stores(): ReadonlyMap<string, FieldStore> {
    return this.#stores;
  }

  /** Adds a variable, whose name is free. */
  add(variable: MeshVariable, store: FieldStore): void {
    writable(this.#variables).set(store.name, variable);
    this.#stores.set(store.name, store);
  }

  /**
   * Refuses what is not one of these, where a variable is to be removed.
   *
   * @param mesh The name of the mesh, for the message.
   * @throws {RangeError} when it is not.
   */
  require(variable: MeshVariable, mesh: string): void {
    if (variable === undefined || this.#variables.get(variable?.name) !== variable) {
      throw new RangeError(
        `removeVariable: '${variable?.name}' is not a variable of mesh '${mesh}', which has ${
          sayNames([...this.#variables.keys()])
        }`,
      );
    }
  }

  /** Forgets a variable. */
  remove(variable: MeshVariable): void {
    writable(this.#variables).delete(variable.name);
    this.#stores.delete(variable.name);
  }

  /** Remembers which variables there are; calling the result makes it so again. */
  mark(): () => void {
    const variables = [...this.#variables], stores = [...this.#stores];
    return () => {
      const list = writable(this.#variables);
      list.clear();
      this.#stores.clear();
      for (const [name, variable] of variables) list.set(name, variable);
      for (const [name, store] of stores) this.#stores.set(name, store);
    };
  }
}
