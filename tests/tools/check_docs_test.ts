import { assertEquals, assertMatch } from "@std/assert";
import { checkDocs } from "../../tools/check_docs.ts";
import { plantTree } from "./_planted_tree.ts";

/** What the check says about `text`, all of it exported, as `line: message`. */
function said(text: string): string[] {
  using tree = plantTree({
    "deno.json": `{ "exports": "./mod.ts" }`,
    "mod.ts": `export * from "./src/a.ts";`,
    "src/a.ts": text,
  });
  return checkDocs(tree.path).findings.map((it) => `${it.line}: ${it.message}`);
}

const example = "@example\n * ```ts\n * new A();\n * ```";

Deno.test("check_docs passes what is documented whole", () => {
  const text = `
    /** Something.
     *
     * ${example}
     */
    export class A extends Base {
      /** Row-major, \`[n, dim]\`. */
      readonly data: Float64Array = new Float64Array(1);
      #hidden = new Float64Array(1);
      private own = 1;
      protected base = 1;
      /**
       * Makes one.
       * @throws {RangeError} when n is negative.
       */
      constructor(n: number) {
        super();
        if (n < 0) throw new RangeError("n");
      }
      /** Field values, [nDofs x components]. */
      get values(): NdArray { return this.#v(); }
      set values(v: NdArray) { this.#v(); }
      #v() { throw new Error("private"); }
      override toString() { return ""; }
    }
    /** Adds; @module in the middle of a sentence is text. */
    export function add(a: number, b: number): number { return a + b; }
    /** One or [n] numbers. */
    export type Points = NdArray | number[][];
    /** A shape-carrying pair. */
    export interface Pair {
      /** The numbers. */
      readonly data: Float64Array;
      /** Their extents. */
      readonly shape: number[];
    }
    /** With its shape. */
    export declare function put(data: Float64Array, shape: number[]): void;
    /** Bytes are bytes. */
    export const read = (bytes: Uint8Array): number => bytes[0];
    function inside(a: Float64Array) { throw new Error("not exported"); }
  `;
  assertEquals(said(text), []);
});

Deno.test("check_docs finds what has no docstring", () => {
  assertEquals(
    said([
      "export function f(): void {}",
      "export interface I {",
      "  x: number;",
      "  y(): void;",
      "}",
      "export type T = number;",
      "export const c = 1;",
      "/** @module */",
      "export enum E { A }",
      "export abstract class B {",
      "  abstract z: number;",
      "  static make(): void {}",
      "  constructor(x: number) {}",
      "  [Symbol.dispose](): void {}",
      "}",
      "// not a docblock",
      "export let g: number;",
    ].join("\n")),
    [
      "1: f has no docstring",
      "2: I has no docstring",
      "3: I#x has no docstring",
      "4: I#y has no docstring",
      "6: T has no docstring",
      "7: c has no docstring",
      "9: E has no docstring",
      "10: B has no docstring",
      "11: B#z has no docstring",
      "12: B.make has no docstring",
      "13: B#constructor has no docstring",
      "14: B#[Symbol.dispose] has no docstring",
      "17: g has no docstring",
    ],
  );
});

Deno.test("check_docs wants @throws for every class that a body throws itself", () => {
  const throwing = (doc: string, body: string) =>
    said(`/** F.\n${doc} */\nexport function f(): void { ${body} }`);
  assertEquals(throwing("", `throw new RangeError("x");`), [
    '3: f throws RangeError and has no "@throws {RangeError} when …"',
  ]);
  assertEquals(throwing("@throws {RangeError} when x.", `throw new RangeError("x");`), []);
  assertEquals(throwing("@throws RangeError when x.", `throw new RangeError("x");`).length, 1);
  assertEquals(
    throwing(
      "@throws {TypeError} when x.",
      `if (1) { throw new TypeError("x"); } for (;;) throw new CommError(0, "y");`,
    ),
    ['3: f throws CommError and has no "@throws {CommError} when …"'],
  );
  assertEquals(throwing("@throws {TypeError | CommError} x", `throw new CommError(0, "");`), []);
  // What a function inside throws, and what is passed on, is not its own.
  assertEquals(throwing("", `const g = () => { throw new Error("x"); }; throw g;`), []);
  assertEquals(
    said(`/** V. */\nexport const f = (x: number): never => { throw new TypeError("" + x); };`)
      .length,
    1,
  );
});

