import { assert, assertEquals } from "@std/assert";
import { tempDir } from "../_helpers.ts";
import { type Block, blocksOf, composed, readPage } from "./_pages.ts";

const pages = ["README.md"].concat(
  [...Deno.readDirSync(new URL("../../docs/", import.meta.url))]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
);

/** What a page says that one call of `console.log` prints. */
interface Promised {
  /** The line of the call, from 0, in its block. */
  readonly line: number;
  readonly text: string;
}

/**
 * The calls of a block that say what they print: in a comment behind them, or in comments right below.
 */
function promisedIn({ text }: Pick<Block, "text">): Promised[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const at = line.indexOf("console.log(");
    if (at < 0) return [];
    const behind = line.slice(at).match(/\);\s*\/\/ (.*)$/)?.[1];
    if (behind !== undefined) return [{ line: i, text: behind }];
    const below: string[] = [];
    for (let k = i + 1; /^\s*\/\/ /.test(lines[k] ?? ""); k++) below.push(lines[k].trim().slice(2));
    return below.length > 0 ? [{ line: i, text: plain(below.join(" ")) }] : [];
  });
}

const shown = (value: unknown): string =>
  typeof value === "string" ? value : Deno.inspect(value, { colors: false, breakLength: Infinity });

const plain = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll(", ]", " ]").trim();

/** Runs a block as a module; what each line printed that promises something. */
async function printedBy(
  block: string,
  folder: string,
  name: string,
): Promise<Map<number, string>> {
  const printed = new Map<number, string>();
  const promised = new Set(promisedIn({ text: block }).map(({ line }) => line));
  const modules = (path: string) => new URL(`../../${path}`, import.meta.url).href;
  const code = block.split("\n")
    .map((line, i) =>
      promised.has(i)
        ? line.replace("console.log(", `globalThis.printedBy["${name}"](${i}, `)
        : line
    )
    .join("\n")
    .replaceAll('"@timestash/timestash/expression"', `"${modules("src/expression/mod.ts")}"`)
    .replaceAll('"@timestash/timestash"', `"${modules("mod.ts")}"`);
  const sinks = (globalThis as unknown as { printedBy?: Record<string, unknown> }).printedBy ??= {};
  sinks[name] = (line: number, ...values: unknown[]) => {
    printed.set(line, values.map(shown).join(" "));
  };
  const file = `${folder}/${name}.ts`;
  Deno.writeTextFileSync(file, code);
  await import(`file://${file}`);
  return printed;
}

Deno.test("what a block promises is read from the comments behind and below its calls", () => {
  const text = [
    "console.log(1); // 1",
    "console.log(f(2), 3); // a b",
    "console.log([",
    "  4]);",
    "console.log(5);",
    "// [ 1,",
    "//   2 ]",
    "// 3",
    "console.log(6);",
    "",
    "// not about it",
  ].join("\n");
  assertEquals(promisedIn({ text }), [
    { line: 0, text: "1" },
    { line: 1, text: "a b" },
    { line: 4, text: "[ 1, 2 ] 3" },
  ]);
});

Deno.test("a block that replaces the end of an earlier one makes a script with it", () => {
  const fence = "```",
    page = [
      `${fence}ts\nconst a = 1;\nlet b = a;\n${fence}`,
      "In it, replace everything from\n`let b` on by this:",
      `${fence}ts ignore\nconsole.log(a); // 1\n${fence}`,
      `${fence}ts ignore\nnot a script\n${fence}`,
    ].join("\n\n");
  const blocks = blocksOf(page);
  assertEquals(blocks.map((block) => composed(block, blocks)), [
    null,
    "const a = 1;\nconsole.log(a); // 1\n",
    null,
  ]);
});

for (const path of pages) {
  const blocks = blocksOf(readPage(path));
  const speaking = blocks.flatMap((block) => {
    const text = composed(block, blocks) ?? (block.info === "ts" ? block.text : "");
    return promisedIn({ text }).length > 0 ? [{ text, line: block.line }] : [];
  });
  if (speaking.length === 0) continue;
  Deno.test(`${path}: the code prints what the page says`, async () => {
    using folder = tempDir();
    for (const { text: code, line: start } of speaking) {
      const printed = await printedBy(code, folder.path, `line_${start}`);
      for (const { line, text } of promisedIn({ text: code })) {
        const where = `${path}, the block at line ${start}: ${code.split("\n")[line].trim()}`;
        assert(printed.has(line), `${where} was not reached`);
        assertEquals(plain(printed.get(line)!), plain(text), where);
      }
    }
  });
}
