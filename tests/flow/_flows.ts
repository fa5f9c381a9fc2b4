/** Flows whose solutions are known. @module */
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import type { StokesOptions } from "../../src/flow/stokes_options.ts";

const { PI, sin, cos, sinh, cosh } = Math;

/** A velocity and a pressure as functions of place. */
export interface Flow {
  readonly velocity: (x: number, y: number, z: number) => readonly number[];
  readonly pressure: (x: number, y: number, z: number) => number;
  readonly force: (x: number, y: number, z: number, out: Float64Array) => void;
}

/** The unit square or cube. */
export function unitCells(n: number, dim: 2 | 3 = 2): Mesh {
  const cells = dim === 2 ? [n, n] as const : [n, n, n] as const;
  return boxMesh(new Model(), { min: cells.map(() => 0), max: cells.map(() => 1), cells });
}

/** Velocity, pressure and solver on a mesh. */
export function stokesOn(
  mesh: Mesh,
  options: StokesOptions,
  degrees: readonly [1 | 2, 0 | 1] = [2, 1],
): { v: MeshVariable; p: MeshVariable; stokes: Stokes } {
  const v = new MeshVariable(mesh, "v", { components: mesh.dim, degree: degrees[0] });
  const p = new MeshVariable(mesh, "p", { degree: degrees[1] });
  return { v, p, stokes: new Stokes(v, p, options) };
}

/** All boundaries with free slip. */
export function slipAround(stokes: Stokes): void {
  for (const side of stokes.variable.mesh.boundaries.keys()) stokes.addFreeSlip(side);
}

/**
 * J. Donea, A. Huerta, Finite element methods for flow problems (2003), DOI 10.1002/0470013826, section 6.8.1:
 * polynomials on the unit square, velocity 0 all around; p = x (1 - x) - 1/6.
 */
export const doneaHuerta: Flow = {
  velocity: (x, y) => [
    x * x * (1 - x) ** 2 * (2 * y - 6 * y * y + 4 * y ** 3),
    -y * y * (1 - y) ** 2 * (2 * x - 6 * x * x + 4 * x ** 3),
  ],
  pressure: (x) => x * (1 - x) - 1 / 6,
  force: (x, y, _z, out) => {
    const q = (s: number) => s * s * (1 - s) ** 2,
      r = (s: number) => 2 * s - 6 * s * s + 4 * s ** 3;
    const q2 = (s: number) => 2 - 12 * s + 12 * s * s, r2 = (s: number) => -12 + 24 * s;
    out[0] = -(q2(x) * r(y) + q(x) * r2(y)) + 1 - 2 * x;
    out[1] = q2(y) * r(x) + q(y) * r2(x);
  },
};

/** Free slip in the unit cube: products of sines and cosines. */
export const cubeFlow: Flow = {
  velocity: (x, y, z) => [
    sin(PI * x) * cos(PI * y) * cos(PI * z),
    cos(PI * x) * sin(PI * y) * cos(PI * z),
    -2 * cos(PI * x) * cos(PI * y) * sin(PI * z),
  ],
  pressure: (x, y, z) => cos(PI * x) * cos(PI * y) * cos(PI * z),
  force: (x, y, z, out) => {
    const u = cubeFlow.velocity(x, y, z);
    out[0] = 3 * PI * PI * u[0] - PI * sin(PI * x) * cos(PI * y) * cos(PI * z);
    out[1] = 3 * PI * PI * u[1] - PI * cos(PI * x) * sin(PI * y) * cos(PI * z);
    out[2] = 3 * PI * PI * u[2] - PI * cos(PI * x) * cos(PI * y) * sin(PI * z);
  },
};

/**
 * Free slip in the annulus 0.5 < r < 1: the stream function sin(c (r^2 - 1/4)) sin(4 phi), c = pi / 0.75, whose
 * radial velocity and shear vanish on both circles, with the pressure x y.
 */
export const annulusFlow: Flow = {
  velocity: (x, y) => {
    const s = x * x + y * y, r = Math.sqrt(s), phi = Math.atan2(y, x), c = PI / 0.75;
    const radial = 4 * sin(c * (s - 0.25)) / r * cos(4 * phi);
    const around = -2 * r * c * cos(c * (s - 0.25)) * sin(4 * phi);
    return [radial * x / r - around * y / r, radial * y / r + around * x / r];
  },
  pressure: (x, y) => x * y,
  force: (x, y, _z, out) => {
    const s = x * x + y * y, r = Math.sqrt(s), phi = Math.atan2(y, x), c = PI / 0.75;
    const sine = sin(c * (s - 0.25)), cosine = cos(c * (s - 0.25));
    // The Laplacian of the stream function is h sin(4 phi).
    const h = 4 * c * cosine - 4 * s * c * c * sine - 16 * sine / s;
    const slope = 2 * r *
      (-8 * c * c * sine - 4 * s * c ** 3 * cosine - 16 * c * cosine / s + 16 * sine / s ** 2);
    const radial = -4 / r * h * cos(4 * phi), around = slope * sin(4 * phi);
    out[0] = radial * x / r - around * y / r + y;
    out[1] = radial * y / r + around * x / r + x;
  },
};

