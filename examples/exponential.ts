/**
 * A scheme of one's own, made of the toolkit's matrices: phases separate by
 * `du/dt = div(WIDTH^2 grad u) + u - u^3` (S. M. Allen, J. W. Cahn, Acta Metall. 27 (1979) 1085-1095,
 * DOI 10.1016/0001-6160(79)90196-2), and time goes on by an exponential integrator. With `f(u) = -M^-1 R(u)` (M
 * lumped, R and its exact Jacobian from an `Equation`) and `A = f'(u_n)`, a step is
 *
 *     v = u_n + dt phi_1(dt A) f(u_n),    u_{n+1} = v + 2 dt phi_3(dt A) (g(v) - g(u_n)),    g(u) = f(u) - A u
 *
 * (M. Hochbruck, A. Ostermann, Exponential integrators, Acta Numerica 19 (2010) 209-286, section 2.4,
 * DOI 10.1017/S0962492910000048): no linear system is solved, and diffusion does not limit the step. The difference
 * between v, of order 2, and u_{n+1}, of order 3, is the error by which steps are taken back.
 *
 *     deno run examples/exponential.ts
 */
import {
  type AdvanceReport,
  boxMesh,
  Equation,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotHistory,
  type Snapshot,
} from "../mod.ts";
import { massMatrix } from "../src/equation/linear.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const WIDTH = 0.05, END = 30, TOLERANCE = 5e-3, LARGEST_SPACE = 80;
/** The first step that reaches one of these times is kept for the picture. */
const MOMENTS = [2, 8, END];

/** `exp(A)` of a small matrix, `[n x n]`, by its Taylor series and repeated squaring. */
function exponential(a: Float64Array, n: number): Float64Array {
  const size = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * n;
  const halvings = Math.max(0, Math.ceil(Math.log2(size)) + 1);
  const scaled = a.map((value) => value / 2 ** halvings);
  const product = (x: Float64Array, y: Float64Array) => {
    const out = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        const factor = x[i * n + k];
        if (factor !== 0) { for (let j = 0; j < n; j++) out[i * n + j] += factor * y[k * n + j]; }
      }
    }
    return out;
  };
  let sum = new Float64Array(n * n), term = new Float64Array(n * n);
  for (let i = 0; i < n; i++) sum[i * n + i] = term[i * n + i] = 1;
  for (let k = 1; k <= 18; k++) {
    term = product(term, scaled.map((value) => value / k));
    sum = sum.map((value, i) => value + term[i]);
  }
  for (let k = 0; k < halvings; k++) sum = product(sum, sum);
  return sum;
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** `phi_order(dt A) b` in a Krylov space (section 4.2 there) that grows until its last direction adds nothing. */
function phi(
  order: number,
  dt: number,
  apply: (x: Float64Array, y: Float64Array) => void,
  b: Float64Array,
): Float64Array {
  const norm = lengthOf(b);
  if (norm === 0) return b.slice();
  const basis = [b.map((value) => value / norm)], columns: number[][] = [];
  for (let m = 1; m <= LARGEST_SPACE; m++) {
    const w = new Float64Array(b.length);
    apply(basis[m - 1], w);
    const column = basis.map((v) => {
      const along = v.reduce((sum, value, i) => sum + value * w[i], 0);
      for (let i = 0; i < w.length; i++) w[i] -= along * v[i];
      return along;
    });
    const rest = lengthOf(w);
    columns.push([...column, rest]);
    basis.push(w.map((value) => value / rest));
    if (m % 8 > 0) continue;
    // phi_k of a small matrix is a block of the exponential of a matrix with k more rows.
    const n = m + order, small = new Float64Array(n * n);
    columns.forEach((column, j) => {
      column.slice(0, m).forEach((value, i) => small[i * n + j] = dt * value);
    });
    small[m] = 1;
    for (let k = m; k < n - 1; k++) small[k * n + k + 1] = 1;
    const e = exponential(small, n), weights = basis.slice(0, m).map((_, j) => e[j * n + n - 1]);
    if (Math.abs(weights[m - 1]) * rest * dt > 1e-9) continue;
    return b.map((_, i) =>
      norm * weights.reduce((sum, weight, j) => sum + weight * basis[j][i], 0)
    );
  }
  throw new RangeError(`${LARGEST_SPACE} directions are not enough for a step of ${dt}`);
}

/** The scheme. It keeps nothing between steps: what it steps is in a variable, where snapshots find it. */
class ExponentialScheme {
  readonly #equation: Equation;
  /** The sums of the rows of the mass matrix, `[unknowns]`. */
  readonly #mass: Float64Array;

