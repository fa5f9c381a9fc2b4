/** A rule on [0, 1] for integrals with the weight (1 - x)^alpha, scaled so that the weights sum to 1. */
export interface LineRule {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss-Jacobi quadrature with n points, exact up to degree 2n - 1. Zeros of the Jacobi polynomial
 * P_n^(alpha, 0) by Newton's method, deflating those found before; weights from the derivative there:
 * 1 / ((1 - x^2) P_n'(x)^2) up to a factor. M. Abramowitz and I. A. Stegun, Handbook of mathematical
 * functions (1964), 25.4.33 and 22.7.1.
 */
export function gaussJacobi(n: number, alpha: number): LineRule {
  const zeros = new Float64Array(n);
  const weights = new Float64Array(n);
  let sum = 0;
  for (let k = 0; k < n; k++) {
    let x = -Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
    if (k > 0) x = (x + zeros[k - 1]) / 2;
    for (let iteration = 0; iteration < 100; iteration++) {
      const [p, slope] = jacobi(n, alpha, x);
      let deflation = 0;
      for (let j = 0; j < k; j++) deflation += 1 / (x - zeros[j]);
      const step = p / (slope - p * deflation);
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    zeros[k] = x;
    const slope = jacobi(n, alpha, x)[1];
    weights[k] = 1 / ((1 - x * x) * slope * slope);
    sum += weights[k];
  }
  return { points: zeros.map((x) => (1 + x) / 2), weights: weights.map((w) => w / sum) };
}

/** P_n^(a, 0) and its derivative at x, by the three-term recurrence. */
function jacobi(n: number, a: number, x: number): [number, number] {
  let p = 1, slope = 0, before = 0, slopeBefore = 0;
  for (let k = 1; k <= n; k++) {
    const m = 2 * k + a;
    const scale = k === 1 ? 2 : 2 * k * (k + a) * (m - 2);
    const linear = k === 1 ? a + 2 : (m - 1) * m * (m - 2);
    const constant = k === 1 ? a : (m - 1) * a * a;
    const old = k === 1 ? 0 : 2 * (k + a - 1) * (k - 1) * m;
    const next = ((linear * x + constant) * p - old * before) / scale;
    const nextSlope = (linear * p + (linear * x + constant) * slope - old * slopeBefore) / scale;
    before = p;
    slopeBefore = slope;
    p = next;
    slope = nextSlope;
  }
  return [p, slope];
}
