import { assertEquals } from "@std/assert";
import { checkLayers } from "../../tools/check_layers.ts";
import { plantTree } from "./_planted_tree.ts";

/** What the check says about a planted tree, as `path:line: message`. */
function said(files: Record<string, string>): string[] {
  using tree = plantTree(files);
  return checkLayers(tree.path).map((it) => `${it.path}:${it.line}: ${it.message}`);
}

Deno.test("check_layers passes a tree whose imports run downward", () => {
  assertEquals(
    said({
      "mod.ts":
        `export { Model } from "./src/model/model.ts";\nexport type { Comm } from "./src/comm/comm.ts";`,
      "src/model/model.ts":
        `import { a } from "../snapshot/store/memory.ts";\nimport "../errors.ts";\nexport class Model {}`,
      "src/snapshot/store/memory.ts":
        `import { e } from "../../errors.ts"; import { b } from "./slab.ts"; export const a = b;`,
      "src/snapshot/store/slab.ts": `import nd from "../../deps/ndarray.ts"; export const b = nd;`,
      "src/deps/ndarray.ts": `export { default } from "npm:ndarray@1.1.1";`,
      "src/comm/comm.ts":
        `import { Worker } from "node:worker_threads"; import "../arrays.ts"; export interface Comm {}`,
      "src/errors.ts": `export { kind } from "./arrays.ts";`,
      "src/arrays.ts": `export const kind = 1;`,
      "src/cli/main.ts": `import { floor } from "../../deno.json" with { type: "json" };`,
    }),
    [],
  );
});

Deno.test("check_layers finds an upward import of every form, with its line", () => {
  const forms = [
    `import { x } from "../model/x.ts";`,
    `import "../model/x.ts";`,
    `import type { X } from "../model/x.ts";`,
    `import { type X } from "../model/x.ts";`,
    `export { x } from "../model/x.ts";`,
    `export type { X } from "../model/x.ts";`,
    `export * from "../model/x.ts";`,
    `export * as all from "../model/x.ts";`,
    `const late = await import("../model/x.ts");`,
    "const late = await import(`../model/x.ts`);",
    `let it: import("../model/x.ts").X;`,
    `import x = require("../model/x.ts");`,
    `const url = new URL("../model/x.ts", import.meta.url);`,
    `const url = import.meta.resolve("../model/x.ts");`,
    `class C { m() { return () => import("../model/x.ts"); } }`,
    `// @ts-types="../model/x.ts"`,
    `/// <reference path="../model/x.ts" />`,
  ];
  for (const form of forms) {
    assertEquals(
      said({ "src/mesh/a.ts": `// a comment\n\n${form}\n`, "src/model/x.ts": "" }),
      [`src/mesh/a.ts:3: "../model/x.ts" runs upward, from mesh to model`],
      form,
    );
  }
});

Deno.test("check_layers is not fooled by comments, strings and templates", () => {
  assertEquals(
    said({
      "src/mesh/a.ts": [
        `// import { x } from "../model/x.ts";`,
        `/* import "npm:x@1"; */`,
        `/** @example\n * import { x } from "npm:x"; */`,
        "export const text = `import { x } from '../model/x.ts'; ${'import(\"npm:x\")'}`;",
        `export const pattern = /import "npm:x"/;`,
        `export const url = new URL("../model/x.ts", "https://example.org");`,
      ].join("\n"),
    }),
    [],
  );
});

Deno.test("check_layers keeps the bottom in its order too", () => {
  assertEquals(
    said({
      "src/arrays.ts": `import "./errors.ts";`,
      "src/errors.ts": `import "./deps/a.ts";`,
      "src/display.ts": `import "./comm/comm.ts";`,
      "src/comm/comm.ts": `import "./self.ts"; import "../expression/e.ts";`,
      "src/comm/self.ts": "",
      "src/deps/a.ts": `import "../mesh/m.ts"; import "./b.ts"; import "../arrays.ts";`,
    }),
    [
      `src/arrays.ts:1: "./errors.ts" runs upward, from arrays.ts to errors.ts`,
      `src/comm/comm.ts:1: "../expression/e.ts" runs upward, from comm to expression`,
      `src/deps/a.ts:1: "../mesh/m.ts" runs upward, from deps to mesh`,
      `src/deps/a.ts:1: closes a circle: arrays.ts -> errors.ts -> deps/a.ts -> arrays.ts`,
      `src/display.ts:1: "./comm/comm.ts" runs upward, from display.ts to comm`,
    ],
  );
});