/**
 * SolCx: viscosity 1 for x < 1/2 and `jump` beyond, force (0, sin(pi y) cos(pi x)), free slip. The stream function
 * is F(x) sin(pi y) with `viscosity (F'''' - 2 pi^2 F'' + pi^4 F) = -pi sin(pi x)`: four constants on each side, from
 * free slip at x = 0, 1 and from velocity and stress at x = 1/2. See S. Zhong, Geophys. J. Int. 124 (1996) 18-28,
 * DOI 10.1111/j.1365-246X.1996.tb06349.x.
 */
export function solCx(jump: number): Flow {
  const constants = solCxConstants(jump);
  const side = (x: number) => x < 0.5 ? 0 : 1;
  const derivative = (x: number, order: number) => {
    const basis = homogeneous(x, order), at = 4 * side(x);
    return basis.reduce((sum, value, k) => sum + constants[at + k] * value, 0) +
      particular(x, order) / (side(x) === 0 ? 1 : jump);
  };
  return {
    velocity: (x, y) => [PI * derivative(x, 0) * cos(PI * y), -derivative(x, 1) * sin(PI * y)],
    pressure: (x, y) => {
      const viscosity = side(x) === 0 ? 1 : jump;
      const bent = derivative(x, 3) - PI * PI * derivative(x, 1);
      return -(cos(PI * x) - viscosity * bent) / PI * cos(PI * y);
    },
    force: (x, y, _z, out) => {
      out[0] = 0;
      out[1] = sin(PI * y) * cos(PI * x);
    },
  };
}

/** Derivatives of cosh, sinh, x cosh, x sinh of pi x. */
function homogeneous(x: number, order: number): number[] {
  const even = [cosh(PI * x), sinh(PI * x)], k = order % 2;
  const c = even[k], s = even[1 - k], scale = PI ** order, less = order * PI ** (order - 1);
  // (x g)' = x g' + g, so that the n-th derivative is x g^(n) + n g^(n - 1).
  return [
    scale * c,
    scale * s,
    scale * x * c + (order === 0 ? 0 : less * s),
    scale * x * s + (order === 0 ? 0 : less * c),
  ];
}

/** Derivatives of -sin(pi x) / (4 pi^3). */
function particular(x: number, order: number): number {
  return -(PI ** order) * sin(PI * x + order * PI / 2) / (4 * PI ** 3);
}

function solCxConstants(jump: number): number[] {
  const rows: number[][] = [];
  const add = (left: number[], right: number[], value: number) =>
    rows.push([...left, ...right, value]);
  const none = [0, 0, 0, 0], x = 0.5;
  const scaled = (list: number[], factor: number) => list.map((value) => factor * value);
  const plus = (a: number[], b: number[]) => a.map((value, k) => value + b[k]);
  for (const order of [0, 2]) {
    add(homogeneous(0, order), none, -particular(0, order));
    add(none, homogeneous(1, order), -particular(1, order) / jump);
  }
  for (const order of [0, 1]) {
    const own = homogeneous(x, order);
    add(own, scaled(own, -1), particular(x, order) * (1 / jump - 1));
  }
  // Stresses: the viscosity times F'' + pi^2 F, and times F''' - 3 pi^2 F'; particular parts cancel.
  const shear = plus(homogeneous(x, 2), scaled(homogeneous(x, 0), PI * PI));
  const normal = plus(homogeneous(x, 3), scaled(homogeneous(x, 1), -3 * PI * PI));
  for (const own of [shear, normal]) add(own, scaled(own, -jump), 0);
  return solved(rows);
}

/** Gauss elimination with pivoting; each row ends with its right-hand side. */
export function solved(rows: number[][]): number[] {
  const n = rows.length;
  for (const row of rows) {
    const most = Math.max(...row.slice(0, n).map(Math.abs));
    for (let k = 0; k <= n; k++) row[k] /= most;
  }
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) if (Math.abs(rows[i][c]) > Math.abs(rows[pivot][c])) pivot = i;
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    for (let i = 0; i < n; i++) {
      if (i === c) continue;
      const factor = rows[i][c] / rows[c][c];
      for (let k = c; k <= n; k++) rows[i][k] -= factor * rows[c][k];
    }
  }
  return rows.map((row, c) => row[n] / row[c]);
}

