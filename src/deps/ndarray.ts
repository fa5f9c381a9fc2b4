// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
// @ts-types="npm:@types/ndarray@1.1.0"
import ndarray from "npm:ndarray@1.1.1";
// @ts-types="npm:@types/ndarray@1.1.0"
export type { NdArray, TypedArray as NdArrayData } from "npm:ndarray@1.1.1";

export { ndarray };
