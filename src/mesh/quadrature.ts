/**
 * Numerical integration over segments, triangles and tetrahedra, with positive weights only.
 *
 * Low degrees have symmetric rules in closed form: the centroid; 3 and 4 points of degree 2; 6 and 7
 * points of degrees 4 and 5 on triangles (G. R. Cowper, DOI 10.1002/nme.1620070316; D. A. Dunavant, DOI
 * 10.1002/nme.1620210612); 15 points of degree 5 on tetrahedra (A. H. Stroud, Approximate calculation of
 * multiple integrals (1971), T3 5-1; P. Keast, DOI 10.1016/0045-7825(86)90059-9). Symmetric rules given by numbers
 * follow: 12 and 16 points of degrees 6 and 8 on triangles (Dunavant), 24 points of degree 6 on tetrahedra (Keast);
 * their equations were solved again to all digits. All others are conical products of Gauss-Jacobi rules (Stroud,
 * section 2.4), computed when first asked for.
 *
 * @module
 */
/** Points and weights on a simplex: the integral is its measure times sum of weight * value. */
export interface Quadrature {
  readonly count: number;
  /** `[count x (dim + 1)]`. */
  readonly barycentric: Float64Array;
  /** `[count]`, positive, with the sum 1. */
  readonly weights: Float64Array;
}

const rules = new Map<number, Quadrature>();

/**
 * A rule that is exact for polynomials up to a degree.
 *
 * @param dim 1 for segments, 2 for triangles, 3 for tetrahedra.
 * @throws {RangeError} when `exactDegree` is not a whole number from 0 to 60.
 */
export function quadratureOf(dim: 1 | 2 | 3, exactDegree: number): Quadrature {
  if (!Number.isInteger(exactDegree) || exactDegree < 0 || exactDegree > 60) {
    throw new RangeError(
      `quadrature has a degree from 0 to 60, a whole number, got ${exactDegree}`,
    );
  }
  const key = exactDegree * 4 + dim;
  let rule = rules.get(key);
  if (!rule) rules.set(key, rule = makeRule(dim, exactDegree));
  return rule;
}

/** One orbit of a symmetric rule: the distinct permutations of `point`, with one weight each. */
type Orbit = readonly [weight: number, ...point: number[]];

function makeRule(dim: 1 | 2 | 3, degree: number): Quadrature {
  if (degree <= 1) return symmetric(dim, [[1, ...centroid(dim)]]);
  if (dim === 2 && degree === 2) return symmetric(2, [[1 / 3, 2 / 3, 1 / 6, 1 / 6]]);
  if (dim === 2 && degree <= 4) return symmetric(2, triangle6());
  if (dim === 2 && degree === 5) return symmetric(2, triangle7());
  if (dim === 2 && degree === 6) return symmetric(2, triangle12());
  if (dim === 2 && (degree === 7 || degree === 8)) return symmetric(2, triangle16());
  if (dim === 3 && degree === 2) return symmetric(3, tetra4());
  if (dim === 3 && degree <= 5) return symmetric(3, tetra15());
  if (dim === 3 && degree === 6) return symmetric(3, tetra24());
  return conical(dim, degree);
}

function centroid(dim: number): number[] {
  return new Array(dim + 1).fill(1 / (dim + 1));
}

function triangle6(): Orbit[] {
  const s = Math.sqrt(10), r = Math.sqrt(38 - 44 * Math.sqrt(0.4));
  const q = Math.sqrt(213125 - 53320 * s);
  const a = (8 - s + r) / 18, b = (8 - s - r) / 18;
  return [
    [(620 + q) / 3720, a, a, 1 - 2 * a],
    [(620 - q) / 3720, b, b, 1 - 2 * b],
  ];
}

function triangle7(): Orbit[] {
  const s = Math.sqrt(15);
  const a = (6 + s) / 21, b = (6 - s) / 21;
  return [
    [9 / 40, ...centroid(2)],
    [(155 + s) / 1200, a, a, 1 - 2 * a],
    [(155 - s) / 1200, b, b, 1 - 2 * b],
  ];
}

