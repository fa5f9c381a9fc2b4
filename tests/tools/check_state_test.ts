import { assertEquals, assertMatch } from "@std/assert";
import { checkState } from "../../tools/check_state.ts";
import { plantTree } from "./_planted_tree.ts";

function said(text: string, path = "src/ddt/a.ts"): string[] {
  using tree = plantTree({ [path]: text });
  return checkState(tree.path).map((it) => `${it.path}:${it.line}: ${it.message}`);
}

Deno.test("check_state finds every way of keeping something", () => {
  const fields = {
    "count = 0;": "count",
    "#count = 0;": "#count",
    "private last?: number;": "last",
    "static calls = 0;": "calls",
    "declare held: number;": "held",
    "accessor tone = 1;": "tone",
    "constructor(private step: number) {}": "step",
    "constructor(protected step = 1) {}": "step",
    "readonly #cache = new Map<string, number>();": "#cache",
    "readonly #seen: Set<number>; constructor(s: Set<number>) { this.#seen = s; }": "#seen",
    "readonly history: number[] = [];": "history",
    "readonly #old = new Float64Array(3);": "#old",
    "readonly list = [];": "list",
  };
  for (const [text, name] of Object.entries(fields)) {
    for (const folder of ["src/ddt", "src/solve/deep", "src/model"]) {
      const lines = said(`\nexport class A { ${text} }`, `${folder}/a.ts`);
      assertEquals(lines.length, 1, text);
      assertEquals(
        lines[0].split(" between")[0],
        `${folder}/a.ts:2: A keeps ${name}`,
      );
    }
  }
});

Deno.test("check_state lets go what cannot change, and other floors", () => {
  const fixed = [
    "readonly name = 'x';",
    "readonly #mesh: Mesh; constructor(mesh: Mesh) { this.#mesh = mesh; }",
    "constructor(readonly order: number) {}",
    "readonly known: ReadonlyMap<string, number> = new Map();",
    "readonly names: readonly string[] = ['a'];",
    "abstract dim: number;",
    "solve() { let local = 1; return local; }",
    "get size() { return 1; }",
  ];
  for (const text of fixed) assertEquals(said(`export abstract class A { ${text} }`), [], text);
  assertEquals(said("export class A { count = 0 }", "src/mesh/a.ts"), []);
  assertEquals(said("interface A { count: number } declare const a: A;"), []);
});

Deno.test("check_state accepts a state that goes both ways, and payloads", () => {
  const declared = [
    "get state() { return { n: this.n }; } set state(s) { this.n = s.n; }",
    "state: S;",
    "accessor state: S;",
    "capture(sink) {} plan(source) { return () => {}; }",
  ];
  for (const text of declared) assertEquals(said(`class A { n = 0; ${text} }`), [], text);
  assertMatch(
    said("class A { n = 0; get state() { return 1; } }")[0],
    /A: its state can be read and not put back/,
  );
  assertEquals(said("class A { n = 0; state() {} }").length, 1);
  assertEquals(said("class A { n = 0; capture(sink) {} }").length, 1);
});

Deno.test("check_state takes a reason in the docblock, and nothing less", () => {
  const documented = (line: string, head = "export class A") =>
    said(`/**\n * A thing.\n *\n * ${line}\n */\n${head} { n = 0; }`);
  assertEquals(documented("State: none, a cache that is rebuilt from versions."), []);
  assertEquals(documented("State: none, a cache that is rebuilt from versions.", "class A"), []);
  assertEquals(documented("State: inherited, the base calls fields().", "class A extends B"), []);
  assertEquals(documented("State: captured, by the model under its own key."), []);
  assertEquals(said("/** State: none, lives for one call only. */\nclass A { n = 0; }"), []);
  assertMatch(documented("State: none.")[0], /should read "State: none, <reason>\."/);
  assertMatch(documented("State: none, x")[0], /should read/);
  assertMatch(documented("State: inherited, the base calls fields().")[0], /extends nothing/);
  assertMatch(documented("The State: none, is not at the start of a line.")[0], /keeps n/);
  assertMatch(said("// State: none, not in a docblock at all.\nclass A { n = 0; }")[0], /keeps n/);
});

Deno.test("check_state looks into class expressions and classes inside functions", () => {
  const lines = said([
    "export const make = () => class B { n = 0; };",
    "export function f() { class C { m = 0; } return C; }",
    "export class D { inner() { return class { k = 0; }; } }",
  ].join("\n"));
  assertEquals(lines.map((it) => it.split(" between")[0]), [
    "src/ddt/a.ts:1: B keeps n",
    "src/ddt/a.ts:2: C keeps m",
    "src/ddt/a.ts:3: a class without a name keeps k",
  ]);
});
