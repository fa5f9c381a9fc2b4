import { dirname, join } from "@std/path";
import { type ast, keyName, readSource, type Source } from "./syntax.ts";

/** One exported name, and every statement that declares it (overloads are several). */
export interface PublicSymbol {
  readonly name: string;
  /** The file that declares it. */
  readonly path: string;
  readonly declarations: readonly Declared[];
}

/** A declaration, and the statement that its docblock stands above. */
export interface Declared {
  readonly node: ast.Node;
  readonly documented: ast.Node;
}

/** Follows re-exports from an entry of the tree at `root` to the declarations behind every name. */
export function publicSymbols(root: string, entry: string): PublicSymbol[] {
  const reader = new Reader(root);
  return reader.namesOf(entry).map((name) => reader.find(entry, name))
    .filter((it) => it !== null);
}

class Reader {
  readonly #root: string;
  readonly #sources = new Map<string, Source>();

  constructor(root: string) {
    this.#root = root;
  }

  #read(path: string): Source {
    const known = this.#sources.get(path) ?? readSource(this.#root, path);
    this.#sources.set(path, known);
    return known;
  }

  /** Every name that a file exports. */
  namesOf(path: string): string[] {
    const names = new Set<string>();
    for (const node of this.#read(path).program.body) {
      if (node.type === "ExportAllDeclaration") {
        for (const name of this.namesOf(resolve(path, node.source.value))) names.add(name);
      }
      if (node.type !== "ExportNamedDeclaration") continue;
      for (const it of node.specifiers) {
        if ("exported" in it) names.add(keyName(it.exported) ?? "");
      }
      for (const name of declaredNames(node.declaration ?? null)) names.add(name);
    }
    return [...names];
  }

  /** Where `name`, as exported by `path`, is declared; null where that is in a package. */
  find(path: string, name: string): PublicSymbol | null {
    for (const node of this.#read(path).program.body) {
      if (node.type === "ExportAllDeclaration") {
        const target = resolve(path, node.source.value);
        if (this.namesOf(target).includes(name)) return this.find(target, name);
      }
      if (node.type !== "ExportNamedDeclaration") continue;
      const hit = node.specifiers.find((it) =>
        it.type === "ExportSpecifier" && keyName(it.exported) === name
      );
      if (hit?.type !== "ExportSpecifier") continue;
      const local = keyName(hit.local) ?? "";
      if (!node.source) return this.#declared(path, local);
      if (!node.source.value.startsWith(".")) return null;
      return this.find(resolve(path, node.source.value), local);
    }
    return this.#declared(path, name);
  }

  #declared(path: string, name: string): PublicSymbol | null {
    const declarations: Declared[] = [];
    for (const node of this.#read(path).program.body) {
      const inner = node.type === "ExportNamedDeclaration" ? node.declaration ?? null : node;
      if (inner?.type === "ImportDeclaration") {
        const from = inner.specifiers.find((it) => it.local.name === name);
        if (from?.type !== "ImportSpecifier" || !inner.source.value.startsWith(".")) continue;
        return this.find(resolve(path, inner.source.value), keyName(from.imported) ?? "");
      }
      if (declaredNames(inner).includes(name) && inner) {
        declarations.push({ node: inner, documented: node });
      }
    }
    return declarations.length > 0 ? { name, path, declarations } : null;
  }
}

function declaredNames(node: ast.Node | null): string[] {
  if (node?.type === "VariableDeclaration") {
    return node.declarations.flatMap((it) => it.id.type === "Identifier" ? [it.id.name] : []);
  }
  if (node && "id" in node && node.id && node.id.type === "Identifier") return [node.id.name];
  return [];
}

function resolve(from: string, specifier: string): string {
  return join(dirname(from), specifier).replaceAll("\\", "/");
}
