/**
 * One solve of an equation, backwards.
 *
 * @module
 */
import {
  adjointFields,
  type AdjointForm,
  adjointForm,
  adjointName,
  pastName,
} from "../equation/adjoint_form.ts";
import { cellPlaces, DensityIntegral, type DensityPlaces } from "../equation/density.ts";
import { environmentOf } from "../equation/environment.ts";
import { facetGeometry } from "../equation/facet_geometry.ts";
import { solveAdjoint } from "../equation/frame_adjoint.ts";
import { inputsOf } from "../equation/leaf_sources.ts";
import type { Program } from "../equation/program.ts";
import type { WatchedSolve } from "../equation/solve_watch.ts";
import type { SpaceField } from "../equation/unknown_space.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { addTimes, type Adjoints, type Wanted } from "./adjoints.ts";
import { reverseConditions } from "./condition_adjoint.ts";

/** An integral of an adjoint form with where it is taken. */
interface Part {
  readonly integral: DensityIntegral;
  /** The boundary; null for the cells. */
  readonly boundary: string | null;
}

/** What is made once for a program, as long as the same derivatives are wanted. */
interface Compiled {
  readonly key: string;
  readonly parts: readonly Part[];
}

const known = new WeakMap<Program, { form: AdjointForm; compiled: Compiled }>();

/**
 * From the derivatives by what a solve left to those by what it found: `-lambda . dR`, with lambda from the transposed
 * Jacobian, for fields, earlier values, parameters and Dirichlet values. The model has the values with which
 * the solve began. Collective.
 *
 * @throws {ConvergenceError} when the adjoint system is not solved.
 */
export function reverseSolve(solve: WatchedSolve, adjoints: Adjoints, wanted: Wanted): void {
  const { equation: { unknowns, levels, theta }, frame, rates } = solve, { space } = frame;
  const isBetween = (k: number) => theta < 1 && levels[k] !== null;
  const after = unknowns.map((unknown) => adjoints.take(unknown));
  const levelsAfter = levels.map((list) => list?.map((level) => adjoints.take(level)) ?? []);
  if (!frame.any([...after, ...levelsAfter.flat()].some((values) => values !== null))) return;
  const slope = space.gather(
    after.map((values, k) =>
      values !== null && isBetween(k) ? values.map((value) => value / theta) : values
    ),
  );
  const { adjoint, prescribed } = solveAdjoint(frame, solve.x, slope);
  const past = reverseForm(solve, adjoint, adjoints, wanted);
  reverseConditions(solve, prescribed, isBetween, adjoints, wanted);
  unknowns.forEach((unknown, k) => {
    if (levels[k] === null) return;
    const start = adjoints.of(unknown), { weights } = rates!;
    if (isBetween(k)) {
      addTimes(start, after[k], 1 - 1 / theta);
      addTimes(start, valuesIn(space.fields[k], prescribed, solve), 1 - theta);
    }
    addTimes(start, past[k], weights[0]);
    // The first earlier level takes the values at the start, the next ones those of the level before.
    addTimes(start, levelsAfter[k][0] ?? null, 1);
    levels[k].forEach((level, j) => {
      const values = adjoints.of(level);
      if (j + 1 < weights.length) addTimes(values, past[k], weights[j + 1]);
      addTimes(values, levelsAfter[k][j + 1] ?? null, 1);
    });
  });
}

/** The values of one unknown in a vector of all, `[count x components]`. */
function valuesIn(
  field: SpaceField,
  vector: Float64Array,
  { frame: { space } }: WatchedSolve,
): Float64Array {
  const out = new Float64Array(field.map.count * field.shape.components);
  space.scatter(vector, field, out);
  return out;
}

