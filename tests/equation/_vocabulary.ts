/** Vocabularies and values for the tests of formulas. @module */
import { type Node, reachable } from "../../src/equation/graph.ts";
import type { FieldShape, Vocabulary } from "../../src/equation/vocabulary.ts";
import { kernels, operations } from "../../src/expression/tree.ts";

/** A field; continuous P1 with one component where nothing else is said. */
export function field(name: string, components = 1, degree: 0 | 1 | 2 = 1): FieldShape {
  return { name, components, degree, continuous: degree > 0 };
}

/** What a test leaves out is empty. */
export interface Words {
  readonly dim?: 2 | 3;
  readonly unknowns?: readonly FieldShape[];
  readonly tests?: readonly string[];
  readonly define?: Readonly<Record<string, string>>;
  readonly fields?: readonly FieldShape[];
  readonly parameters?: readonly string[];
  readonly regions?: readonly string[];
}

/** A vocabulary: the unknown u with the test function v, and what is added. */
export function vocabulary(words: Words = {}): Vocabulary {
  const { dim = 2, unknowns = [field("u")], tests = ["v"], define = {} } = words;
  const { fields = [], parameters = [], regions = [] } = words;
  return {
    dim,
    unknowns,
    tests,
    definitions: new Map(Object.entries(define)),
    field: (name) => fields.find((it) => it.name === name) ?? null,
    isParameter: (name) => parameters.includes(name),
    isRegion: (name) => regions.includes(name),
    known: () => "x, y, z, t",
  };
}

/** `u`, `u[1]`, `grad(u)[0]`, `grad(u)[0,1]`, ...: how values of leaves are named here. */
export function leafName(node: Node): string {
  const { name, component, axis } = node.leaf!;
  return `${name} ${component} ${axis}`;
}

/** The number that a formula is worth, by interpretation with the table's code. */
export function valueOf(root: Node, leaf: (node: Node) => number): number {
  const values = new Map<Node, number>();
  for (const node of reachable([root])) {
    if (node.operation === "number") values.set(node, node.value);
    else if (node.leaf !== null) values.set(node, leaf(node));
    else values.set(node, operate(node.operation, node.operands.map((it) => values.get(it)!)));
  }
  return values.get(root)!;
}

const compiled = new Map<string, (...values: number[]) => number>();

function operate(operation: string, values: readonly number[]): number {
  const key = `${operation} ${values.length}`;
  let call = compiled.get(key);
  if (call === undefined) {
    const names = values.map((_, k) => `v${k}`);
    const scope = `const {${Object.getOwnPropertyNames(Math)}} = Math, {${
      Object.keys(kernels)
    }} = kernels;`;
    const code = operations.get(operation)!.code(names);
    call = new Function("kernels", `${scope} return (${names}) => ${code}`)(kernels);
    compiled.set(key, call!);
  }
  return call!(...values);
}
