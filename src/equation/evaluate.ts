/**
 * Values of formulas at single points, away from any mesh.
 *
 * @module
 */
import { functionScope } from "../expression/codegen.ts";
import { kernels } from "../expression/tree.ts";
import { isNumber, type Node, operationCode, reachable } from "./graph.ts";

/**
 * A function that gives the values of some formulas.
 *
 * @param leaf The number of each leaf in the list of values that the function takes.
 */
export function compileNodes(
  roots: readonly Node[],
  leaf: (node: Node) => number,
): (leaves: ArrayLike<number>) => number[] {
  const name = (node: Node) => isNumber(node) ? `(${node.value})` : `v${node.id}`;
  const lines = reachable(roots).filter((node) => !isNumber(node)).map((node) => {
    const code = node.leaf !== null
      ? `leaves[${leaf(node)}]`
      : operationCode(node.operation, node.operands.map(name));
    return `const v${node.id} = ${code};`;
  });
  const code = `${functionScope} return (leaves) => { ${lines.join("\n")}
    return [${roots.map(name).join(", ")}]; };`;
  return (new Function("kernels", code) as (
    scope: typeof kernels,
  ) => (leaves: ArrayLike<number>) => number[])(kernels);
}
