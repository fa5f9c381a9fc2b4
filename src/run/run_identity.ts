/**
 * What identifies a run: the shape of the model, its parameters as first defined, its schema, and what the
 * script adds, as texts that can be compared and shown.
 *
 * @module
 */
import { isTypedArray, kindOf } from "../arrays.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { Model } from "../model/model.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { classNameOf } from "../snapshot/subject.ts";
import { checksumOf } from "../xxh64.ts";
import { isSchemeLine, isSetupLine, ownerOfLine, setupLines } from "./run_setup.ts";

/** What identifies a run, by name: `mesh Mesh_0`, `parameter kappa`, `identity git`. */
export type RunIdentity = Readonly<Record<string, string>>;

/** What the script adds to the identity of its run, in its three parts. */
export interface OwnIdentity {
  readonly identity: Readonly<Record<string, StateValue>>;
  readonly problem: Readonly<Record<string, StateValue>>;
  readonly algorithm: Readonly<Record<string, StateValue>>;
}

/** The lines that say which problem is solved. The texts of an equation are its problem, too. */
const PROBLEM =
  /^(mesh|geometry|parameter|coefficient|condition|problem) |^scheme \S+ (kind|text|tests|define)$/;

/** The lines that say how it is solved. */
const ALGORITHM = /^(variable|swarm|bearer|scheme|algorithm) /;

/** The signatures of the problem and of the algorithm alone, to find runs that share one of them. */
export function partSignatures(
  identity: RunIdentity,
): { readonly problemSignature: string; readonly algorithmSignature: string } {
  const lines = Object.entries(identity);
  const of = (isPart: (name: string) => boolean) =>
    signatureOf(Object.fromEntries(lines.filter(([name]) => isPart(name))));
  return {
    problemSignature: of((name) => PROBLEM.test(name)),
    algorithmSignature: of((name) => ALGORITHM.test(name) && !PROBLEM.test(name)),
  };
}

/** The longest list of numbers that is written out. */
const LONGEST_LIST = 16;

/** A text that stands for a longer one. */
type Hash = (text: string) => string;

/**
 * Describes a model as it is; call it before the first step. Sizes are those of all ranks together, so that a
 * run may continue on another number of ranks.
 *
 * @param own what the script adds, e.g. the version of its code or the name of its input.
 * @param hash what stands for long lists.
 */
function identityOf(
  model: Model,
  own: OwnIdentity,
  hash: Hash = checksumOf,
): RunIdentity {
  const lines: Record<string, string> = { seed: String(model.random.seed) };
  for (const mesh of model.meshes.values()) {
    const { name, dim, meshType } = mesh;
    const { rankMesh, nodeCount: nodes, twins } = geometryOf(mesh).topology;
    const nodeCount = rankMesh?.nodes.globalCount ?? nodes, cellCount = mesh.globalCellCount;
    const around = twins === null ? "" : `, periodic in ${[...twins.keys()].join(", ")}`;
    lines[`mesh ${name}`] = `${meshType}, ${dim}D, ${nodeCount} nodes, ${cellCount} cells${around}`;
    for (const { name: own, components, degree, continuous } of mesh.variables.values()) {
      lines[`variable ${name}.${own}`] = `${components} component(s), degree ${degree}, ${
        continuous ? "continuous" : "discontinuous"
      }`;
    }
  }
  for (const swarm of model.swarms.values()) {
    lines[`swarm ${swarm.name}`] = `on ${swarm.mesh.name}`;
    for (const { name, components, dtype } of swarm.variables.values()) {
      lines[`variable ${swarm.name}.${name}`] = `${components} component(s), ${dtype}`;
    }
  }
  for (const [name, bearer] of model.bearers) {
    lines[`bearer ${name}`] = `${classNameOf(bearer)}, schema ${bearer.state.schemaVersion}`;
  }
  for (const name of model.parameters.names()) {
    const units = model.parameters.units(name);
    lines[`parameter ${name}`] = textOf(model.parameters.first(name), hash) +
      (units && ` ${units}`);
  }
  Object.assign(lines, setupLines(model, (value) => textOf(value, hash)));
  for (const [part, values] of Object.entries(own)) {
    for (const [name, value] of Object.entries(values as OwnIdentity["identity"])) {
      lines[`${part} ${name}`] = textOf(value, hash);
    }
  }
  return lines;
}

/** The XXH64 of an identity. */
export function signatureOf(identity: RunIdentity): string {
  const sorted = Object.entries(identity).sort(([a], [b]) => a < b ? -1 : 1);
  return checksumOf(JSON.stringify(sorted));
}

/** What identifies a model now, as records of this version say it and as earlier ones did. */
export interface CurrentIdentity {
  readonly now: RunIdentity;
  readonly earlier: RunIdentity;
}

