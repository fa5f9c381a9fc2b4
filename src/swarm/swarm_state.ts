/**
 * How a swarm is saved and put back.
 *
 * @module
 */
import { type ArrayKind, copyInto, kindOf, type TypedArray } from "../arrays.ts";
import { sayNames } from "../mesh/names.ts";
import type {
  CaptureSink,
  CaptureSource,
  SnapshotAttributes,
  SnapshotEntry,
  SnapshotScalar,
} from "../snapshot/contract.ts";
import type { Column } from "./particle_store.ts";
import type { Population } from "./population.ts";
import {
  columnAttributes,
  storedComponents,
  storedSwarm,
  swarmAttributes,
  swarmPaths,
  swarmVariablePath,
} from "./stored.ts";
import { columnOf } from "./swarm_variable.ts";

/** The scalars of a swarm that a snapshot holds. */
export interface SwarmScalars {
  readonly count: number;
  readonly nextId: bigint;
  readonly lost: number;
}

/** What of a swarm is saved, live. */
export interface SwarmParts {
  readonly name: string;
  readonly meshName: string;
  readonly boundary: string;
  readonly balance: string | undefined;
  readonly wraps: boolean;
  readonly population: Population;
}

/** Writes scalars, coordinates, ids and variables. */
export function captureSwarm(parts: SwarmParts, sink: CaptureSink): void {
  const { coordinates, ids, variables, count, lost, nextId, generation } = parts.population;
  const { meshName, boundary, balance, wraps } = parts;
  const counts = { count, generation, nextId, lost };
  sink.group("", swarmAttributes({ ...counts, meshName, boundary, balance, wraps }));
  sink.array(swarmPaths.coordinates, coordinates.data, [count, coordinates.width]);
  sink.array(swarmPaths.ids, ids.data, [count]);
  sink.group(swarmPaths.variables, {}, [...variables.keys()]);
  for (const [name, variable] of variables) {
    const column = columnOf(variable), { width } = column;
    const shape = width === 1 ? [count] : [count, width];
    sink.array(swarmVariablePath(name), column.data, shape, attributesOf(width));
  }
}

const known: SnapshotAttributes[] = [];

function attributesOf(components: number): SnapshotAttributes {
  return known[components] ??= Object.freeze(columnAttributes(components));
}

/** What a checked snapshot puts back. */
export interface SwarmPlan {
  readonly scalars: SwarmScalars;
  /** Copies all rows; to be called when the columns have `scalars.count` of them. */
  write(): void;
}

/** Checks a snapshot against a swarm; refuses in sentences that name both sides. */
export function planSwarm(parts: SwarmParts, source: CaptureSource): SwarmPlan | null {
  const root = source.get("");
  if (!root) {
    source.refuse(`swarm '${parts.name}': the snapshot has no entry "${source.key}"`);
    return null;
  }
  const saved = storedSwarm(root);
  let fine = sameText(parts, source, "mesh", saved.meshName, parts.meshName);
  fine = sameText(parts, source, "boundary rule", saved.boundary, parts.boundary) && fine;
  fine = sameText(parts, source, "population control", saved.balance, parts.balance) && fine;
  const counted = saved.wraps === true ? "yes" : undefined,
    counts = parts.wraps ? "yes" : undefined;
  fine = sameText(parts, source, "counting of wraps", counted, counts) && fine;
  const scalars = scalarsOf(parts.name, saved, source);
  if (scalars === null) return null;
  const { count } = scalars;
  const moves: [Column<ArrayKind>, TypedArray][] = [];
  const take = <K extends ArrayKind>(path: string, column: Column<K>): void => {
    const like = column.data.constructor as new (length: number) => TypedArray;
    const saved = source.data(path, like, count * column.width);
    if (saved !== null) moves.push([column as unknown as Column<ArrayKind>, saved]);
    else fine = false;
  };
  take(swarmPaths.coordinates, parts.population.coordinates);
  take(swarmPaths.ids, parts.population.ids);
  for (const [name, column] of matchingVariables(parts, source)) {
    take(swarmVariablePath(name), column);
  }
  if (!fine) return null;
  return { scalars, write: () => moves.forEach(([column, saved]) => copyInto(column.data, saved)) };
}

function sameText(
  { name }: SwarmParts,
  source: CaptureSource,
  what: string,
  captured: SnapshotScalar | undefined,
  live: string | undefined,
): boolean {
  if (captured === live) return true;
  const said = (text: SnapshotScalar | undefined) => text === undefined ? "none" : `'${text}'`;
  source.refuse(
    `swarm '${name}': the ${what} was captured as ${said(captured)} and is ${said(live)} now`,
  );
  return false;
}

function scalarsOf(
  name: string,
  { count, nextId, lost }: ReturnType<typeof storedSwarm>,
  source: CaptureSource,
): SwarmScalars | null {
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (whole(count) && whole(lost) && (typeof nextId === "bigint" || whole(nextId))) {
    return { count: count as number, lost: lost as number, nextId: BigInt(nextId!) };
  }
  source.refuse(
    `swarm '${name}': count, nextId and lost should be whole numbers, captured ${
      [count, nextId, lost].map((value) => value === undefined ? "nothing" : String(value)).join(
        ", ",
      )
    }`,
  );
  return null;
}

/** The variables that both sides have, of one shape and type; refuses all others. */
function matchingVariables(
  { name, population: { variables } }: SwarmParts,
  source: CaptureSource,
): [string, Column<ArrayKind>][] {
  const captured = source.get(swarmPaths.variables)?.keys ?? [];
  const sides = `captured ${sayNames(captured)}; live ${sayNames([...variables.keys()])}`;
  const out: [string, Column<ArrayKind>][] = [];
  for (const variable of captured) {
    if (variables.has(variable)) continue;
    source.refuse(
      `swarm '${name}': variable '${variable}' was captured and is not live (${sides}); add it again first, or load with { extra: "keep" }`,
    );
  }
  for (const [variable, { components, dtype }] of variables) {
    if (!captured.includes(variable)) {
      source.refuse(
        `swarm '${name}': variable '${variable}' is live and was not captured (${sides}); take it away with removeVariable first, or load with { missing: "keep" }`,
      );
      continue;
    }
    const saved = sayEntry(source.get(swarmVariablePath(variable)));
    const live = `${components} x ${dtype}`;
    if (saved === live) out.push([variable, columnOf(variables.get(variable)!)]);
    else {
      source.refuse(
        `swarm '${name}': variable '${variable}' was captured as ${saved} and is ${live} now`,
      );
    }
  }
  return out;
}

function sayEntry(entry: SnapshotEntry | undefined): string {
  if (!entry?.data) return "nothing";
  return `${storedComponents(entry)} x ${kindOf(entry.data)}`;
}
