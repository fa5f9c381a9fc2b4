/**
 * Scalars, vectors and matrices of formulas. What does not fit together is refused with both shapes.
 *
 * @module
 */
import type { Graph, Node } from "./graph.ts";

/** Formulas in the order of rows; `[]` is the shape of a scalar. */
export interface Tensor {
  readonly shape: readonly number[];
  /** As many as the product of the shape, row-major. */
  readonly entries: readonly Node[];
}

/** Why an operation cannot be; whoever knows the text adds the piece. */
export class ShapeError extends RangeError {
  /** Tells subclasses of RangeError apart. */
  override readonly name = "ShapeError";
}

/** A scalar. */
export function scalar(entry: Node): Tensor {
  return { shape: [], entries: [entry] };
}

/** A shape as it is written in messages: `[2, 2]`. */
export function shapeText({ shape }: Tensor): string {
  return `[${shape.join(", ")}]`;
}

/** Whether two tensors have the same shape. */
export function sameShape(a: Tensor, b: Tensor): boolean {
  return a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
}

/** The one entry of a scalar. */
export function scalarOf(a: Tensor, who: string): Node {
  if (a.shape.length === 0) return a.entries[0];
  throw new ShapeError(`${who} takes scalars, found ${shapeText(a)}`);
}

function map(a: Tensor, f: (entry: Node) => Node): Tensor {
  return { shape: a.shape, entries: a.entries.map(f) };
}

/** `a + b`, `a - b`, or the choice between two, entry by entry. */
export function entrywise(
  a: Tensor,
  b: Tensor,
  sign: string,
  f: (a: Node, b: Node) => Node,
): Tensor {
  if (!sameShape(a, b)) {
    throw new ShapeError(`${shapeText(a)} ${sign} ${shapeText(b)}: the shapes have to be the same`);
  }
  return { shape: a.shape, entries: a.entries.map((entry, k) => f(entry, b.entries[k])) };
}

/** `-a`. */
export function negated(g: Graph, a: Tensor): Tensor {
  return map(a, (entry) => g.negative(entry));
}

/** A scalar times anything, or a matrix times a vector or a matrix. */
export function times(g: Graph, a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 0) return map(b, (entry) => g.product(a.entries[0], entry));
  if (b.shape.length === 0) return map(a, (entry) => g.product(entry, b.entries[0]));
  if (a.shape.length === 2) return contracted(g, a, b, "*");
  throw new ShapeError(
    `${shapeText(a)} * ${shapeText(b)}: vectors are multiplied by dot(a, b) or inner(a, b)`,
  );
}

/** Anything divided by a scalar. */
export function divided(g: Graph, a: Tensor, b: Tensor): Tensor {
  if (b.shape.length > 0) {
    throw new ShapeError(`${shapeText(a)} / ${shapeText(b)}: the divisor has to be a scalar`);
  }
  return map(a, (entry) => g.quotient(entry, b.entries[0]));
}

/** The sum over the last index of `a` and the first of `b`. */
export function contracted(g: Graph, a: Tensor, b: Tensor, sign: string): Tensor {
  const n = a.shape[a.shape.length - 1];
  if (a.shape.length === 0 || b.shape.length === 0 || n !== b.shape[0]) {
    const hint = a.shape.length === 0 || b.shape.length === 0
      ? "it takes vectors or matrices; scalars are multiplied by *"
      : "the last length of the first has to be the first of the second";
    throw new ShapeError(
      sign === "*"
        ? `${shapeText(a)} * ${shapeText(b)}: ${hint}`
        : `${sign}(${shapeText(a)}, ${shapeText(b)}): ${hint}`,
    );
  }
  const rows = a.entries.length / n, columns = b.entries.length / n;
  const entries: Node[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = g.zero;
      for (let k = 0; k < n; k++) {
        sum = g.sum(sum, g.product(a.entries[i * n + k], b.entries[k * columns + j]));
      }
      entries.push(sum);
    }
  }
  return { shape: [...a.shape.slice(0, -1), ...b.shape.slice(1)], entries };
}

