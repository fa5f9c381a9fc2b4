/**
 * Generates JavaScript from trees. Names become local variables and operations come from one closed
 * table, so no text of a user's reaches the generated source.
 *
 * @module
 */
import { constants } from "./constants.ts";
import type { ExpressionEvaluator } from "./contract.ts";
import { collectNames, kernels, operations, type Tree } from "./tree.ts";

const mathFunctions =
  "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log1p log2 log10 sqrt cbrt abs sign floor ceil min max"
    .split(" ");
/** Puts the functions that formulas call into scope, in front of generated code that is given `kernels`. */
export const functionScope: string = `"use strict"; const { ${
  mathFunctions.join(", ")
} } = Math; const { ${Object.keys(kernels).join(", ")} } = kernels;`;

/** How a subtree is written; null leaves it to its operands. */
type Shortcut = (tree: Tree) => string | null;

/** Source of the value, with `locals` naming the JavaScript variable of each free name. */
function valueCode(
  tree: Tree,
  locals: ReadonlyMap<string, string>,
  shortcut: Shortcut = () => null,
): string {
  if (tree.kind === "number") return String(tree.value);
  if (tree.kind === "name") return String(constants.get(tree.name) ?? locals.get(tree.name));
  const { code } = operations.get(tree.operation)!;
  return shortcut(tree) ??
    code(tree.operands.map((operand) => valueCode(operand, locals, shortcut)));
}

function localNames(names: readonly string[]): Map<string, string> {
  return new Map(names.map((name, j) => [name, `v${j}`]));
}

/** The value as a function of numbers, in the order of `names`. */
export function compileScalar(
  tree: Tree,
  names: readonly string[],
): (...values: number[]) => number {
  const locals = localNames(names);
  const code = `${functionScope} return (${[...locals.values()].join(", ")}) => ${
    valueCode(tree, locals)
  };`;
  return new Function("kernels", code)(kernels) as (...values: number[]) => number;
}

/** The values at many points; see {@link ExpressionEvaluator}. */
export function compileColumns(tree: Tree, names: readonly string[]): ExpressionEvaluator {
  const loops = new Map<string, ExpressionEvaluator>();
  return (columns, count, out) => {
    let pattern = "";
    for (let j = 0; j < names.length; j++) {
      const column = columns[j];
      if (typeof column !== "number" && !(column?.length >= count)) {
        throw shortColumn(names[j], count);
      }
      pattern += typeof column === "number" ? "n" : "a";
    }
    if (out.length < count) throw new RangeError(`out holds ${out.length} values, need ${count}`);
    let loop = loops.get(pattern);
    if (loop === undefined) {
      loop = compileLoop(tree, names, pattern);
      loops.set(pattern, loop);
    }
    loop(columns, count, out);
  };
}

function shortColumn(name: string, count: number): Error {
  return new RangeError(
    `the column of ${name} is neither a number nor an array of at least ${count} values`,
  );
}

/** One loop for one pattern of arrays (`a`) and numbers (`n`). */
function compileLoop(tree: Tree, names: readonly string[], pattern: string): ExpressionEvaluator {
  const locals = localNames(names);
  const before: string[] = [], inside: string[] = [];
  names.forEach((_, j) => {
    if (pattern[j] === "n") before.push(`const v${j} = columns[${j}];`);
    else {
      before.push(`const c${j} = columns[${j}];`);
      inside.push(`const v${j} = c${j}[i];`);
    }
  });
  const varies = new Set(names.filter((_, j) => pattern[j] === "a"));
  // What is the same at all points is computed once.
  const value = valueCode(tree, locals, (part) => {
    const found = new Set<string>();
    collectNames(part, found);
    if (!found.isDisjointFrom(varies)) return null;
    before.push(`const s${before.length} = ${valueCode(part, locals)};`);
    return `s${before.length - 1}`;
  });
  const code = `${functionScope} return (columns, count, out) => { ${before.join(" ")}
    for (let i = 0; i < count; i++) { ${inside.join(" ")} out[i] = ${value}; }
  };`;
  return new Function("kernels", code)(kernels) as ExpressionEvaluator;
}
