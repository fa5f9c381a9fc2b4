/**
 * How a swarm is saved and put back.
 *
 * @module
 */
import { type ArrayKind, copyInto, kindOf, type TypedArray } from "../arrays.ts";
import { sayNames } from "../mesh/names.ts";
import {
  type Attributes,
  type CaptureSink,
  type CaptureSource,
  childKey,
  type Entry,
  type Scalar,
} from "../snapshot/contract.ts";
import type { Column } from "./particle_store.ts";
import type { Population } from "./population.ts";
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
  readonly population: Population;
}

/** Writes scalars, coordinates, ids and variables. */
export function captureSwarm(parts: SwarmParts, sink: CaptureSink): void {
  const { coordinates, ids, variables, count, lost, nextId, generation } = parts.population;
  sink.group("", {
    count,
    population_generation: generation,
    mesh_name: parts.meshName,
    boundary: parts.boundary,
    next_id: nextId,
    lost,
  });
  sink.array("coordinates", coordinates.data, [count, coordinates.width]);
  sink.array("ids", ids.data, [count]);
  sink.group("variables", {}, [...variables.keys()]);
  for (const [name, variable] of variables) {
    const column = columnOf(variable), { width } = column;
    const shape = width === 1 ? [count] : [count, width];
    sink.array(childKey("variables", name), column.data, shape, attributesOf(width));
  }
}

const known: Attributes[] = [];

function attributesOf(components: number): Attributes {
  return known[components] ??= Object.freeze({ components });
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
  const { attributes } = root;
  let fine = sameText(parts, source, "mesh", attributes.mesh_name, parts.meshName);
  fine = sameText(parts, source, "boundary rule", attributes.boundary, parts.boundary) && fine;
  const scalars = scalarsOf(parts.name, attributes, source);
  if (scalars === null) return null;
  const { count } = scalars;
  const moves: [Column<ArrayKind>, TypedArray][] = [];
  const take = <K extends ArrayKind>(path: string, column: Column<K>): void => {
    const like = column.data.constructor as new (length: number) => TypedArray;
    const saved = source.data(path, like, count * column.width);
    if (saved !== null) moves.push([column as unknown as Column<ArrayKind>, saved]);
    else fine = false;
  };
  take("coordinates", parts.population.coordinates);
  take("ids", parts.population.ids);
  for (const [name, column] of matchingVariables(parts, source)) {
    take(childKey("variables", name), column);
  }
  if (!fine) return null;
  return { scalars, write: () => moves.forEach(([column, saved]) => copyInto(column.data, saved)) };
}

function sameText(
  { name }: SwarmParts,
  source: CaptureSource,
  what: string,
  captured: Scalar | undefined,
  live: string,
): boolean {
  if (captured === live) return true;
  source.refuse(`swarm '${name}': the ${what} was captured as '${captured}' and is '${live}' now`);
  return false;
}

function scalarsOf(
  name: string,
  attributes: Attributes,
  source: CaptureSource,
): SwarmScalars | null {
  const { count, next_id, lost } = attributes;
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (whole(count) && whole(lost) && (typeof next_id === "bigint" || whole(next_id))) {
    return { count: count as number, lost: lost as number, nextId: BigInt(next_id!) };
  }
  source.refuse(
    `swarm '${name}': count, next_id and lost should be whole numbers, captured ${count}, ${next_id} and ${lost}`,
  );
  return null;
}

/** The variables that both sides have, of one shape and type; refuses all others. */
function matchingVariables(
  { name, population: { variables } }: SwarmParts,
  source: CaptureSource,
): [string, Column<ArrayKind>][] {
  const captured = source.get("variables")?.keys ?? [];
  const sides = `captured ${sayNames(captured)}; live ${sayNames([...variables.keys()])}`;
  const out: [string, Column<ArrayKind>][] = [];
  for (const variable of captured) {
    if (variables.has(variable)) continue;
    source.refuse(
      `swarm '${name}': variable '${variable}' was captured and is not live (${sides}); add it again first`,
    );
  }
  for (const [variable, { components, dtype }] of variables) {
    if (!captured.includes(variable)) {
      source.refuse(
        `swarm '${name}': variable '${variable}' is live and was not captured (${sides}); take it away with removeVariable first`,
      );
      continue;
    }
    const saved = sayEntry(source.get(childKey("variables", variable)));
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

function sayEntry(entry: Entry | undefined): string {
  if (!entry?.data) return "nothing";
  return `${entry.attributes.components ?? entry.shape[1] ?? 1} x ${kindOf(entry.data)}`;
}
