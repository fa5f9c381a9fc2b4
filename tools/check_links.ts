/**
 * Checks what the pages (`*.md`) point at: relative links and their anchors, paths of this repository in
 * code such as `docs/guide.md`, and tasks such as `deno task ok`. Links to other hosts are not looked up.
 * `deno run --allow-read=. tools/check_links.ts`
 *
 * @module
 */
import { existsSync, walkSync } from "@std/fs";
import { dirname, join, relative } from "@std/path";
import { type Finding, report } from "./syntax.ts";

/** Folders whose files pages name; a path that begins otherwise may be an example of the user's. */
const OWN_PATH = /^(?:bench|docs|examples|src|tests|tools|\.ci)\/[\w./-]+$/;
/** Made by a task, and not in the repository. */
const MADE = /^docs\/api(?:\/|$)/;
const SKIP = [/\/\.git$/, /\/node_modules$/, /\/docs\/api$/, /\/tests\/data$/];

/** A page without its code blocks, whose lines are left empty so that numbers of lines hold. */
interface Page {
  readonly path: string;
  readonly prose: readonly string[];
  readonly anchors: ReadonlySet<string>;
  /** All lines, code blocks too. */
  readonly lines: readonly string[];
}

/** Checks every page of the tree at `root`. */
export function checkLinks(root: string): { pages: number; findings: Finding[] } {
  const pages = new Map(
    [...walkSync(root, { includeDirs: false, exts: ["md"], skip: SKIP })]
      .map(({ path }) => relative(root, path).replaceAll("\\", "/"))
      .sort()
      .map((path) => [path, readPage(root, path)]),
  );
  const tasks = tasksOf(root);
  const findings: Finding[] = [];
  for (const page of pages.values()) {
    const found = (line: number, message: string) =>
      findings.push({ path: page.path, line: line + 1, message });
    page.prose.forEach((text, line) => {
      for (const target of targetsIn(text)) {
        const message = problemOf(root, page, target, pages);
        if (message !== null) found(line, message);
      }
      for (const [, code] of text.matchAll(/`([^`]+)`/g)) {
        const path = code.replace(/\/$/, "");
        if (!OWN_PATH.test(path) || MADE.test(path) || existsSync(join(root, path))) continue;
        found(line, `there is no ${code}`);
      }
    });
    page.lines.forEach((text, line) => {
      for (const [, task] of text.matchAll(/\bdeno task ([a-z]\w*(?::\w+)*)/g)) {
        if (tasks !== null && !tasks.has(task)) found(line, `deno.json has no task ${task}`);
      }
    });
  }
  return { pages: pages.size, findings: findings.sort(byPlace) };
}

function byPlace(a: Finding, b: Finding): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line;
}

function readPage(root: string, path: string): Page {
  const lines = Deno.readTextFileSync(join(root, path)).split("\n");
  let fence = "";
  const prose = lines.map((line) => {
    const mark = line.match(/^\s*(```+|~~~+)/)?.[1] ?? "";
    if (fence === "" && mark === "") return line;
    if (fence === "") fence = mark;
    else if (mark.startsWith(fence)) fence = "";
    return "";
  });
  return { path, lines, prose, anchors: anchorsIn(prose) };
}

/** The anchors of the headings, as GitHub makes them; a second heading of a name gets `-1`. */
function anchorsIn(prose: readonly string[]): Set<string> {
  const anchors = new Set<string>(), seen = new Map<string, number>();
  for (const line of prose) {
    const heading = line.match(/^#{1,6}\s+(.*?)\s*#*$/)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

/** Where the links and pictures of a line lead. */
function targetsIn(line: string): string[] {
  const text = line.replace(/`[^`]*`/g, "");
  return [...text.matchAll(/\]\(\s*<?([^()\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1])
    .concat([...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/g)].map((match) => match[1]));
}

function problemOf(
  root: string,
  page: Page,
  target: string,
  pages: ReadonlyMap<string, Page>,
): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [path, anchor] = target.split("#");
  const file = path === "" ? page.path : join(dirname(page.path), decodeURIComponent(path));
  const clean = file.replaceAll("\\", "/").replace(/\/$/, "");
  if (clean.startsWith("../") || !existsSync(join(root, clean))) {
    return `the link ${target} leads to nothing: there is no ${clean}`;
  }
  const there = pages.get(clean);
  if (anchor === undefined || there === undefined || there.anchors.has(anchor)) return null;
  return `the link ${target} leads to nothing: ${clean} has no heading #${anchor}`;
}

function tasksOf(root: string): ReadonlySet<string> | null {
  const path = join(root, "deno.json");
  if (!existsSync(path)) return null;
  const { tasks = {} } = JSON.parse(Deno.readTextFileSync(path)) as { tasks?: object };
  return new Set(Object.keys(tasks));
}

if (import.meta.main) {
  const { pages, findings } = checkLinks(".");
  Deno.exit(report("links", findings, `${pages} pages`));
}
