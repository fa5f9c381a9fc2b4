import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { viscousBlock } from "../../../src/flow/viscous_block.ts";
import { geometryOf } from "../../../src/mesh/mesh.ts";
import { withoutConstrained } from "../../../src/solve/assembly/dirichlet.ts";
import { referenceOf } from "../../../src/solve/assembly/reference.ts";
import { Chebyshev } from "../../../src/solve/linear/chebyshev.ts";
import type { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { conjugateGradients } from "../../../src/solve/linear/krylov/cg.ts";
import {
  nearNullCoarsenings,
  type NearNullSpace,
  tentative,
} from "../../../src/solve/linear/multigrid/near_null_space.ts";
import { blockNormGraph } from "../../../src/solve/linear/multigrid/nodal_graph.ts";
import { pruned, prunedFree, prunedRows } from "../../../src/solve/linear/multigrid/pruning.ts";
import { SmoothedAggregation } from "../../../src/solve/linear/multigrid/smoothed_aggregation.ts";
import { scaledFactors, VCycle } from "../../../src/solve/linear/multigrid/v_cycle.ts";
import { assertRounding, assertSameBytes } from "../../_helpers.ts";
import { discs } from "../../flow/_flows.ts";
import { unitBox } from "../_fields.ts";
import { matrixOf, someVector } from "./_matrices.ts";

/** A viscous block with P1 velocities, held on the left, and its rigid motions. */
function block(n: number, jump = 1): { a: CsrMatrix; space: NearNullSpace } {
  const geometry = geometryOf(unitBox(n)), map = geometry.topology.dofMap(1, true);
  const reference = referenceOf(2, 1), at = geometry.coordinates;
  const points = reference.quadrature.count, { cells } = geometry.topology;
  const viscosity = new Float64Array(geometry.volumes.length * points).map((_, i) => {
    const corner = 3 * Math.floor(i / points);
    const mean = (d: number) => (at[2 * cells[corner] + d] + at[2 * cells[corner + 1] + d]) / 2;
    return discs(jump)(mean(0), mean(1));
  });
  const held = new Uint8Array(2 * map.count), modes = new Float64Array(6 * map.count);
  const of = new Int32Array(held.length);
  for (let i = 0; i < map.count; i++) {
    const isHeld = at[2 * i] === 0;
    held.fill(isHeld ? 1 : 0, 2 * i, 2 * i + 2);
    of.fill(isHeld ? -1 : i, 2 * i, 2 * i + 2);
    if (!isHeld) modes.set([1, 0, -at[2 * i + 1], 0, 1, at[2 * i]], 6 * i);
  }
  const a = withoutConstrained(viscousBlock(geometry, map, reference, viscosity), held);
  return { a, space: { nodes: map.count, of, width: 3, modes } };
}

function iterations({ a, space }: ReturnType<typeof block>): number {
  const finest = pruned(a);
  const levels = nearNullCoarsenings(finest, space, { theta: 0.08, thetaFactor: 0.5 });
  const cycle = new VCycle(finest, levels, scaledFactors);
  return conjugateGradients(a, someVector(a.rows), new Float64Array(a.rows), cycle).iterations;
}

Deno.test("with rigid motions iterations hardly grow with size and contrast", () => {
  const small = iterations(block(16)), large = iterations(block(48));
  assertLess(large, small + 12);
  assertLess(large, 30);
  const stiff = block(32, 1e6);
  const kept = iterations(stiff);
  assertLess(kept, 40);
  // Constants alone do not know that a stiff body turns.
  const constants = new SmoothedAggregation(stiff.a, { blockSize: 2 });
  const x = new Float64Array(stiff.a.rows), b = someVector(stiff.a.rows);
  assertLess(1.5 * kept, conjugateGradients(stiff.a, b, x, constants).iterations);
});

Deno.test("columns on aggregates are orthonormal and give the motions back", () => {
  const { space } = block(6);
  const of = new Int32Array(space.nodes).map((_, i) => Math.floor(i / 5));
  const count = Math.ceil(space.nodes / 5);
  const { t, coarse } = tentative({ count, of }, space);
  const gram = new Float64Array(t.cols * t.cols);
  for (let i = 0; i < t.rows; i++) {
    const sums = new Float64Array(space.width);
    for (let k = t.starts[i]; k < t.starts[i + 1]; k++) {
      for (let l = t.starts[i]; l < t.starts[i + 1]; l++) {
        gram[t.columns[k] * t.cols + t.columns[l]] += t.values[k] * t.values[l];
      }
      for (let j = 0; j < space.width; j++) {
        sums[j] += t.values[k] * coarse.modes[t.columns[k] * space.width + j];
      }
    }
    // Factors of Gram matrices: condition numbers up to 1e3.
    for (let j = 0; j < space.width; j++) {
      assertRounding(sums[j], space.modes[i * space.width + j], 1e4);
    }
  }
  gram.forEach((value, k) => {
    assertRounding(value, Math.floor(k / t.cols) === k % t.cols ? 1 : 0, 1e4);
  });
});

Deno.test("an aggregate with fewer free rows than motions has fewer columns", () => {
  const modes = Float64Array.from([1, 0, -2, 0, 1, 3]);
  const space = { nodes: 1, of: Int32Array.of(0, 0), width: 3, modes };
  const { t, coarse } = tentative({ count: 1, of: Int32Array.of(0) }, space);
  assertEquals(t.cols, 2);
  assertEquals([...coarse.modes], [1, 0, -2, 0, 1, 3]);
});

Deno.test("a held component does not hide the coupling of the others", () => {
  // Two nodes of two components; the first components are held, with a large diagonal.
  const a = matrixOf(4, (i, put) => {
    if (i % 2 === 0) put(i, 1e6);
    else {
      put(1, i === 1 ? 2 : -1);
      put(3, i === 1 ? -1 : 2);
    }
  });
  const couplings = (
    of: number[],
  ) => [...blockNormGraph(a, { nodes: 2, of: Int32Array.from(of) }, 0.08).strong];
  assertEquals(couplings([-1, 0, -1, 1]), [1, 1]);
  assertEquals(couplings([0, 0, 1, 1]), [0, 0]);
});

Deno.test("Chebyshev steps reduce the error of a mass-like matrix, and are the same every time", () => {
  const n = 200;
  const mass = matrixOf(n, (i, put) => {
    if (i > 0) put(i - 1, 1);
    put(i, 4);
    if (i < n - 1) put(i + 1, 1);
  });
  const x = someVector(n), b = new Float64Array(n);
  mass.multiply(x, b);
  const errors = [1, 2, 3, 6].map((steps) => {
    const z = new Float64Array(n);
    new Chebyshev(mass, { lower: 0.5, upper: 1.5 }, steps).apply(b, z);
    return Math.hypot(...z.map((value, i) => value - x[i])) / Math.hypot(...x);
  });
  // The bound for a spectrum in [1/2, 3/2]: 2 q^k / (1 + q^2k), q = 2 - sqrt 3.
  const q = 2 - Math.sqrt(3);
  for (const [k, steps] of [1, 2, 3, 6].entries()) {
    assertLess(errors[k], 2 * q ** steps / (1 + q ** (2 * steps)));
  }
  const again = [new Float64Array(n), new Float64Array(n)];
  const m = new Chebyshev(mass, { lower: 0.5, upper: 1.5 }, 3);
  for (const z of again) m.apply(b, z);
  assertSameBytes(again[0], again[1]);
  assertThrows(() => new Chebyshev(mass, { lower: 0, upper: 1 }, 3), RangeError, "bounds");
});

Deno.test("free entries in one pass are those of two", () => {
  const geometry = geometryOf(unitBox(5)), map = geometry.topology.dofMap(2, true);
  const whole = viscousBlock(geometry, map, referenceOf(2, 2), 3);
  const held = new Uint8Array(whole.rows).map((_, i) => i % 7 === 0 ? 1 : 0);
  const one = prunedFree(whole, whole.diagonal(), held);
  const two = prunedRows(withoutConstrained(whole, held), whole.diagonal());
  assertLess(one.nnz, whole.nnz);
  assertSameBytes(one.rowStarts, two.rowStarts);
  assertSameBytes(one.columns, two.columns.slice(0, two.nnz));
  assertSameBytes(one.values, two.values.slice(0, two.nnz));
});
