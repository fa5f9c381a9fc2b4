/**
 * Sets fields from formulas of other fields.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { type FormulaOptions, registerFormulaSetter } from "../mesh/formula_setter.ts";
import { geometryOf, haloOf, type Mesh } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import type { Constraints } from "../solve/conditions.ts";
import { projected } from "./formula_projection.ts";
import { boundedDegree, formulaDegree } from "./degree_estimate.ts";
import { type Environment, environmentOf } from "./environment.ts";
import { checkDefinitions, checkQuadrature, requireText } from "./equation_options.ts";
import { checkHeld, heldValues, putHeld } from "./held_values.ts";
import { inputsOf } from "./leaf_sources.ts";
import { formulaAtPoints, type PointFormula, readPointFormula } from "./point_formula.ts";
import { type Recovered, recoveredFields, withRecoveredGradients } from "./recovered_formula.ts";
import { cellTables } from "./tables.ts";
import type { FieldShape } from "./vocabulary.ts";

const optionNames: OptionNames<FormulaOptions> = {
  by: true,
  define: true,
  quadratureDegree: true,
  held: true,
};
const methods = ["projection", "average", "recovery"];

registerFormulaSetter((variable, text, options) => {
  const who = `variable '${variable.name}'`, { mesh, components } = variable;
  const { formula, by, quadratureDegree, conditions } = allOrNone(mesh.model.comm, () => {
    checkOptions(`${who}, setFrom`, options, optionNames);
    const { by = "projection", define = {} } = options;
    if (!methods.includes(by)) {
      const list = methods.map((name) => `"${name}"`).join(", ");
      throw new RangeError(`${who}: by is one of ${list}, got ${JSON.stringify(by)}`);
    }
    requireText("setFrom", text);
    const definitions = checkDefinitions("define", define);
    const quadratureDegree = checkQuadrature(options.quadratureDegree);
    const what = `${who}: the formula`;
    const formula = readPointFormula(text, components, mesh, definitions, what);
    const conditions = checkHeld(variable, options.held ?? {}, `${who}, setFrom`);
    return { formula, by, quadratureDegree, conditions };
  });
  const held = heldValues(variable, conditions, `${who}, setFrom`);
  const values = by === "projection"
    ? projectionOf(formula, variable, quadratureDegree, held, who)
    : averageOf(formula, variable, by === "recovery", who);
  if (held !== null) putHeld(values, held);
  const { rankMesh } = geometryOf(mesh).topology;
  if (rankMesh !== null) {
    haloOf(mesh, rankMesh.dofs(variable.degree, variable.continuous)).sync(values, components);
  }
  return values;
});

/** The values of a formula at points of all cells; collective where it needs recovered gradients. */
function sampled(
  formula: PointFormula,
  mesh: Mesh,
  barycentric: Float64Array,
  recovered: readonly Recovered[],
  who: string,
): Float64Array {
  return allOrNone(mesh.model.comm, () => {
    const inputs = inputsOf(
      formula.entries,
      (name) =>
        recovered.find(({ shape }) => shape.name === name)?.shape ?? mesh.variables.get(name) ??
          null,
    );
    const isRecovered = ({ name }: FieldShape) =>
      recovered.some(({ shape }) => shape.name === name);
    const plain = { ...inputs, fields: inputs.fields.filter((field) => !isRecovered(field)) };
    const known = environmentOf(plain, mesh, who);
    const environment: Environment = {
      ...known,
      ...fieldsInOrder(inputs.fields, plain.fields, known, recovered),
    };
    const geometry = geometryOf(mesh), { time } = mesh.model.tracker;
    const values = formulaAtPoints(formula, barycentric, inputs, geometry, environment, time);
    const width = formula.entries.length, points = barycentric.length / (mesh.dim + 1);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return values;
    throw new RangeError(
      `${who}: the formula is ${values[wrong]} in cell ${
        Math.floor(wrong / width / points)
      }; it has to be finite`,
    );
  });
}

function fieldsInOrder(
  all: readonly FieldShape[],
  plain: readonly FieldShape[],
  known: Environment,
  recovered: readonly Recovered[],
): Pick<Environment, "fields" | "fieldDofs"> {
  const found = all.map(({ name }) => {
    const at = plain.findIndex((field) => field.name === name);
    if (at >= 0) return { data: known.fields[at], dofs: known.fieldDofs[at] };
    return recovered.find(({ shape }) => shape.name === name)!;
  });
  return { fields: found.map(({ data }) => data), fieldDofs: found.map(({ dofs }) => dofs) };
}

function projectionOf(
  formula: PointFormula,
  variable: MeshVariable,
  quadratureDegree: number | null,
  held: readonly Constraints[] | null,
  who: string,
): Float64Array {
  const { mesh, degree } = variable;
  const degreeOf = (name: string) => mesh.variables.get(name)?.degree ?? 0;
  const exact = quadratureDegree ??
    boundedDegree(degree, formula.entries.map((it) => formulaDegree(it, degreeOf) + degree));
  const { quadrature } = cellTables(mesh.dim, Math.max(1, exact));
  const samples = sampled(formula, mesh, quadrature.barycentric, [], who);
  return projected(variable, quadrature, samples, held, `${who}, setFrom`);
}

/** The mean over the cells around each degree of freedom, by volume, `[dofCount x components]`. */
function averageOf(
  formula: PointFormula,
  variable: MeshVariable,
  isRecovered: boolean,
  who: string,
): Float64Array {
  const { mesh, degree, continuous, components } = variable, { dim } = mesh;
  const recovered = isRecovered ? recoveredFields(formula, mesh, who) : [];
  const used = isRecovered ? withRecoveredGradients(formula) : formula;
  const geometry = geometryOf(mesh), { topology, volumes } = geometry;
  const { cellDofs, perCell, count } = topology.dofMap(degree, continuous);
  const samples = sampled(used, mesh, elementOf(dim, degree).nodes, recovered, who);
  const out = new Float64Array(count * components), shares = new Float64Array(count);
  // In the order of global numbers, so that sums are the same on any number of ranks.
  const order = topology.rankMesh?.cellOrder ?? null;
  for (let i = 0; i < volumes.length; i++) {
    const c = order === null ? i : order[i];
    for (let a = 0; a < perCell; a++) {
      const dof = cellDofs[c * perCell + a], from = (c * perCell + a) * components;
      shares[dof] += volumes[c];
      for (let k = 0; k < components; k++) {
        out[dof * components + k] += volumes[c] * samples[from + k];
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i] /= shares[Math.floor(i / components)];
  return out;
}
