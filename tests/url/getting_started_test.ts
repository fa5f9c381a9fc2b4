import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { type Block, blocksOf, composed, readPage } from "../docs/_pages.ts";
import { type TempDir, tempDir, testNeeding } from "../_helpers.ts";
import { freshCache, serveFolder } from "./_loopback.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** What the reader does with a block: writes a file, changes one, runs commands, or compares what they print. */
async function follow(
  folder: TempDir,
  block: Block,
  blocks: readonly Block[],
  run: (args: string[]) => Promise<string>,
  printed: string,
): Promise<string> {
  const { info, text, before } = block;
  const name = before.match(/`([\w.]+\.(?:ts|json))`[^`]*:$/)?.[1];
  const write = (file: string, content: string) =>
    Deno.writeTextFileSync(folder.join(file), content);
  if (info === "sh") {
    let output = "";
    for (const line of text.trim().split("\n")) output = await run(line.split(" ").slice(1));
    return output;
  }
  if (info === "text") assertEquals(printed, text);
  else if (before.includes("replace everything from")) {
    write(name!, composed(block, blocks)!);
  } else if (before.startsWith("Append these lines to")) {
    write(name!, Deno.readTextFileSync(folder.join(name!)) + text);
  } else write(name!, text);
  return printed;
}

/** Follows the page from its first line to its last in an empty folder, with `base` for the clone. */
async function followPage(base: string, flags: readonly string[]): Promise<string[]> {
  using folder = tempDir();
  const cache = await freshCache(folder);
  Deno.mkdirSync(folder.join("work"));
  const work = { ...folder, join: (...parts: string[]) => join(folder.path, "work", ...parts) };
  const run = async ([verb, ...rest]: string[]): Promise<string> => {
    const args = /^(run|check)$/.test(verb) ? [verb, ...flags, ...rest] : [verb];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: work.join(),
      env: { DENO_DIR: cache, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const messages = new TextDecoder().decode(stderr);
    assertEquals(code, 0, `${args.join(" ")}\n${messages}`);
    assertEquals(messages.match(/.*warning.*/gi), null);
    return new TextDecoder().decode(stdout);
  };
  let printed = "";
  const page = readPage("docs/getting_started.md").replaceAll(`"../timestash/`, `"${base}/`);
  const blocks = blocksOf(page);
  for (const block of blocks) printed = await follow(work, block, blocks, run, printed);
  const { imports } = JSON.parse(Deno.readTextFileSync(work.join("deno.json")));
  assertStringIncludes(imports["@timestash/timestash"], base);
  return [...Deno.readDirSync(work.join())].map(({ name }) => name).sort();
}

const left = [
  "advance.ts",
  "back.ts",
  "deno.json",
  "deno.lock",
  "heat.snap.h5",
  "heat.svg",
  "heat.ts",
];

testNeeding(
  { net: "127.0.0.1", run: true },
  "getting_started.md works word for word from a URL, in an empty folder",
  async () => {
    await using site = serveFolder(root);
    assertEquals(await followPage(`http://${site.host}`, [`--allow-import=${site.host}`]), left);
  },
);

testNeeding(
  { run: true },
  "getting_started.md works word for word from a clone, without flags",
  async () => assertEquals(await followPage(root.replace(/\/$/, ""), []), left),
);
