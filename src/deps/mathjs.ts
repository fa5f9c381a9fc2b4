// deno-lint-ignore-file no-import-prefix -- inline specifiers keep `import "https://…/mod.ts"` free of an import map.
import { derivative, parse } from "npm:mathjs@15.2.0/number";

/** What is read of a node of mathjs's syntax tree; which fields are there depends on `type`. */
export interface SyntaxNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly op?: string;
  readonly isPercentage?: boolean;
  readonly fn?: string | SyntaxNode;
  readonly args?: readonly SyntaxNode[];
  readonly content?: SyntaxNode;
  readonly condition?: SyntaxNode;
  readonly trueExpr?: SyntaxNode;
  readonly falseExpr?: SyntaxNode;
  readonly conditionals?: readonly string[];
  readonly params?: readonly SyntaxNode[];
}

/** The syntax tree of `text`. */
export const parseSyntax = parse as unknown as (text: string) => SyntaxNode;

/** The derivative of the formula `text` by `name`, with no simplification. */
export function differentiateSyntax(text: string, name: string): SyntaxNode {
  return derivative(text, name, { simplify: false }) as unknown as SyntaxNode;
}
