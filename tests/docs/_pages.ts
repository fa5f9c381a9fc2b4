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

/**
 * The script that a block makes of an earlier one, where the prose before it says "replace everything from `…`
 * on"; null for other blocks.
 */
export function composed(block: Block, blocks: readonly Block[]): string | null {
  const from = block.before.match(/replace everything from `([^`]+)` on/)?.[1];
  if (from === undefined) return null;
  const earlier = blocks.slice(0, blocks.indexOf(block)).filter(({ info }) => info === "ts");
  const script = earlier.findLast(({ text }) => text.includes(from))?.text;
  if (script === undefined) throw new Error(`line ${block.line}: no block has ${from}`);
  return script.slice(0, script.indexOf(from)) + block.text;
}
