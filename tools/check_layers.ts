/**
 * Checks which way imports run: downward through the floors, never up, and in no circle.
 * `deno run --allow-read=. tools/check_layers.ts`
 *
 * @module
 */
import { existsSync } from "@std/fs";
import { dirname, join } from "@std/path";
import { type Import, importsOf } from "./imports.ts";
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

/** From top to bottom: a file may import its own floor and the ones after it. */
export const floors = [
  "cli",
  "output",
  "adjoint",
  "run",
  "surface",
  "model",
  "archive",
  "equation",
  "materials",
  "flow",
  "solve",
  "ddt",
  "swarm",
  "mesh",
  "snapshot",
  "expression",
  "comm",
  "display.ts",
  "options.ts",
  "error_guard.ts",
  "fixed_fields.ts",
  "errors.ts",
  "arrays.ts",
  "xxh64.ts",
  "bytes_text.ts",
  "version.ts",
] as const;

/** Packages, one file each; every floor may use them, and they may use the files at the bottom. */
const packages = "deps";
const belowPackages = new Set(["errors.ts", "arrays.ts", packages]);

/** What `src/` may read outside itself. */
const outside = new Set(["deno.json"]);

/** Checks the tree at `root`; sorted by place. */
export function checkLayers(root: string): Finding[] {
  const sources = filesBelow(root, "src").map((path) => readSource(root, path));
  const findings = sources.flatMap(checkFile);
  findings.push(...findCycles(sources));
  if (existsSync(join(root, "mod.ts"))) findings.push(...checkEntry(readSource(root, "mod.ts")));
  return findings.sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
}

function checkFile(source: Source): Finding[] {
  const { path } = source;
  const floor = floorOf(path);
  if (floor === null) {
    return [{ path, line: 1, message: `on no floor; known ones: ${floors.join(", ")}, deps` }];
  }
  return importsOf(source).flatMap((it) => {
    const message = problemOf(path, floor, it);
    return message === null ? [] : [{ path, line: it.line, message }];
  });
}

/** Why this file may not import that; null where it may. */
function problemOf(path: string, floor: string, { specifier }: Import): string | null {
  const quoted = `"${specifier}"`;
  if (!specifier.startsWith(".")) {
    if (specifier.startsWith("node:")) return null;
    if (!specifier.startsWith("npm:")) return `src/ imports nothing like ${quoted}`;
    return floor === packages ? null : `${quoted}: npm packages are named in src/deps/ only`;
  }
  const target = resolvePath(path, specifier);
  if (outside.has(target)) return null;
  if (!target.startsWith("src/")) return `${quoted} leads out of src/`;
  const to = floorOf(target);
  if (to === null) return `${quoted} is on no floor`;
  if (mayUse(floor, to)) return null;
  return `${quoted} runs upward, from ${floor} to ${to}`;
}

function mayUse(from: string, to: string): boolean {
  if (from === packages) return belowPackages.has(to);
  if (to === packages) return true;
  const order: readonly string[] = floors;
  return order.indexOf(from) <= order.indexOf(to);
}

/** The floor of a path such as `src/mesh/elements/mod.ts`; null where there is no such floor. */
function floorOf(path: string): string | null {
  const step = path.split("/")[1];
  return step === packages || (floors as readonly string[]).includes(step) ? step : null;
}

/** A relative specifier as a path from the root. */
function resolvePath(from: string, specifier: string): string {
  return join(dirname(from), specifier).replaceAll("\\", "/");
}

/**
 * Circles of files that need each other before they can run. Types are erased and late imports wait,
 * so neither closes a circle.
 */
function findCycles(sources: readonly Source[]): Finding[] {
  const edges = new Map(sources.map((source) => [
    source.path,
    importsOf(source)
      .filter((it) => it.kind === "value" && it.specifier.startsWith("."))
      .map((it) => ({ to: resolvePath(source.path, it.specifier), line: it.line })),
  ]));
  const findings: Finding[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    trail.push(path);
    for (const { to, line } of edges.get(path) ?? []) {
      const start = trail.indexOf(to);
      if (start >= 0) {
        const circle = [...trail.slice(start), to].map((it) => it.replace(/^src\//, ""));
        findings.push({ path, line, message: `closes a circle: ${circle.join(" -> ")}` });
      } else if (!done.has(to)) visit(to);
    }
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) if (!done.has(path)) visit(path);
  return findings;
}

/** `mod.ts` re-exports by name from `src/`, and does nothing else. */
function checkEntry({ path, program }: Source): Finding[] {
  return program.body.flatMap((node) => {
    const message = entryProblem(node);
    return message === null ? [] : [{ path, line: lineOf(node), message }];
  });
}

function entryProblem(node: ast.Statement): string | null {
  if (node.type === "ExportAllDeclaration") return "names what it exports, no `export *`";
  if (node.type !== "ExportNamedDeclaration" || !node.source) return "only re-exports";
  if (!node.source.value.startsWith("./src/")) return `re-exports from ./src/ only`;
  const named = node.specifiers.length > 0 &&
    node.specifiers.every((it) =>
      it.type === "ExportSpecifier" && keyName(it.local) !== "default" &&
      keyName(it.exported) !== "default"
    );
  return named ? null : "re-exports by name, no namespaces and no default";
}

if (import.meta.main) {
  const count = filesBelow(".", "src").length;
  Deno.exit(report("layers", checkLayers("."), `${count} files of src/ and mod.ts`));
}
