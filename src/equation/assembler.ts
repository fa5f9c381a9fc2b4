/**
 * Residuals and Jacobians of an equation on a mesh.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import {
  type CellData,
  type CellKernel,
  compileCellKernel,
  type KernelGoal,
} from "./cell_kernel.ts";
import { cellPlacesOf } from "./cell_places.ts";
import { boundedDegree, formulaDegree } from "./degree_estimate.ts";
import type { Environment } from "./environment.ts";
import { type FacetForm, nodesOfFlux, slopesOfFlux } from "./facet_form.ts";
import { facetGeometry } from "./facet_geometry.ts";
import { compileFacetKernel, type FacetKernel } from "./facet_kernel.ts";
import { type Form, nodesOfBlock } from "./form.ts";
import type { Node } from "./graph.ts";
import { inputsOf, type KernelInputs, nodesOfForm } from "./leaf_sources.ts";
import { cellTables, type ShapeTables } from "./tables.ts";
import { UnknownSpace } from "./unknown_space.ts";
import type { FieldShape } from "./vocabulary.ts";

/** A flux on a named boundary. */
export interface BoundaryFlux {
  readonly boundary: string;
  readonly form: FacetForm;
}

/** The values at which an equation is evaluated. */
export interface Point {
  readonly environment: Environment;
  readonly t: number;
  /** The leading coefficient of the rate, and what earlier values add to it. */
  readonly rate: number;
  readonly past: Float64Array;
  /** The unknowns. */
  readonly x: Float64Array;
}

/** A kernel for cells with those for boundaries. */
interface Compiled {
  readonly cells: CellKernel;
  readonly facets: readonly { readonly boundary: string; readonly kernel: FacetKernel }[];
}

/**
 * Kernels of one equation, compiled when they are first needed, for all meshes of its dimension.
 *
 * State: none, a function of the texts.
 */
export class Assembler {
  readonly form: Form;
  readonly inputs: KernelInputs;
  /** To which degree cells are integrated exactly. */
  readonly cellDegree: number;
  /** The same for boundaries. */
  readonly facetDegree: number;
  /** The formulas of the Jacobian, and what they read. */
  readonly jacobianNodes: readonly Node[];
  readonly jacobianInputs: KernelInputs;
  readonly #fluxes: readonly BoundaryFlux[];
  /** How many degrees the Jacobian of a curved cell adds. */
  readonly #curvedDegree: number;
  readonly #compiled = new Map<string, Compiled>();

  /**
   * @param form The equation.
   * @param fluxes What comes through boundaries.
   * @param field Other fields by name.
   * @param quadratureDegree Instead of the estimate from the formulas.
   */
  constructor(
    form: Form,
    fluxes: readonly BoundaryFlux[],
    field: (name: string) => FieldShape | null,
    quadratureDegree: number | null = null,
  ) {
    this.form = form;
    this.#fluxes = fluxes;
    this.#curvedDegree = quadratureDegree === null ? 2 : 0;
    const nodes = [...nodesOfForm(form), ...fluxes.flatMap((flux) => nodesOfFlux(flux.form))];
    this.inputs = inputsOf(nodes, field);
    this.jacobianNodes = [
      ...form.blocks.flatMap(nodesOfBlock),
      ...fluxes.flatMap((flux) => slopesOfFlux(flux.form)),
    ];
    this.jacobianInputs = inputsOf(this.jacobianNodes, field);
    const { unknowns } = form;
    const degree = (name: string) =>
      unknowns.find((unknown) => unknown.name === name)?.degree ?? field(name)?.degree ?? 0;
    const most = Math.max(...unknowns.map(({ degree }) => degree));
    this.cellDegree = quadratureDegree ?? boundedDegree(
      most,
      form.rows.flatMap(({ field, value, flux }) => {
        const own = unknowns[field].degree;
        return [
          formulaDegree(value, degree) + own,
          ...flux.map((it) => formulaDegree(it, degree) + own - 1),
        ];
      }),
    );
    this.facetDegree = quadratureDegree ?? boundedDegree(
      most,
      fluxes.flatMap(({ form: { rows } }) =>
        rows.map(({ field, flux }) => formulaDegree(flux, degree) + unknowns[field].degree)
      ),
    );
  }

  /**
   * Adds up what is asked for.
   *
   * @param residual `[unknowns]`, overwritten where it is given.
   * @param values `[nnz]` of the space's pattern, overwritten where it is given.
   */
  evaluate(
    geometry: Geometry,
    point: Point,
    residual: Float64Array | null,
    values: Float64Array | null,
  ): void {
    const space = this.spaceOn(geometry);
    const isCurved = geometry.curved !== null;
    const { cells, facets } = this.#kernels(space, {
      residual: residual !== null,
      jacobian: values !== null,
      isCurved,
    });
    residual?.fill(0);
    values?.fill(0);
    const data = dataOf(geometry, space, point, this.#tables(isCurved).quadrature.barycentric);
    cells(data, residual ?? nothing, values ?? nothing);
    for (const { boundary, kernel } of facets) {
      const places = facetGeometry(geometry, boundary, this.degreesOn(geometry).facets);
      kernel(data, places, residual ?? nothing, values ?? nothing);
    }
  }

  /** To which degrees cells and boundaries of a mesh are integrated exactly. */
  degreesOn({ curved }: Geometry): { readonly cells: number; readonly facets: number } {
    const more = curved === null ? 0 : this.#curvedDegree;
    return { cells: this.cellDegree + more, facets: this.facetDegree + more };
  }

  /** The joint numbering of the unknowns on a mesh. */
  spaceOn({ topology }: Geometry): UnknownSpace {
    return UnknownSpace.of(topology, this.form.unknowns);
  }

  #tables(isCurved: boolean): ShapeTables {
    return cellTables(this.form.dim, this.cellDegree + (isCurved ? this.#curvedDegree : 0));
  }

  #kernels(space: UnknownSpace, goal: KernelGoal): Compiled {
    const key = `${goal.residual} ${goal.jacobian} ${goal.isCurved}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      const tables = this.#tables(goal.isCurved!);
      const cells = compileCellKernel(this.form, space, this.inputs, tables, goal);
      const facets = this.#fluxes.map(({ boundary, form }) => ({
        boundary,
        kernel: compileFacetKernel(form, space, this.inputs, goal),
      }));
      this.#compiled.set(key, compiled = { cells, facets });
    }
    return compiled;
  }
}

const nothing = new Float64Array(0);

/**
 * What kernels are given to evaluate an equation at a point.
 *
 * @param barycentric The quadrature points of a cell, `[points x (dim + 1)]`.
 */
export function dataOf(
  geometry: Geometry,
  space: UnknownSpace,
  point: Point,
  barycentric: Float64Array,
): CellData {
  const { environment: { parameters, fields, fieldDofs, regions }, t, rate, x, past } = point;
  return {
    ...cellPlacesOf(geometry, barycentric),
    dofs: space.map.cellDofs,
    positions: space.sparsity.positions,
    parameters,
    t,
    rate,
    x,
    past,
    fields,
    fieldDofs,
    regions,
  };
}
