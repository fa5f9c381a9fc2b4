// deno-lint-ignore-file no-import-prefix -- the package itself
import { assertEquals } from "@std/assert";
import { ndarray } from "../../src/deps/ndarray.ts";

Deno.test("console.log shows the numbers of an array and of its views, the first 20 rows", () => {
  const rows = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  assertEquals(Deno.inspect(rows), "NdArray(float64, [3, 2]) [ [ 1, 2 ], [ 3, 4 ], [ 5, 6 ] ]");
  assertEquals(Deno.inspect(rows.pick(null, 1)), "NdArray(float64, [3]) [ 2, 4, 6 ]");
  assertEquals(Deno.inspect(rows.lo(1, 0)), "NdArray(float64, [2, 2]) [ [ 3, 4 ], [ 5, 6 ] ]");
  assertEquals(Deno.inspect(ndarray(BigInt64Array.of(7n), [])), "NdArray(bigint64, []) 7n");
  assertEquals(Deno.inspect(ndarray(new Int32Array(0), [0, 2])), "NdArray(int32, [0, 2]) []");
  const long = Deno.inspect(ndarray(new Float64Array(1e6), [5e5, 2]));
  assertEquals([long.match(/\[ 0, 0 \]/g)!.length, long.slice(-16)], [20, " and 499980 more"]);
  assertEquals(Object.keys(rows), ["data", "shape", "stride", "offset"]);
});

Deno.test("arrays are those of the package as it is imported as a module", async () => {
  const { default: make } = await import("npm:ndarray@1.1.1");
  const ours = ndarray(new Float64Array(24), [2, 3, 4]),
    theirs = make(new Float64Array(24), [2, 3, 4]);
  assertEquals(ours.constructor.name, theirs.constructor.name);
  for (const name of ["get", "set", "lo", "hi", "step", "transpose"] as const) {
    assertEquals(String(ours[name]), String(theirs[name]));
  }
  const view = ours.transpose(2, 0).step(-2, 1).lo(1).pick(null, 1);
  const same = theirs.transpose(2, 0).step(-2, 1).lo(1).pick(null, 1);
  assertEquals([view.shape, view.stride, view.offset], [same.shape, same.stride, same.offset]);
});
