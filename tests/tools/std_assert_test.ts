import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
} from "@std/assert";

/** Not through `assertThrows`, which is itself under test. */
function refuses(body: () => void): AssertionError {
  try {
    body();
  } catch (error) {
    if (error instanceof AssertionError) return error;
    throw error;
  }
  throw new Error(`accepted: ${body}`);
}

const cyclic = (value: number): unknown => {
  const it: Record<string, unknown> = { value };
  it.self = it;
  return it;
};

Deno.test("equal() agrees with the published package on what is equal", () => {
  const pairs: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [[1, [2]], [1, [2]]],
    [{ a: 1, b: { c: null } }, { b: { c: null }, a: 1 }],
    [new Map([["a", [1]]]), new Map([["a", [1]]])],
    [new Map([[{ k: 1 }, 1], [{ k: 2 }, 2]]), new Map([[{ k: 2 }, 2], [{ k: 1 }, 1]])],
    [new Set([1, 2]), new Set([2, 1])],
    [new Date(5), new Date(5)],
    [/a/g, /a/g],
    [new URL("file:///a"), new URL("file:///a")],
    [new Float64Array([1, NaN]), new Float64Array([1, NaN])],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [cyclic(1), cyclic(1)],
    ["a", "a"],
    [1n, 1n],
  ];
  for (const [a, b] of pairs) {
    if (!equal(a, b)) throw new Error(`should be equal: ${Deno.inspect(a)} ${Deno.inspect(b)}`);
    assertEquals(a, b);
    refuses(() => assertNotEquals(a, b));
  }
});

Deno.test("equal() agrees with the published package on what differs", () => {
  const pairs: [unknown, unknown][] = [
    [1, 2],
    [1, "1"],
    [1, 1n],
    [null, undefined],
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [1]],
    [[1], { 0: 1 }],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Set([1, 1.5]), new Set([1, 2])],
    [new Date(5), new Date(6)],
    [/a/g, /a/i],
    [new Float64Array([1]), new Float32Array([1])],
    [new Float64Array([1]), new Float64Array([2])],
    [new Float64Array([1]), new Float64Array([1, 2])],
    [new (class A {})(), new (class B {})()],
    [cyclic(1), cyclic(2)],
    [new Error("a"), "a"],
  ];
  for (const [a, b] of pairs) {
    if (equal(a, b)) throw new Error(`should differ: ${Deno.inspect(a)} ${Deno.inspect(b)}`);
    refuses(() => assertEquals(a, b));
    assertNotEquals(a, b);
  }
});

Deno.test("plain assertions accept and refuse", () => {
  assert(1);
  refuses(() => assert(0, "zero"));
  assertFalse(0);
  refuses(() => assertFalse(1));
  refuses(() => fail("why"));
  assertStrictEquals(NaN, NaN);
  refuses(() => assertStrictEquals(0, -0));
  assertNotStrictEquals({}, {});
  refuses(() => assertNotStrictEquals(1, 1));
  assertExists(0);
  refuses(() => assertExists(null));
  assertGreater(2, 1);
  refuses(() => assertGreater(1, 1));
  assertGreaterOrEqual(1, 1);
  refuses(() => assertGreaterOrEqual(0, 1));
  assertLess(1, 2);
  refuses(() => assertLess(NaN, 2));
  assertLessOrEqual(1, 1);
  refuses(() => assertLessOrEqual(2, 1));
  assertStringIncludes("abc", "b");
  refuses(() => assertStringIncludes("abc", "d"));
  assertMatch("abc", /b/);
  refuses(() => assertMatch("abc", /d/));
  assertNotMatch("abc", /d/);
  refuses(() => assertNotMatch("abc", /b/));
  assertInstanceOf([], Array);
  refuses(() => assertInstanceOf([], Map));
});

Deno.test("assertAlmostEquals() has the published default tolerance", () => {
  assertAlmostEquals(1 + 0.9e-7, 1);
  refuses(() => assertAlmostEquals(1 + 1.1e-7, 1));
  // The default is relative, so nothing but zero is near zero.
  assertAlmostEquals(-0, 0);
  refuses(() => assertAlmostEquals(1e-9, 0));
  assertAlmostEquals(1e-9, 0, 1e-8);
  assertAlmostEquals(NaN, NaN);
  assertAlmostEquals(Infinity, Infinity);
  refuses(() => assertAlmostEquals(NaN, 1, Infinity));
});

Deno.test("assertThrows() checks class and text, and returns the error", () => {
  const thrown = new RangeError("the cell 7 is inverted");
  const body = () => {
    throw thrown;
  };
  assertStrictEquals(assertThrows(body, RangeError, "cell 7"), thrown);
  assertStrictEquals(assertThrows(body, Error), thrown);
  assertStrictEquals(assertThrows(body), thrown);
  assertStrictEquals(
    assertThrows(() => {
      throw 3;
    }),
    3,
  );
  refuses(() => assertThrows(body, TypeError));
  refuses(() => assertThrows(body, RangeError, "cell 8"));
  assertStringIncludes(refuses(() => assertThrows(() => 1, "my words")).message, "my words");
  refuses(() =>
    assertThrows(() => {
      throw 3;
    }, Error)
  );
});

Deno.test("assertRejects() checks class and text, and refuses a synchronous throw", async () => {
  const reason = new TypeError("a function cannot be saved");
  const body = () => Promise.reject(reason);
  assertStrictEquals(await assertRejects(body, TypeError, "saved"), reason);
  assertStrictEquals(await assertRejects(body), reason);
  const wrong: (() => Promise<unknown>)[] = [
    () => assertRejects(body, RangeError),
    () => assertRejects(body, TypeError, "loaded"),
    () => assertRejects(() => Promise.resolve(1)),
    () =>
      assertRejects(() => {
        throw reason;
      }, TypeError),
  ];
  for (const attempt of wrong) await assertRejects(attempt, AssertionError);
});
