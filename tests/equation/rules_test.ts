import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Derivatives } from "../../src/equation/derivative.ts";
import { Graph, type Node } from "../../src/equation/graph.ts";
import { powerCode } from "../../src/equation/statements.ts";
import { rules } from "../../src/equation/rules.ts";
import { operations } from "../../src/expression/tree.ts";
import { valueOf } from "./_vocabulary.ts";
import { assertRounding } from "../_helpers.ts";

/** Where each operation is smooth; two or three operands where it takes them. */
const places: Readonly<Record<string, readonly (readonly number[])[]>> = {
  asin: [[0.3], [-0.7]],
  acos: [[0.3], [-0.7]],
  atanh: [[0.3], [-0.7]],
  acosh: [[1.3], [2.7]],
  log: [[0.3], [4.1]],
  log1p: [[-0.3], [4.1]],
  log2: [[0.3], [4.1]],
  log10: [[0.3], [4.1]],
  sqrt: [[0.3], [4.1]],
  cbrt: [[0.3], [-4.1]],
  "+": [[0.3, -1.2]],
  "-": [[0.3, -1.2]],
  "*": [[0.3, -1.2]],
  "/": [[0.3, -1.2]],
  "^": [[0.3, -1.2], [2.1, 0.7]],
  atan2: [[0.3, -1.2], [-2.1, 0.7]],
  mod: [[7.3, 2.1], [-7.3, 2.1]],
  min: [[0.3, -1.2, 0.8], [2, 3, 4], [1.5, 0.2], [0.7]],
  max: [[0.3, -1.2, 0.8], [2, 3, 4], [1.5, 0.2], [0.7]],
  if: [[1, 0.3, 0.7], [0, 0.3, 0.7]],
};
const usual = [[0.3], [-1.7], [2.4]];
const relations = new Set("< <= > >= == != and or".split(" "));

Deno.test("every operation that expressions have has a rule", () => {
  assertEquals(Object.keys(rules).sort(), [...operations.keys()].sort());
});

for (const operation of operations.keys()) {
  Deno.test(`the derivative of ${operation} is that of finite differences`, () => {
    const points = places[operation] ?? (relations.has(operation) ? [[0.3, 0.8]] : usual);
    for (const point of points) {
      const graph = new Graph();
      const leaves = point.map((_, k) => graph.leaf("parameter", `p${k}`));
      const node = graph.apply(operation, leaves);
      const derivatives = new Derivatives(graph);
      const value = (root: Node, at: readonly number[]) =>
        valueOf(root, ({ leaf }) => at[Number(leaf!.name.slice(1))]);
      point.forEach((x, k) => {
        const h = 1e-5;
        const moved = (step: number) => point.map((other, j) => j === k ? x + step : other);
        const quotient = operation === "if" && k === 0
          ? 0 // Conditions do not contribute.
          : (value(node, moved(h)) - value(node, moved(-h))) / (2 * h);
        const exact = value(derivatives.by(node, leaves[k]), point);
        // The error of central differences: h^2 f''' / 6 and rounding 1e-16 / h.
        assertAlmostEquals(
          exact,
          quotient,
          1e-8 * (1 + Math.abs(exact)),
          `operand ${k} at ${point}`,
        );
      });
    }
  });
}

Deno.test("whole powers are spelled out, and a logarithm is not taken where the exponent is fixed", () => {
  const graph = new Graph();
  const u = graph.leaf("unknown", "u");
  for (const exponent of [-3, -1, 2, 5, 16]) {
    const node = graph.power(u, graph.number(exponent));
    assertRounding(valueOf(node, () => -1.3), (-1.3) ** exponent, 4000);
    const slope = new Derivatives(graph).by(node, u);
    // Up to 16 roundings of numbers up to 16 * 1.3^15 = 820.
    assertAlmostEquals(valueOf(slope, () => -1.3), exponent * (-1.3) ** (exponent - 1), 1e-11);
  }
});

Deno.test("equal formulas are one node, whatever the order of sums and products", () => {
  const graph = new Graph();
  const [a, b, c] = "abc".split("").map((name) => graph.leaf("parameter", name));
  assert(graph.sum(a, b) === graph.sum(b, a));
  assert(graph.product(graph.negative(a), b) === graph.negative(graph.product(b, a)));
  assert(graph.difference(a, graph.negative(b)) === graph.sum(b, a));
  assert(graph.difference(graph.product(a, b), graph.product(b, a)) === graph.zero);
  assert(graph.product(c, graph.zero) === graph.zero);
  const [half, two, third] = [0.5, 2, 1 / 3].map((value) => graph.number(value));
  assert(
    graph.product(two, graph.product(half, a)) === a && graph.sum(a, a) === graph.product(two, a),
  );
  const scaled = graph.product(third, graph.product(half, a));
  assert(scaled === graph.product(graph.number(1 / 6), a));
  // Which changes no bit; numbers without a power of two among them would.
  const own = graph.product(graph.number(3), graph.product(third, a));
  assert(own !== a && own.operands.includes(graph.product(third, a)));
});

Deno.test("powers are products, roots and at most one call, within a few roundings of Math.pow", () => {
  for (const exponent of [1, 2, 7, 16, 0.25, 0.75, 1.25, 3.5, 2.3, -1, -0.25, -1.75, -2.3]) {
    const lines: string[] = [], declared = new Set<string>();
    const code = powerCode("u", exponent, (name, code) => {
      if (!declared.has(name)) lines.push(`const ${name} = ${code};`);
      declared.add(name);
      return name;
    })!;
    const scope = "const { sqrt, pow: power } = Math;";
    const power = new Function("u", `${scope} ${lines.join(" ")} return ${code};`);
    assert((code + lines).split("power(").length <= 2, code);
    assertEquals(power(0), 0 ** exponent);
    for (const u of [1e-8, 0.3, 1, 7.7, 1e10]) {
      const exact = u ** exponent;
      // Each product, root and quotient adds half a rounding, twice where it is squared on.
      assertRounding(power(u), exact, 10, exact);
    }
    if (!Number.isInteger(exponent)) assert(Number.isNaN(power(-1)), `${exponent}`);
  }
  assertEquals(powerCode("u", 20, () => ""), null);
});
