// deno-lint-ignore-file no-import-prefix -- tests, too, run from a plain checkout without an import map of their own.
export { default as fc } from "npm:fast-check@4.10.2";
