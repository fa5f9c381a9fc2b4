/**
 * Compiles the kernels of fluxes over the facets of boundaries.
 *
 * @module
 */
import { functionScope } from "../expression/codegen.ts";
import { kernels } from "../expression/tree.ts";
import type { CellData, KernelGoal } from "./cell_kernel.ts";
import type { FacetForm } from "./facet_form.ts";
import type { FacetGeometry } from "./facet_geometry.ts";
import { type KernelInputs, LeafSources } from "./leaf_sources.ts";
import { Statements } from "./statements.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** Takes fluxes from `residual`, and their derivatives from `values`. */
export type FacetKernel = (
  data: CellData,
  facets: FacetGeometry,
  residual: Float64Array,
  values: Float64Array,
) => void;

/** Compiles a flux; `goal` says what is wanted. */
export function compileFacetKernel(
  form: FacetForm,
  space: UnknownSpace,
  inputs: KernelInputs,
  goal: KernelGoal,
): FacetKernel {
  const code = `${functionScope}
    return (data, facets, residual, values) => {
      const { dofs, positions, corners, coordinates, inverse, parameters, t, rate, x, past, fields,
        fieldDofs, regions } = data;
      const { count, cells, locals, measures, scales, normals, points, weights, shapes1, shapes2 } = facets;
      ${writeFacetKernel(form, space, inputs, goal)}
    };`;
  return (new Function("kernels", code) as (scope: typeof kernels) => FacetKernel)(kernels);
}

function writeFacetKernel(
  form: FacetForm,
  space: UnknownSpace,
  inputs: KernelInputs,
  goal: KernelGoal,
): string {
  const statements = new Statements();
  const leaves = new LeafSources(statements, form.dim, space.fields, inputs, true, goal.isCurved);
  statements.connect(leaves);
  const width = space.map.perCell, stride = form.dim + 1;
  statements.declare("cell", 1, () => `c * ${width}`);
  statements.declare("block", 1, () => `c * ${width * width}`);
  const inside: string[] = [];
  const placeOf = (field: number, component: number) => {
    const { base, degree, map: { perCell } } = space.fields[field];
    return { base: base + component * perCell, degree, perCell, start: leaves.offset(degree) };
  };
  for (const { field, component, flux, slopes } of form.rows) {
    const row = placeOf(field, component);
    const test = `shapes${row.degree}[${row.start} + a * ${stride}]`;
    const lines: string[] = [];
    if (goal.residual && flux !== form.graph.zero) {
      const value = statements.value(flux);
      lines.push(`residual[dofs[cell + ${row.base} + a]] -= scale * ${value} * ${test};`);
    }
    for (const { field, component, by } of goal.jacobian ? slopes : []) {
      const column = placeOf(field, component);
      // The product of the shape functions first: it commutes, so the matrix stays symmetric.
      const shape = `shapes${column.degree}[${column.start} + b * ${stride}]`;
      lines.push(
        `for (let b = 0; b < ${column.perCell}; b++) {`,
        `values[positions[block + (${row.base} + a) * ${width} + ${column.base} + b]] -= ` +
          `scale * ${statements.value(by)} * (${test} * ${shape});`,
        "}",
      );
    }
    if (lines.length > 0) inside.push(`for (let a = 0; a < ${row.perCell}; a++) {`, ...lines, "}");
  }
  return [
    ...statements.lines(0),
    "for (let f = 0; f < count; f++) {",
    "const c = cells[f], k = locals[f];",
    ...statements.lines(1),
    "for (let q = 0; q < points; q++) {",
    goal.isCurved
      ? "const scale = scales[f * points + q];"
      : "const scale = measures[f] * weights[q];",
    ...statements.lines(2),
    ...inside,
    "}",
    "}",
  ].join("\n");
}
