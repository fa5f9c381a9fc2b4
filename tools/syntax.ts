// deno-lint-ignore-file no-import-prefix -- a tool of the repository, not a part of the package: no import map entry for it.
/**
 * Reading TypeScript for the repository checks: files of a tree, their syntax trees, docblocks.
 *
 * @module
 */
import { parse } from "npm:@babel/parser@8.1.2";
import type * as ast from "npm:@babel/types@8.1.2";
import { existsSync, walkSync } from "@std/fs";
import { join, relative } from "@std/path";

export type { ast };

/** One parsed file. */
export interface Source {
  /** Relative to the tree's root, with forward slashes. */
  readonly path: string;
  readonly program: ast.Program;
  /** Comments anywhere in the file, in order. */
  readonly comments: readonly ast.Comment[];
}

/** One thing that a check found wrong. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** The `.ts` files below `folder` of the tree at `root`, sorted; none where the folder is missing. */
export function filesBelow(root: string, folder: string): string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return [...walkSync(start, { includeDirs: false, exts: ["ts"] })]
    .map((entry) => relative(root, entry.path).replaceAll("\\", "/"))
    .sort();
}

/** Parses `path` of the tree at `root`. */
export function readSource(root: string, path: string): Source {
  try {
    const { program, comments } = parse(Deno.readTextFileSync(join(root, path)), {
      sourceType: "module",
      sourceFilename: path,
      plugins: ["typescript", "decorators", "decoratorAutoAccessors", "sourcePhaseImports"],
    });
    return { path, program, comments: comments ?? [] };
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Visits `node` and everything below it, parents first; `visit` returns false to stay out. */
export function walk(node: ast.Node, visit: (node: ast.Node) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

function* childrenOf(node: ast.Node): Generator<ast.Node> {
  for (const [key, value] of Object.entries(node)) {
    if (key.endsWith("Comments") || key === "loc" || key === "extra") continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item?.type === "string") yield item;
    }
  }
}

/** The line a node starts on. */
export function lineOf(node: ast.Node): number {
  return node.loc?.start.line ?? 1;
}

/** The text of the docblock right above a node, without stars; empty where there is none. */
export function docOf(node: ast.Node): string {
  const block = node.leadingComments?.findLast((it) =>
    it.type === "CommentBlock" && it.value.startsWith("*") && !/@module\s*$/m.test(it.value)
  );
  return block ? block.value.slice(1).replace(/^[ \t]*\*? ?/gm, "").trim() : "";
}

/** The name of a class member, a field or a method; null for computed ones other than `[Symbol.x]`. */
export function keyName(key: ast.Node): string | null {
  if (key.type === "Identifier") return key.name;
  if (key.type === "StringLiteral" || key.type === "NumericLiteral") return String(key.value);
  if (key.type === "PrivateName") return `#${key.id.name}`;
  if (
    key.type === "MemberExpression" && key.object.type === "Identifier" &&
    key.property.type === "Identifier"
  ) return `[${key.object.name}.${key.property.name}]`;
  return null;
}

/** Prints what was found and how much was looked at; returns the exit code. */
export function report(check: string, findings: readonly Finding[], looked: string): number {
  for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`);
  console.log(`${check}: ${looked}, ${findings.length} found wrong`);
  return findings.length === 0 ? 0 : 1;
}
