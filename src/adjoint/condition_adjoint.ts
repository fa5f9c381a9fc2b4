/**
 * Dirichlet values, backwards: from derivatives by the values to those by what they are made of.
 *
 * @module
 */
import type { WatchedEquation, WatchedSolve } from "../equation/solve_watch.ts";
import { type Expression, isExpression } from "../expression/contract.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { type LocatedPoints, selectPoints } from "../mesh/located_points.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import { type Coefficient, sampleOne } from "../solve/coefficient.ts";
import { type Condition, dofsOn } from "../solve/conditions.ts";
import type { Adjoints, Wanted } from "./adjoints.ts";

/**
 * Refuses Dirichlet values that are functions: what they depend on is not known.
 *
 * @throws {TypeError} when there is one.
 */
export function refuseFunctions({ name, unknowns, dirichlet }: WatchedEquation): void {
  dirichlet.forEach(({ list }, k) => {
    for (const { value, boundary } of list) {
      const all: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (!all.some((one) => typeof one === "function")) continue;
      throw new TypeError(
        `${name}: the value of ${
          unknowns[k].name
        } on ${boundary} is a function, which has no derivative by ` +
          `controls; give an expression, or a variable that was set from the function`,
      );
    }
  });
}

/** What one condition is for, in one component. */
interface Held {
  readonly value: Coefficient;
  /** The component of the value, where that is a field. */
  readonly component: number;
  readonly points: LocatedPoints;
  /** The derivative by the value at each point, `[points]`; and whether the point is of this rank. */
  readonly slopes: Float64Array;
  readonly isOwned: readonly boolean[];
}

/**
 * Adds the derivatives by fields and parameters of which Dirichlet values are made. Collective.
 *
 * @param prescribed By the values, `[unknowns]`.
 * @param isBetween Whether an unknown is solved for between two times.
 */
export function reverseConditions(
  solve: WatchedSolve,
  prescribed: Float64Array,
  isBetween: (unknown: number) => boolean,
  adjoints: Adjoints,
  wanted: Wanted,
): void {
  const { equation: { unknowns, dirichlet, theta, name }, frame: { point }, rates } = solve;
  const { mesh } = unknowns[0];
  unknowns.forEach((unknown, f) => {
    const factor = isBetween(f) ? theta : 1;
    const end = theta < 1 && !isBetween(f) ? point.t : rates?.end ?? point.t;
    for (let k = 0; k < unknown.components; k++) {
      for (const condition of dirichlet[f].list) {
        const held = heldBy(condition, solve, f, k, prescribed);
        if (held === null) continue;
        const context = { mesh, t: end, what: `${name}: value of ${unknown.name}` };
        const derivative = (expression: Expression, by: string) => {
          const samples = sampleOne(expression.derivative(by), () => held.points, context);
          return held.slopes.map((slope, i) =>
            factor * slope * (typeof samples === "number" ? samples : samples[i])
          );
        };
        const { value } = held;
        if (value instanceof MeshVariable) {
          if (!wanted.variables.has(value)) continue;
          const slopes = held.slopes.map((slope) => factor * slope);
          adjoints.add(value, spread(value, held.component, held.points, slopes));
        } else if (isExpression(value)) {
          for (const by of value.variables()) {
            const variable = mesh.variables.get(by);
            if (wanted.parameters.includes(by)) {
              const slopes = derivative(value, by);
              adjoints.addParameter(
                by,
                slopes.reduce((sum, one, i) => held.isOwned[i] ? sum + one : sum, 0),
              );
            } else if (variable !== undefined && wanted.variables.has(variable)) {
              adjoints.add(variable, spread(variable, 0, held.points, derivative(value, by)));
            }
          }
        }
      }
    }
  });
}

/** The unknowns of a component whose value is that of a condition; null where it is for another component. */
function heldBy(
  condition: Condition,
  { equation: { unknowns, dirichlet }, frame: { space, geometry, ranks } }: WatchedSolve,
  f: number,
  k: number,
  prescribed: Float64Array,
): Held | null {
  const isFor = ({ kind, component }: Condition) =>
    kind === "dirichlet" && (component === null || component === k);
  if (!isFor(condition)) return null;
  const { map } = space.fields[f], places = space.placesOf(space.fields[f]);
  const { list } = dirichlet[f];
  // Where several conditions are for one unknown the last one counts.
  const last = new Int32Array(map.count).fill(-1);
  list.forEach((other, j) => {
    if (isFor(other)) { for (const dof of dofsOn(geometry, other.boundary, map)) last[dof] = j; }
  });
  const own = list.indexOf(condition);
  const dofs = [...dofsOn(geometry, condition.boundary, map)].filter((dof) => last[dof] === own);
  const isWide = condition.component === null && unknowns[f].components > 1;
  const { value } = condition;
  return {
    value: (Array.isArray(value) ? value[isWide ? k : 0] : value) as Coefficient,
    component: isWide && !Array.isArray(value) ? k : 0,
    points: selectPoints(locatedDofs(geometry, map), dofs),
    slopes: Float64Array.from(dofs, (dof) => prescribed[places[dof] + k]),
    isOwned: dofs.map((dof) => ranks === null || places[dof] + k < ranks.owned),
  };
}

/** The derivative by the degrees of freedom of a field, given that by its values at points. */
function spread(
  variable: MeshVariable,
  component: number,
  { count, cells, barycentric }: LocatedPoints,
  slopes: Float64Array,
): Float64Array {
  const { mesh: { dim }, degree, dofCount, components } = variable;
  const element = elementOf(dim, degree), { perCell } = element;
  const { cellDofs } = fieldOf(variable);
  const shapes = new Float64Array(perCell), out = new Float64Array(dofCount * components);
  for (let i = 0; i < count; i++) {
    element.values(barycentric, i * (dim + 1), shapes);
    for (let a = 0; a < perCell; a++) {
      out[cellDofs[cells[i] * perCell + a] * components + component] += shapes[a] * slopes[i];
    }
  }
  return out;
}
