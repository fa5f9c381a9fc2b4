/** That docs/look.md is a gallery made by the examples. */
import { assert, assertEquals } from "@std/assert";
import { photographs } from "../../tools/shots.ts";

const root = new URL("../../", import.meta.url);
const text = (path: string) => Deno.readTextFileSync(new URL(path, root));
/** Without what formatting changes. */
const plain = (code: string) =>
  code.replaceAll(/\s+/g, " ").replaceAll(/,? ([)}\]])/g, " $1").replace(/;$/, "").trim();

interface Entry {
  readonly name: string;
  readonly caption: string;
  readonly code: string;
}

/** The pictures of the page, each with the caption and the code below it: in a table, or one after the other. */
function entriesOf(page: string): Entry[] {
  const picture = /!\[[^\]]+\]\(pictures\/(\w+)\.png\)/;
  const blocks = page.trim().split(/\n\n+/);
  return blocks.flatMap((block, i) => {
    if (!picture.test(block)) return [];
    if (block.startsWith("|")) return inTable(block.split("\n"));
    const [name, caption] = [picture.exec(block)![1], blocks[i + 1].replaceAll("\n", " ")];
    const [, code] = /^```[a-z ]+\n(.*)\n```$/s.exec(blocks[i + 2]) ?? [];
    assert(code !== undefined, `${name}: a caption and code belong below the picture`);
    return [{ name, caption, code }];
  });
}

/** Rows of pictures, captions and code, and the line below the first. */
function inTable([first, , ...others]: string[]): Entry[] {
  const rows = [first, ...others].map((row) => row.split("|").slice(1, -1).map((it) => it.trim()));
  return rows[0].flatMap((_, k) =>
    Array.from({ length: rows.length / 3 }, (_, r) => ({
      name: /\(pictures\/(\w+)\.png\)$/.exec(rows[3 * r][k])![1],
      caption: rows[3 * r + 1][k],
      code: rows[3 * r + 2][k].replace(/^`(.*)`$/, "$1"),
    }))
  );
}

Deno.test("every picture of docs/look.md has a caption, and the code of the example that makes it", () => {
  const notebook = (JSON.parse(text("examples/notebook.ipynb")).cells as { source: string[] }[])
    .map(({ source }) => source.join("")).join("\n");
  const sources = ["plots", "stirring"].map((name) => text(`examples/${name}.ts`)).join("\n");
  const made = plain(sources + notebook);
  const entries = entriesOf(text("docs/look.md"));
  assert(entries.length > 20);
  for (const { name, caption, code } of entries) {
    assert(/^[A-Z][^|`]{10,}/.test(caption), `${name}: "${caption}" is no caption`);
    assert(code.length > 15 && made.includes(plain(code)), `${name}: no example says ${code}`);
    const { size } = Deno.statSync(new URL(`docs/pictures/${name}.png`, root));
    assert(size < 150_000, `${name} has ${size} bytes`);
  }
  const names = entries.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  // What the other programs show, and what stirring.ts draws itself; tests/output/pictures_test.ts has those of plots.ts.
  for (const name of [...photographs, "stirring"]) assert(names.includes(name), name);
});

Deno.test("every picture that is kept is on a page", () => {
  const pages = ["README.md", "docs/look.md", "docs/gallery.md"].map(text).join("\n");
  for (const { name } of Deno.readDirSync(new URL("docs/pictures/", root))) {
    assert(pages.includes(`pictures/${name})`), `${name} is on no page`);
  }
});
