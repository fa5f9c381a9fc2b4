/**
 * Viscosities that depend on the flow: laws, with their exact derivatives.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import { constantValue, sampleExpression } from "../mesh/functions.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { type Coefficient, columnsFor } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { effectiveRates, secondInvariants } from "./flow_tensors.ts";

/** What the second invariant of the strain rate is called in laws. */
export const rateName = "edot";

/** What the pressure is called in laws, besides its own name. */
const pressureName = "p";

/**
 * Strain rates below this count as this: powers of 0 have no derivative. It is far below all rates of nature, and
 * its square is still a normal number.
 */
const smallestRate = 1e-40;

/** A flow that need not be the present one. */
export interface FlowIterate {
  /** `[count x dim]` */
  readonly velocity: Float64Array;
  /** `[count]` */
  readonly pressure: Float64Array;
}

/** A viscosity law, and what it is about. */
export interface LawContext {
  readonly frame: FieldFrame;
  readonly pressure: MeshVariable;
  readonly law: Expression;
  /** What is added to the strain rate; see `StokesOptions.elasticRate`. */
  readonly elasticRate: MeshVariable | null;
}

/** A law at points. */
export interface LawValues {
  /** The strain rate, elastic part included, `[count x components]`. */
  readonly rates: Float64Array;
  /** Its second invariant, `[count]`. */
  readonly invariants: Float64Array;
  /** `[count]` */
  readonly viscosity: Float64Array;
}

/** The derivatives of a law at points, each `[count]`; null where it does not depend. */
export interface LawSlopes {
  readonly byRate: Float64Array | null;
  readonly byPressure: Float64Array | null;
}

/** Whether a viscosity depends on the flow: it names `edot`, or the pressure by its own name or as `p`. */
export function isLaw(viscosity: Coefficient, pressure: MeshVariable): viscosity is Expression {
  if (!isExpression(viscosity)) return false;
  return viscosity.variables().some((name) =>
    name === rateName || pressureNames(pressure).includes(name)
  );
}

/** The names that stand for the pressure: `p` only where nothing else has that name. */
function pressureNames({ name, mesh }: MeshVariable): string[] {
  const isTaken = mesh.model.parameters.has(pressureName) || mesh.variables.has(pressureName);
  return name === pressureName || isTaken ? [name] : [name, pressureName];
}

/**
 * A law at points. Not positive values are returned as they are.
 *
 * @param flow Defaults to the present one.
 * @throws {RangeError} when a name is not known, or stands for two things.
 */
export function lawAt(context: LawContext, points: LocatedPoints, flow?: FlowIterate): LawValues {
  const { frame, law } = context;
  const velocity = flow === undefined
    ? undefined
    : { ...fieldOf(frame.variable), data: flow.velocity };
  const rates = effectiveRates(frame, context.elasticRate, points, velocity);
  const invariants = secondInvariants(rates, frame.geometry.topology.dim);
  for (let i = 0; i < invariants.length; i++) {
    if (invariants[i] < smallestRate) invariants[i] = smallestRate;
  }
  const columns = columnsOf(context, points, invariants, flow);
  return { rates, invariants, viscosity: sampled(law, columns, points.count) };
}

/** The derivatives of a law where {@link lawAt} evaluated it. */
export function lawSlopesAt(
  context: LawContext,
  points: LocatedPoints,
  { invariants }: LawValues,
  flow?: FlowIterate,
): LawSlopes {
  const { law, pressure } = context, names = law.variables();
  const columns = columnsOf(context, points, invariants, flow), { count } = points;
  const byRate = names.includes(rateName)
    ? sampled(derivativeOf(law, rateName), columns, count)
    : null;
  let byPressure: Float64Array | null = null;
  for (const name of pressureNames(pressure)) {
    if (!names.includes(name)) continue;
    const slopes = sampled(derivativeOf(law, name), columns, count);
    byPressure = byPressure === null ? slopes : byPressure.map((value, i) => value + slopes[i]);
  }
  return { byRate, byPressure };
}

/** What names stand for, late: parameters and fields at the present, invariants and pressures of the flow. */
function columnsOf(
  { frame, pressure }: LawContext,
  points: LocatedPoints,
  invariants: Float64Array,
  flow?: FlowIterate,
): ReturnType<typeof columnsFor> {
  let known: Float64Array | null = null;
  const pressures = () => {
    if (known !== null) return known;
    const field = fieldOf(pressure), data = flow?.pressure ?? field.data;
    known = new Float64Array(points.count);
    evaluateInto({ ...field, data }, points.cells, points.barycentric, points.count, known);
    return known;
  };
  const own = [rateName, ...pressureNames(pressure).filter((name) => name !== pressure.name)];
  return columnsFor(points, frame.sample("viscosity"), {
    source: {
      owner: "the flow",
      variables: new Map(own.map((name) => [name, { components: 1 }])),
      valuesOf: (name) => name === rateName ? invariants : pressures(),
    },
    replaced: new Map([[pressure.name, pressures()]]),
  });
}

function sampled(
  law: Expression,
  columns: ReturnType<typeof columnsFor>,
  count: number,
): Float64Array {
  const out = new Float64Array(count);
  if (law.variables().length === 0) return out.fill(constantValue(law, columns));
  sampleExpression(law, columns, count, out);
  return out;
}

/** Expressions are immutable. */
const derivatives = new WeakMap<Expression, Map<string, Expression>>();

function derivativeOf(law: Expression, name: string): Expression {
  let known = derivatives.get(law);
  if (known === undefined) derivatives.set(law, known = new Map());
  let derivative = known.get(name);
  if (derivative === undefined) known.set(name, derivative = law.derivative(name));
  return derivative;
}

/** The error about a viscosity that is not positive and finite, at point `i`. */
export function notPositive(
  { geometry, what, t }: FieldFrame,
  { coordinates }: LocatedPoints,
  { viscosity, invariants }: LawValues,
  i: number,
): RangeError {
  const { dim } = geometry.topology;
  const place = coordinates.subarray(i * dim, (i + 1) * dim).join(", ");
  return new RangeError(
    `${what}: the viscosity is ${viscosity[i]} at (${place}), t = ${t}, edot = ${
      invariants[i].toExponential(2)
    }; a law has to stay positive and finite, at rest too: give it limits`,
  );
}
