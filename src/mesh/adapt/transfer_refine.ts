/**
 * Transfers fields to a mesh whose cells were halved: the functions are the same, on smaller cells.
 *
 * @module
 */
import { type Element, elementOf } from "../elements/mod.ts";
import type { FieldKind } from "../field_store.ts";
import { forestOf, type RefineStep } from "./change.ts";
import { PartWalk } from "./forest.ts";

/**
 * The values of a field after refinement, `[dofCount x components]`. Previous values that remain
 * are copied; the others are values of the previous polynomial, evaluated at exact positions in its
 * cell.
 */
export function refinedValues(
  step: RefineStep,
  kind: FieldKind,
  values: Float64Array,
): Float64Array {
  if (kind.degree === 0) return copied(step, kind.components, values);
  if (kind.degree === 1 && kind.continuous) return nodal(step, kind.components, values);
  return evaluated(step, kind, values);
}

/** P0: parts take the value of their cell. */
function copied(step: RefineStep, components: number, values: Float64Array): Float64Array {
  const { start } = step.map;
  const out = new Float64Array(step.after.topology.cellCount * components);
  for (let c = 0; c + 1 < start.length; c++) {
    const row = values.subarray(c * components, (c + 1) * components);
    for (let part = start[c]; part < start[c + 1]; part++) out.set(row, part * components);
  }
  return out;
}

/** P1: the midpoint of an edge takes the mean of both ends. */
function nodal(step: RefineStep, components: number, values: Float64Array): Float64Array {
  return meansOfEnds(step.map.joined ?? step.map, components, values);
}

/** Values at all nodes, `[nodeCount x components]`: those of new ones are the means of the ends. */
export function meansOfEnds(
  { births, nodeCount }: { readonly births: Int32Array; readonly nodeCount: number },
  components: number,
  values: Float64Array,
): Float64Array {
  const out = new Float64Array(nodeCount * components);
  out.set(values);
  let to = values.length;
  for (let i = 0; i < births.length; i += 2) {
    const a = births[i] * components, b = births[i + 1] * components;
    for (let k = 0; k < components; k++, to++) out[to] = (out[a + k] + out[b + k]) / 2;
  }
  return out;
}

/** Any element: each degree of freedom is evaluated once, in the lowest part that has it. */
function evaluated(step: RefineStep, kind: FieldKind, values: Float64Array): Float64Array {
  const { dim } = step.before.topology, { components } = kind;
  const { labels, levels } = forestOf(step.before), { start, levels: partLevels } = step.map;
  const from = step.before.topology.dofMap(kind.degree, kind.continuous);
  const to = step.after.topology.dofMap(kind.degree, kind.continuous);
  const element = elementOf(dim, kind.degree), { perCell } = element;
  const walk = new PartWalk(dim);
  const out = new Float64Array(to.count * components), done = new Uint8Array(to.count);
  for (let c = 0; c + 1 < start.length; c++) {
    walk.start(labels[c], levels[c]);
    const dofs = from.cellDofs.subarray(c * perCell, (c + 1) * perCell);
    for (let part = start[c]; part < start[c + 1]; part++) {
      const vertices = walk.next(partLevels[part]);
      for (let i = 0; i < perCell; i++) {
        const dof = to.cellDofs[part * perCell + i];
        if (done[dof] !== 0) continue;
        done[dof] = 1;
        valueInPart(element, vertices, i, dofs, values, components, out, dof * components);
      }
    }
  }
  return out;
}

const place = new Float64Array(4), shape = new Float64Array(10);

/**
 * The value of a polynomial of a cell at one degree of freedom of one of its parts.
 *
 * @param vertices of the part, as `PartWalk` gives them.
 * @param i the degree of freedom.
 * @param dofs those of the cell.
 */
export function valueInPart(
  element: Element,
  vertices: Float64Array,
  i: number,
  dofs: Int32Array,
  values: Float64Array,
  components: number,
  out: Float64Array,
  at: number,
): void {
  const { dim, perCell, nodes } = element, corners = dim + 1;
  for (let k = 0; k < corners; k++) {
    let sum = 0;
    for (let v = 0; v < corners; v++) sum += nodes[i * corners + v] * vertices[v * corners + k];
    place[k] = sum;
  }
  element.values(place, 0, shape);
  // At a previous node its shape function is exactly 1 and all others are exactly 0, so the
  // value is copied, bit for bit.
  const whole = shape.indexOf(1);
  for (let a = 0; a < components; a++) {
    let value = 0;
    if (whole >= 0 && whole < perCell) value = values[dofs[whole] * components + a];
    else for (let j = 0; j < perCell; j++) value += shape[j] * values[dofs[j] * components + a];
    out[at + a] = value;
  }
}