/** Eight stiff discs in the unit square, cut by the cells. */
export function discs(viscosity: number): (x: number, y: number) => number {
  const at = [[0.2, 0.25], [0.5, 0.2], [0.8, 0.3], [0.3, 0.55], [0.65, 0.5], [0.15, 0.8], [
    0.5,
    0.8,
  ], [
    0.85,
    0.75,
  ]];
  return (x, y) => at.some(([a, b]) => Math.hypot(x - a, y - b) < 0.1) ? viscosity : 1;
}

/**
 * The Taylor-Green vortex in the unit square, of density 1: free slip on all sides, no force. See G. I. Taylor,
 * A. E. Green, Proc. R. Soc. A 158 (1937) 499-521, DOI 10.1098/rspa.1937.0036.
 */
export function taylorGreen(viscosity: number): {
  readonly velocity: (x: number, y: number, z: number, out: Float64Array, t: number) => void;
  readonly pressure: (x: number, y: number, t: number) => number;
} {
  const left = (t: number) => Math.exp(-2 * PI * PI * viscosity * t);
  return {
    velocity: (x, y, _z, out, t) => {
      out[0] = sin(PI * x) * cos(PI * y) * left(t);
      out[1] = -cos(PI * x) * sin(PI * y) * left(t);
    },
    pressure: (x, y, t) => (cos(2 * PI * x) + cos(2 * PI * y)) / 4 * left(t) ** 2,
  };
}

/** A stirred box with inertia: a lid that moves in time, an open side, a density that varies. */
export function stirred(model: Model = new Model()) {
  model.parameters.define("nu", 0.02);
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [5, 5] });
  const { v, p, stokes } = stokesOn(mesh, {
    viscosity: expression("nu"),
    density: (x) => 1 + x,
    bodyForce: [0, (x, _y, _z, t) => x * Math.sin(9 * t)],
  });
  stokes.addDirichlet("top", (_x, _y, _z, out, t) => {
    out[0] = Math.cos(t);
    out[1] = 0;
  });
  stokes.addDirichlet("bottom", 0);
  stokes.addFreeSlip("left");
  const step = (count: number) => {
    for (let k = 0; k < count; k++) {
      const dt = 0.05 + 0.01 * (model.tracker.step % 3);
      stokes.solve({ dt });
      model.tracker.time += dt;
      model.tracker.step++;
    }
  };
  const bytes = () => [v, p, stokes.acceleration!].map((u) => u.data.slice());
  return { model, mesh, v, p, stokes, step, bytes };
}

/**
 * The annulus 1 < r < 2 with velocities given on both circles, wave number k: `v_r = g(r) k sin(k phi)`,
 * `v_phi = f(r) cos(k phi)`, `p = k h(r) sin(k phi)`, driven by a radial force; and no flow through the circles.
 *
 * Source: C. Thieulot, GHOST: Geoscientific Hollow Sphere Tessellation, Solid Earth 9 (2018) 1169-1177,
 * DOI 10.5194/se-9-1169-2018, with f = A r + B / r, g = A r / 2 + B ln r / r + C / r, h = (2 g - f) / r.
 */
export function thieulotFlow(k: number): Flow {
  const R = 2, C = -1, lnR = Math.log(R);
  // g vanishes at r = 1 and r = R.
  const A = -2 * C, B = -(A * R * R / 2 + C) / lnR;
  const f = (r: number) => A * r + B / r, df = (r: number) => A - B / (r * r);
  const g = (r: number) => A * r / 2 + B * Math.log(r) / r + C / r;
  const dg = (r: number) => A / 2 + B * (1 - Math.log(r)) / (r * r) - C / (r * r);
  const ddg = (r: number) => (B * (2 * Math.log(r) - 3) + 2 * C) / r ** 3;
  const cartesian = (x: number, y: number, radial: number, around: number) => {
    const r = Math.hypot(x, y);
    return [(radial * x - around * y) / r, (radial * y + around * x) / r];
  };
  return {
    velocity: (x, y) => {
      const r = Math.hypot(x, y), phi = Math.atan2(y, x);
      return cartesian(x, y, g(r) * k * sin(k * phi), f(r) * cos(k * phi));
    },
    pressure: (x, y) => {
      const r = Math.hypot(x, y), phi = Math.atan2(y, x);
      return k * (2 * g(r) - f(r)) / r * sin(k * phi);
    },
    force: (x, y, _z, out) => {
      const r = Math.hypot(x, y), phi = Math.atan2(y, x);
      const weight = ddg(r) - dg(r) / r - g(r) / (r * r) * (k * k - 1) + f(r) / (r * r) + df(r) / r;
      const [fx, fy] = cartesian(x, y, -k * weight * sin(k * phi), 0);
      out[0] = fx;
      out[1] = fy;
    },
  };
}
