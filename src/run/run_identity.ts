/**
 * What identifies a run: the shape of the model, its parameters as first defined, its schema, and what the
 * script adds, as texts that can be compared and shown.
 *
 * @module
 */
import { isTypedArray, kindOf } from "../arrays.ts";
import { wholeGeometryOf } from "../mesh/mesh.ts";
import type { Model } from "../model/model.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { classNameOf } from "../snapshot/subject.ts";

/** What identifies a run, by name: `mesh Mesh_0`, `parameter kappa`, `identity git`. */
export type RunIdentity = Readonly<Record<string, string>>;

/** The longest list of numbers that is written out. */
const LONGEST_LIST = 16;

/**
 * Describes a model as it is; call it before the first step. Sizes are those of all ranks together, so that a
 * run may continue on another number of ranks.
 *
 * @param own what the script adds, e.g. the version of its code or the name of its input.
 */
export function identityOf(model: Model, own: Readonly<Record<string, StateValue>>): RunIdentity {
  const lines: Record<string, string> = { seed: String(model.random.seed) };
  for (const mesh of model.meshes.values()) {
    const { name, dim, meshType } = mesh;
    const { nodeCount, cellCount } = wholeGeometryOf(mesh).topology;
    lines[`mesh ${name}`] = `${meshType}, ${dim}D, ${nodeCount} nodes, ${cellCount} cells`;
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
    lines[`parameter ${name}`] = textOf(model.parameters.first(name)) + (units && ` ${units}`);
  }
  for (const [name, value] of Object.entries(own)) lines[`identity ${name}`] = textOf(value);
  return lines;
}

/** The SHA-256 of an identity, as hex. */
export async function signatureOf(identity: RunIdentity): Promise<string> {
  const sorted = Object.entries(identity).sort(([a], [b]) => a < b ? -1 : 1);
  const bytes = new TextEncoder().encode(JSON.stringify(sorted));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The differences between two identities, one sentence each. */
export function identityDifferences(was: RunIdentity, is: RunIdentity): string[] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].sort().flatMap((name) => {
    if (was[name] === is[name]) return [];
    if (was[name] === undefined) return [`${name}: is new (${is[name]})`];
    if (is[name] === undefined) return [`${name}: is gone (was ${was[name]})`];
    return [`${name}: was ${was[name]}, is ${is[name]}`];
  });
}

/** A value as text: equal values have equal texts, and long lists are abbreviated with a hash. */
function textOf(value: StateValue): string {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (isTypedArray(value)) return `${kindOf(value)} ${listText(Array.from(value, String))}`;
  if (Array.isArray(value)) return listText(value.map(textOf));
  if ("toJSON" in value && typeof value.toJSON === "function") return String(value.toJSON());
  const fields = Object.entries(value as Record<string, StateValue>)
    .filter(([, field]) => typeof field !== "function").sort(([a], [b]) => a < b ? -1 : 1);
  return `{ ${fields.map(([name, field]) => `${name}: ${textOf(field)}`).join(", ")} }`;
}

function listText(parts: readonly string[]): string {
  const all = parts.join(", ");
  if (parts.length <= LONGEST_LIST) return `[${all}]`;
  return `[${parts.slice(0, 4).join(", ")}, … ${parts.length} in all, ${checkOf(all)}]`;
}

/** A 64-bit hash of a text. */
function checkOf(text: string): string {
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  return `#${(a >>> 0).toString(16).padStart(8, "0")}${(b >>> 0).toString(16).padStart(8, "0")}`;
}