Deno.test("check_docs takes overloads, and a getter with its setter, together", () => {
  assertEquals(
    said(`
      /** F. */
      export function f(a: number): void;
      /** @throws {TypeError} when a is text. */
      export function f(a: string): void;
      export function f(a: unknown): void { throw new TypeError("" + a); }
      /** B. */
      export abstract class B {
        /** S. @throws {RangeError} when negative. */
        get s(): number { return 1; }
        set s(v: number) { throw new RangeError("" + v); }
      }
    `),
    [],
  );
});

Deno.test("check_docs wants a shape where arrays go in or out", () => {
  const signatures = [
    "export function f(a: Float64Array): void {}",
    "export function f(a: number, ...b: Int32Array[]): void {}",
    "export function f(a?: readonly number[][]): void {}",
    "export function f({ a }: { a: NdArray }): void {}",
    "export function f(a: Points = []): void {}",
    "export function f(): Promise<NdArray> { return null!; }",
    "export type T = Map<string, BigInt64Array>;",
    "export const f = (a: Float32Array): void => {};",
    "export const f: (a: number) => NdArray = null!;",
  ];
  for (const text of signatures) {
    assertMatch(said(`/** F. */\n${text}`)[0] ?? "", /2: . has an array .* no shape/, text);
    assertEquals(said(`/** F, \`[n, dim]\`. */\n${text}`), [], text);
  }
  const [text] = signatures;
  for (const shape of ["[nDofs x components]", "Values ([n])", "[count x (dim + 1)]"]) {
    assertEquals(said(`/** F.\n@param a ${shape} */\n${text}`), [], shape);
  }
  for (const no of ["```ts\nf([1]);\n```", "[a link](https://x.org)", "a[0]", "[]"]) {
    assertEquals(said(`/** F.\n${no} */\n${text}`).length, 1, no);
  }
  const none = [
    "export function f(a: Uint8Array, b: number[], c: string[][]): TypedArray { return null!; }",
    "export function f(): void { const inner: Float64Array = null!; }",
  ];
  for (const it of none) assertEquals(said(`/** F. */\n${it}`), [], it);
});

Deno.test("check_docs wants an example from classes that users construct", () => {
  const missing = ['2: A can be constructed and has no "@example" with a ts block'];
  assertEquals(said("/** A. */\nexport class A {}"), missing);
  assertEquals(said("/** A. @example none */\nexport class A {}"), missing);
  assertEquals(said("/** A. */\nclass A {}\nexport { A };"), missing);
  assertEquals(said(`/** A.\n * ${example}\n */\nexport class A {}`), []);
  assertEquals(said("/** A. */\nexport abstract class A {}"), []);
  assertEquals(said("/** A. */\nexport class A { private constructor() {} }"), []);
  assertEquals(said("/** A. @hideconstructor */\nexport class A {}"), []);
  assertEquals(said("/** A. */\nexport class MeshError extends Error {}"), []);
});

Deno.test("check_docs follows every form of re-export, and stops at packages", () => {
  using tree = plantTree({
    "deno.json": `{ "exports": { ".": "./mod.ts", "./expression": "./src/e.ts" } }`,
    "mod.ts": [
      `export { a, type B, c as see } from "./src/a.ts";`,
      `export type { NdArray } from "./src/deps/nd.ts";`,
    ].join("\n"),
    "src/a.ts": [
      `import type { B } from "./deep/b.ts";`,
      `export type { B };`,
      `export { c } from "./deep/b.ts";`,
      `const a = 1, unseen = 2;`,
      `export { a };`,
      `export const hidden = 1;`,
    ].join("\n"),
    "src/deep/b.ts": `export interface B {}\nexport const c = 1;`,
    "src/deps/nd.ts": `export type { NdArray } from "npm:ndarray@1.1.1";`,
    "src/e.ts": `export function e(): void {}`,
  });
  const { findings, symbols } = checkDocs(tree.path);
  assertEquals(symbols, 4);
  assertEquals(findings.map((it) => `${it.path}:${it.line}: ${it.message}`), [
    "src/a.ts:4: a has no docstring",
    "src/deep/b.ts:1: B has no docstring",
    "src/deep/b.ts:2: c has no docstring",
    "src/e.ts:1: e has no docstring",
  ]);
});
