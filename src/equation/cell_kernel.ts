/**
 * Compiles the kernels of an equation over the cells.
 *
 * @module
 */
import { functionScope } from "../expression/codegen.ts";
import { kernels } from "../expression/tree.ts";
import { type KernelPart, writeCellKernel } from "./cell_writer.ts";
import type { Form } from "./form.ts";
import type { KernelInputs } from "./leaf_sources.ts";
import { QuadraticIntegrals } from "../solve/assembly/quadratic_integrals.ts";
import { momentTables } from "../solve/assembly/quadratic_moments.ts";
import { integralTable, massPairs, productTable, type ShapeTables } from "./tables.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** What a kernel works with. Arrays of a mesh are those of its geometry. */
export interface CellData {
  readonly cellCount: number;
  /** Volumes and inverse Jacobians by row, see `CellMetrics`; rows are null where cells are straight. */
  readonly volumes: Float64Array;
  readonly inverse: Float64Array;
  readonly rows: Int32Array | null;
  readonly steps: Uint8Array | null;
  /** Nodes of the cells and their coordinates; where some are curved, with mid-side nodes. */
  readonly corners: Int32Array;
  readonly coordinates: Float64Array;
  /** The joint numbering, and where entries of cells are in the matrix. */
  readonly dofs: Int32Array;
  readonly positions: Int32Array;
  /** Numbers, in the order of the kernel's inputs. */
  readonly parameters: Float64Array;
  readonly t: number;
  readonly rate: number;
  /** The unknowns, and what earlier values add to their rates. */
  readonly x: Float64Array;
  readonly past: Float64Array;
  readonly fields: readonly Float64Array[];
  readonly fieldDofs: readonly Int32Array[];
  /** 1 in the cells of each region. */
  readonly regions: readonly Uint8Array[];
}

/** Adds the residual to `residual` and the Jacobian to `values`, where it was compiled for them. */
export type CellKernel = (
  data: CellData,
  residual: Float64Array,
  values: Float64Array,
) => void;

/** What a kernel is to compute. */
export interface KernelGoal {
  readonly residual: boolean;
  readonly jacobian: boolean;
  /** Whether some cells are curved; defaults to false. */
  readonly isCurved?: boolean;
}

/** V8 does not optimise functions much larger than this; in characters of source. */
const largestSource = 120_000;

/**
 * Compiles. Where the source is too long for an optimised function it becomes several, each with some of
 * the rows and blocks; an entry of the result is summed by one of them, so the bits are the same.
 *
 * @param limit Characters of source of one function.
 */
export function compileCellKernel(
  form: Form,
  space: UnknownSpace,
  inputs: KernelInputs,
  tables: ShapeTables,
  goal: KernelGoal,
  limit: number = largestSource,
): CellKernel {
  const whole: KernelPart = {
    rows: goal.residual ? form.rows : [],
    blocks: goal.jacobian ? form.blocks : [],
  };
  const sources = sourcesOf(form, space, inputs, whole, limit, goal.isCurved);
  const compiled = sources.map((source) => compile(source, space, tables));
  return (data, residual, values) => {
    for (const kernel of compiled) kernel(data, residual, values);
  };
}

/** The sources of the functions that a kernel is made of. */
export function sourcesOf(
  form: Form,
  space: UnknownSpace,
  inputs: KernelInputs,
  part: KernelPart,
  limit: number = largestSource,
  isCurved = false,
): string[] {
  const source = writeCellKernel(form, space, inputs, part, isCurved);
  const size = part.rows.length + part.blocks.length;
  if (source.length <= limit || size < 2) return [source];
  return halves(part).flatMap((half) => sourcesOf(form, space, inputs, half, limit, isCurved));
}

/** Rows belong to the half that has their blocks: those share most formulas. */
function halves({ rows, blocks }: KernelPart): KernelPart[] {
  if (blocks.length < 2) return [{ rows, blocks: [] }, { rows: [], blocks }];
  const middle = blocks.length >> 1;
  const first = blocks.slice(0, middle), second = blocks.slice(middle);
  if (rows.length < 2) return [{ rows, blocks: first }, { rows: [], blocks: second }];
  return [
    { rows: rows.slice(0, rows.length >> 1), blocks: first },
    { rows: rows.slice(rows.length >> 1), blocks: second },
  ];
}

function compile(source: string, space: UnknownSpace, tables: ShapeTables): CellKernel {
  const used = Object.entries(tablesFor(space, tables)).filter(([name]) => source.includes(name));
  const names = used.map(([name]) => name);
  const given = dataNames.filter((name) => source.includes(name));
  const code = `${functionScope}
    const { ${names.join(", ")} } = tables;
    return ((data, residual, values) => {
      const { ${given.join(", ")} } = data;
      ${source}
    });`;
  // The function stands in parentheses, so that engines compile it at once and do not read it twice.
  const make = new Function("kernels", "tables", code) as (
    scope: typeof kernels,
    tables: Record<string, unknown>,
  ) => CellKernel;
  return make(kernels, Object.fromEntries(used.map(([name, table]) => [name, table()])));
}

/** What kernels may use besides the data of a mesh, by name; made for those that do. */
function tablesFor(space: UnknownSpace, tables: ShapeTables): Record<string, () => unknown> {
  const { perCell } = space.map;
  let quadratic: QuadraticIntegrals | null = null;
  const all: Record<string, () => unknown> = {
    points: () => tables.quadrature.count,
    weights: () => tables.quadrature.weights,
    massPairs: () => massPairs(tables),
    cellVector: () => new Float64Array(perCell),
    cellMatrix: () => new Float64Array(perCell ** 2),
    integralsOf: () => (columns: number) =>
      quadratic ??= new QuadraticIntegrals(momentTables(tables.quadrature), columns),
  };
  for (const degree of [1, 2] as const) {
    all[`shapes${degree}`] = () => tables.shapes[degree].table;
    all[`integrals${degree}`] = () => integralTable(tables, degree);
    for (const other of [1, 2] as const) {
      all[`products${degree}${other}`] = () => productTable(tables, degree, other);
    }
  }
  return all;
}

const dataNames: readonly (keyof CellData)[] = [
  "cellCount",
  "volumes",
  "inverse",
  "rows",
  "steps",
  "corners",
  "coordinates",
  "dofs",
  "positions",
  "parameters",
  "t",
  "rate",
  "x",
  "past",
  "fields",
  "fieldDofs",
  "regions",
];
