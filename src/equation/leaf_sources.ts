/**
 * Where generated kernels find the values of leaves: numbers, and fields interpolated in a cell.
 *
 * @module
 */
import { type Form, nodesOfBlock } from "./form.ts";
import { leavesOf, type Node } from "./graph.ts";
import { vertexSlopes } from "../solve/assembly/quadratic_moments.ts";
import { combination, type LeafWriter, type Level, type Statements } from "./statements.ts";
import type { SpaceField } from "./unknown_space.ts";
import type { FieldShape } from "./vocabulary.ts";

/** What a kernel reads besides the unknowns, in the order in which it is given. */
export interface KernelInputs {
  readonly parameters: readonly string[];
  readonly fields: readonly FieldShape[];
  readonly regions: readonly string[];
  /** Whether the rate of an unknown is used, so that earlier values are needed. */
  readonly hasRate: boolean;
}

/** What some formulas read. */
export function inputsOf(
  nodes: Iterable<Node>,
  field: (name: string) => FieldShape | null,
): KernelInputs {
  const leaves = leavesOf(nodes).map((node) => node.leaf!);
  const names = (kind: string) => [
    ...new Set(leaves.filter((leaf) => leaf.kind === kind).map(({ name }) => name)),
  ];
  return {
    parameters: names("parameter"),
    fields: names("field").map((name) => field(name)!),
    regions: names("region"),
    hasRate: leaves.some(({ kind }) => kind === "rate" || kind === "past"),
  };
}

/** All formulas of an equation: rows, then blocks. */
export function nodesOfForm({ rows, blocks }: Form): Node[] {
  return [
    ...rows.flatMap(({ value, flux }) => [value, ...flux]),
    ...blocks.flatMap(nodesOfBlock),
  ];
}

/** A field in a cell: how it is called in the code, and what it is made of. */
interface Carrier {
  readonly prefix: string;
  readonly degree: 0 | 1 | 2;
  /** JavaScript for the value of a local degree of freedom. */
  readonly load: (a: number) => string;
}

/**
 * Writes the statements that fetch leaves. In cells `c` is the cell and `q` the point; on facets there
 * are `f`, the facet, and `k`, its place in the cell, besides.
 *
 * State: none, it lives while a kernel is written.
 */
export class LeafSources implements LeafWriter {
  readonly #statements: Statements;
  readonly #dim: 2 | 3;
  readonly #space: readonly SpaceField[];
  readonly #inputs: KernelInputs;
  readonly #isFacet: boolean;
  readonly #isCurved: boolean;

  /**
   * @param statements Where to write.
   * @param space The unknowns.
   * @param inputs What else is read.
   * @param isFacet Whether the kernel runs over facets.
   * @param isCurved Whether cells have another Jacobian, and facets another normal, at every point.
   */
  constructor(
    statements: Statements,
    dim: 2 | 3,
    space: readonly SpaceField[],
    inputs: KernelInputs,
    isFacet: boolean,
    isCurved = false,
  ) {
    this.#statements = statements;
    this.#dim = dim;
    this.#space = space;
    this.#inputs = inputs;
    this.#isFacet = isFacet;
    this.#isCurved = isCurved;
  }

  /** How often a leaf changes. */
  level({ leaf }: Node): Level {
    const { kind, axis } = leaf!;
    switch (kind) {
      case "parameter":
      case "time":
      case "rate":
        return 0;
      case "region":
        return 1;
      case "normal":
        return this.atCell;
      case "coordinate":
        return 2;
      default: {
        const degree = this.#degreeOf(leaf!.kind, leaf!.name);
        return degree === 0 ? 1 : axis >= 0 && degree === 1 ? this.atCell : 2;
      }
    }
  }

  /** The level of what is constant in a straight cell: the Jacobian, the volume, the normal of a facet. */
  get atCell(): Level {
    return this.#isCurved ? 2 : 1;
  }

  /** The row of a cell in the tables of volumes and inverse Jacobians, see `CellMetrics`. */
  row(): string {
    if (!this.#isCurved) return "c";
    return this.#statements.declare("row", 2, () => "rows[c] + q * steps[c]");
  }

  /** JavaScript for the value of a leaf. */
  code({ leaf }: Node): string {
    const { kind, name, component, axis } = leaf!;
    const { parameters, regions } = this.#inputs;
    switch (kind) {
      case "parameter":
        return `parameters[${parameters.indexOf(name)}]`;
      case "time":
        return "t";
      case "rate":
        return "rate";
      case "region":
        return `regions[${regions.indexOf(name)}][c]`;
      case "normal":
        return this.#isCurved
          ? `normals[(f * points + q) * ${this.#dim} + ${component}]`
          : `normals[f * ${this.#dim} + ${component}]`;
      case "coordinate":
        return this.#interpolated(this.#coordinate(component));
      default: {
        const carrier = this.#carrier(kind, name, component);
        return axis < 0 ? this.#interpolated(carrier) : this.#slope(carrier, axis);
      }
    }
  }

  /** The number of an unknown in the vector of all: `i3`. */
  index(local: number): string {
    return this.#statements.declare(`i${local}`, 1, () => `dofs[cell + ${local}]`);
  }

  /** An entry of the inverse Jacobian: the derivative of reference coordinate r by x_d. */
  inverse(r: number, d: number): string {
    const size = this.#dim * this.#dim;
    return this.#statements.declare(
      `m${r}${d}`,
      this.atCell,
      () => `inverse[${this.row()} * ${size} + ${r * this.#dim + d}]`,
    );
  }

