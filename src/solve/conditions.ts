/**
 * Boundary conditions by name, and their values at a time.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { isRecord } from "../options.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { addFacetLoad, facetDofs, type FacetRule, facetRule } from "./assembly/facets.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import {
  type Coefficients,
  keptCoefficients,
  sampleAll,
  type SampleContext,
  sampleOne,
  type Samples,
} from "./coefficient.ts";
import {
  type CoefficientState,
  coefficientState,
  restoredCoefficients,
} from "./coefficient_state.ts";
import { fixValues } from "../fixed_fields.ts";

/** The kinds of conditions; `"slip"` prescribes the component of a velocity that is normal to the boundary. */
export type ConditionKind = "dirichlet" | "neumann" | "robin" | "slip";

/** One condition on one named boundary. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly boundary: string;
  /** The component it is for, or null for all. */
  readonly component: number | null;
  /** The Dirichlet value, the flux, the ambient value of a Robin condition, or the normal velocity. */
  readonly value: Coefficients;
  /** The transfer coefficient of a Robin condition, or the normal where one is given; else 0. */
  readonly transfer: Coefficients;
}

/** How a condition is written down in a solver's state. */
export interface ConditionState {
  /** Which of the kinds. */
  readonly kind: ConditionKind;
  /** The name of the boundary. */
  readonly boundary: string;
  /** The component it is for, or null for all. */
  readonly component: number | null;
  /** The Dirichlet value, the flux, the ambient value of a Robin condition, or the normal velocity. */
  readonly value: CoefficientState;
  /** The transfer coefficient of a Robin condition, or the normal where one is given; else 0. */
  readonly transfer: CoefficientState;
  /** Nothing else: states are plain records. */
  readonly [name: string]: StateValue;
}

/** Which unknowns of one component have Dirichlet values, and which ones. */
export interface Constraints {
  /** `[count]`, 1 where constrained. */
  readonly constrained: Uint8Array;
  /** `[count]`; 0 where free. */
  readonly values: Float64Array;
}

/** Where conditions are evaluated. */
export interface ConditionContext {
  readonly geometry: Geometry;
  readonly map: DofMap;
  readonly components: number;
  readonly sample: (what: string) => SampleContext;
  /** Gives ghosts the Dirichlet values of their owners; absent on one rank. Collective. */
  readonly share?: ((constraints: Constraints) => void) | undefined;
  /** Does work that throws on all ranks where it throws on one; absent on one rank. Collective. */
  readonly agree?: (<R>(work: () => R) => R) | undefined;
}

/** Robin coefficients on one boundary. */
export interface RobinTerm {
  readonly boundary: string;
  readonly rule: FacetRule;
  readonly transfer: Samples;
}

/** What a solve needs of boundary conditions. */
export interface Conditions {
  /** All of them, in order. */
  readonly list: readonly Condition[];
  /** The Dirichlet values of one component. */
  constraints(component: number, context: ConditionContext): Constraints;
  /** Robin coefficients for one component. */
  robin(component: number, context: ConditionContext): RobinTerm[];
  /** Adds the contributions of fluxes and Robin conditions to the load of one component. */
  addLoads(out: Float64Array, component: number, context: ConditionContext): void;
}

/**
 * The list of a solver's conditions; where several constrain one unknown, the last one wins.
 *
 * State: captured, by the solver that owns the list.
 */
export class BoundaryConditions implements Conditions {
  #list: readonly Condition[] = Object.freeze([]);

  /** The conditions in order. */
  get list(): readonly Condition[] {
    return this.#list;
  }

  /** Values and transfer coefficients, as they were given. */
  get given(): readonly Coefficients[] {
    return this.#list.flatMap(({ value, transfer }) => [value, transfer]);
  }