function triangle12(): Orbit[] {
  const a = 0.24928674517091, b = 0.06308901449150221;
  const [c, d] = [0.05314504984481661, 0.3103524510337849];
  return [
    [0.11678627572637994, a, a, 1 - 2 * a],
    [0.05084490637020705, b, b, 1 - 2 * b],
    [0.08285107561837317, c, d, 1 - c - d],
  ];
}

function triangle16(): Orbit[] {
  const a = 0.45929258829272324, b = 0.17056930775176013, c = 0.050547228317030776;
  const [d, e] = [0.008394777409957659, 0.26311282963463806];
  return [
    [0.1443156076777869, ...centroid(2)],
    [0.09509163426728472, a, a, 1 - 2 * a],
    [0.10321737053471808, b, b, 1 - 2 * b],
    [0.0324584976231981, c, c, 1 - 2 * c],
    [0.027230314174435048, d, e, 1 - d - e],
  ];
}

function tetra4(): Orbit[] {
  const a = (5 - Math.sqrt(5)) / 20;
  return [[1 / 4, a, a, a, 1 - 3 * a]];
}

function tetra15(): Orbit[] {
  const s = Math.sqrt(15);
  const a = (7 - s) / 34, b = (7 + s) / 34, c = (10 - 2 * s) / 40;
  return [
    [16 / 135, ...centroid(3)],
    [(2665 + 14 * s) / 37800, a, a, a, 1 - 3 * a],
    [(2665 - 14 * s) / 37800, b, b, b, 1 - 3 * b],
    [10 / 189, c, c, 0.5 - c, 0.5 - c],
  ];
}

function tetra24(): Orbit[] {
  const a = 0.21460287125915162, b = 0.040673958534611365, c = 0.32233789014227565;
  const [d, e] = [0.06366100187501751, 0.2696723314583159];
  return [
    [0.039922750258167786, a, a, a, 1 - 3 * a],
    [0.010077211055320695, b, b, b, 1 - 3 * b],
    [0.05535718154365432, c, c, c, 1 - 3 * c],
    [27 / 560, d, d, e, 1 - 2 * d - e],
  ];
}

function symmetric(dim: number, orbits: readonly Orbit[]): Quadrature {
  const points: number[] = [], weights: number[] = [];
  for (const [weight, ...point] of orbits) {
    for (const image of permutations(point)) {
      points.push(...image);
      weights.push(weight);
    }
  }
  return {
    count: points.length / (dim + 1),
    barycentric: Float64Array.from(points),
    weights: Float64Array.from(weights),
  };
}

/** All different orders of a few numbers. */
function permutations(values: readonly number[]): number[][] {
  if (values.length < 2) return [[...values]];
  const all: number[][] = [];
  for (const first of new Set(values)) {
    const rest = [...values];
    rest.splice(rest.indexOf(first), 1);
    for (const tail of permutations(rest)) all.push([first, ...tail]);
  }
  return all;
}

/**
 * The unit cube collapsed onto the simplex: l_1 = a, l_2 = (1 - a) b, l_3 = (1 - a)(1 - b) c, where the
 * Jacobian (1 - a)^(dim - 1) (1 - b)^(dim - 2) is the weight of the one-dimensional rules.
 */
function conical(dim: 1 | 2 | 3, degree: number): Quadrature {
  const n = Math.floor(degree / 2) + 1;
  const count = n ** dim;
  const barycentric = new Float64Array(count * (dim + 1));
  const weights = new Float64Array(count);
  const lines = Array.from({ length: dim }, (_, d) => gaussJacobi(n, dim - 1 - d));
  for (let q = 0; q < count; q++) {
    let rest = 1, weight = 1, index = q;
    for (let d = 0; d < dim; d++) {
      const i = index % n;
      index = (index - i) / n;
      const l = rest * lines[d].points[i];
      barycentric[q * (dim + 1) + d + 1] = l;
      rest *= 1 - lines[d].points[i];
      weight *= lines[d].weights[i];
    }
    barycentric[q * (dim + 1)] = rest;
    weights[q] = weight;
  }
  return { count, barycentric, weights };
}

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