  /** Where the shape functions of a degree begin at the point. */
  offset(degree: 1 | 2): string {
    const width = this.#perCell(degree) * (this.#dim + 1);
    return this.#statements.declare(
      `b${degree}`,
      2,
      () => `${this.#isFacet ? "(k * points + q)" : "q"} * ${width}`,
    );
  }

  #perCell(degree: 0 | 1 | 2): number {
    return degree === 0 ? 1 : degree === 1 ? this.#dim + 1 : this.#dim === 2 ? 6 : 10;
  }

  #degreeOf(kind: string, name: string): 0 | 1 | 2 {
    return kind === "field"
      ? this.#inputs.fields.find((field) => field.name === name)!.degree
      : this.#space.find(({ shape }) => shape.name === name)!.degree;
  }

  #carrier(kind: string, name: string, component: number): Carrier {
    if (kind === "field") {
      const at = this.#inputs.fields.findIndex((field) => field.name === name);
      const { degree, components } = this.#inputs.fields[at];
      const perCell = this.#perCell(degree);
      const data = this.#statements.declare(`field${at}`, 0, () => `fields[${at}]`);
      const dofs = this.#statements.declare(`place${at}`, 0, () => `fieldDofs[${at}]`);
      const load = (a: number) => {
        const dof = `${dofs}[c * ${perCell} + ${a}]`;
        return components === 1
          ? `${data}[${dof}]`
          : `${data}[${dof} * ${components} + ${component}]`;
      };
      return { prefix: `f${at}_${component}`, degree, load };
    }
    const { degree, base, map } = this.#space.find(({ shape }) => shape.name === name)!;
    const first = base + component * map.perCell;
    const vector = kind === "past" ? "past" : "x";
    const prefix = `${kind === "past" ? "h" : "u"}${first}`;
    return { prefix, degree, load: (a) => `${vector}[${this.index(first + a)}]` };
  }

  #coordinate(d: number): Carrier {
    // The nodes of a curved cell are those of degree 2.
    const degree = this.#isCurved ? 2 : 1, corners = this.#perCell(degree);
    const load = (a: number) => {
      const corner = this.#statements.declare(`n${a}`, 1, () => `corners[c * ${corners} + ${a}]`);
      return `coordinates[${corner} * ${this.#dim} + ${d}]`;
    };
    return { prefix: `x${d}`, degree, load };
  }

  #local(carrier: Carrier, a: number): string {
    return this.#statements.declare(`${carrier.prefix}_${a}`, 1, () => carrier.load(a));
  }

  #interpolated(carrier: Carrier): string {
    const { degree } = carrier;
    if (degree === 0) return this.#local(carrier, 0);
    return this.#sum(carrier, degree);
  }

  /** Shape functions times the values. */
  #sum(carrier: Carrier, degree: 1 | 2): string {
    const base = this.offset(degree), width = this.#dim + 1;
    const terms = Array.from({ length: this.#perCell(degree) }, (_, a) => {
      const local = this.#local(carrier, a);
      return `shapes${degree}[${base} + ${a * width}] * ${local}`;
    });
    return terms.join(" + ");
  }

  /** The slope of a quadratic field is linear in the cell: its values at the vertices are computed once. */
  #linearSlope(carrier: Carrier, r: number): string {
    const slopes = vertexSlopes(this.#dim), base = this.offset(1), width = this.#dim + 1;
    const terms = Array.from({ length: width }, (_, i) => {
      const atVertex = slopes.flatMap((own, a) =>
        own[r][i] === 0 ? [] : [`${own[r][i]} * ${this.#local(carrier, a)}`]
      );
      const name = this.#statements.declare(
        `${carrier.prefix}_d${r}_${i}`,
        1,
        () => atVertex.join(" + "),
      );
      return `shapes1[${base} + ${i * width}] * ${name}`;
    });
    return terms.join(" + ");
  }

  #slope(carrier: Carrier, axis: number): string {
    const terms = Array.from({ length: this.#dim }, (_, r): [string, string] => {
      const name = `${carrier.prefix}_d${r}`;
      if (carrier.degree === 2) {
        return [
          this.inverse(r, axis),
          this.#statements.declare(name, 2, () => this.#linearSlope(carrier, r)),
        ];
      }
      const far = this.#local(carrier, r + 1), near = this.#local(carrier, 0);
      return [this.inverse(r, axis), this.#statements.declare(name, 1, () => `${far} - ${near}`)];
    });
    return combination(terms)!;
  }
}
