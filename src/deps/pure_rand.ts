// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
export { xoroshiro128plusFromState } from "npm:pure-rand@8.4.2/generator/xoroshiro128plus";
