import { assertEquals, assertGreater } from "@std/assert";
import { checkLinks } from "../../tools/check_links.ts";
import { plantTree } from "./_planted_tree.ts";

/** What the check says of a tree, a line for each finding. */
function said(files: Readonly<Record<string, string>>): string[] {
  using tree = plantTree(files);
  return checkLinks(tree.path).findings.map(({ path, line, message }) =>
    `${path}:${line}: ${message}`
  );
}

Deno.test("check_links follows relative links to files, folders and headings", () => {
  const good = {
    "README.md": "[a](docs/a.md) [b](docs/a.md#two-words-more) ![p](docs/p.png) [d](docs/)\n" +
      "[up](#a-title) [c](docs/a.md#again-1) [w](https://example.org/x.md#y)\n\n# A title\n",
    "docs/a.md": "# Two words, more\n\n## `Again`\n\n## Again\n\n[home](../README.md#a-title)\n" +
      "[ref]: ../README.md\n",
    "docs/p.png": "",
  };
  assertEquals(said(good), []);
  assertEquals(said({ "README.md": "x\n\n[a](docs/a.md) and [b](docs/b.md)", "docs/a.md": "" }), [
    "README.md:3: the link docs/b.md leads to nothing: there is no docs/b.md",
  ]);
  assertEquals(said({ "docs/a.md": "# One\n[x](#two) [y](../../out.md)" }), [
    "docs/a.md:2: the link #two leads to nothing: docs/a.md has no heading #two",
    "docs/a.md:2: the link ../../out.md leads to nothing: there is no ../out.md",
  ]);
  assertEquals(said({ "a.md": "[ref]: b.md" }), [
    "a.md:1: the link b.md leads to nothing: there is no b.md",
  ]);
});

Deno.test("check_links leaves code blocks alone, and reads paths and tasks that pages name", () => {
  const files = {
    "deno.json": JSON.stringify({ tasks: { ok: "true" } }),
    "a.md": "```md\n[x](nowhere.md) `docs/x.md`\n```\n`[y](nowhere.md)` `runs/` `docs/*.md`\n",
  };
  assertEquals(said(files), []);
  assertEquals(
    said({ ...files, "b.md": "`docs/gone.md`, `deno task gone`\n```sh\ndeno task no\n```" }),
    [
      "b.md:1: there is no docs/gone.md",
      "b.md:1: deno.json has no task gone",
      "b.md:3: deno.json has no task no",
    ],
  );
});

Deno.test("the pages of this repository point at what is there", () => {
  const { pages, findings } = checkLinks(new URL("../../", import.meta.url).pathname);
  assertGreater(pages, 8);
  assertEquals(findings, []);
});
