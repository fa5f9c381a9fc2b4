/**
 * The words of a formula, each with its place in the text.
 *
 * @module
 */

/** A number, a name, a quoted text, a sign, or the end. */
export interface Token {
  readonly kind: "number" | "name" | "text" | "sign" | "end";
  /** As it is written; for a quoted text, what is between the quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const shapes: readonly (readonly [Token["kind"] | "skip", RegExp])[] = [
  ["skip", /\s+|#[^\n]*/y],
  ["number", /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ["name", /[\p{L}_$][\p{L}\p{N}_$]*/uy],
  ["text", /"[^"\n]*"|'[^'\n]*'/y],
  ["sign", /<=|>=|==|!=|[-+*/^%<>?:()[\],]/y],
];

/**
 * Splits a text; white space, line ends and what follows a `#` in a line do not count.
 *
 * @param refuse Called with a place and what is wrong there.
 */
export function tokensOf(
  text: string,
  refuse: (start: number, end: number, what: string) => never,
): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const start = at;
    for (const [kind, shape] of shapes) {
      shape.lastIndex = at;
      const found = shape.exec(text)?.[0];
      if (found === undefined) continue;
      at += found.length;
      if (kind === "skip") break;
      const inner = kind === "text" ? found.slice(1, -1) : found;
      tokens.push({ kind, text: inner, start, end: at });
      break;
    }
    if (at === start) refuse(start, start + 1, "a formula has no such sign");
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}
