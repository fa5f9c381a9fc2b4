import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Form, readForm } from "../../src/equation/form.ts";
import { field, valueOf, vocabulary, type Words } from "./_vocabulary.ts";

function weak(text: string, words: Words = {}): Form {
  return readForm({ kind: "weak", text }, vocabulary(words), "Equation_0");
}

Deno.test("a weak form is split into what multiplies test functions and their gradients", () => {
  const { rows, blocks, graph } = weak("k * dot(grad(u), grad(v)) - f * v + u^3 * v", {
    parameters: ["k", "f"],
  });
  assertEquals(rows.length, 1);
  const value = (node: Parameters<typeof valueOf>[0]) =>
    valueOf(node, ({ leaf }) => ({ u: leaf!.axis < 0 ? 2 : 5, k: 3, f: 7 })[leaf!.name]!);
  assertEquals(value(rows[0].value), 1);
  assertEquals(rows[0].flux.map(value), [15, 15]);
  const [block] = blocks;
  assertEquals(value(block.valueByValue), 12);
  assertEquals(block.fluxByGradient.map(value), [3, 0, 0, 3]);
  assert(block.fluxByGradient[1] === graph.zero && block.fluxByValue[0] === graph.zero);
});

Deno.test("the Jacobian has the blocks that are not zero, and no others", () => {
  const { blocks } = weak("dt(c) * q + dot(grad(mu), grad(q)) + mu * v - c^3 * v", {
    unknowns: [field("c"), field("mu")],
    tests: ["q", "v"],
  });
  assertEquals(blocks.map(({ row, column }) => [row, column]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
});

Deno.test("the blocks of an energy mirror each other", () => {
  const words: Words = { unknowns: [field("w", 2)], tests: [], define: { F: "I + grad(w)" } };
  const { blocks, isEnergy } = readForm(
    { kind: "energy", text: "inner(F, F) - log(det(F)) + det(F)^2" },
    vocabulary(words),
    "it",
  );
  assert(isEnergy);
  const at = (row: number, column: number) =>
    blocks.find((block) => block.row === row && block.column === column)!;
  const number = (node: Parameters<typeof valueOf>[0]) =>
    valueOf(node, ({ leaf }) => 0.1 * (leaf!.component + 1) - 0.17 * (leaf!.axis - 0.4));
  for (const [r, c] of [[0, 0], [0, 1], [1, 1]]) {
    for (const [a, b] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const one = number(at(r, c).fluxByGradient[2 * a + b]);
      const mirrored = number(at(c, r).fluxByGradient[2 * b + a]);
      // Sums in another order.
      assert(Math.abs(one - mirrored) < 1e-14);
    }
  }
});

Deno.test("what is no weak form is refused, with the part that makes it so", () => {
  const cases: [string, string][] = [
    ["u * v + 3 * x", '"3 * x": this has no test function'],
    ["u * v - v * v", '"v * v": a weak form is linear in its test functions'],
    ["abs(v) * u", "is linear in its test functions"],
    ["[u * v, 2]", "it has to be a scalar; its shape is [2]"],
    ["u * x", '"u * x": this has no test function'],
    ["x * v", "the unknown u does not occur, so nothing decides it"],
    ["u * q", '"q": the name is not known'],
  ];
  for (const [text, message] of cases) assertThrows(() => weak(text), RangeError, message, text);
  assertThrows(
    () => weak("dot(w, p) * 2 - p[0]", { unknowns: [field("w", 2)], tests: ["q"] }),
    RangeError,
    'Equation_0: the weak form: "p": the name is not known',
  );
  const two = { unknowns: [field("a"), field("b")], tests: ["p", "q"] };
  assertThrows(() => weak("(a + b) * p", two), RangeError, "q does not occur, so there is no eq");
  const energy = (text: string) =>
    readForm({ kind: "energy", text }, vocabulary({ tests: [] }), "it");
  assertThrows(() => energy("dt(u)^2"), RangeError, "an energy has no dt");
  assertThrows(() => energy("x^2"), RangeError, "an energy depends on the unknowns");
});
