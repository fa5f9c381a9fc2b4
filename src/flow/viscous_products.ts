/**
 * What the cells add to the viscous block, written out by components.
 *
 * @module
 */

/** `local[a <= b][r][s] += scale d_r phi_a d_s phi_b`; loops over components are written out, which halves the time. */
export function addProducts(
  dim: number,
  perCell: number,
  scale: number,
  slopes: Float64Array,
  local: Float64Array,
): void {
  if (dim === 2) addPlaneProducts(perCell, scale, slopes, local);
  else addSpaceProducts(perCell, scale, slopes, local);
}

function addPlaneProducts(
  perCell: number,
  scale: number,
  slopes: Float64Array,
  local: Float64Array,
): void {
  let at = 0;
  for (let a = 0; a < perCell; a++) {
    const ax = scale * slopes[2 * a], ay = scale * slopes[2 * a + 1];
    for (let b = a; b < perCell; b++, at += 4) {
      const bx = slopes[2 * b], by = slopes[2 * b + 1];
      local[at] += ax * bx;
      local[at + 1] += ax * by;
      local[at + 2] += ay * bx;
      local[at + 3] += ay * by;
    }
  }
}

function addSpaceProducts(
  perCell: number,
  scale: number,
  slopes: Float64Array,
  local: Float64Array,
): void {
  let at = 0;
  for (let a = 0; a < perCell; a++) {
    const ax = scale * slopes[3 * a], ay = scale * slopes[3 * a + 1];
    const az = scale * slopes[3 * a + 2];
    for (let b = a; b < perCell; b++, at += 9) {
      const bx = slopes[3 * b], by = slopes[3 * b + 1], bz = slopes[3 * b + 2];
      local[at] += ax * bx;
      local[at + 1] += ax * by;
      local[at + 2] += ax * bz;
      local[at + 3] += ay * bx;
      local[at + 4] += ay * by;
      local[at + 5] += ay * bz;
      local[at + 6] += az * bx;
      local[at + 7] += az * by;
      local[at + 8] += az * bz;
    }
  }
}

/**
 * Adds a block, d_c phi_a d_r phi_b and the trace, at `i`, and its transpose at `j`; a negative `j` stands for none.
 *
 * @param m From where to where rows are in the block of i; `n` in that of j.
 */
export function addPlaneBlock(
  local: Float64Array,
  from: number,
  values: Float64Array,
  i: number,
  m: number,
  j: number,
  n: number,
): void {
  const xx = local[from], xy = local[from + 1], yx = local[from + 2], yy = local[from + 3];
  const trace = xx + yy;
  values[i] += xx + trace;
  values[i + 1] += yx;
  values[i + m] += xy;
  values[i + m + 1] += yy + trace;
  if (j < 0) return;
  values[j] += xx + trace;
  values[j + 1] += xy;
  values[j + n] += yx;
  values[j + n + 1] += yy + trace;
}

/** The same in space. */
export function addSpaceBlock(
  local: Float64Array,
  from: number,
  values: Float64Array,
  i: number,
  m: number,
  j: number,
  n: number,
): void {
  const xx = local[from], xy = local[from + 1], xz = local[from + 2];
  const yx = local[from + 3], yy = local[from + 4], yz = local[from + 5];
  const zx = local[from + 6], zy = local[from + 7], zz = local[from + 8];
  const trace = xx + yy + zz, i1 = i + m, i2 = i1 + m;
  values[i] += xx + trace;
  values[i + 1] += yx;
  values[i + 2] += zx;
  values[i1] += xy;
  values[i1 + 1] += yy + trace;
  values[i1 + 2] += zy;
  values[i2] += xz;
  values[i2 + 1] += yz;
  values[i2 + 2] += zz + trace;
  if (j < 0) return;
  const j1 = j + n, j2 = j1 + n;
  values[j] += xx + trace;
  values[j + 1] += xy;
  values[j + 2] += xz;
  values[j1] += yx;
  values[j1 + 1] += yy + trace;
  values[j1 + 2] += yz;
  values[j2] += zx;
  values[j2 + 1] += zy;
  values[j2 + 2] += zz + trace;
}
