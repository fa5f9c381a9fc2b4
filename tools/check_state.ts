/**
 * Checks that classes which keep something between calls say how it is saved: they declare `state`,
 * are payloads (`capture` and `plan`), or have a line in their docblock: `State: none, <reason>.`,
 * `State: captured, <by whom>.` or `State: inherited, <how>.`
 * `deno run --allow-read=. tools/check_state.ts`
 *
 * @module
 */
import {
  type ast,
  docOf,
  filesBelow,
  type Finding,
  keyName,
  lineOf,
  readSource,
  report,
  type Source,
  walk,
} from "./syntax.ts";

/** The floors whose objects have a past. */
export const folders = [
  "src/ddt",
  "src/solve",
  "src/equation",
  "src/materials",
  "src/model",
  "src/surface",
] as const;

/** A way out needs a reason, not only the word. */
const excuse = /^State: (none|captured|inherited), \S+.{8,}$/m;

/** Checks the tree at `root`. */
export function checkState(root: string): Finding[] {
  return folders.flatMap((folder) =>
    filesBelow(root, folder).flatMap((path) => checkFile(readSource(root, path)))
  );
}

function checkFile({ path, program }: Source): Finding[] {
  const findings: Finding[] = [];
  const check = (node: ast.Class, documented: ast.Node) => {
    const message = problemOf(node, docOf(documented) || docOf(node));
    if (message !== null) findings.push({ path, line: lineOf(node), message });
  };
  walk(program, (node) => {
    // The docblock of `export class` and `const x = class` stands above the whole statement.
    if (node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration") {
      if (node.declaration?.type === "ClassDeclaration") {
        check(node.declaration, node);
        walk(node.declaration.body, visitInner);
        return false;
      }
    }
    return visitInner(node);
  });
  return findings;

  function visitInner(node: ast.Node): void {
    if (node.type === "ClassDeclaration" || node.type === "ClassExpression") check(node, node);
  }
}

/** What is wrong with a class; null where nothing is. */
function problemOf(node: ast.Class, doc: string): string | null {
  const name = node.id?.name ?? "a class without a name";
  const line = doc.match(/^State:.*$/m)?.[0];
  if (line !== undefined && !excuse.test(line)) {
    return `${name}: "${line}" should read "State: none, <reason>.", "State: captured, <by whom>." or ` +
      `"State: inherited, <how>."`;
  }
  if (line?.startsWith("State: inherited") && !node.superClass) {
    return `${name}: "${line}", but it extends nothing`;
  }
  if (line !== undefined) return null;
  const kept = node.body.body.flatMap(keptBy);
  if (kept.length === 0) return null;
  const has = (kind: string, wanted: string) =>
    node.body.body.some((it) =>
      "key" in it && keyName(it.key) === wanted &&
      (kind === "field" ? !("kind" in it) : "kind" in it && it.kind === kind)
    );
  if (has("method", "capture") && has("method", "plan")) return null;
  if (has("field", "state") || (has("get", "state") && has("set", "state"))) return null;
  if (has("get", "state")) return `${name}: its state can be read and not put back`;
  return `${name} keeps ${kept.join(", ")} between calls and declares no state: add a \`state\` ` +
    `accessor, or a line "State: none, <reason>." to its docblock`;
}

/** Names of what one member lets change after construction. */
function keptBy(member: ast.ClassBody["body"][number]): string[] {
  switch (member.type) {
    case "ClassAccessorProperty":
      return [keyName(member.key) ?? "a computed accessor"];
    case "ClassProperty":
    case "ClassPrivateProperty": {
      if ("abstract" in member && member.abstract) return [];
      const typed = member.typeAnnotation ?? null;
      if (member.readonly && !isMutable(member.value ?? null, typed)) return [];
      return [keyName(member.key) ?? "a computed field"];
    }
    case "ClassMethod":
      return member.kind === "constructor" ? member.params.flatMap(keptByParameter) : [];
    default:
      return [];
  }
}

/** `constructor(private count: number)` declares a field. */
function keptByParameter(parameter: ast.Node): string[] {
  if (parameter.type !== "TSParameterProperty" || parameter.readonly) return [];
  const named = parameter.parameter.type === "AssignmentPattern"
    ? parameter.parameter.left
    : parameter.parameter;
  return [keyName(named) ?? "a parameter property"];
}

const containers = /^(Weak)?(Map|Set)$|^Array$|^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/;

/** A readonly field whose content can change all the same: made, or typed, as a container. */
function isMutable(value: ast.Node | null, typed: ast.Node | null): boolean {
  const type = typed?.type === "TSTypeAnnotation" ? typed.typeAnnotation : null;
  if (type) {
    return type.type === "TSArrayType" ||
      (type.type === "TSTypeReference" && type.typeName.type === "Identifier" &&
        containers.test(type.typeName.name));
  }
  if (value?.type === "NewExpression") {
    return value.callee.type === "Identifier" && containers.test(value.callee.name);
  }
  return value?.type === "ArrayExpression";
}

if (import.meta.main) {
  const count = folders.flatMap((folder) => filesBelow(".", folder)).length;
  Deno.exit(report("state", checkState("."), `${count} files of ${folders.join(", ")}`));
}
