import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Reader } from "../../src/equation/reader.ts";
import { field, valueOf, vocabulary, type Words } from "./_vocabulary.ts";
import { assertRounding } from "../_helpers.ts";

const all: Words = {
  unknowns: [field("u"), field("w", 2)],
  tests: ["v", "q"],
  define: { F: "I + grad(w)", k: "1 + u^2", loop: "1 + pool", pool: "2 * loop", bad: "w + u" },
  fields: [field("T"), field("rho", 1, 0), field("vel", 2)],
  parameters: ["eps", "I2"],
  regions: ["core"],
};

/** Values of leaves for numbers: `u` 0.3, `w` (0.5, -0.2), gradients and the rest by name. */
const numbers: Readonly<Record<string, number>> = {
  "u 0 -1": 0.3,
  "u 0 0": 1.1,
  "u 0 1": -0.4,
  "w 0 -1": 0.5,
  "w 1 -1": -0.2,
  "w 0 0": 0.1,
  "w 0 1": 0.2,
  "w 1 0": -0.3,
  "w 1 1": 0.4,
  "T 0 -1": 2,
  "T 0 0": 7,
  "T 0 1": 9,
  "eps 0 -1": 0.25,
  "dt 0 -1": 10,
  "core 0 -1": 1,
  "x 0 -1": 4,
  "x 1 -1": 6,
};

function read(
  text: string,
  words = all,
  isBoundary = false,
): { shape: number[]; values: number[] } {
  const { shape, entries } = new Reader(vocabulary(words), { isBoundary }).read(text, "it");
  const values = entries.map((node) =>
    valueOf(node, ({ leaf }) => {
      const value = numbers[`${leaf!.name} ${leaf!.component} ${leaf!.axis}`];
      assert(value !== undefined, `${leaf!.kind} ${leaf!.name} ${leaf!.component} ${leaf!.axis}`);
      return value;
    })
  );
  return { shape: [...shape], values };
}

function assertReads(text: string, shape: number[], values: number[]): void {
  const found = read(text);
  assertEquals(found.shape, shape, text);
  // A few operations on numbers near 1.
  values.forEach((value, k) => assertAlmostEquals(found.values[k], value, 1e-14, text));
}

Deno.test("vectors and matrices are what they are in the books", () => {
  assertReads("w", [2], [0.5, -0.2]);
  assertReads("w[1]", [], [-0.2]);
  assertReads("grad(u)", [2], [1.1, -0.4]);
  assertReads("grad(w)", [2, 2], [0.1, 0.2, -0.3, 0.4]);
  assertReads("grad(w)[0, 1]", [], [0.2]);
  assertReads("grad(w)[1]", [2], [-0.3, 0.4]);
  assertReads("transpose(grad(w))", [2, 2], [0.1, -0.3, 0.2, 0.4]);
  assertReads("sym(grad(w))", [2, 2], [0.1, -0.05, -0.05, 0.4]);
  assertReads("div(w)", [], [0.5]);
  assertReads("div(T * w)", [], [7 * 0.5 - 9 * 0.2 + 2 * 0.5]);
  assertReads("trace(F) + det(F)", [], [2.5 + 1.1 * 1.4 + 0.06]);
  assertReads("F * w", [2], [1.1 * 0.5 - 0.2 * 0.2, -0.3 * 0.5 - 1.4 * 0.2]);
  assertReads("F * grad(w)", [2, 2], [0.11 - 0.06, 0.22 + 0.08, -0.03 - 0.42, -0.06 + 0.56]);
  assertReads("dot(w, F)", [2], [1.1 * 0.5 + 0.06, 0.1 - 0.28]);
  assertReads("inner(F, F)", [], [1.21 + 0.04 + 0.09 + 1.96]);
  assertReads("[1, 2; 3]".replace(";", ","), [3], [1, 2, 3]);
  assertReads("[[1, 2], [3, u]]", [2, 2], [1, 2, 3, 0.3]);
  assertReads("-w / eps", [2], [-2, 0.8]);
  assertReads("trace(I)", [], [2]);
});

Deno.test("a determinant in 3-D, and the same text in both dimensions", () => {
  const reader = new Reader(vocabulary({ ...all, dim: 3, unknowns: [field("u"), field("w", 3)] }));
  const { entries } = reader.read("det([[2, 0, 1], [1, 3, u], [0, 1, 1]])", "it");
  assertRounding(valueOf(entries[0], () => 0.5), 2 * (3 - 0.5) + 1, 4);
  assertEquals(reader.read("grad(w)", "it").shape, [3, 3]);
  assertEquals(reader.read("trace(I)", "it").entries[0].value, 3);
});

