/**
 * The numbers that a script sets before its first step: coefficients, conditions, schemes and geometry. They are
 * part of what identifies a run, so an edit between two starts is noticed; and they can be put back after a
 * checkpoint has been loaded, where the script's numbers are to win.
 *
 * @module
 */
import { saidByFirst } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { wholeOnFirst } from "../mesh/gather_whole.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { Model } from "../model/model.ts";
import {
  type CheckpointBackend,
  childKey,
  isWithin,
  type Snapshottable,
  type SnapshottableState,
  type StateValue,
} from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { decodeState } from "../snapshot/state_decode.ts";
import { encodeState } from "../snapshot/state_encode.ts";
import { lifted } from "../snapshot/migrations.ts";
import { classNameOf, stateSection } from "../snapshot/subject.ts";
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

/** Whether a line is about how an object works, rather than about a number. */
export function isSchemeLine(name: string): boolean {
  return name.startsWith("scheme ");
}

/** Whether a line is about a condition of a solver. */
export function isConditionLine(name: string): boolean {
  return name.startsWith("condition ");
}

/**
 * The line of the mesh or the bearer that one of these lines is about; null for other lines.
 *
 * @param lines All lines: a name may have spaces.
 */
export function ownerOfLine(name: string, lines: Readonly<Record<string, string>>): string | null {
  if (!isSetupLine(name)) return null;
  const [kind, ...words] = name.split(" ");
  const what = kind === "geometry" ? "mesh" : "bearer";
  for (let n = words.length; n > 0; n--) {
    const owner = `${what} ${words.slice(0, n).join(" ")}`;
    if (Object.hasOwn(lines, owner)) return owner;
  }
  return `${what} ${words[0]}`;
}

/** What decides how much an object keeps; neither side can be given to an object of the other. */
const FIXED = /^scheme .* (order|particles|interpolation|names)$/;

/** What an object is made with and its state does not hold, or does not take. */
const MADE_WITH =
  /^scheme .* (theta|velocity|perCell|clip|inflow|forcing|bounded|conserve|weight|quadratureDegree)$/;

/** Whether a number that differs can be taken from the script or from the checkpoint, as asked. */
export function canBeTaken(
  name: string,
  was: string,
  is: string,
  from: "script" | "checkpoint",
): boolean {
  if (FIXED.test(name)) return false;
  if (from === "script") return !name.startsWith("geometry ");
  if (MADE_WITH.test(name)) return false;
  return !/^(coefficient|condition) /.test(name) || formOf(was) === formOf(is);
}

/** What kind of coefficient the words of one stand for. */
function formOf(words: string): string {
  if (words.startsWith('"')) return words;
  if (words.startsWith("[")) return "list";
  if (words === "a function") return words;
  return Number.isNaN(Number(words)) ? "expression" : "number";
}

/** Whether a line of an identity is a number that a script sets: one of these, or a parameter. */
export function isNumberLine(name: string): boolean {
  return isSetupLine(name) || name.startsWith("parameter ");
}

/** The lines of a model as it was built. */
export function setupLines(model: Model, words: Words): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const [name, mesh] of model.meshes) {
    const whole = wholeOnFirst(geometryOf(mesh), model.comm);
    lines[`geometry ${name}`] = saidByFirst(model.comm, () => geometryWords(whole!));
  }
  for (const [name, bearer] of model.bearers) {
    const { setup = {}, state } = bearer;
    const set = Object.entries(setup).map(([what, value]) =>
      [`scheme ${what}`, plain(value)] as const
    );
    for (const [what, value] of [...solverValues(state), ...set]) {
      const line = what.replace(/^(\w+) /, (_, kind) => `${kind} ${name} `);
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

/** The numbers of a script that win over those of a checkpoint. */
export interface LoadedNumbers {
  /** The checkpoint with them in place of its own. */
  readonly putInto: (entries: CheckpointBackend) => CheckpointBackend;
  /** Sets the parameters, after the checkpoint has been loaded. Collective. */
  readonly setParameters: () => void;
}

/** What a script has set, kept until a checkpoint is loaded. */
export class ScriptNumbers {
  readonly #model: Model;
  /** By bearer, the fields of its state that a script sets. */
  readonly #fields = new Map<string, SnapshottableState>();
  readonly #parameters = new Map<string, StateValue>();

  /** The numbers of a model as it was built. */
  constructor(model: Model) {
    this.#model = model;
    for (const [name, bearer] of model.bearers) {
      const fields = fieldsSet(bearer);
      if (Object.keys(fields).length > 0) this.#fields.set(name, fields);
    }
    for (const name of model.parameters.names()) {
      this.#parameters.set(name, model.parameters.get(name));
    }
  }

  /**
   * A checkpoint with the values of the script in place of its own, for objects about which a line differs; the
   * entries are shared.
   *
   * @param lines The names of the lines that differ.
   */
  putInto(entries: CheckpointBackend, lines: readonly string[]): CheckpointBackend {
    const names = [...this.#fields.keys()].filter((name) =>
      this.#model.bearers.has(name) &&
      entries.get(childKey(stateSection, name))?.kind === "record" &&
      lines.some((line) => isSetupLine(line) && line.startsWith(`${line.split(" ")[0]} ${name} `))
    );
    if (names.length === 0) return entries;
    const keys = names.map((name) => childKey(stateSection, name)), edited = new MemoryBackend();
    for (const key of entries.keys()) {
      if (keys.some((own) => isWithin(key, own))) continue;
      edited.put(key, entries.get(key)!, "share");
    }
    names.forEach((name, i) => {
      const { className } = entries.get(keys[i])!, bearer = this.#model.bearers.get(name)!;
      // In the layout of this version, from which the fields of the script are.
      const saved = lifted(
        classNameOf(bearer),
        decodeState(entries, keys[i]) as unknown as SnapshottableState,
        bearer,
      );
      encodeState(edited, keys[i], { ...saved, ...this.#fields.get(name) }, name, className);
    });
    return edited;
  }

  /**
   * Puts the parameters of the script into the model, of which a checkpoint was loaded; one that the run has changed
   * since is set too, and its history says so.
   *
   * @param lines The names of the lines that differ.
   */
  setParameters(lines: readonly string[]): void {
    for (const [name, value] of this.#parameters) {
      if (lines.includes(`parameter ${name}`)) this.#model.parameters.set(name, value);
    }
  }
}

/** The fields of the state of a bearer that a script sets. */
function fieldsSet({ state, setup = {} }: Snapshottable): SnapshottableState {
  const isSolver = (state as SolverState).conditions !== undefined;
  return Object.fromEntries(
    Object.entries(state).filter(([field, value]) =>
      Object.hasOwn(setup, field) ||
      isSolver && (field === "conditions" || field === "coefficients" || SCHEME.includes(field) ||
          isCoefficient(value))
    ),
  ) as unknown as SnapshottableState;
}
