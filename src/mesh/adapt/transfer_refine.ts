/**
 * Transfers fields to a mesh whose cells were halved: the functions are the same, on smaller cells.
 *
 * @module
 */
import { elementOf } from "../elements/mod.ts";
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
  const { births, nodeCount } = step.map.joined ?? step.map;
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
  const { dim } = step.before.topology, { components } = kind, corners = dim + 1;
  const { labels, levels } = forestOf(step.before), { start, levels: partLevels } = step.map;
  const from = step.before.topology.dofMap(kind.degree, kind.continuous);
  const to = step.after.topology.dofMap(kind.degree, kind.continuous);
  const element = elementOf(dim, kind.degree), { perCell, nodes } = element;
  const walk = new PartWalk(dim);
  const out = new Float64Array(to.count * components), done = new Uint8Array(to.count);
  const place = new Float64Array(corners), shape = new Float64Array(perCell);
  for (let c = 0; c + 1 < start.length; c++) {
    walk.start(labels[c], levels[c]);
    for (let part = start[c]; part < start[c + 1]; part++) {
      const vertices = walk.next(partLevels[part]);
      for (let i = 0; i < perCell; i++) {
        const dof = to.cellDofs[part * perCell + i];
        if (done[dof] !== 0) continue;
        done[dof] = 1;
        for (let k = 0; k < corners; k++) {
          let sum = 0;
          for (let v = 0; v < corners; v++) {
            sum += nodes[i * corners + v] * vertices[v * corners + k];
          }
          place[k] = sum;
        }
        element.values(place, 0, shape);
        // At a previous node its shape function is exactly 1 and all others are exactly 0, so the
        // value is copied, bit for bit.
        const whole = shape.indexOf(1);
        for (let a = 0; a < components; a++) {
          let value = 0;
          if (whole >= 0) value = values[from.cellDofs[c * perCell + whole] * components + a];
          else {
            for (let j = 0; j < perCell; j++) {
              value += shape[j] * values[from.cellDofs[c * perCell + j] * components + a];
            }
          }
          out[dof * components + a] = value;
        }
      }
    }
  }
  return out;
}
