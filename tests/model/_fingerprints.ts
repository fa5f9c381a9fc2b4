/**
 * Digests of runs on several ranks, and how they compare with those that were recorded.
 *
 * @module
 */
import { bytesOf, type TypedArray } from "../../src/arrays.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { fingerprintOf } from "../../src/comm/fingerprint.ts";
import { meshCounters } from "../../src/mesh/stored.ts";
import type { Model } from "../../src/model/model.ts";
import { memberPlaceOf, type SnapshotEntry } from "../../src/snapshot/contract.ts";
import { open } from "../../src/snapshot/snapshot.ts";
import { swarmCounters } from "../../src/swarm/stored.ts";
import type { Case, Kept } from "./_fingerprint_cases.ts";

/** 16 hex digits by what they are of; each covers all ranks. */
export type Digests = Record<string, string>;

/** Digests of cases by name. */
export type CaseDigests = Record<string, Digests>;

/** What is recorded, by the number of ranks. */
export type Recorded = Record<string, CaseDigests>;

const informing = new Set([...meshCounters, ...swarmCounters]);
const encoder = new TextEncoder();

/** Runs cases one after the other. Collective. */
export function digestsOf(comm: Comm, cases: Readonly<Record<string, Case>>): CaseDigests {
  const out: CaseDigests = {};
  for (const [name, run] of Object.entries(cases)) {
    try {
      const { model, kept } = run(comm);
      out[name] = digestOf(comm, model, kept);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return out;
}

/** Digests of arrays and of each member of the model's snapshot. Collective. */
export function digestOf(comm: Comm, model: Model, kept: Kept): Digests {
  const parts = new Map<string, TypedArray[]>();
  const add = (name: string, arrays: readonly TypedArray[]) => {
    parts.set(name, [...parts.get(name) ?? [], ...arrays]);
  };
  for (const [name, array] of Object.entries(kept)) add(name, [array]);
  using token = model.saveState();
  const entries = open(token);
  for (const key of entries.keys()) {
    const place = memberPlaceOf(key);
    if (place === null) continue;
    const [kind] = place.path.split("/");
    const of = kind === "variables" || kind === "topology" ? ` ${kind}` : "";
    add(`${place.section}/${place.name}${of}`, asArrays(key, entries.get(key)!));
  }
  const out: Digests = {};
  for (const [name, arrays] of parts) out[name] = together(comm, arrays);
  return out;
}

function asArrays(key: string, { kind, data, shape, attributes }: SnapshotEntry): TypedArray[] {
  const shown = Object.entries(attributes).filter(([name]) => !informing.has(name))
    .map(([name, value]) => [name, typeof value === "number" ? bits(value) : String(value)]);
  const text = encoder.encode(JSON.stringify([key, kind, shape, shown]));
  return data === null ? [text] : [text, data];
}

function bits(value: number): string {
  return bytesOf(Float64Array.of(value)).toHex();
}

function together(comm: Comm, arrays: readonly TypedArray[]): string {
  return fingerprintOf([encoder.encode(comm.allgather(fingerprintOf(arrays)).join(" "))]);
}

/**
 * Compares digests of some cases with the recorded ones.
 *
 * @throws {Error} that names every case and array that differs.
 */
export function requireRecorded(ranks: number, found: CaseDigests, recorded: Recorded): void {
  const wrong: string[] = [];
  for (const [name, digests] of Object.entries(found)) {
    const before = recorded[ranks]?.[name] ?? {};
    for (const what of new Set([...Object.keys(before), ...Object.keys(digests)])) {
      if (digests[what] !== before[what]) wrong.push(`${name}: ${what}`);
    }
  }
  if (wrong.length === 0) return;
  throw new Error(
    `on ${ranks} ranks ${wrong.length} arrays have other bytes than those recorded in ` +
      `tests/data/fingerprints.json: ${wrong.slice(0, 12).join("; ")}`,
  );
}
