/** What has to hold whatever a file says. @module */
import { assert, assertEquals } from "@std/assert";
import { Model, TimestashError } from "../../mod.ts";
import { bytesOf } from "../../src/arrays.ts";
import { decodable } from "../../src/archive/decodable.ts";
import type { SnapshotEntry } from "../../src/snapshot/contract.ts";
import { requireSound } from "../../src/snapshot/file/entry_check.ts";
import { open, Snapshot } from "../../src/snapshot/snapshot.ts";
import { hashBytes, hexOf } from "../../src/xxh64.ts";
import type { Entries } from "./_entries.ts";
import { editsOf, type HostileEdit } from "./_hostile_edits.ts";
import { hostileScenes } from "./_hostile_models.ts";

/** How many of some changed states were refused, and how many were taken. */
export interface HostileCount {
  refused: number;
  taken: number;
}

/** The entries of a model, in memory of their own. */
export function entriesOf(model: Model): Entries {
  using token = model.saveState();
  const source = open(token);
  return new Map(Array.from(source.keys(), (key) => {
    const entry = source.get(key)!;
    return [key, { ...entry, data: entry.data?.slice() ?? null }] as const;
  }));
}

/** Counters that inform and decide nothing grow with every restore. */
const counters = new Set(["geometry_version", "topology_version", "population_generation"]);

/** Everything of a model that is state, as one text. */
export function fingerprintOf(model: Model): string {
  return Array.from(entriesOf(model), ([key, entry]) => `${key} ${textOf(entry)}`).join("\n");
}

function textOf({ kind, className, keys, attributes, shape, data }: SnapshotEntry): string {
  const values = Object.entries(attributes).filter(([name]) => !counters.has(name)).map((
    [name, value],
  ) => `${name}=${Object.is(value, -0) ? "-0" : String(value)} ${typeof value}`);
  const numbers = data === null
    ? ""
    : `${data.constructor.name} ${hexOf(hashBytes(bytesOf(data)))}`;
  return [kind, className, keys?.join(), values.join(";"), shape.join(), numbers].join("|");
}

/** Messages of the engine, which say nothing of what was found in the file. */
const raw = /Cannot |is not a function|not iterable|undefined|Invalid (array|typed)|out of bounds/;

/** A refusal is an error of the toolkit that says what was found. */
export function assertRefusal(error: unknown, what: string): void {
  assert(error instanceof TimestashError && !raw.test(error.message), `${what}: ${error}`);
}

/**
 * Loads one of every `stride` changed states of a model into another one of its kind: each is refused with one error
 * and nothing changed, or is a state that can be captured, put back and stepped from.
 */
export async function assertHostileStates(
  name: string,
  stride: number,
  first: number,
): Promise<HostileCount> {
  const { model, step } = hostileScenes[name](), file = entriesOf(hostileScenes[name]().model);
  step();
  const good = await tokenOf(entriesOf(model)), before = fingerprintOf(model);
  const count = { refused: 0, taken: 0 };
  let n = 0;
  for (const edit of editsOf(file)) {
    if (n++ % stride !== first) continue;
    const what = `${name} ${edit.what}`, token = await changed(file, edit, what);
    if (token === null) count.refused++;
    else if (wasRefused(() => model.loadState(token), what)) {
      count.refused++;
      assertEquals(fingerprintOf(model), before, what);
    } else {
      count.taken++;
      assertLegal(model, step, what);
      model.loadState(good);
      assertEquals(fingerprintOf(model), before, `after ${what}`);
    }
    if (token !== null && /^(meshes|swarms)/.test(edit.what)) {
      await Model.fromSnapshot(token).catch((error) => assertRefusal(error, what));
    }
  }
  return count;
}

/** The changed state as a reader of files gives it; null where that refuses it. */
async function changed(file: Entries, edit: HostileEdit, what: string): Promise<Snapshot | null> {
  const entries = edit.apply(file), key = edit.what.split(": ")[0], entry = entries.get(key);
  try {
    if (entry !== undefined) requireSound(entry, key);
  } catch {
    // The reader makes one error of this, with the path; tests of files show it.
    return null;
  }
  return await tokenOf(entries).catch((error) => {
    assertRefusal(error, what);
    return null;
  });
}

async function tokenOf(entries: Entries): Promise<Snapshot> {
  return new Snapshot(await decodable(entries), "scene");
}

function wasRefused(load: () => void, what: string): boolean {
  try {
    load();
    return false;
  } catch (error) {
    assertRefusal(error, what);
    return true;
  }
}

/** What was loaded can be captured and put back, and a step of it fails with words if it fails. */
function assertLegal(model: Model, step: () => void, what: string): void {
  const loaded = fingerprintOf(model);
  using token = model.saveState();
  model.loadState(token);
  assertEquals(fingerprintOf(model), loaded, what);
  try {
    step();
  } catch (error) {
    assert(error instanceof Error && !raw.test(error.message), `a step after ${what}: ${error}`);
  }
}
