import { assertEquals, assertThrows } from "@std/assert";
import { checkOptions, nearest, type OptionNames, requireOptions } from "../src/options.ts";

interface Options {
  readonly cellSize?: number;
  readonly order?: number;
  readonly stepLimit?: number;
}
const names: OptionNames<Options> = { cellSize: true, order: true, stepLimit: true };

Deno.test("options that exist pass, and so do none", () => {
  checkOptions("it", undefined, names);
  checkOptions("it", {}, names);
  checkOptions("it", { order: 1, cellSize: undefined }, names);
  checkOptions("it", Object.create(null), names);
  checkOptions("it", Object.create({ order: 1 }), names);
});

Deno.test("an option that does not exist is refused, with the one that may be meant and all there are", () => {
  assertThrows(
    () => checkOptions("it", { ordre: 1 }, names),
    TypeError,
    "it: there is no option 'ordre'; did you mean 'order'? The options are cellSize, order, stepLimit",
  );
  assertThrows(
    () => checkOptions("it", { colour: 1 }, names),
    TypeError,
    "it: there is no option 'colour'; the options are cellSize, order, stepLimit",
  );
  assertThrows(() => checkOptions("it", { x: 1 }, {}), TypeError, "it takes none");
  assertThrows(() => checkOptions("it", Object.create({ ordre: 1 }), names), TypeError, "'ordre'");
  // Names of Object.prototype are not options.
  assertThrows(() => checkOptions("it", { constructor: 1 }, names), TypeError, "'constructor'");
});

Deno.test("what is not an object of options is refused with what it is", () => {
  for (
    const [value, words] of [
      ["x", 'the string "x"'],
      [3, "the number 3"],
      [null, "null"],
      [[1, 2], "an array of 2"],
      [new Float64Array(2), "a Float64Array"],
      [() => {}, "a function"],
      [new Map([["order", 1]]), "a Map"],
      [Promise.resolve({ order: 1 }), "a Promise"],
      [new Date(0), "a Date"],
    ] as const
  ) {
    assertThrows(
      () => checkOptions("it", value, names),
      TypeError,
      `it takes { cellSize, order, stepLimit }, got ${words}`,
    );
  }
  assertThrows(() => requireOptions("it", undefined, names), TypeError, "got undefined");
});

Deno.test("the nearest name: letters left out, exchanged, replaced or added; case; beginnings", () => {
  const known = ["source", "degree", "tolerance", "view", "colors", "order"];
  assertEquals(
    ["sorce", "degre", "tolerence", "veiw", "Source", "tol", "sources", "colours", "dt", "q"]
      .map((name) => nearest(name, known)),
    [
      "source",
      "degree",
      "tolerance",
      "view",
      "source",
      "tolerance",
      "source",
      "colors",
      null,
      null,
    ],
  );
});