  /** For an equation whose unknown has degree 1, written without rates. */
  constructor(equation: Equation) {
    const mass = massMatrix(equation.unknowns[0]);
    this.#equation = equation;
    this.#mass = new Float64Array(mass.rows);
    mass.multiply(new Float64Array(mass.rows).fill(1), this.#mass);
  }

  /** Takes a step; returns the largest difference to the result of one order less. */
  step(dt: number): number {
    const u = this.#equation.vector(), jacobian = this.#equation.jacobian();
    const apply = (x: Float64Array, y: Float64Array) => {
      jacobian.multiply(x, y);
      for (let i = 0; i < y.length; i++) y[i] /= -this.#mass[i];
    };
    const rate = this.#rate(u), lower = phi(1, dt, apply, rate);
    // g(v) - g(u) = f(v) - f(u) - A (v - u)
    const bend = new Float64Array(u.length);
    apply(lower, bend);
    const curve = this.#rate(u.map((value, i) => value + dt * lower[i]));
    const change = phi(3, dt, apply, curve.map((value, i) => value - rate[i] - dt * bend[i]));
    this.#equation.setVector(u.map((value, i) => value + dt * (lower[i] + 2 * change[i])));
    return change.reduce((most, value) => Math.max(most, Math.abs(2 * dt * value)), 0);
  }

  #rate(at: Float64Array): Float64Array {
    return this.#equation.residual({ at }).map((value, i) => -value / this.#mass[i]);
  }

  /** The longest step for which explicit Euler's method is stable: 2 over a bound of `|A|`. */
  explicitLimit(): number {
    const { rows, rowStarts, values } = this.#equation.jacobian();
    let largest = 0;
    for (let i = 0; i < rows; i++) {
      const row = values.subarray(rowStarts[i], rowStarts[i + 1]);
      const sum = row.reduce((total, value) => total + Math.abs(value), 0);
      largest = Math.max(largest, sum / this.#mass[i]);
    }
    return 2 / largest;
  }
}

function build(cells: number) {
  const model = new Model({ name: "exponential", seed: 3 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const u = new MeshVariable(mesh, "u");
  // A mixture, coarse enough for the mesh.
  const waves = Array.from({ length: 40 }, () => [
    model.random.int(0, 7) * Math.PI,
    model.random.int(0, 7) * Math.PI,
    0.05 * model.random.normal(),
  ]);
  u.set((x, y) => waves.reduce((sum, [k, l, a]) => sum + a * Math.cos(k * x) * Math.cos(l * y), 0));
  model.parameters.define("width", WIDTH);
  const equation = new Equation(u, {
    test: "v",
    weak: "width^2 * dot(grad(u), grad(v)) + (u^3 - u) * v",
  });
  return { model, u, scheme: new ExponentialScheme(equation) };
}

/** What the story came to. */
export interface ExponentialResult {
  readonly model: Model;
  readonly u: MeshVariable;
  readonly report: AdvanceReport;
  /** The longest step over the longest that explicit Euler's method could take. */
  readonly gain: number;
  /** Whether a run that takes the accepted steps at once ends with the same bits. */
  readonly bitIdentical: boolean;
  /** The measured order in time. */
  readonly order: number;
  /** The states at `MOMENTS`. */
  readonly kept: readonly Snapshot[];
}

/** The order in time, from `steps` and twice as many steps against eight times as many. */
function measuredOrder(cells: number, steps: number): number {
  const { model, u, scheme } = build(cells);
  using start = model.saveState();
  const run = (n: number) => {
    model.loadState(start);
    for (let k = 0; k < n; k++) scheme.step(2 / n);
    return u.data.slice();
  };
  const exact = run(16 * steps);
  const [coarse, fine] = [run(steps), run(2 * steps)].map((found) =>
    found.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i])), 0)
  );
  return Math.log2(coarse / fine);
}

/** Runs the story on `cells x cells` squares. */
export async function main(cells = 48): Promise<ExponentialResult> {
  const { model, u, scheme } = build(cells), limit = scheme.explicitLimit();
  const kept: Snapshot[] = [];
  let error = 0;
  console.log("   time      dt   dt / explicit limit   taken back");
  const report = await model.advance({
    dt: 1,
    until: END,
    tolerance: TOLERANCE,
    order: 2,
    step: (dt) => error = scheme.step(dt),
    error: () => error,
    onStep: ({ step, time, dt, takenBack }) => {
      if (time >= MOMENTS[kept.length]) kept.push(model.saveState());
      if (step % 5 > 0 && takenBack.length === 0) return;
      console.log(
        time.toFixed(2).padStart(7) + dt.toFixed(3).padStart(8) +
          (dt / limit).toFixed(1).padStart(22) + `${takenBack.length}`.padStart(13),
      );
    },
  });
  const gain = Math.max(...report.steps.map(({ dt }) => dt)) / limit;
  const order = measuredOrder(16, 8), again = build(cells);
  for (const { dt } of report.steps) again.scheme.step(dt);
  const bitIdentical = again.u.data.every((value, i) => Object.is(value, u.data[i]));
  console.log(`\n${report.accepted} steps accepted, ${report.rejected} taken back`);
  console.log(`the longest step is ${gain.toFixed(0)} times as long as explicit ones could be`);
  console.log(`measured order in time: ${order.toFixed(2)}`);
  console.log(`a run that takes only the accepted steps ends with the same bits: ${bitIdentical}`);
  return { model, u, report, gain, bitIdentical, order, kept };
}

/** The phases at three moments, each put back, and the steps. */
export async function picture({ model, u, kept, report }: ExponentialResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const state of kept) {
    model.loadState(state);
    const title = `t = ${model.tracker.time.toFixed(0)}`;
    pictures.push(await plotField(u, { width: 300, range: [-1, 1], title }));
  }
  pictures.push(await plotHistory(report, { title: "step sizes", width: 600 }));
  return tiled("exponential", 3, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
