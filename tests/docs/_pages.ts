/**
 * Pages as data: their code blocks, with the prose right before each.
 *
 * @module
 */

/** A fenced block. */
export interface Block {
  /** What stands behind the opening fence, e.g. `ts` or `ts ignore`. */
  readonly info: string;
  readonly text: string;
  /** The paragraph before it. */
  readonly before: string;
  /** The line of its first line of text, from 1. */
  readonly line: number;
}

const root = new URL("../../", import.meta.url);

/** The text of a page, by its path in the repository. */
export function readPage(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const lines = page.split("\n");
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (!lines[i].startsWith("```")) {
      if (lines[i] === "" && lines[i + 1]?.startsWith("```") !== true) paragraph = [];
      else if (lines[i] !== "") paragraph.push(lines[i]);
      continue;
    }
    const end = lines.indexOf("```", i + 1);
    const text = lines.slice(i + 1, end).map((line) => `${line}\n`).join("");
    blocks.push({ info: lines[i].slice(3), text, before: paragraph.join(" "), line: i + 2 });
    paragraph = [];
    i = end;
  }
  return blocks;
}
