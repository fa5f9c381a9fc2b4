import { assert, assertEquals, assertThrows } from "@std/assert";
import { existsSync } from "@std/fs";
import { assertRounding, assertSameBytes, missingOf, tempDir, testNeeding } from "./_helpers.ts";

Deno.test("tempDir() goes away with its scope, whatever is in it", () => {
  let path = "";
  {
    using dir = tempDir();
    path = dir.path;
    Deno.mkdirSync(dir.join("a", "b"), { recursive: true });
    Deno.writeTextFileSync(dir.join("a", "b", "c.txt"), "x");
    assert(existsSync(path));
  }
  assert(!existsSync(path));
});

Deno.test("assertRounding() allows a unit in the last place for each operation, and no NaN", () => {
  assertRounding(1, 1, 0);
  assertRounding(1 + 3 * Number.EPSILON, 1, 3);
  assertRounding(1e6 + 1e-10, 1e6, 1, 1e6);
  assertThrows(() => assertRounding(1 + 4 * Number.EPSILON, 1, 3), Error, "3 roundings");
  assertThrows(() => assertRounding(-1e-15, 1e-15, 8), Error, "apart");
  for (const wrong of [NaN, Infinity]) assertThrows(() => assertRounding(wrong, 1, 1e9), Error);
});

Deno.test("assertSameBytes() tells NaN payloads and -0 apart and names the first byte", () => {
  const a = new Float64Array([1, 2, NaN, 0]);
  assertSameBytes(a, a.slice());
  const sign = a.slice();
  sign[3] = -0;
  assertThrows(
    () => assertSameBytes(sign, a, "T"),
    Error,
    "T: byte 31 differs: element 3 of 4 is -0 (0000000000000080), not 0 (0000000000000000)",
  );
  const payload = a.slice();
  new BigUint64Array(payload.buffer)[2] ^= 1n;
  assertThrows(() => assertSameBytes(payload, a, "T"), Error, "byte 16 differs: element 2");
  assertThrows(() => assertSameBytes(a.slice(1), a), Error, "3 elements, not 4");
  assertThrows(
    () => assertSameBytes(new Float32Array(4), a),
    Error,
    "a float32 array, not float64",
  );
});

Deno.test("assertSameBytes() reads views at any offset", () => {
  const bytes = new Uint8Array([0, 1, 2, 3, 1, 2, 3]);
  assertSameBytes(bytes.subarray(1, 4), bytes.subarray(4, 7));
  assertThrows(() => assertSameBytes(bytes.subarray(0, 3), bytes.subarray(4, 7)));
});

Deno.test("missingOf() lists permissions and programs that are not there", () => {
  const granted = Deno.permissions.querySync({ name: "run" }).state === "granted";
  assertEquals(missingOf({}), []);
  if (granted) {
    assertEquals(missingOf({ programs: ["no-such-program-7c1"] }), ["no-such-program-7c1"]);
  } else {
    assertEquals(missingOf({ run: true }), ["--allow-run"]);
    assertEquals(missingOf({ programs: ["no-such-program-7c1"] }), ["--allow-run"]);
  }
});

testNeeding({ run: true }, "a test that needs more is ignored, or really has it", () => {
  assert(new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync().success);
});
