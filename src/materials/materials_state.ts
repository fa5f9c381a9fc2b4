/**
 * The state of materials.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { StateSchemaError } from "../errors.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import { checkedTable, type MaterialTable } from "./material_table.ts";

/** The state of `Materials`: names, and properties as numbers and texts. */
export interface MaterialsState extends SnapshottableState {
  /** The swarm. */
  readonly swarm: string;
  /** Its variable with the number of each particle's material. */
  readonly index: string;
  /** Means over cells, or linear functions in them. */
  readonly fields: "means" | "fits";
  /** Numbers and texts by material and property, in the order of the materials. */
  readonly table: MaterialTable;
  /** The names in that order. */
  readonly names: readonly string[];
}

/**
 * Refuses the state of other materials.
 *
 * @param live The state as it is now.
 * @throws {StateSchemaError} when the version, the names, the swarm or the kind of fields is another, or the
 *   properties are not those of materials.
 */
export function requireSameMaterials(
  state: MaterialsState,
  live: MaterialsState,
  name: string,
): void {
  const words = (it: MaterialsState) =>
    `${[it.names].flat().join(", ")} (${it.index} of ${it.swarm}, ${it.fields})`;
  if (state?.schemaVersion !== 1) {
    throw new StateSchemaError(
      name,
      `${name}: the state has schema version ${state?.schemaVersion}, this version reads 1`,
    );
  }
  if (words(state) !== words(live)) {
    throw new StateSchemaError(
      name,
      `${name}: the materials were ${words(state)} when the state was saved and are ${
        words(live)
      } now; make the same ones before loading`,
    );
  }
  requireProperties(state, name);
}

function requireProperties({ table, names }: MaterialsState, name: string): void {
  try {
    const saved = Object.keys(checkedTable(table));
    if (names.length === saved.length && names.every((one) => saved.includes(one))) return;
  } catch (cause) {
    throw new StateSchemaError(name, `${name}: in the state, ${messageOf(cause)}`, { cause });
  }
  throw new StateSchemaError(
    name,
    `${name}: the state has properties of ${Object.keys(table).join(", ")}, not of ${
      names.join(", ")
    }`,
  );
}
