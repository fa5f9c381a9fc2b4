/**
 * Transfers fields to a mesh whose cells were merged.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import type { DofMap } from "../dof_map.ts";
import type { FieldKind } from "../field_store.ts";
import { localEdges } from "../simplex.ts";
import type { Topology } from "../topology.ts";
import { type CoarsenStep, forestOf } from "./change.ts";
import type { Coarsening } from "./coarsen.ts";
import { conserve } from "./conserve.ts";
import { CellProjection } from "./projection.ts";

/**
 * The values of a field after coarsening, `[dofCount x components]`. Piecewise constant fields take
 * the mean of their parts. Discontinuous functions take the L2 projection, cell by cell. Continuous
 * ones keep their values at the remaining nodes, and, if the integral is to be conserved, are
 * corrected around merged cells.
 */
export function coarsenedValues(
  step: CoarsenStep,
  kind: FieldKind,
  values: Float64Array,
): Float64Array {
  if (kind.degree === 0) {
    return averagedCells(step.map.start, step.before.volumes, kind.components, values);
  }
  if (!kind.continuous) return projected(step, kind, values);
  const kept = interpolated(step, kind, values);
  return kind.transfer === "interpolate" ? kept : conserve(step, kind, values, kept);
}

/** P0: the mean weighted by volume, in a form that preserves constants exactly. */
export function averagedCells(
  start: Int32Array,
  volumes: Float64Array,
  components: number,
  values: Float64Array,
): Float64Array {
  const out = new Float64Array((start.length - 1) * components);
  for (let c = 0; c + 1 < start.length; c++) {
    let volume = 0;
    for (let part = start[c]; part < start[c + 1]; part++) volume += volumes[part];
    for (let a = 0; a < components; a++) {
      const first = values[start[c] * components + a];
      let sum = 0;
      for (let part = start[c] + 1; part < start[c + 1]; part++) {
        sum += volumes[part] * (values[part * components + a] - first);
      }
      out[c * components + a] = start[c + 1] === start[c] + 1 ? first : first + sum / volume;
    }
  }
  return out;
}

/** P1 and P2: the values at nodes that stay; the midpoint of an edge that was halved was a node. */
function interpolated(step: CoarsenStep, kind: FieldKind, values: Float64Array): Float64Array {
  const { components } = kind, { kept } = step.map.joined ?? step.map;
  const to = step.after.topology.dofMap(kind.degree, true);
  const out = new Float64Array(to.count * components);
  takeRows(values, kept, components, out);
  if (kind.degree === 1) return out;
  const from = oldDofsOfEdges(step, to);
  takeRows(values, from, components, out, kept.length);
  return out;
}

/** The previous degree of freedom at the midpoint of every current edge. */
function oldDofsOfEdges({ before, after, map }: CoarsenStep, to: DofMap): Int32Array {
  const { dim, cellCount, cells } = after.topology, corners = dim + 1;
  const edges = localEdges(dim), sides = edges.length / 2;
  const old = before.topology.dofMap(2, true);
  const nodes = after.topology.joined.nodeCount, of = map.joined?.vertexOf ?? null;
  const out = new Int32Array(to.count - nodes).fill(-1);
  for (let c = 0; c < cellCount; c++) {
    const part = map.start[c], whole = map.start[c + 1] === part + 1;
    for (let e = 0; e < sides; e++) {
      const edge = to.cellDofs[c * to.perCell + corners + e] - nodes;
      if (out[edge] >= 0) continue;
      // In a cell that did not change, the edges keep their positions.
      if (whole) out[edge] = old.cellDofs[part * old.perCell + corners + e];
      else {
        const a = map.kept[cells[c * corners + edges[2 * e]]];
        const b = map.kept[cells[c * corners + edges[2 * e + 1]]];
        const middle = map.middles.find(a, b);
        if (middle >= 0) out[edge] = of === null ? middle : of[middle];
        else out[edge] = dofBetween(before.topology, old, map, c, a, b);
      }
    }
  }
  return out;
}

/**
 * The previous degree of freedom at the midpoint of an edge that was not halved, in one of the
 * parts.
 */
export function dofBetween(
  { dim, cells }: Pick<Topology, "dim" | "cells">,
  old: DofMap,
  { start }: Pick<Coarsening, "start">,
  cell: number,
  a: number,
  b: number,
): number {
  const corners = dim + 1, edges = localEdges(dim);
  for (let part = start[cell]; part < start[cell + 1]; part++) {
    for (let e = 0; e < edges.length; e += 2) {
      const p = cells[part * corners + edges[e]], q = cells[part * corners + edges[e + 1]];
      if ((p === a && q === b) || (p === b && q === a)) {
        return old.cellDofs[part * old.perCell + corners + e / 2];
      }
    }
  }
  throw new Error(`cell ${cell} has no part with the edge ${a}-${b}`);
}

/** Discontinuous functions: the L2 projection, cell by cell. */
function projected(step: CoarsenStep, kind: FieldKind, values: Float64Array): Float64Array {
  const { dim, cellCount } = step.after.topology, { components } = kind;
  const { start, labels, levels } = step.map;
  const partLevels = forestOf(step.before).levels;
  const projection = new CellProjection(dim, kind.degree, components);
  const width = projection.perCell * components;
  const out = new Float64Array(cellCount * width);
  for (let c = 0; c < cellCount; c++) {
    const first = start[c];
    if (start[c + 1] === first + 1) {
      out.set(values.subarray(first * width, (first + 1) * width), c * width);
    } else projection.project(labels[c], levels[c], first, partLevels, values, out, c * width);
  }
  return out;
}
