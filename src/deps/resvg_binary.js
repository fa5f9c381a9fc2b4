// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * The binary of resvg as a module source: it comes with the package, and reading it takes no permission.
 * JavaScript, because TypeScript does not know `import.source` yet.
 *
 * @module
 */

/** @returns {Promise<WebAssembly.Module>} the compiled module. */
export function loadBinary() {
  return import.source("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm");
}