/** Adds `adjoint . dR` by fields and parameters; returns that by what earlier values add to the rates. */
function reverseForm(
  solve: WatchedSolve,
  adjoint: Float64Array,
  adjoints: Adjoints,
  wanted: Wanted,
): (Float64Array | null)[] {
  const { equation: { unknowns }, frame } = solve, { geometry, program: { assembler } } = frame;
  const past: (Float64Array | null)[] = unknowns.map(() => null);
  const sources = fieldsOf(solve, adjoint);
  for (const { integral, boundary } of compiledFor(solve, wanted).parts) {
    const { goal: { fields, parameters } } = integral;
    const degrees = assembler.degreesOn(geometry);
    const places = boundary === null
      ? cellPlaces(geometry, degrees.cells)
      : facetGeometry(geometry, boundary, degrees.facets);
    const sums = new Float64Array(1 + parameters.length);
    const targets = fields.map((name) => sources(name));
    const out = targets.map(({ data }) => new Float64Array(data.length));
    integrate(solve, integral, places, sources, sums, out);
    parameters.forEach((name, k) => adjoints.addParameter(name, sums[k + 1]));
    fields.forEach((name, j) => {
      const k = unknowns.findIndex((unknown) => pastName(unknown.name) === name);
      if (k < 0) adjoints.add(unknowns[0].mesh.variables.get(name)!, out[j]);
      else if (past[k] === null) past[k] = out[j];
      else addTimes(past[k]!, out[j], 1);
    });
  }
  return past.map((values, k) => {
    if (values === null) return null;
    const vector = frame.space.gather(past.map((one, j) => j === k ? one : null));
    frame.ranks?.sync(vector);
    return valuesIn(frame.space.fields[k], vector, solve);
  });
}

/** Values of a field of a density with their places. */
interface FieldSource {
  readonly data: Float64Array;
  readonly dofs: Int32Array;
}

/** Where an adjoint form finds its fields. */
function fieldsOf(solve: WatchedSolve, adjoint: Float64Array): (name: string) => FieldSource {
  const { equation: { unknowns }, frame: { space, point }, x } = solve;
  const { variables } = unknowns[0].mesh;
  const sources = new Map<string, FieldSource>();
  unknowns.forEach(({ name }, k) => {
    const field = space.fields[k], dofs = field.map.cellDofs;
    sources.set(name, { data: valuesIn(field, x, solve), dofs });
    sources.set(adjointName(name), { data: valuesIn(field, adjoint, solve), dofs });
    sources.set(pastName(name), { data: valuesIn(field, point.past, solve), dofs });
  });
  return (name) => {
    let source = sources.get(name);
    if (source === undefined) {
      const variable = variables.get(name)!;
      const { data, cellDofs: dofs } = fieldOf(variable);
      const values = data ?? new Float64Array(variable.dofCount * variable.components);
      sources.set(name, source = { data: values, dofs });
    }
    return source;
  };
}

function integrate(
  { equation: { name, unknowns: [{ mesh }] }, frame: { geometry, point } }: WatchedSolve,
  integral: DensityIntegral,
  places: DensityPlaces,
  sources: (name: string) => FieldSource,
  sums: Float64Array,
  out: readonly Float64Array[],
): void {
  const { inputs, goal } = integral;
  const { parameters, regions } = environmentOf({ ...inputs, fields: [] }, mesh, name);
  const read = inputs.fields.map((field) => sources(field.name));
  const data = {
    parameters,
    regions,
    t: point.t,
    rate: point.rate,
    fields: read.map(({ data }) => data),
    fieldDofs: read.map(({ dofs }) => dofs),
  };
  integral.add(places, geometry, data, sums, out, goal.fields.map((field) => sources(field).dofs));
}

function compiledFor({ equation, frame: { program } }: WatchedSolve, wanted: Wanted): Compiled {
  const { unknowns, name: who } = equation, { variables } = unknowns[0].mesh;
  const names = [...variables].filter(([, it]) => wanted.variables.has(it)).map(([name]) => name);
  const key = JSON.stringify([names, wanted.parameters]);
  const before = known.get(program);
  if (before?.compiled.key === key) return before.compiled;
  const form = before?.form ?? adjointForm(program, who);
  const shapes = adjointFields(program.form.unknowns, variables);
  const all = [
    { boundary: null, density: form.cells },
    ...form.facets,
  ];
  const parts = all.map(({ boundary, density }): Part => {
    const inputs = inputsOf([density.node], shapes);
    const isWanted = (name: string) =>
      names.includes(name) || unknowns.some((unknown) => pastName(unknown.name) === name);
    // Where an equation is solved its unknowns are not given.
    const isUnknown = (name: string) => unknowns.some((unknown) => unknown.name === name);
    const fields = inputs.fields.map(({ name }) => name)
      .filter((name) => isWanted(name) && !isUnknown(name));
    const parameters = inputs.parameters.filter((name) => wanted.parameters.includes(name));
    return { boundary, integral: new DensityIntegral(density, { fields, parameters }, shapes) };
  });
  const compiled = { key, parts };
  known.set(program, { form, compiled });
  return compiled;
}
