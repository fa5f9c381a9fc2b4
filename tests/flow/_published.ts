/** Flows that others have published exact solutions of. @module */
import type { Flow } from "./_flows.ts";

const { PI, sin, cos, exp, log, hypot, sqrt } = Math;

/** Complex numbers, as the solutions are written. */
type Complex = readonly [number, number];

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d];
const scaled = (s: number, [a, b]: Complex): Complex => [s * a, s * b];
const inverse = ([a, b]: Complex): Complex => [a / (a * a + b * b), -b / (a * a + b * b)];
const power = (z: Complex, n: number): Complex => n === 0 ? [1, 0] : times(z, power(z, n - 1));
const expOf = ([a, b]: Complex, y: number): Complex => [
  exp(a * y) * cos(b * y),
  exp(a * y) * sin(b * y),
];

/**
 * SolKz: viscosity exp(2 B y), force (0, sin(m y) cos(k x)), free slip in the unit square. The stream function is
 * F(y) sin(k x) with `(D + 2B)^2 (D^2 + k^2) F + k^2 (D^2 + k^2) F - 4 k^2 (D + 2B) D F = -k exp(-2B y) sin(m y)`:
 * four exponentials exp((q - B) y), `q^2 = B^2 + k^2 +- 2 i k B`, and a particular one. See J. Revenaugh, B. Parsons,
 * Geophys. J. R. Astron. Soc. 90 (1987) 349-368, DOI 10.1111/j.1365-246X.1987.tb00731.x.
 *
 * @param solve Solves linear equations, whose rows end with the right-hand side.
 */
export function solKz(
  B: number,
  k: number,
  m: number,
  solve: (rows: number[][]) => number[],
): Flow {
  const real = B * B + k * k, size = hypot(real, 2 * k * B);
  const a = sqrt((size + real) / 2), b = sqrt((size - real) / 2);
  const up: Complex = [a - B, b], down: Complex = [-a - B, b], forced: Complex = [-2 * B, m];
  const next = plus(forced, [2 * B, 0]), squares = plus(times(forced, forced), [k * k, 0]);
  const symbol = plus(
    plus(times(times(next, next), squares), scaled(k * k, squares)),
    scaled(-4 * k * k, times(next, forced)),
  );
  const amplitude = scaled(-k, inverse(symbol));
  const free = (y: number, n: number) => [
    ...times(power(up, n), scaled(exp(-up[0]), expOf(up, y))),
    ...times(power(down, n), expOf(down, y)),
  ];
  const own = (y: number, n: number) =>
    times(times(amplitude, power(forced, n)), expOf(forced, y))[1];
  const constants = solve([0, 1].flatMap((y) => [0, 2].map((n) => [...free(y, n), -own(y, n)])));
  const F = (y: number, n: number) =>
    free(y, n).reduce((sum, value, i) => sum + constants[i] * value, own(y, n));
  return {
    velocity: (x, y) => [F(y, 1) * sin(k * x), -k * F(y, 0) * cos(k * x)],
    pressure: (x, y) => {
      const bent = F(y, 3) + 2 * B * F(y, 2) - k * k * F(y, 1) + 2 * B * k * k * F(y, 0);
      return -exp(2 * B * y) / k * bent * cos(k * x);
    },
    force: (x, y, _z, out) => {
      out[0] = 0;
      out[1] = sin(m * y) * cos(k * x);
    },
  };
}

/**
 * A circle of another viscosity in pure shear, (x, -y) far away: D. W. Schmid, Y. Y. Podladchikov, Geophys. J. Int. 155
 * (2003) 269-288, DOI 10.1046/j.1365-246X.2003.02042.x. The fluid around has viscosity 1; the pressure inside is 0.
 */
export function inclusion(viscosity: number, radius: number): Omit<Flow, "force"> {
  const contrast = (viscosity - 1) / (viscosity + 1), r2 = radius * radius;
  const isInside = (x: number, y: number) => x * x + y * y < r2;
  return {
    velocity: (x, y) => {
      if (isInside(x, y)) return [2 * x / (1 + viscosity), -2 * y / (1 + viscosity)];
      // v = (phi - z conj(phi') - conj(psi)) / 2
      const z: Complex = [x, y], one = inverse(z);
      const phi = scaled(-2 * contrast * r2, one);
      const slope = scaled(2 * contrast * r2, power(one, 2));
      const psi = scaled(-2, plus(z, scaled(contrast * r2 * r2, power(one, 3))));
      const [a, b] = times(z, [slope[0], -slope[1]]);
      return [(phi[0] - a - psi[0]) / 2, (phi[1] - b + psi[1]) / 2];
    },
    pressure: (x, y) => isInside(x, y) ? 0 : -4 * contrast * r2 * power(inverse([x, y]), 2)[0],
  };
}

/** The contrast and the numbers of cells with which SolKz is measured: 1e6, 3 and 2. */
export const usualSolKz = [log(1e6) / 2, 3 * PI, 2 * PI] as const;
