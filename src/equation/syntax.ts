/**
 * Reads the text of a formula into a tree that knows where each of its pieces stands in the text.
 *
 * The grammar is that of expressions (the precedences of mathjs), with lists in brackets, indices and
 * quoted texts besides. It is read here and not by mathjs because loading mathjs takes longer than
 * loading all of the toolkit, and because its trees do not say where a piece stands.
 *
 * @module
 */
import { type Token, tokensOf } from "./tokens.ts";

/** Where a piece stands in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of a formula. Operations have the names of the table that expressions use. */
export type Syntax =
  & Span
  & (
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "text"; readonly value: string }
    | { readonly kind: "operation"; readonly name: string; readonly operands: readonly Syntax[] }
    | { readonly kind: "call"; readonly name: string; readonly operands: readonly Syntax[] }
    | { readonly kind: "index"; readonly of: Syntax; readonly indices: readonly Syntax[] }
    | { readonly kind: "list"; readonly items: readonly Syntax[] }
  );

/** A text with its tree. */
export interface ParsedText {
  readonly text: string;
  /** What it is, for errors: `the weak form`. */
  readonly what: string;
  readonly tree: Syntax;
}

/**
 * Reads a text.
 *
 * @param what Named in errors.
 * @throws {RangeError} when it is not a formula; the message has the piece that is wrong.
 */
export function readFormula(text: string, what: string): ParsedText {
  return { text, what, tree: new Parser(text, what).whole() };
}

/** Refuses a piece of a formula; the message has the piece and, where it is longer, what is around it. */
export function refusePiece(
  { text, what }: Pick<ParsedText, "text" | "what">,
  { start, end }: Span,
  reason: string,
): never {
  const squeeze = (part: string) => part.replace(/\s+/g, " ").trim();
  const piece = squeeze(text.slice(start, end));
  const before = squeeze(text.slice(Math.max(0, start - around), start));
  const after = squeeze(text.slice(end, end + around));
  const context = before === "" && after === ""
    ? ""
    : ` (in "${start > around ? "..." : ""}${before} >>${piece}<< ${after}${
      end + around < text.length ? "..." : ""
    }")`;
  throw new RangeError(`${what}: ${piece === "" ? "" : `"${piece}": `}${reason}${context}`);
}

/** How many characters of the text around a piece are shown. */
const around = 24;

const comparisons = new Set(["<", "<=", ">", ">=", "==", "!="]);

/**
 * Reads by descent; one method per level of binding, the loosest first.
 *
 * State: none, it lives for one text.
 */
