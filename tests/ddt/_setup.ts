/** Meshes, and what every history of a field has to do. @module */
import { assertEquals } from "@std/assert";
import type { FieldDDt } from "../../src/ddt/field_ddt.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";

/** The unit square with n x n squares, each cut in two; or unstructured with cells of size 1/n. */
export function square(n: number, unstructured = false): { model: Model; mesh: Mesh } {
  const model = new Model();
  const [min, max] = [[0, 0], [1, 1]] as [[number, number], [number, number]];
  const mesh = unstructured
    ? boxMesh(model, { min, max, cellSize: 1 / n })
    : boxMesh(model, { min, max, cells: [n, n] });
  return { model, mesh };
}

/** The slope of log(errors) by log(2) between the last two. */
export function lastOrder(errors: readonly number[]): number {
  const [a, b] = errors.slice(-2);
  return Math.log2(a / b);
}

/** All the bytes that a history gives in the next steps; the variable follows its own derivative. */
function goOn(model: Model, ddt: FieldDDt): Float64Array[] {
  const seen: Float64Array[] = [];
  for (let n = 0; n < 3; n++) {
    const dt = 0.02 / (n + 1);
    if (ddt.state.phase === "between") ddt.updatePreSolve(dt);
    const history = ddt.historyTerms(), c = ddt.leadingCoefficient();
    seen.push(history, ddt.bdf(), ddt.adamsMoultonFlux(), Float64Array.of(c, ddt.effectiveOrder));
    const { data } = ddt.variable;
    for (let i = 0; i < data.length; i++) data[i] = -history[i] / c + 0.01 * Math.sin(i);
    ddt.updatePostSolve();
    model.tracker.time += dt;
  }
  seen.push(ddt.variable.data.slice());
  return seen;
}

/** Restored between and within steps, after an absurd step, everything goes on with the same bytes. */
export function assertGoesOn(model: Model, ddt: FieldDDt): void {
  goOn(model, ddt);
  for (const phase of ["between", "step"]) {
    if (phase === "step") ddt.updatePreSolve(0.013);
    using token = model.saveState();
    const before = ddt.state;
    const expected = goOn(model, ddt);
    ddt.updatePreSolve(100);
    ddt.variable.data.fill(NaN);
    ddt.updatePostSolve();
    for (const variable of ddt.variable.mesh.variables.values()) variable.data.fill(-7);
    model.loadState(token);
    assertEquals(ddt.state, before);
    goOn(model, ddt).forEach((bytes, k) => assertSameBytes(bytes, expected[k], `${phase} ${k}`));
    model.loadState(token);
  }
}
