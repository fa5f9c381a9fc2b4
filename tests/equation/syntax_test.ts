import { assertEquals, assertThrows } from "@std/assert";
import { parseFormula } from "../../src/expression/parse.ts";
import { constants } from "../../src/expression/constants.ts";
import { numberTree, operationTree, type Tree } from "../../src/expression/tree.ts";
import { callTree } from "../../src/expression/calls.ts";
import { readFormula, type Syntax } from "../../src/equation/syntax.ts";

/** What mathjs makes of the same text. */
function treeOf(syntax: Syntax): Tree {
  switch (syntax.kind) {
    case "number":
      return numberTree(syntax.value);
    case "name":
      return { kind: "name", name: syntax.name };
    case "operation":
      return operationTree(syntax.name, syntax.operands.map(treeOf));
    case "call":
      return callTree(syntax.name, syntax.operands.map(treeOf), (why) => {
        throw new RangeError(why);
      });
  }
  throw new Error(syntax.kind);
}

Deno.test("texts mean what they mean in expressions", () => {
  const texts = [
    "1 + 2 * x ^ 3 ^ y - -z / 4e-3",
    "-x^2 + 2^-x - +y",
    "a - b - c / d / e * f % 3",
    "a < b <= c ? x : y > 2 ? 1 : .5",
    "not a == b and c or d != 1.",
    "sin(x)^2 + pow(x, 2) + log(x, 10) + sec(y)",
    "min(a, b, 3) + max(a) + mod(a, b) + atan2(y, x) + (a mod 2)",
    "a or b and not c ? -(a + b) : (-a)^2",
    "2 * (x + y) * pi + true",
  ];
  for (const text of texts) assertEquals(treeOf(readFormula(text, "it").tree), parseFormula(text));
  assertEquals(constants.has("pi"), true);
});

Deno.test("indices, lists, quoted names, line ends and remarks", () => {
  const { tree, text } = readFormula('grad(u)[0, 1]\n + # the second\n [a, "b"][1]', "it");
  assertEquals(tree.kind, "operation");
  const [left, right] = (tree as Syntax & { kind: "operation" }).operands;
  assertEquals(text.slice(left.start, left.end), "grad(u)[0, 1]");
  assertEquals(text.slice(right.start, right.end), '[a, "b"][1]');
});

Deno.test("what is wrong in a text is shown where it stands", () => {
  const cases: [string, string][] = [
    ["", "it: there is no formula"],
    ["a + ", "it: the formula ends too early"],
    [
      "2 x",
      'it: "x": an operator is missing before this; a product is written with * (in "2 >>x<< ")',
    ],
    ["a + * b", 'it: "*": a number or a name is missing here'],
    ["f(a, b", 'it: "(": this bracket is not closed'],
    ["a $ b ; c", '";": a formula has no such sign'],
    ["a ? b", "the second branch of c ? a : b follows a :"],
    ["a ) + b", '")": this does not belong here'],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => readFormula(text, "it"), RangeError, message);
  }
});