Deno.test("gradients go through formulas by the chain rule", () => {
  assertReads("grad(u^2)", [2], [2 * 0.3 * 1.1, 2 * 0.3 * -0.4]);
  assertReads("grad(k)[0]", [], [0.66]);
  assertReads("grad(eps)", [2], [0, 0]);
  assertReads("grad(x * y)", [2], [6, 4]);
});

Deno.test("rates are linear in the unknown, whose gradient has one too", () => {
  const { graph, ...reader } = new Reader(vocabulary(all));
  assert(graph.size > 0 && reader.dim === 2);
  const value = (text: string) => {
    const whole = new Reader(vocabulary(all)).read(text, "it");
    return whole.entries.map((node) =>
      valueOf(
        node,
        ({ leaf }) =>
          leaf!.kind === "past" ? -2 : numbers[`${leaf!.name} ${leaf!.component} ${leaf!.axis}`],
      )
    );
  };
  assertEquals(value("dt(u)"), [10 * 0.3 - 2]);
  assertEquals(value("grad(dt(u))"), value("dt(grad(u))"));
  assertEquals(value("dt(w)[1]"), [10 * -0.2 - 2]);
  assertEquals(value("dt(2 * u - u / 4)"), [2 * (3 - 2) - (3 - 2) / 4]);
});

Deno.test("what does not fit is refused with the piece and the shapes", () => {
  const cases: [string, string][] = [
    [
      "u * 2 + (w + u)",
      'it: "(w + u)": [2] + []: the shapes have to be the same (in "u * 2 + >>(w + u)<< ")',
    ],
    ["w * w", "[2] * [2]: vectors are multiplied by dot(a, b) or inner(a, b)"],
    ["dot(u, w)", "dot([], [2]): it takes vectors or matrices"],
    ["dot(w, [1, 2, 3])", "dot([2], [3])"],
    ["inner(w, F)", "inner([2], [2, 2])"],
    ["1 / w", "[] / [2]: the divisor has to be a scalar"],
    ["sin(w)", '"w": sin takes scalars, found [2]'],
    ["w ^ 2", '"w ^ 2": ^ takes scalars, found [2]'],
    ["det(w)", "det takes a square matrix, found [2]"],
    ["sym([[1, 2, 3], [4, 5, 6]])", "sym takes a square matrix, found [2, 3]"],
    ["w[2]", "index 2 for the shape [2]; indices are whole numbers from 0 to 1"],
    ["w[u]", '"u": an index is a number, not a formula'],
    ["u[0]", "1 index for the shape []"],
    ["[u, w]", "a list of [] and [2]"],
    ["grad(grad(w))", "grad takes a scalar or a vector, found [2, 2]"],
    ["div(grad(u))", "second derivative of u"],
    ["dt(u^2)", "write other rates by the product rule"],
    ["dt(T)", "dt takes an unknown"],
    ["n[0]", "the outward normal n is there on boundaries only"],
    ["nobody + 1", '"nobody": the name is not known; there are x, y, z, t'],
    ["region(core)", "takes the name of a region in quotes"],
    ['region("rim")', 'the mesh has no region "rim"'],
    ['u + "core"', "a quoted name belongs into region"],
    ["u(2)", "u is not a function; a product is written with *"],
    ["sinus(2)", "there is no function sinus"],
    ["grad + 1", "this is the name of a function, which takes operands"],
    ["atan2(1)", "atan2 takes 2 operands, found 1"],
    ["dot(w)", "dot takes 2 operands"],
    ["loop", '"loop": loop is defined by itself (loop -> pool)'],
    ["1 + bad", 'it: the definition of bad: "w + u": [2] + []'],
    ["w ? 1 : 2", "a condition takes scalars, found [2]"],
    ["u > 0 ? w : u", "[2] : []: the shapes have to be the same"],
  ];
  for (const [text, message] of cases) assertThrows(() => read(text), RangeError, message, text);
});

Deno.test("a name with two meanings is refused where it is used", () => {
  const twice: Words = { ...all, parameters: ["T", "I", "x"], define: { rho: "2" } };
  assertThrows(
    () => read("2 * T", twice),
    RangeError,
    "'T' is a variable of the mesh and a parameter",
  );
  assertThrows(
    () => read("trace(I)", twice),
    RangeError,
    "'I' is the identity matrix and a parameter",
  );
  assertThrows(() => read("x", twice), RangeError, "'x' is a coordinate and a parameter");
  assertThrows(
    () => read("rho", twice),
    RangeError,
    "'rho' is a variable of the mesh and a definition",
  );
  assertEquals(read("u", twice).values, [0.3]);
});
