/**
 * Fluxes through boundaries, read from text.
 *
 * @module
 */
import type { Graph, Node } from "./graph.ts";
import { leavesOf } from "./graph.ts";
import { Reader } from "./reader.ts";
import { readFormula, refusePiece } from "./syntax.ts";
import { shapeText } from "./tensor.ts";
import type { FieldShape, Vocabulary } from "./vocabulary.ts";

/** The flux into the domain of one component, and how it depends on the unknowns. */
export interface FacetRow {
  readonly field: number;
  readonly component: number;
  readonly flux: Node;
  /** d flux / d u for each component of each unknown where that is not zero. */
  readonly slopes: readonly {
    readonly field: number;
    readonly component: number;
    readonly by: Node;
  }[];
}

/** A flux, read. */
export interface FacetForm {
  readonly graph: Graph;
  readonly dim: 2 | 3;
  readonly unknowns: readonly FieldShape[];
  readonly rows: readonly FacetRow[];
  readonly uses: ReadonlyMap<string, string>;
}

/**
 * Reads the flux of an unknown through a boundary.
 *
 * @param field Which unknown.
 * @param component The component, or null where the text has them all.
 * @param isEarly Whether names that are not known yet may become parameters.
 * @throws {RangeError} when it cannot be read, or has another shape.
 */
export function readFlux(
  text: string,
  field: number,
  component: number | null,
  vocabulary: Vocabulary,
  what: string,
  isEarly = false,
): FacetForm {
  const formula = readFormula(text, what);
  const reader = new Reader(vocabulary, { isBoundary: true, isEarly });
  const flux = reader.read(text, what);
  const { graph, derivatives, dim, uses } = reader;
  const { unknowns } = vocabulary;
  const { name, components } = unknowns[field];
  const isScalar = component !== null || components === 1;
  if (isScalar ? flux.shape.length > 0 : flux.shape.join() !== `${components}`) {
    refusePiece(
      formula,
      formula.tree,
      `its shape is ${shapeText(flux)}; the flux of ${name}${
        component === null ? "" : `[${component}]`
      } has the shape ${isScalar ? "[]" : `[${components}]`}`,
    );
  }
  for (const { leaf } of leavesOf(flux.entries)) {
    const { kind, axis, name } = leaf!;
    if (kind === "test") {
      refusePiece(formula, formula.tree, `a flux has no test function; ${name} is one`);
    }
    if (axis >= 0) {
      refusePiece(formula, formula.tree, `a flux has no gradients; grad(${name}) is one`);
    }
  }
  const leaves = unknowns.flatMap((unknown, other) =>
    Array.from({ length: unknown.components }, (_, k) => ({
      field: other,
      component: k,
      leaf: graph.leaf("unknown", unknown.name, k),
    }))
  );
  const rows = flux.entries.map((entry, k): FacetRow => ({
    field,
    component: component ?? k,
    flux: entry,
    slopes: leaves.map(({ leaf, ...which }) => ({ ...which, by: derivatives.by(entry, leaf) }))
      .filter(({ by }) => by !== graph.zero),
  }));
  return { graph, dim, unknowns, rows, uses };
}

/** How a flux depends on the unknowns. */
export function slopesOfFlux({ rows }: FacetForm): Node[] {
  return rows.flatMap(({ slopes }) => slopes.map(({ by }) => by));
}

/** All formulas of a flux. */
export function nodesOfFlux(form: FacetForm): Node[] {
  return [...form.rows.map(({ flux }) => flux), ...slopesOfFlux(form)];
}
