import type { TypedArray } from "../arrays.ts";

/** The fields and particles of a model, as far as the watch reads them. */
export interface Watched {
  readonly meshes: ReadonlyMap<string, {
    readonly variables: ReadonlyMap<
      string,
      { readonly allocated: boolean; readonly data: TypedArray }
    >;
  }>;
  readonly swarms: ReadonlyMap<string, {
    readonly coordinates: { readonly data: ArrayLike<number> | TypedArray };
    readonly variables: ReadonlyMap<string, { readonly data: TypedArray }>;
  }>;
}

/**
 * Detects when a step makes an array non-finite. A NaN that was there before, e.g. for missing data, is legal.
 *
 * State: none, each adaptive loop makes a new one from the arrays themselves.
 */
export class FiniteWatch {
  readonly #model: Watched;
  /** What was non-finite at the last accepted step, and at the last check. */
  #wild: ReadonlySet<string>;
  #seen: ReadonlySet<string>;

  constructor(model: Watched) {
    this.#model = model;
    this.#wild = this.#seen = this.#look();
  }

  /** The name of an array that has become non-finite since the last accepted step; null if there is none. */
  firstNonFinite(): string | null {
    this.#seen = this.#look();
    for (const name of this.#seen) if (!this.#wild.has(name)) return name;
    return null;
  }

  /** Accepts what the last check found. */
  accept(): void {
    this.#wild = this.#seen;
  }

  #look(): Set<string> {
    const wild = new Set<string>();
    for (const [meshName, mesh] of this.#model.meshes) {
      for (const [name, variable] of mesh.variables) {
        if (variable.allocated && !isFinite(variable.data)) wild.add(`${meshName}.${name}`);
      }
    }
    for (const [swarmName, swarm] of this.#model.swarms) {
      if (!isFinite(swarm.coordinates.data as TypedArray)) wild.add(`${swarmName}.coordinates`);
      for (const [name, variable] of swarm.variables) {
        if (!isFinite(variable.data)) wild.add(`${swarmName}.${name}`);
      }
    }
    return wild;
  }
}

/** The sum of all entries times zero is zero if every one is finite, and NaN otherwise. */
function isFinite(data: TypedArray): boolean {
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return true;
  // Four independent sums can run in parallel in the processor, which is about four times as fast.
  let a = 0, b = 0, c = 0, d = 0, i = 0;
  for (; i + 3 < data.length; i += 4) {
    a += data[i] * 0;
    b += data[i + 1] * 0;
    c += data[i + 2] * 0;
    d += data[i + 3] * 0;
  }
  for (; i < data.length; i++) a += data[i] * 0;
  return a + b + c + d === 0;
}
