/**
 * Where `populate` puts particles within a cell: the same points in every cell, well apart.
 *
 * @module
 */

/** Rounds of Lloyd's iteration, fewer where that would take more than so many distances. */
const mostRounds = 30;
const mostDistances = 2e7;

const known = new Map<string, Float64Array>();

/**
 * `n` points in the simplex, as barycentric coordinates `[n x (dim + 1)]`, all strictly inside; the
 * centroid for n = 1.
 *
 * They start from the additive sequence of M. Roberts, The unreasonable effectiveness of quasirandom
 * sequences (2018), with u_i = frac(1/2 + i a), a_k = g^-k, g^(dim + 1) = g + 1, folded into the
 * simplex. Then Lloyd's iteration (S. Lloyd, 1982, DOI 10.1109/TIT.1982.1056489) moves each to the centroid
 * of the part of the regular simplex that is nearest to it. Only sums, products and quotients: the
 * same bits on every machine.
 */
export function layoutOf(dim: 2 | 3, n: number): Float64Array {
  const key = `${dim}/${n}`;
  let layout = known.get(key);
  if (!layout) {
    layout = n === 1 ? new Float64Array(dim + 1).fill(1 / (dim + 1)) : sequence(dim, n);
    if (n > 1) relax(layout, dim, n);
    known.set(key, layout);
  }
  return layout;
}

/** The real roots of g^3 = g + 1 and g^4 = g + 1. */
const golden = { 2: 1.32471795724474602596, 3: 1.22074408460575947536 };

function sequence(dim: 2 | 3, n: number): Float64Array {
  const width = dim + 1;
  const out = new Float64Array(n * width);
  const u = new Float64Array(dim);
  for (let i = 0; i < n; i++) {
    let a = 1;
    for (let k = 0; k < dim; k++) {
      a /= golden[dim];
      const value = 0.5 + (i + 1) * a;
      u[k] = value - Math.floor(value);
    }
    // Gaps between sorted numbers in [0, 1] are uniform barycentric coordinates.
    u.sort();
    let below = 0;
    for (let k = 0; k < dim; k++) {
      out[i * width + k] = u[k] - below;
      below = u[k];
    }
    out[i * width + dim] = 1 - below;
    pullInside(out, i * width, width);
  }
  return out;
}

/** Keeps off the facets, where a point would belong to a neighbour. */
function pullInside(out: Float64Array, offset: number, width: number): void {
  const share = 1 / 1024;
  for (let k = 0; k < width; k++) {
    out[offset + k] = (1 - share) * out[offset + k] + share / width;
  }
}

/**
 * Lloyd's iteration. In a regular simplex the squared distance of two points is half the squared
 * distance of their barycentric coordinates, times the squared edge length: no corners are needed.
 */
function relax(points: Float64Array, dim: 2 | 3, n: number): void {
  const width = dim + 1;
  const samples = lattice(dim, dim === 2 ? 6 * Math.ceil(Math.sqrt(2 * n)) : 12 + n / 8);
  const rounds = Math.min(mostRounds, Math.floor(mostDistances / (n * samples.length / width)));
  const sums = new Float64Array(n * width);
  const counts = new Float64Array(n);
  for (let round = 0; round < rounds; round++) {
    sums.fill(0);
    counts.fill(0);
    for (let s = 0; s < samples.length; s += width) {
      const i = nearestOf(points, samples, s, width);
      counts[i]++;
      for (let k = 0; k < width; k++) sums[i * width + k] += samples[s + k];
    }
    for (let i = 0; i < n; i++) {
      if (counts[i] === 0) continue;
      for (let k = 0; k < width; k++) points[i * width + k] = sums[i * width + k] / counts[i];
    }
  }
}

function nearestOf(points: Float64Array, samples: Float64Array, s: number, width: number): number {
  let nearest = 0, least = Infinity;
  for (let o = 0; o < points.length; o += width) {
    let distance = 0;
    for (let k = 0; k < width; k++) {
      const d = points[o + k] - samples[s + k];
      distance += d * d;
    }
    if (distance < least) {
      least = distance;
      nearest = o;
    }
  }
  return nearest / width;
}

/** All points with barycentric coordinates (i_k + 1/width) / (m + 1), where the i_k sum to m. */
function lattice(dim: 2 | 3, fineness: number): Float64Array {
  const m = Math.floor(fineness), width = dim + 1;
  const rows: number[] = [];
  const at = (i: number) => (i + 1 / width) / (m + 1);
  for (let a = 0; a <= m; a++) {
    for (let b = 0; a + b <= m; b++) {
      if (dim === 2) rows.push(at(a), at(b), at(m - a - b));
      else for (let c = 0; a + b + c <= m; c++) rows.push(at(a), at(b), at(c), at(m - a - b - c));
    }
  }
  return Float64Array.from(rows);
}

/** Points of a layout in every cell, cell by cell: `out[first..]`, `[cellCount x n x dim]`. */
export function fillCells(
  layout: Float64Array,
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
  out: Float64Array,
): void {
  const width = dim + 1;
  let to = 0;
  for (let c = 0; c < cells.length; c += width) {
    for (let o = 0; o < layout.length; o += width) {
      for (let d = 0; d < dim; d++) {
        let value = 0;
        for (let k = 0; k < width; k++) {
          value += layout[o + k] * coordinates[cells[c + k] * dim + d];
        }
        out[to++] = value;
      }
    }
  }
}