class Parser {
  readonly #source: { readonly text: string; readonly what: string };
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, what: string) {
    this.#source = { text, what };
    this.#tokens = tokensOf(text, (start, end, reason) => this.#refuse({ start, end }, reason));
  }

  whole(): Syntax {
    if (this.#peek().kind === "end") this.#refuse(this.#peek(), "there is no formula");
    const tree = this.#conditional();
    if (this.#peek().kind === "end") return tree;
    return this.#refuse(
      this.#peek(),
      startsValue(this.#peek())
        ? "an operator is missing before this; a product is written with *"
        : "this does not belong here",
    );
  }

  #conditional(): Syntax {
    const condition = this.#or();
    if (!this.#take("?")) return condition;
    const yes = this.#conditional();
    this.#expect(":", "the second branch of c ? a : b follows a :");
    return operation("if", [condition, yes, this.#conditional()]);
  }

  #or(): Syntax {
    let left = this.#and();
    while (this.#take("or")) left = operation("or", [left, this.#and()]);
    return left;
  }

  #and(): Syntax {
    let left = this.#comparison();
    while (this.#take("and")) left = operation("and", [left, this.#comparison()]);
    return left;
  }

  /** `a < b < c` means `a < b and b < c`. */
  #comparison(): Syntax {
    let left = this.#sum();
    let links: Syntax | null = null;
    while (this.#peek().kind === "sign" && comparisons.has(this.#peek().text)) {
      const sign = this.#peek().text;
      this.#at++;
      const right = this.#sum();
      const link = operation(sign, [left, right]);
      links = links === null ? link : operation("and", [links, link]);
      left = right;
    }
    return links ?? left;
  }

  #sum(): Syntax {
    let left = this.#product();
    for (;;) {
      const sign = this.#take("+") ? "+" : this.#take("-") ? "-" : null;
      if (sign === null) return left;
      left = operation(sign, [left, this.#product()]);
    }
  }

  #product(): Syntax {
    let left = this.#unary();
    for (;;) {
      const name = this.#take("*")
        ? "*"
        : this.#take("/")
        ? "/"
        : this.#take("%") || this.#take("mod", true)
        ? "mod"
        : null;
      if (name === null) return left;
      left = operation(name, [left, this.#unary()]);
    }
  }

  #unary(): Syntax {
    const { start } = this.#peek();
    if (this.#take("+")) return { ...this.#unary(), start };
    const name = this.#take("-") ? "neg" : this.#take("not") ? "not" : null;
    if (name === null) return this.#power();
    const operand = this.#unary();
    return { kind: "operation", name, operands: [operand], start, end: operand.end };
  }

  /** Binds to the right, and tighter than a sign before it: `-a^b^c` is `-(a^(b^c))`. */
  #power(): Syntax {
    const base = this.#indexed();
    return this.#take("^") ? operation("^", [base, this.#unary()]) : base;
  }

  #indexed(): Syntax {
    let of = this.#primary();
    while (this.#take("[")) {
      const indices = this.#several("]");
      of = { kind: "index", of, indices, start: of.start, end: this.#last.end };
    }
    return of;
  }

  #primary(): Syntax {
    const token = this.#peek();
    const { start, end, text } = token;
    this.#at++;
    if (token.kind === "number") return { kind: "number", value: Number(text), start, end };
    if (token.kind === "text") return { kind: "text", value: text, start, end };
    if (token.kind === "name" && !words.has(text)) {
      if (!this.#take("(")) return { kind: "name", name: text, start, end };
      const operands = this.#several(")");
      return { kind: "call", name: text, operands, start, end: this.#last.end };
    }
    if (text === "(") {
      const inner = this.#conditional();
      this.#expect(")", "this bracket is not closed", token);
      return { ...inner, start, end: this.#last.end };
    }
    if (text === "[") {
      const items = this.#several("]");
      return { kind: "list", items, start, end: this.#last.end };
    }
    this.#at--;
    return this.#refuse(
      token,
      token.kind === "end" ? "the formula ends too early" : "a number or a name is missing here",
    );
  }

  /** Pieces between commas, up to a closing bracket. */
  #several(close: ")" | "]"): Syntax[] {
    const open = this.#last;
    const items: Syntax[] = [];
    if (this.#take(close)) return items;
    do items.push(this.#conditional()); while (this.#take(","));
    this.#expect(close, "this bracket is not closed", open);
    return items;
  }

  #peek(): Token {
    return this.#tokens[this.#at];
  }

  get #last(): Token {
    return this.#tokens[this.#at - 1];
  }

  /** Steps over a sign or a word if it comes next; `mod(` is the function, not the operator. */
  #take(text: string, notCalled = false): boolean {
    const { kind, text: found } = this.#peek();
    const isIt = found === text && (kind === "sign" || (kind === "name" && /^\w/.test(text)));
    if (!isIt || (notCalled && this.#tokens[this.#at + 1].text === "(")) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string, reason: string, where: Span = this.#peek()): void {
    if (!this.#take(sign)) this.#refuse(where, reason);
  }

  #refuse(where: Span, reason: string): never {
    return refusePiece(this.#source, where, reason);
  }
}

/** Words that are operators. */
const words = new Set(["and", "or", "not"]);

function startsValue({ kind, text }: Token): boolean {
  return kind === "number" || (kind === "name" && !words.has(text)) || text === "(" ||
    kind === "text";
}

function operation(name: string, operands: readonly Syntax[]): Syntax {
  const { start } = operands[0], { end } = operands[operands.length - 1];
  return { kind: "operation", name, operands, start, end };
}