  /** Adds a condition; one of the same kind on the same boundary and component is replaced. */
  set(condition: Condition): void {
    const { kind, boundary, component } = condition;
    const same = this.#list.findIndex((c) =>
      c.kind === kind && c.boundary === boundary && c.component === component
    );
    const value = keptCoefficients(condition.value),
      transfer = keptCoefficients(condition.transfer);
    const kept = { ...condition, value, transfer };
    this.#list = fixValues(
      same < 0 ? [...this.#list, kept] : this.#list.map((it, i) => i === same ? kept : it),
    );
  }

  /** The list as plain values. */
  get state(): readonly ConditionState[] {
    return this.#list.map(({ kind, boundary, component, value, transfer }) => ({
      kind,
      boundary,
      component,
      value: coefficientState(value),
      transfer: coefficientState(transfer),
    }));
  }

  /** Remembers the list with its functions; the result makes it so again. */
  mark(): () => void {
    const list = this.#list;
    return () => this.#list = list;
  }

  /** Takes a list that {@link BoundaryConditions.restored} gave. */
  replace(list: Condition[]): void {
    this.#list = fixValues([...list]);
  }

  /**
   * The list that `state` stands for.
   *
   * @throws {StateSchemaError} when the live list is arranged in another way.
   */
  restored(state: readonly ConditionState[], bearer: string): Condition[] {
    const live = this.#list;
    const words = (c: { kind: string; boundary: string; component: number | null }) =>
      `${c.kind} on ${c.boundary}${c.component === null ? "" : `[${c.component}]`}`;
    const isList = Array.isArray(state) && !state.some((one) => !isRecord(one));
    const before = isList ? state.map(words) : ["unknown"];
    if (before.join() !== live.map(words).join()) {
      throw new StateSchemaError(
        bearer,
        `${bearer}: the boundary conditions were (${before.join(", ")}) when the state was saved ` +
          `and are (${live.map(words).join(", ")}) now; add the same ones before loading`,
      );
    }
    return live.map((c, i) => ({
      ...c,
      value: restoredCoefficients(state[i].value, c.value, bearer, `${words(c)}`),
      transfer: restoredCoefficients(
        state[i].transfer,
        c.transfer,
        bearer,
        `${words(c)}: transfer`,
      ),
    }));
  }

  /** The Dirichlet values of one component. */
  constraints(component: number, context: ConditionContext): Constraints {
    const constraints = agreed(context, () => this.#constraintsHere(component, context));
    context.share?.(constraints);
    return constraints;
  }

  /** Those that this rank knows. */
  #constraintsHere(component: number, context: ConditionContext): Constraints {
    const { geometry, map, components } = context;
    const constrained = new Uint8Array(map.count), values = new Float64Array(map.count);
    for (const condition of this.#of("dirichlet", component)) {
      const { boundary } = condition;
      const dofs = dofsOn(geometry, boundary, map);
      const wide = condition.component === null ? components : 1;
      const samples = sampleAll(
        condition.value,
        wide,
        () => selectPoints(locatedDofs(geometry, map), dofs),
        context.sample(`value on ${boundary}`),
      )[condition.component === null ? component : 0];
      for (let i = 0; i < dofs.length; i++) {
        constrained[dofs[i]] = 1;
        values[dofs[i]] = typeof samples === "number" ? samples : samples[i];
      }
    }
    return { constrained, values };
  }

  /** Robin coefficients for one component. */
  robin(component: number, context: ConditionContext): RobinTerm[] {
    return agreed(context, () => this.#robinHere(component, context));
  }

  #robinHere(component: number, context: ConditionContext): RobinTerm[] {
    return [...this.#of("robin", component)].map(({ boundary, transfer }) => {
      const rule = ruleOn(context.geometry, boundary, context.map);
      const one = Array.isArray(transfer) ? transfer[component] : transfer;
      const sample = context.sample(`transfer coefficient on ${boundary}`);
      const samples = sampleOne(one, () => rule.located, sample);
      const least = typeof samples === "number"
        ? samples
        : samples.reduce((a, b) => Math.min(a, b), 0);
      if (least < 0) throw new RangeError(`${sample.what} is ${least} somewhere; it must be >= 0`);
      return { boundary, rule, transfer: samples };
    });
  }

  /** Adds the contributions of fluxes and Robin conditions to the load of one component. */
  addLoads(out: Float64Array, component: number, context: ConditionContext): void {
    const { geometry, map, components } = context;
    for (const kind of ["neumann", "robin"] as const) {
      for (const condition of this.#of(kind, component)) {
        const rule = ruleOn(geometry, condition.boundary, map);
        const wide = condition.component === null ? components : 1;
        const what = `${kind === "neumann" ? "flux" : "ambient value"} on ${condition.boundary}`;
        const samples = sampleAll(condition.value, wide, () => rule.located, context.sample(what));
        const value = samples[condition.component === null ? component : 0];
        if (kind === "neumann") addFacetLoad(out, rule, map, value);
        else {
          const one = Array.isArray(condition.transfer)
            ? condition.transfer[component]
            : condition.transfer;
          const h = sampleOne(one, () => rule.located, context.sample(what));
          addFacetLoad(out, rule, map, times(h, value));
        }
      }
    }
  }

  *#of(kind: ConditionKind, component: number): Generator<Condition> {
    for (const c of this.#list) {
      if (c.kind === kind && (c.component === null || c.component === component)) yield c;
    }
  }
}

function times(a: Samples, b: Samples): Samples {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (typeof a === "number") return (b as Float64Array).map((value) => a * value);
  if (typeof b === "number") return a.map((value) => value * b);
  return a.map((value, i) => value * b[i]);
}

/** What is known of immutable topologies and geometries, kept as long as they live. */
const dofLists = new WeakMap<DofMap, Map<string, Int32Array>>();
const rules = new WeakMap<Geometry, Map<string, FacetRule>>();

/** The unknowns on a named boundary; found once per numbering. */
export function dofsOn(geometry: Geometry, boundary: string, map: DofMap): Int32Array {
  let lists = dofLists.get(map);
  if (lists === undefined) dofLists.set(map, lists = new Map());
  let dofs = lists.get(boundary);
  if (dofs === undefined) {
    const { topology } = geometry;
    lists.set(boundary, dofs = facetDofs(topology.dim, topology.facetsOf(boundary), map));
  }
  return dofs;
}

/** The integration rule on a named boundary; made once per geometry and degree. */
export function ruleOn(geometry: Geometry, boundary: string, map: DofMap): FacetRule {
  let known = rules.get(geometry);
  if (known === undefined) rules.set(geometry, known = new Map());
  const key = `${map.degree} ${map.continuous} ${boundary}`;
  let rule = known.get(key);
  if (rule === undefined) {
    known.set(key, rule = facetRule(geometry, geometry.topology.facetsOf(boundary), map));
  }
  return rule;
}

/** A function of the script may throw on the only rank that has the boundary. */
function agreed<R>({ agree }: ConditionContext, work: () => R): R {
  return agree === undefined ? work() : agree(work);
}