/** The sum of the products of all entries. */
export function inner(g: Graph, a: Tensor, b: Tensor): Tensor {
  if (!sameShape(a, b)) {
    throw new ShapeError(
      `inner(${shapeText(a)}, ${shapeText(b)}): the shapes have to be the same`,
    );
  }
  let sum = g.zero;
  a.entries.forEach((entry, k) => sum = g.sum(sum, g.product(entry, b.entries[k])));
  return scalar(sum);
}

function matrix(a: Tensor, who: string, isSquare = false): [number, number] {
  if (a.shape.length !== 2 || (isSquare && a.shape[0] !== a.shape[1])) {
    throw new ShapeError(
      `${who} takes a ${isSquare ? "square " : ""}matrix, found ${shapeText(a)}`,
    );
  }
  return [a.shape[0], a.shape[1]];
}

/** The transpose of a matrix. */
export function transposed(a: Tensor): Tensor {
  const [rows, columns] = matrix(a, "transpose");
  const entries: Node[] = [];
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) entries.push(a.entries[i * columns + j]);
  }
  return { shape: [columns, rows], entries };
}

/** `(a + a^T) / 2`. */
export function symmetricPart(g: Graph, a: Tensor): Tensor {
  matrix(a, "sym", true);
  const flipped = transposed(a);
  const half = g.number(0.5);
  const entries = a.entries.map((entry, k) =>
    entry === flipped.entries[k] ? entry : g.product(half, g.sum(entry, flipped.entries[k]))
  );
  return { shape: a.shape, entries };
}

/** The sum of the diagonal. */
export function trace(g: Graph, a: Tensor): Tensor {
  const [n] = matrix(a, "trace", true);
  let sum = g.zero;
  for (let i = 0; i < n; i++) sum = g.sum(sum, a.entries[i * n + i]);
  return scalar(sum);
}

/** The determinant, by the first row. */
export function determinant(g: Graph, a: Tensor): Tensor {
  const [n] = matrix(a, "det", true);
  const minor = (rows: readonly number[], columns: readonly number[]): Node => {
    const [row, ...below] = rows;
    if (below.length === 0) return a.entries[row * n + columns[0]];
    let sum = g.zero;
    columns.forEach((column, k) => {
      const rest = columns.filter((other) => other !== column);
      const term = g.product(a.entries[row * n + column], minor(below, rest));
      sum = k % 2 === 0 ? g.sum(sum, term) : g.difference(sum, term);
    });
    return sum;
  };
  const all = Array.from({ length: n }, (_, i) => i);
  return scalar(minor(all, all));
}

/** The identity. */
export function identity(g: Graph, n: number): Tensor {
  const entries = Array.from({ length: n * n }, (_, k) => k % (n + 1) === 0 ? g.one : g.zero);
  return { shape: [n, n], entries };
}

/** Scalars become a vector, vectors a matrix. */
export function stackedTensors(items: readonly Tensor[]): Tensor {
  if (items.length === 0) throw new ShapeError("a list is not empty");
  const [first] = items;
  const other = items.find((item) => !sameShape(item, first));
  if (other !== undefined || first.shape.length > 1) {
    throw new ShapeError(
      other === undefined
        ? `a list of ${shapeText(first)}: it takes scalars, or vectors as the rows of a matrix`
        : `a list of ${shapeText(first)} and ${shapeText(other)}: its items have the same shape`,
    );
  }
  return {
    shape: [items.length, ...first.shape],
    entries: items.flatMap(({ entries }) => entries),
  };
}

/** An entry, or the row of a matrix; indices count from 0. */
export function indexedTensor(a: Tensor, indices: readonly number[]): Tensor {
  if (indices.length === 0 || indices.length > a.shape.length) {
    throw new ShapeError(
      `${indices.length} ${indices.length === 1 ? "index" : "indices"} for the shape ${
        shapeText(a)
      }`,
    );
  }
  let at = 0;
  indices.forEach((index, k) => {
    const length = a.shape[k];
    if (!(Number.isInteger(index) && index >= 0 && index < length)) {
      throw new ShapeError(
        `index ${index} for the shape ${shapeText(a)}; indices are whole numbers from 0 to ${
          length - 1
        }`,
      );
    }
    at = at * length + index;
  });
  const shape = a.shape.slice(indices.length);
  const width = shape.reduce((product, n) => product * n, 1);
  return { shape, entries: a.entries.slice(at * width, (at + 1) * width) };
}
