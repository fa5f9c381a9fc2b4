/**
 * Writes formulas as JavaScript statements, each at the outermost loop where it can be computed.
 *
 * @module
 */
import { isNumber, type Node, operationCode, reachable } from "./graph.ts";

/** Where a statement stands: before all loops, once per cell or facet, or once per quadrature point. */
export type Level = 0 | 1 | 2;

/** Says where leaves come from. */
export interface LeafWriter {
  /** How often a leaf changes. */
  level(leaf: Node): Level;
  /** JavaScript for its value; what that needs is declared first, see {@link Statements.declare}. */
  code(leaf: Node): string;
}

/**
 * The statements of one kernel, by level.
 *
 * State: none, it lives while a kernel is written.
 */
export class Statements {
  readonly #lines: readonly [string[], string[], string[]] = [[], [], []];
  readonly #declared = new Set<string>();
  readonly #levels = new Map<Node, Level>();
  /** Formulas that stand there with everything below them. */
  readonly #written = new Set<Node>();
  #leaves: LeafWriter | null = null;

  /** Says where leaves come from; before the first formula is asked for. */
  connect(leaves: LeafWriter): void {
    this.#leaves = leaves;
  }

  /** The statements of a level, in order. */
  lines(level: Level): readonly string[] {
    return this.#lines[level];
  }

  /** Declares a constant at a level, once; returns its name. */
  declare(name: string, level: Level, code: () => string): string {
    if (!this.#declared.has(name)) {
      this.#declared.add(name);
      const value = code();
      this.#lines[level].push(`const ${name} = ${value};`);
    }
    return name;
  }

  /** The outermost loop in which a formula can be computed. */
  levelOf(node: Node): Level {
    let level = this.#levels.get(node);
    if (level === undefined) {
      level = node.leaf !== null
        ? this.#leaves!.level(node)
        : node.operands.reduce<Level>((most, it) => Math.max(most, this.levelOf(it)) as Level, 0);
      this.#levels.set(node, level);
    }
    return level;
  }

  /** JavaScript for the value of a formula, whose parts are declared where they belong. */
  value(root: Node): string {
    // Operands first, not by recursion: long sums are deep.
    for (const node of reachable([root], this.#written)) {
      this.#written.add(node);
      if (isNumber(node)) continue;
      this.declare(`v${node.id}`, this.levelOf(node), () => this.#code(node));
    }
    return this.#reference(root);
  }

  #code(node: Node): string {
    if (node.leaf !== null) return this.#leaves!.code(node);
    const { operation, operands } = node, [base, exponent] = operands;
    const level = this.levelOf(node), name = this.#reference(base);
    const declare = (part: string, code: string) => this.declare(part, level, () => code);
    if (operation === "sqrt" && !isNumber(base)) return rootOf(name, declare);
    if (operation === "^" && isNumber(exponent)) {
      const spelled = powerCode(name, exponent.value, declare);
      if (spelled !== null) return spelled;
    }
    return operationCode(operation, operands.map((it) => this.#reference(it)));
  }

  #reference(node: Node): string {
    if (!isNumber(node)) return `v${node.id}`;
    return node.value < 0 ? `(${node.value})` : String(node.value);
  }
}

/** `a * x + b * y + ...`, terms with a factor of null left out; null where nothing is left. */
export function combination(
  terms: readonly (readonly [factor: string | null, times: string | null])[],
): string | null {
  const parts: string[] = [];
  for (const [factor, times] of terms) {
    if (factor === null || times === null) continue;
    parts.push(times === "1" ? factor : factor === "1" ? times : `${factor} * ${times}`);
  }
  return parts.length === 0 ? null : parts.join(" + ");
}

/** Declares a value once and returns its name; see `Statements.declare`. */
export type Declare = (name: string, code: string) => string;

/** Greater exponents are left to `Math.pow`. */
const largestSpelledPower = 16;

/**
 * JavaScript for `base^exponent`: whole powers are products, quarters are square roots, and what is left over is one
 * call. Powers of one base whose exponents differ by a whole number, as that of a formula and that of its
 * derivative do, have the expensive part in common.
 *
 * @param base What it is called; declared parts have names that begin with it.
 * @returns null where nothing is gained.
 */
export function powerCode(base: string, exponent: number, declare: Declare): string | null {
  const size = Math.abs(exponent);
  if (!(size <= largestSpelledPower) || size === 0) return null;
  const whole = Math.floor(size), rest = size - whole;
  const parts = whole === 0 ? [] : [wholePower(base, whole, declare)];
  if (rest === 0.5 || rest === 0.75) parts.push(rootOf(base, declare));
  if (rest === 0.25 || rest === 0.75) {
    parts.push(declare(`${base}_fourth`, `sqrt(${rootOf(base, declare)})`));
  } else if (rest !== 0 && rest !== 0.5) {
    const name = `${base}_to_${String(rest).replace(/[^0-9]/g, "_")}`;
    parts.push(declare(name, `power(${base}, ${rest})`));
  }
  const product = parts.join(" * ");
  if (exponent > 0) return product;
  return `1 / ${parts.length === 1 ? product : `(${product})`}`;
}

/** JavaScript for the square root, shared with powers. */
export function rootOf(base: string, declare: Declare): string {
  return declare(`${base}_root`, `sqrt(${base})`);
}

/** By repeated squaring. */
function wholePower(base: string, exponent: number, declare: Declare): string {
  if (exponent === 1) return base;
  const half = wholePower(base, exponent >> 1, declare);
  const square = `${half} * ${half}`;
  return declare(`${base}_by_${exponent}`, exponent % 2 === 0 ? square : `${square} * ${base}`);
}
