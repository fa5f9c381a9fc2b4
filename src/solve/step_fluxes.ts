/**
 * The fluxes through boundaries with Dirichlet values at the end of a step in time.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { isRecord } from "../options.ts";
import type { Coefficient } from "./coefficient.ts";
import type { FieldFrame } from "./field_frame.ts";
import type { FieldSolution } from "./field_system.ts";
import { localDot, localSum } from "./linear/reductions.ts";
import { dirichletSums, reactionFluxes } from "./reaction_flux.ts";
import { fixValues } from "../fixed_fields.ts";

/** Numbers for boundaries by name, one for each component; null where it has no Dirichlet values there. */
export type BoundaryNumbers = { readonly [boundary: string]: readonly (number | null)[] };

/** What a solver in time knows of the fluxes of its last step. */
export interface StepFluxesState {
  /** The fluxes at the end of the step. */
  readonly fluxes: BoundaryNumbers;
  /** The part of the time derivative in them, where the scheme gives it in the middle of the step. */
  readonly inertia: BoundaryNumbers;
  /** The time that `inertia` belongs to. */
  readonly inertiaAt: number;
  /** Sum and sum of squares of the field, which tell whether it is still what the step left. */
  readonly sums: readonly number[];
}

/** A solution whose reactions are `M du/dt + K u - F` at the end of a step. */
export interface SteppedSolution extends FieldSolution {
  /** `M du/dt` in the reactions, `[count x components]`, where it belongs to another time. */
  readonly inertia?: { readonly terms: Float64Array; readonly at: number };
}

/** The relative difference of sums that is a rounding error: on other numbers of ranks they are added otherwise. */
const rounding = 1e-10;

/** The fluxes of the last step; null before the first. */
export class StepFluxes {
  #last: StepFluxesState | null = null;

  /** Plain values. */
  get state(): StepFluxesState | null {
    return this.#last;
  }

  set state(state: StepFluxesState | null) {
    this.#last = fixValues(structuredClone(state));
  }

  /**
   * Refuses what is not the fluxes of a step.
   *
   * @throws {StateSchemaError} when it is not.
   */
  static check(bearer: string, state: StepFluxesState | null): void {
    if (state === null) return;
    const isList = (value: unknown) =>
      Array.isArray(value) && value.every((number) => typeof number === "number");
    const areNumbers = (value: unknown) => isRecord(value) && Object.values(value).every(isList);
    const fits = isRecord(state) && areNumbers(state.fluxes) && areNumbers(state.inertia) &&
      typeof state.inertiaAt === "number" && isList(state.sums) && state.sums.length === 2;
    if (fits) return;
    throw new StateSchemaError(bearer, `${bearer}: its state does not hold the fluxes of a step`);
  }

  /**
   * The fluxes at the end of a step that was solved. A part of the time derivative that belongs to an earlier
   * time is extrapolated from those of the last two steps. Collective.
   *
   * @param frame The field at the end of the step.
   */
  after(
    frame: FieldFrame,
    { values, reactions, inertia }: SteppedSolution,
    diffusivity: Coefficient,
  ): StepFluxesState {
    const fluxes = perComponent(
      frame,
      (a) => reactionFluxes(frame, a, reactions, values, diffusivity),
    );
    const sums = sumsOf(frame, values);
    if (inertia === undefined) return { fluxes, inertia: {}, inertiaAt: frame.t, sums };
    const { terms, at } = inertia;
    const now = perComponent(frame, (a) => dirichletSums(frame, a, terms));
    return {
      fluxes: this.#extrapolated(fluxes, now, at, frame.t),
      inertia: now,
      inertiaAt: at,
      sums,
    };
  }

  /**
   * The flux of a component through a boundary; null where it has no Dirichlet values there, or the field is
   * not what the last step left. Collective.
   */
  of(frame: FieldFrame, boundary: string, component: number): number | null {
    const last = this.#last;
    if (last === null || !isSame(sumsOf(frame, frame.start), last.sums, frame)) return null;
    return last.fluxes[boundary]?.[component] ?? null;
  }

  #extrapolated(
    fluxes: BoundaryNumbers,
    inertia: BoundaryNumbers,
    at: number,
    end: number,
  ): BoundaryNumbers {
    const before = this.#last;
    if (before === null || !(before.inertiaAt < at)) return fluxes;
    const ratio = (end - at) / (at - before.inertiaAt);
    const corrected = (name: string, flux: number | null, a: number) => {
      const now = inertia[name]?.[a] ?? null, earlier = before.inertia[name]?.[a] ?? null;
      return flux === null || now === null || earlier === null
        ? flux
        : flux + ratio * (now - earlier);
    };
    return Object.fromEntries(
      Object.entries(fluxes).map(([name, all]) => [name, all.map((f, a) => corrected(name, f, a))]),
    );
  }
}

/** `M u`, `[count x components]`. */
export function massProduct(frame: FieldFrame, u: Float64Array): Float64Array {
  const { components, map } = frame;
  const products = Array.from({ length: components }, () => new Float64Array(map.count));
  frame.addMassProduct(products, u);
  if (components === 1) return products[0];
  return u.map((_, i) => products[i % components][Math.floor(i / components)]);
}

function perComponent(
  { components }: FieldFrame,
  numbersOf: (component: number) => ReadonlyMap<string, number>,
): BoundaryNumbers {
  const out = new Map<string, (number | null)[]>();
  for (let a = 0; a < components; a++) {
    for (const [name, value] of numbersOf(a)) {
      const values = out.get(name) ?? new Array<number | null>(components).fill(null);
      values[a] = value;
      out.set(name, values);
    }
  }
  return Object.fromEntries(out);
}

function sumsOf(frame: FieldFrame, values: Float64Array): number[] {
  const owned = frame.owned * frame.components;
  return [
    ...frame.totals(Float64Array.of(localSum(values, owned), localDot(values, values, owned))),
  ];
}

function isSame(
  [sum, squares]: readonly number[],
  [otherSum, otherSquares]: readonly number[],
  frame: FieldFrame,
): boolean {
  const count = frame.total(frame.owned * frame.components);
  return Math.abs(squares - otherSquares) <= rounding * otherSquares &&
    Math.abs(sum - otherSum) <= rounding * Math.sqrt(count * otherSquares);
}
