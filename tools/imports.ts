import { type ast, lineOf, type Source, walk } from "./syntax.ts";

/** One module that a file names. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /**
   * `value` is loaded before the file runs; `type` is erased; `late` is loaded while it runs:
   * `import("…")`, `new URL("…", import.meta.url)`, `import.meta.resolve("…")`.
   */
  readonly kind: "value" | "type" | "late";
}

/** Every module that a file names by a literal, in order. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  const add = (at: ast.Node, kind: Import["kind"], specifier: string | null) => {
    if (specifier !== null) found.push({ specifier, line: lineOf(at), kind });
  };
  walk(source.program, (node) => {
    switch (node.type) {
      case "ImportDeclaration":
        add(node, isErased(node.importKind, node.specifiers) ? "type" : "value", node.source.value);
        break;
      case "ExportNamedDeclaration":
        if (!node.source) break;
        add(node, isErased(node.exportKind, node.specifiers) ? "type" : "value", node.source.value);
        break;
      case "ExportAllDeclaration":
        add(node, node.exportKind === "type" ? "type" : "value", node.source.value);
        break;
      case "TSImportType":
        add(node, "type", textOf(node.source));
        break;
      case "TSExternalModuleReference":
        add(node, "value", node.expression.value);
        break;
      case "ImportExpression":
        add(node, "late", textOf(node.source));
        break;
      case "NewExpression":
        if (isNamed(node.callee, "URL") && isMeta(node.arguments[1], "url")) {
          add(node, "late", textOf(node.arguments[0]));
        }
        break;
      case "CallExpression":
        if (isMeta(node.callee, "resolve")) add(node, "late", textOf(node.arguments[0]));
        break;
    }
  });
  for (const comment of source.comments) {
    const text = comment.value.match(
      /^\s*@(?:ts-types|deno-types)=["']([^"']+)["']|^\/\s*<reference\s+(?:path|types)=["']([^"']+)["']/,
    );
    if (!text) continue;
    const line = comment.loc?.start.line ?? 1;
    found.push({ specifier: text[1] ?? text[2], line, kind: "type" });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** `import type`, or nothing but `type` names between the braces. */
function isErased(kind: string | null | undefined, specifiers: readonly ast.Node[]): boolean {
  if (kind === "type") return true;
  return specifiers.length > 0 &&
    specifiers.every((it) =>
      (it.type === "ImportSpecifier" && it.importKind === "type") ||
      (it.type === "ExportSpecifier" && it.exportKind === "type")
    );
}

/** The text of a literal or of a template without holes. */
function textOf(node: ast.Node | undefined): string | null {
  if (node?.type === "StringLiteral") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0].value.cooked ?? null;
  }
  return null;
}

function isNamed(node: ast.Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** `import.meta.<name>`. */
function isMeta(node: ast.Node | undefined, name: string): boolean {
  return node?.type === "MemberExpression" && node.object.type === "MetaProperty" &&
    isNamed(node.property, name);
}
