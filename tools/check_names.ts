/**
 * Checks that no two files below `src/` declare the same exported name: values, types and interfaces alike.
 * A file that passes on a name which it imported, as `mod.ts` does, is not a second declaration. The scope is
 * all of `src/`, since a name that means two things misleads a reader even where no file imports both.
 * `deno run --allow-read=. tools/check_names.ts`
 *
 * @module
 */
import {
  type ast,
  filesBelow,
  type Finding,
  keyName,
  lineOf,
  readSource,
  report,
  type Source,
} from "./syntax.ts";

/** Where a name is declared and exported. */
interface Declaration {
  readonly path: string;
  readonly line: number;
}

/** Checks the tree at `root`. */
export function checkNames(root: string): Finding[] {
  const declared = new Map<string, Declaration[]>();
  for (const path of filesBelow(root, "src")) {
    for (const [name, line] of exportedDeclarations(readSource(root, path))) {
      const others = declared.get(name);
      if (others) others.push({ path, line });
      else declared.set(name, [{ path, line }]);
    }
  }
  const findings: Finding[] = [];
  for (const [name, [first, ...others]] of declared) {
    for (const { path, line } of others) {
      const message =
        `${name} is also exported by ${first.path}:${first.line}; give one of them a ` +
        "name that says more, or let one file import it from the other";
      findings.push({ path, line, message });
    }
  }
  return findings;
}

/** The names that a file declares and exports, with their lines; overloads and merged types count once. */
export function exportedDeclarations({ program }: Source): Map<string, number> {
  const names = new Map<string, number>();
  const add = (name: string | null, node: ast.Node) => {
    if (name !== null && !names.has(name)) names.set(name, lineOf(node));
  };
  const imported = new Set<string>();
  for (const node of program.body) {
    if (node.type !== "ImportDeclaration") continue;
    for (const { local } of node.specifiers) imported.add(local.name);
  }
  for (const node of program.body) {
    // `export … from` declares nothing.
    if (node.type !== "ExportNamedDeclaration" || node.source) continue;
    for (const id of node.declaration ? declaredBy(node.declaration) : []) add(keyName(id), id);
    for (const specifier of node.specifiers) {
      if (specifier.type !== "ExportSpecifier") continue;
      const local = keyName(specifier.local);
      if (local !== null && !imported.has(local)) add(keyName(specifier.exported), specifier);
    }
  }
  return names;
}

/** The identifiers that a declaration binds. */
function declaredBy(declaration: ast.Declaration): ast.Node[] {
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => boundBy(id));
  }
  return "id" in declaration && declaration.id ? [declaration.id] : [];
}

/** The identifiers in a pattern: `a`, `{ b, c: [d] }`. */
function boundBy(pattern: ast.Node): ast.Node[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((it) =>
        boundBy(it.type === "RestElement" ? it.argument : it.value)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((it) => it === null ? [] : boundBy(it));
    case "AssignmentPattern":
      return boundBy(pattern.left);
    case "RestElement":
      return boundBy(pattern.argument);
    default:
      return [];
  }
}

if (import.meta.main) {
  const count = filesBelow(".", "src").length;
  Deno.exit(report("names", checkNames("."), `${count} files of src`));
}