/** Describes a model as {@link identityOf} does, for comparison with records of any age. */
export function currentIdentityOf(
  model: Model,
  own: OwnIdentity,
): CurrentIdentity {
  return { now: identityOf(model, own), earlier: identityOf(model, own, earlierHash) };
}

/** One line of an identity that is not the same on both sides. */
export interface RunDifference {
  /** The name of the line. */
  readonly name: string;
  /** What the run has; undefined where the line is new. */
  readonly was?: string;
  /** What the model has; undefined where the line is gone. */
  readonly is?: string;
  /** A sentence. */
  readonly text: string;
}

/** The differences between a recorded run and a model. */
export function differencesFrom(
  { identity, signature }: { readonly identity: RunIdentity; readonly signature: string },
  current: CurrentIdentity,
): RunDifference[] {
  // Of a run whose record is lost, only the signature can be compared.
  if (Object.keys(identity).length === 0) {
    return lostDifferences(signature, signatureOf(current.now));
  }
  return identityDifferences(identity, comparable(identity, signature, current));
}

/** The present identity as far as the record could have it: those of earlier versions have no numbers of solvers. */
function comparable(
  identity: RunIdentity,
  signature: string,
  { now, earlier }: CurrentIdentity,
): RunIdentity {
  const current = signature.startsWith("xxh64:") ? now : earlier;
  const names = Object.keys(identity);
  if (names.some(isSetupLine) || !names.some((name) => name.startsWith("mesh "))) return current;
  return Object.fromEntries(Object.entries(current).filter(([name]) => !isSetupLine(name)));
}

/** What can be said of a run whose record is lost: its checkpoints have nothing but the signature. */
function lostDifferences(was: string, is: string): RunDifference[] {
  if (was === is) return [];
  const text = was === ""
    ? "the record of the run is lost, and its checkpoints do not have the signature of its identity"
    : `the record of the run is lost, and the signature in its checkpoints is ${was}, not ${is}`;
  return [{ name: "record", was, is, text }];
}

function identityDifferences(before: RunIdentity, now: RunIdentity): RunDifference[] {
  return differingNames(before, now).map((name) => {
    const was: string | undefined = before[name], is: string | undefined = now[name];
    if (was === undefined) return { name, is, text: `${name}: is new (${is})` };
    if (is === undefined) return { name, was, text: `${name}: is gone (was ${was})` };
    return { name, was, is, text: `${name}: was ${was}, is ${is}` };
  });
}

function differingNames(was: RunIdentity, is: RunIdentity): string[] {
  const before = new Map(Object.entries(was)), now = new Map(Object.entries(is));
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].sort().filter((name) => {
    const old = before.get(name), current = now.get(name);
    // What is said of an object that is new or gone goes without saying.
    const owner = ownerOfLine(name, { ...was, ...is });
    if (owner !== null && before.has(owner) !== now.has(owner)) return false;
    // Records of earlier versions have fewer of these lines.
    if (old === undefined && isSchemeLine(name)) return false;
    return old !== current && !(name.startsWith("bearer ") && isNewerSchema(old, current));
  });
}

/** True where the class is the same and its schema newer now: loading decides whether a state can be migrated. */
function isNewerSchema(was: string | undefined, is: string | undefined): boolean {
  const [a, b] = [was, is].map((text) => /^(.+), schema (\d+)$/.exec(text ?? ""));
  return a !== null && b !== null && a[1] === b[1] && Number(a[2]) < Number(b[2]);
}

/** A value as text: equal values have equal texts, and long lists are abbreviated with a hash. */
function textOf(value: StateValue, hash: Hash): string {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (isTypedArray(value)) return `${kindOf(value)} ${listText(Array.from(value, String), hash)}`;
  if (Array.isArray(value)) return listText(value.map((item) => textOf(item, hash)), hash);
  if ("toJSON" in value && typeof value.toJSON === "function") return String(value.toJSON());
  const fields = Object.entries(value as Record<string, StateValue>)
    .filter(([, field]) => typeof field !== "function").sort(([a], [b]) => a < b ? -1 : 1);
  return `{ ${fields.map(([name, field]) => `${name}: ${textOf(field, hash)}`).join(", ")} }`;
}

function listText(items: readonly string[], hash: Hash): string {
  const all = items.join(", ");
  if (items.length <= LONGEST_LIST) return `[${all}]`;
  return `[${items.slice(0, 4).join(", ")}, … ${items.length} in all, ${hash(all)}]`;
}

/** What stood for long lists in the records of runs before XXH64 did; such runs can still be resumed. */
function earlierHash(text: string): string {
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  return `#${(a >>> 0).toString(16).padStart(8, "0")}${(b >>> 0).toString(16).padStart(8, "0")}`;
}
