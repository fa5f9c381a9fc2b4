/**
 * Checks what the public docstrings say: every exported symbol and public member has one; what throws
 * names the class in `@throws`; arrays come with a shape such as `[n, dim]`; classes that users
 * construct have an `@example`. Works on the syntax, so it needs no permission but to read.
 * `deno run --allow-read=. tools/check_docs.ts`
 *
 * @module
 */
import { join } from "@std/path";
import { namesArray, thrownBy } from "./signatures.ts";
import { type Declared, type PublicSymbol, publicSymbols } from "./public_api.ts";
import { type ast, docOf, type Finding, keyName, lineOf, report } from "./syntax.ts";

/** Names that need no shape, and why. */
const shapeless = new Map([["TypedArray", "a kind of memory, not values in a layout"]]);

/** Things under one name that share their docblocks: overloads, a getter with its setter. */
interface Group {
  readonly label: string;
  readonly nodes: ast.Node[];
  readonly doc: string;
}

/** Checks everything that the entries of `deno.json` export. */
export function checkDocs(root: string): { symbols: number; findings: Finding[] } {
  const seen = new Map<string, PublicSymbol>();
  for (const entry of entriesOf(root)) {
    for (const symbol of publicSymbols(root, entry)) {
      const { path, declarations: [{ node }] } = symbol;
      seen.set(`${path}:${node.start}:${symbol.name}`, symbol);
    }
  }
  const findings = [...seen.values()].flatMap(checkSymbol)
    .sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
  return { symbols: seen.size, findings };
}

/** The TypeScript files that `deno.json` lists under `exports`. */
function entriesOf(root: string): string[] {
  const { exports } = JSON.parse(Deno.readTextFileSync(join(root, "deno.json"))) as {
    exports: string | Record<string, string>;
  };
  return (typeof exports === "string" ? [exports] : Object.values(exports))
    .map((path) => path.replace(/^\.\//, ""));
}

function checkSymbol({ name, path, declarations }: PublicSymbol): Finding[] {
  const own: Group = {
    label: name,
    nodes: declarations.map((it) => it.node),
    doc: declarations.map(docAbove).join("\n").trim(),
  };
  const groups = declarations.flatMap(({ node }) => membersOf(name, node));
  const problems = [
    ...problemsOf(own),
    ...declarations.flatMap(({ node }) => exampleProblem(name, node, own.doc)),
  ].map((message) => ({ path, line: lineOf(own.nodes[0]), message }));
  return problems.concat(
    groups.flatMap((group) =>
      problemsOf(group).map((message) => ({ path, line: lineOf(group.nodes[0]), message }))
    ),
  );
}

function docAbove({ node, documented }: Declared): string {
  return docOf(documented) || docOf(node);
}

/** The public members of a class or an interface, grouped by name. */
function membersOf(owner: string, node: ast.Node): Group[] {
  const members: readonly ast.Node[] =
    node.type === "ClassDeclaration" || node.type === "TSInterfaceDeclaration"
      ? node.body.body
      : [];
  const carriesShape = members.some((it) => "key" in it && keyName(it.key as ast.Node) === "shape");
  const groups = new Map<string, Group>();
  for (const member of members) {
    if (!isPublic(member)) continue;
    const name = keyName((member as { key: ast.Node }).key) ?? "a computed member";
    const label = `${owner}${"static" in member && member.static ? "." : "#"}${name}`;
    const before = groups.get(label);
    groups.set(label, {
      label,
      nodes: [...before?.nodes ?? [], member],
      doc: `${before?.doc ?? ""}\n${docOf(member)}`.trim() + (carriesShape ? "\n[shape]" : ""),
    });
  }
  return [...groups.values()];
}

const memberTypes = new Set([
  "ClassMethod",
  "TSDeclareMethod",
  "ClassProperty",
  "ClassAccessorProperty",
  "TSPropertySignature",
  "TSMethodSignature",
]);

function isPublic(member: ast.Node): boolean {
  if (!memberTypes.has(member.type)) return false;
  const { accessibility, override } = member as { accessibility?: string; override?: boolean };
  return !override && accessibility !== "private" && accessibility !== "protected";
}

/** What the docblocks of one name leave out. */
function problemsOf({ label, nodes, doc }: Group): string[] {
  const words = doc.replace(/\n?\[shape\]$/, "");
  if (words === "") return [`${label} has no docstring`];
  const problems: string[] = [];
  const thrown = new Set(nodes.flatMap(thrownBy));
  for (const error of thrown) {
    if (!new RegExp(String.raw`@throws\s+\{[^}]*\b${error}\b`).test(doc)) {
      problems.push(`${label} throws ${error} and has no "@throws {${error}} when …"`);
    }
  }
  if (!shapeless.has(label) && nodes.some(namesArray) && !hasShape(doc)) {
    problems.push(`${label} has an array in its signature and no shape such as [n, dim]`);
  }
  return problems;
}

/** A bracket with a size in it, in prose: not in an example, and no link. */
function hasShape(doc: string): boolean {
  const prose = doc.replace(/```[\s\S]*?```/g, "").replace(/\[[^\]]*\]\([^)]*\)/g, "");
  return /(?:^|[\s`(:,])\[\s*[\p{L}\d][^\[\]\n]*\]/mu.test(prose);
}

/** Classes that users make themselves show how. */
function exampleProblem(name: string, node: ast.Node, doc: string): string[] {
  if (node.type !== "ClassDeclaration" || node.abstract || name.endsWith("Error")) return [];
  const closed = node.body.body.some((it) =>
    it.type === "ClassMethod" && it.kind === "constructor" && it.accessibility === "private"
  );
  if (closed || /@hideconstructor\b/.test(doc)) return [];
  if (/@example[^`]*```ts\n/.test(doc)) return [];
  return [`${name} can be constructed and has no "@example" with a ts block`];
}

if (import.meta.main) {
  const { symbols, findings } = checkDocs(".");
  Deno.exit(report("docstrings", findings, `${symbols} exported symbols`));
}
