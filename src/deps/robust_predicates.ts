// Inline specifiers keep `import "https://…/mod.ts"` free of an import map.
export { orient2d, orient3d } from "npm:robust-predicates@3.0.3";
