// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
import Delaunator from "npm:delaunator@5.1.0";

export { Delaunator };
