/**
 * The numbers that a script sets before its first step: coefficients, conditions, schemes and geometry. They are
 * part of what identifies a run, so an edit between two starts is noticed; and they can be put back after a
 * checkpoint has been loaded, where the script's numbers are to win.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { withWholeGeometry } from "../mesh/mesh.ts";
import type { Model } from "../model/model.ts";
import type { SnapshottableState, StateValue } from "../snapshot/contract.ts";
import { hashBytes, hexOf } from "../xxh64.ts";

/** Words as which a value stands in an identity. */
type Words = (value: StateValue) => string;

/** The fields of a solver's state that a script sets, besides its coefficients. */
const SCHEME = ["theta", "scheme", "order", "kind", "text", "tests", "define", "preconditioner"];

/** The beginnings of the names of these lines; records of earlier versions do not have them. */
const KINDS = ["geometry ", "coefficient ", "condition ", "scheme "];

/** Whether a line of an identity is one of these. */
export function isSetupLine(name: string): boolean {
  return KINDS.some((kind) => name.startsWith(kind));
}

/** The line of the mesh or the bearer that one of these lines is about; null for other lines. */
export function ownerOfLine(name: string): string | null {
  if (!isSetupLine(name)) return null;
  const [kind, owner] = name.split(" ");
  return `${kind === "geometry" ? "mesh" : "bearer"} ${owner}`;
}

/** Whether a line of an identity is a number that a script sets: one of these, or a parameter. */
export function isNumberLine(name: string): boolean {
  return isSetupLine(name) || name.startsWith("parameter ");
}

/** The lines of a model as it was built. */
export function setupLines(model: Model, words: Words): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const [name, mesh] of model.meshes) {
    lines[`geometry ${name}`] = withWholeGeometry(mesh, geometryWords);
  }
  for (const [name, bearer] of model.bearers) {
    for (const [what, value] of solverValues(bearer.state)) {
      const line = what.replace(/^(\w+) /, `$1 ${name} `);
      lines[line] = line in lines ? `${lines[line]}, then ${words(value)}` : words(value);
    }
  }
  return lines;
}

/** What of a state a script has set, each under its kind and name; nothing for what is not a solver's. */
function* solverValues(state: SolverState): Iterable<[string, StateValue]> {
  const { conditions, coefficients } = state;
  if (conditions === undefined) return;
  for (const [field, value] of Object.entries(state)) {
    if (SCHEME.includes(field)) yield [`scheme ${field}`, value];
    else if (isCoefficient(value)) yield [`coefficient ${field}`, plain(value)];
  }
  for (const [field, value] of Object.entries((coefficients ?? {}) as Record<string, StateValue>)) {
    yield [`coefficient ${field}`, plain(value)];
  }
  const groups = Array.isArray(conditions)
    ? [["", conditions] as const]
    : Object.entries(conditions as Record<string, StateValue>);
  for (const [unknown, list] of groups) {
    for (const condition of list as unknown as ConditionLine[]) {
      const { kind, boundary, component, value, transfer } = condition;
      const of = [unknown, component === null ? "" : `component ${component}`].filter((it) => it);
      const name = [kind, "on", boundary, ...of].join(" ");
      const isPlain = isCoefficient(transfer) && transfer.value === 0;
      yield [`condition ${name}`, isPlain ? plain(value) : [plain(value), plain(transfer)]];
    }
  }
}

/** The state of a solver, which has conditions, or of anything else. */
type SolverState = SnapshottableState & {
  readonly conditions?: StateValue;
  readonly coefficients?: StateValue;
};

/** A condition in the state of a solver. */
interface ConditionLine {
  readonly kind: string;
  readonly boundary: string;
  readonly component: number | null;
  readonly value: StateValue;
  readonly transfer: StateValue;
}

/** A coefficient in the state of a solver. */
interface CoefficientLine {
  readonly form: string;
  readonly value: StateValue;
}

function isCoefficient(value: unknown): value is CoefficientLine & StateValue {
  return typeof value === "object" && value !== null && "form" in value && "value" in value;
}

/** The value of a coefficient; for what is code, that it is. */
function plain(value: StateValue): StateValue {
  if (!isCoefficient(value)) return value;
  const { form, value: own } = value as CoefficientLine;
  if (form === "list") return (own as unknown as StateValue[]).map(plain);
  return form === "function" ? "a function" : own;
}

/** The extent and the hash of all nodes, those in the middle of curved sides too, cells and boundaries. */
function geometryWords(
  { coordinates, middles, topology }: Geometry,
): string {
  const { dim, cells, boundaries } = topology;
  const least = new Array<number>(dim).fill(Infinity),
    most = new Array<number>(dim).fill(-Infinity);
  for (let i = 0; i < coordinates.length; i++) {
    least[i % dim] = Math.min(least[i % dim], coordinates[i]);
    most[i % dim] = Math.max(most[i % dim], coordinates[i]);
  }
  const places = middles === null ? [coordinates] : [coordinates, middles];
  const hashes = [...places, cells, ...boundaries.values()].map((
    { buffer, byteOffset, byteLength },
  ) => hexOf(hashBytes(new Uint8Array(buffer, byteOffset, byteLength))));
  const names = [...boundaries.keys()].join(" ");
  const all = hexOf(hashBytes(new TextEncoder().encode(`${hashes} ${names}`)));
  return `from [${least}] to [${most}], xxh64:${all}`;
}

/** What a script has set, kept until a checkpoint is loaded. */
export class ScriptNumbers {
  readonly #model: Model;
  readonly #states = new Map<string, SnapshottableState>();
  readonly #parameters = new Map<string, StateValue>();

  /** The numbers of a model as it was built. */
  constructor(model: Model) {
    this.#model = model;
    for (const [name, bearer] of model.bearers) {
      const state: SolverState = bearer.state;
      if (state.conditions !== undefined) this.#states.set(name, state);
    }
    for (const name of model.parameters.names()) {
      this.#parameters.set(name, model.parameters.get(name));
    }
  }

  /**
   * Puts them back into the model, of which a checkpoint was loaded; a parameter that the run has changed since is
   * set too, and its history says so.
   *
   * @param lines The names of the lines that differ.
   */
  apply(lines: readonly string[]): void {
    const { bearers, parameters } = this.#model;
    for (const [name, built] of this.#states) {
      const bearer = bearers.get(name);
      const differs = lines.some((line) => isSetupLine(line) && line.split(" ")[1] === name);
      if (bearer === undefined || !differs) continue;
      const set = Object.entries(built).filter(([field, value]) =>
        field === "conditions" || field === "coefficients" || SCHEME.includes(field) ||
        isCoefficient(value)
      );
      const state = { ...bearer.state, ...Object.fromEntries(set) };
      bearer.checkState?.(state);
      bearer.state = state;
    }
    for (const [name, value] of this.#parameters) {
      if (lines.includes(`parameter ${name}`)) parameters.set(name, value);
    }
  }
}
