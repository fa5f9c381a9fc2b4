/**
 * The corner of an L: u = r^(2/3) sin(2 phi / 3) solves Laplace's equation around it, and its gradient is infinite in
 * the corner. On equal cells the error falls like N^(-1/3) with N unknowns, whatever the degree. Where the mesh is
 * refined by the jumps of the gradient, it falls like N^(-1/2) with linear elements and like 1 / N with
 * quadratic ones, as for a smooth solution.
 *
 *     deno run examples/l_shape.ts
 */
import {
  gradientJumps,
  Mesh,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotMesh,
  Poisson,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** The angle from the lower edge of the corner around to the other one, in [0, 3 pi / 2]. */
function angle(x: number, y: number): number {
  const phi = Math.atan2(y, x);
  return phi < -1e-12 ? phi + 2 * Math.PI : Math.max(phi, 0);
}

/** The solution. */
function exact(x: number, y: number): number {
  return Math.hypot(x, y) ** (2 / 3) * Math.sin(2 / 3 * angle(x, y));
}

/** Its gradient: of length 2/3 r^(-1/3). */
function slope(x: number, y: number): [number, number] {
  const size = 2 / 3 * Math.hypot(x, y) ** (-1 / 3), phi = angle(x, y);
  return [-size * Math.sin(phi / 3), size * Math.cos(phi / 3)];
}

/** The square (-1, 1)^2 without its lower right quarter, `n` cells along each unit, with one boundary `wall`. */
function lShape(model: Model, n: number): Mesh {
  const numbers = new Map<string, number>(), coordinates: number[] = [];
  const node = (i: number, j: number) => {
    const key = `${i} ${j}`;
    if (!numbers.has(key)) {
      numbers.set(key, numbers.size);
      coordinates.push(i / n, j / n);
    }
    return numbers.get(key)!;
  };
  const cells: number[] = [], wall: number[] = [];
  const inside = (i: number, j: number) =>
    i >= -n && i < n && j >= -n && j < n && !(i >= 0 && j < 0);
  for (let j = -n; j < n; j++) {
    for (let i = -n; i < n; i++) {
      if (!inside(i, j)) continue;
      const [a, b, c, d] = [node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)];
      cells.push(a, b, c, a, c, d);
      if (!inside(i, j - 1)) wall.push(a, b);
      if (!inside(i + 1, j)) wall.push(b, c);
      if (!inside(i, j + 1)) wall.push(c, d);
      if (!inside(i - 1, j)) wall.push(d, a);
    }
  }
  return new Mesh(model, {
    dim: 2,
    coordinates: Float64Array.from(coordinates),
    cells: Int32Array.from(cells),
    boundaries: new Map([["wall", Int32Array.from(wall)]]),
    regions: new Map(),
    meshType: "l_shape",
    notes: [],
  });
}

/** Barycentric coordinates and weights of a rule of degree 5 (J. Radon, 1948). */
const root = Math.sqrt(15), [p, q] = [(6 - root) / 21, (6 + root) / 21];
const rule = [
  [1 / 3, 1 / 3, 1 / 3, 9 / 40],
  ...[[p, (155 - root) / 1200], [q, (155 + root) / 1200]].flatMap((
    [t, w],
  ) => [[1 - 2 * t, t, t, w], [t, 1 - 2 * t, t, w], [t, t, 1 - 2 * t, w]]),
];

/** The norm of the difference of the gradients. */
function energyError(u: MeshVariable): number {
  const { cells, coordinates, cellCount } = u.mesh;
  const points = new Float64Array(2 * rule.length * cellCount);
  const weights = new Float64Array(rule.length * cellCount);
  for (let c = 0, at = 0; c < cellCount; c++) {
    const [a, b, d] = [0, 1, 2].map((k) => {
      const n = cells.get(c, k);
      return [coordinates.get(n, 0), coordinates.get(n, 1)];
    });
    const area = ((b[0] - a[0]) * (d[1] - a[1]) - (d[0] - a[0]) * (b[1] - a[1])) / 2;
    for (const [l0, l1, l2, weight] of rule) {
      points[2 * at] = l0 * a[0] + l1 * b[0] + l2 * d[0];
      points[2 * at + 1] = l0 * a[1] + l1 * b[1] + l2 * d[1];
      weights[at++] = area * weight;
    }
  }
  const gradients = u.gradient(points).data;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const [sx, sy] = slope(points[2 * i], points[2 * i + 1]);
    sum += weights[i] * ((gradients[2 * i] - sx) ** 2 + (gradients[2 * i + 1] - sy) ** 2);
  }
  return Math.sqrt(sum);
}

/** One solve. */
export interface LShapeStep {
  readonly unknowns: number;
  readonly error: number;
  /** The estimated error. */
  readonly estimate: number;
  readonly iterations: number;
}

/** All solves on one kind of mesh, and how the error falls: like unknowns to the power of -rate. */
export interface LShapeRun {
  readonly u: MeshVariable;
  readonly steps: readonly LShapeStep[];
  readonly rate: number;
}

/**
 * Solves and refines until there are so many unknowns.
 *
 * @param adaptive refines the cells with half of the squared error, or all of them.
 */
export function run(degree: 1 | 2, adaptive: boolean, unknowns: number): LShapeRun {
  const mesh = lShape(new Model({ name: "l_shape" }), 2);
  const u = new MeshVariable(mesh, "u", { degree });
  const poisson = new Poisson(u);
  poisson.addDirichlet("wall", exact);
  const steps: LShapeStep[] = [];
  for (;;) {
    const { iterations } = poisson.solve();
    const indicator = gradientJumps(u);
    const estimate = Math.sqrt(indicator.reduce((sum, eta) => sum + eta * eta, 0));
    steps.push({ unknowns: u.dofCount, error: energyError(u), estimate, iterations });
    if (u.dofCount >= unknowns) break;
    if (adaptive) mesh.adapt({ indicator, share: 0.5 });
    else mesh.refine();
  }
  const first = steps.find((step) => step.unknowns > 500)!, last = steps.at(-1)!;
  const rate = Math.log(first.error / last.error) / Math.log(last.unknowns / first.unknowns);
  return { u, steps, rate };
}

/** What the story came to. */
export interface LShapeResult {
  readonly uniform: LShapeRun;
  readonly linear: LShapeRun;
  readonly quadratic: LShapeRun;
}

/** Linear elements on equal cells, and linear and quadratic ones where the mesh adapts. */
export function main(unknowns = 5000): LShapeResult {
  const result = {
    uniform: run(1, false, unknowns),
    linear: run(1, true, unknowns),
    quadratic: run(2, true, unknowns),
  };
  console.log("            unknowns      error   estimate / error   rate");
  for (const [name, { steps, rate }] of Object.entries(result)) {
    const { unknowns, error, estimate } = steps.at(-1)!;
    console.log(
      name.padEnd(10) + `${unknowns}`.padStart(10) + error.toExponential(2).padStart(11) +
        (estimate / error).toFixed(2).padStart(19) + `  N^-${rate.toFixed(2)}`,
    );
  }
  return result;
}

/** The solution, and the mesh around the corner. */
export async function picture({ linear, quadratic }: LShapeResult): Promise<Picture> {
  return tiled("L", 2, [
    await plotField(linear.u, { width: 400, title: "The solution" }),
    await plotMesh(quadratic.u.mesh, { width: 400, title: "Cells for quadratic elements" }),
  ]);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
