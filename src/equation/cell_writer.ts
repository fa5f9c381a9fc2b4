/**
 * Writes the kernel that integrates an equation and its Jacobian over the cells.
 *
 * Formulas are expanded at the level where they change. Fluxes and their derivatives are taken to
 * reference coordinates, where the gradients of linear shape functions are 1, -1 and 0. Blocks between
 * linear fields are written out; those with quadratic ones are loops over shape functions, or one loop
 * over a table of integrals where nothing changes within a cell. On curved cells everything does, and all
 * blocks are loops.
 *
 * @module
 */
import type { Block, Form, Row } from "./form.ts";
import { type KernelInputs, LeafSources } from "./leaf_sources.ts";
import { LinearBlocks } from "./linear_blocks.ts";
import { LoopedBlocks } from "./looped_blocks.ts";
import { ReferenceFrame } from "./reference_frame.ts";
import { componentPlace, type KernelContext } from "./kernel_context.ts";
import { Statements } from "./statements.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** What a kernel adds up: some rows of the residual, some blocks of the Jacobian. */
export interface KernelPart {
  readonly rows: readonly Row[];
  readonly blocks: readonly Block[];
}

/** The body of the kernel as JavaScript; `data` holds what it works with. */
export function writeCellKernel(
  form: Form,
  space: UnknownSpace,
  inputs: KernelInputs,
  part: KernelPart,
  isCurved = false,
): string {
  const { dim } = form;
  const statements = new Statements();
  const leaves = new LeafSources(statements, dim, space.fields, inputs, false, isCurved);
  statements.connect(leaves);
  const context: KernelContext = {
    form,
    dim,
    space,
    statements,
    leaves,
    frame: new ReferenceFrame(dim, leaves, statements),
    isCurved,
    columns: { count: 0 },
    before: [],
    inside: [],
    after: [],
  };
  statements.declare("cell", 1, () => `c * ${space.map.perCell}`);
  statements.declare("volume", leaves.atCell, () => `volumes[${leaves.row()}]`);
  const linear = new LinearBlocks(context), looped = new LoopedBlocks(context);
  for (const row of part.rows) {
    const at = form.rows.indexOf(row);
    if (!isCurved && componentPlace(context, at).degree === 1) linear.row(row, at);
    else looped.row(row, at);
  }
  for (const block of part.blocks) {
    const isLinear = !isCurved &&
      [block.row, block.column].every((row) => componentPlace(context, row).degree === 1);
    if (isLinear) linear.block(block);
    else looped.block(block);
  }
  looped.finish();
  return assemble(context);
}

function assemble({ statements, columns, before, inside, after }: KernelContext): string {
  const atPoint = [...statements.lines(2), ...inside];
  const points = atPoint.length === 0
    ? []
    : ["for (let q = 0; q < points; q++) {", "const weight = weights[q];", ...atPoint, "}"];
  const quadratic = columns.count === 0 ? [] : [
    `const quadratic = integralsOf(${columns.count}), { columns, metric } = quadratic;`,
  ];
  return [
    ...quadratic,
    ...statements.lines(0),
    "for (let c = 0; c < cellCount; c++) {",
    ...statements.lines(1),
    ...before,
    ...points,
    ...after,
    "}",
  ].join("\n");
}