Deno.test("check_layers keeps packages, JSR and the network out of src/", () => {
  assertEquals(
    said({
      "src/deps/a.ts": `import "npm:a@1.0.0";\nimport "jsr:@std/fs@1";`,
      "src/mesh/a.ts": [
        `import d from "npm:delaunator@5.0.1";`,
        `const h = await import("npm:h5wasm@0.7.0");`,
        `import "@std/path";`,
        `import "jsr:@std/fs@1";`,
        `import "https://example.org/x.ts";`,
        `import { Model } from "../../mod.ts";`,
        `import "../../tests/_helpers.ts";`,
        `import "../utils/x.ts";`,
        `import source wasm from "npm:@resvg/resvg-wasm@2/index_bg.wasm";`,
      ].join("\n"),
      "src/utils/x.ts": "",
    }),
    [
      `src/deps/a.ts:2: src/ imports nothing like "jsr:@std/fs@1"`,
      `src/mesh/a.ts:1: "npm:delaunator@5.0.1": npm packages are named in src/deps/ only`,
      `src/mesh/a.ts:2: "npm:h5wasm@0.7.0": npm packages are named in src/deps/ only`,
      `src/mesh/a.ts:3: src/ imports nothing like "@std/path"`,
      `src/mesh/a.ts:4: src/ imports nothing like "jsr:@std/fs@1"`,
      `src/mesh/a.ts:5: src/ imports nothing like "https://example.org/x.ts"`,
      `src/mesh/a.ts:6: "../../mod.ts" leads out of src/`,
      `src/mesh/a.ts:7: "../../tests/_helpers.ts" leads out of src/`,
      `src/mesh/a.ts:8: "../utils/x.ts" is on no floor`,
      `src/mesh/a.ts:9: "npm:@resvg/resvg-wasm@2/index_bg.wasm": npm packages are named in src/deps/ only`,
      `src/utils/x.ts:1: on no floor; known ones: cli, output, adjoint, run, surface, model, archive, equation, materials, flow, solve, ddt, swarm, mesh, ` +
      `snapshot, expression, comm, display.ts, options.ts, error_guard.ts, fixed_fields.ts, errors.ts, arrays.ts, xxh64.ts, bytes_text.ts, version.ts, deps`,
    ],
  );
});

Deno.test("check_layers finds circles inside a floor, and lets erased and late imports be", () => {
  assertEquals(
    said({
      "src/mesh/a.ts": `import { b } from "./deep/b.ts";`,
      "src/mesh/deep/b.ts": `export const b = 1;\nimport { c } from "../c.ts";`,
      "src/mesh/c.ts": `export { b } from "./a.ts";`,
      "src/mesh/alone.ts": `import "./alone.ts";`,
      "src/swarm/a.ts": `import type { B } from "./b.ts"; import { type C } from "./b.ts";`,
      "src/swarm/b.ts": `import { a } from "./a.ts"; const late = () => import("./c.ts");`,
      "src/swarm/c.ts": `import { b } from "./b.ts";`,
    }),
    [
      "src/mesh/alone.ts:1: closes a circle: mesh/alone.ts -> mesh/alone.ts",
      "src/mesh/c.ts:1: closes a circle: mesh/a.ts -> mesh/deep/b.ts -> mesh/c.ts -> mesh/a.ts",
    ],
  );
});

Deno.test("check_layers holds mod.ts to re-exports by name", () => {
  const mod = (text: string) => said({ "mod.ts": text, "src/errors.ts": "" });
  const wrong = {
    [`export * from "./src/errors.ts";`]: "names what it exports, no `export *`",
    [`export * as errors from "./src/errors.ts";`]:
      "re-exports by name, no namespaces and no default",
    [`export { default as x } from "./src/errors.ts";`]:
      "re-exports by name, no namespaces and no default",
    [`export { x as default } from "./src/errors.ts";`]:
      "re-exports by name, no namespaces and no default",
    [`export {} from "./src/errors.ts";`]: "re-exports by name, no namespaces and no default",
    [`export { x } from "./tools/x.ts";`]: "re-exports from ./src/ only",
    [`export { x } from "npm:x@1";`]: "re-exports from ./src/ only",
    [`import "./src/errors.ts";`]: "only re-exports",
    [`export const x = 1;`]: "only re-exports",
    [`console.log(1);`]: "only re-exports",
    [`const x = 1; export { x };`]: "only re-exports",
    [`export default 1;`]: "only re-exports",
  };
  for (const [text, message] of Object.entries(wrong)) {
    assertEquals(mod(`// first\n${text}`)[0], `mod.ts:2: ${message}`, text);
  }
  assertEquals(
    mod(`/** Doc. @module */\nexport { a, type B, c as d } from "./src/errors.ts";`),
    [],
  );
});
