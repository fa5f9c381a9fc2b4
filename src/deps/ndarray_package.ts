// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
/**
 * The package `ndarray` and the two that it requires, evaluated from their texts. They are CommonJS modules: imported
 * as modules they load Deno's node layer with `node:module`, which took a fifth of the import of the toolkit, and of
 * which they use nothing.
 *
 * @module
 */
import ndarrayText from "npm:ndarray@1.1.1/ndarray.js" with { type: "text" };
// @ts-types="npm:@types/ndarray@1.1.0"
import type make from "npm:ndarray@1.1.1";
import iotaText from "npm:iota-array@1.0.0/iota.js" with { type: "text" };
import isBufferText from "npm:is-buffer@1.1.6/index.js" with { type: "text" };

const texts: Readonly<Record<string, string>> = {
  ndarray: ndarrayText,
  "iota-array": iotaText,
  "is-buffer": isBufferText,
};

/** What a CommonJS module exports; stack traces name it as `npm:name`. */
function evaluated(name: string): unknown {
  const module: { exports: unknown } = { exports: {} };
  const run = new Function("module", "require", `${texts[name]}\n//# sourceURL=npm:${name}`);
  run(module, evaluated);
  return module.exports;
}

/** Gives memory a shape, as the package's function does. */
export const makeArray = evaluated("ndarray") as typeof make;
