import { assert } from "@std/assert";
import { fc } from "../../_fast_check.ts";
import { MeshFormatError } from "../../../src/errors.ts";
import { readGmsh } from "../../../src/mesh/read_gmsh.ts";
import { Model } from "../../../src/model/model.ts";
import { binarySquare22, binarySquare41, text22 } from "./_write.ts";

const data = new URL("../../data/gmsh/", import.meta.url);
const files = [
  "annulus_41.msh",
  "annulus_41_binary.msh",
  "annulus_22.msh",
  "annulus_22_binary.msh",
  "cubes_41_partitioned.msh",
  "cubes_41_partitioned_binary.msh",
].map((name) => Deno.readFileSync(new URL(name, data)));
const small = [
  binarySquare41(true, 8),
  binarySquare41(false, 4),
  binarySquare22(true),
  text22([[0, 0], [1, 0], [1, 1], [0, 1]], [[2, 1, 1, 2, 3], [2, 1, 1, 3, 4]], ['2 1 "a"']),
];

/** What the bytes give must be a mesh that can be built, or a refusal. */
function readOrRefuse(bytes: Uint8Array): boolean {
  try {
    readGmsh(new Model(), bytes);
    return true;
  } catch (error) {
    if (error instanceof MeshFormatError) return false;
    throw error;
  }
}

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const edit = fc.record({ place, byte: fc.integer({ min: 0, max: 255 }) });
/** Bytes that keep a text file parsable more often than any byte does. */
const textByte = fc.constantFrom(...new TextEncoder().encode("0123456789 -.e\n$"));

Deno.test("bytes that were changed at random give a mesh or a MeshFormatError", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...files, ...small, ...small),
      fc.array(fc.oneof(edit, fc.record({ place, byte: textByte })), {
        minLength: 1,
        maxLength: 4,
      }),
      (file, edits) => {
        const bytes = file.slice();
        for (const { place, byte } of edits) bytes[Math.floor(place * bytes.length)] = byte;
        readOrRefuse(bytes);
      },
    ),
    { numRuns: 1500, seed: 3 },
  );
});

Deno.test("a file cut anywhere before its last section ends is refused", () => {
  for (const file of small) {
    assert(readOrRefuse(file));
    for (let end = 0; end < file.length - 1; end++) {
      assert(!readOrRefuse(file.subarray(0, end)), `cut at ${end} of ${file.length}`);
    }
  }
  fc.assert(
    fc.property(fc.constantFrom(...files), place, (file, part) => {
      // `$Partition...` and the like can stand behind $Elements; none of these files has them.
      const end = Math.floor(part * (file.length - 1));
      assert(!readOrRefuse(file.subarray(0, end)), `cut at ${end} of ${file.length}`);
    }),
    { numRuns: 300, seed: 3 },
  );
});

Deno.test("a piece taken out, repeated or moved gives a mesh or a MeshFormatError", () => {
  fc.assert(
    fc.property(fc.constantFrom(...files, ...small), place, place, place, (file, a, b, c) => {
      const at = (part: number) => Math.floor(part * file.length);
      const [from, to] = [at(Math.min(a, b)), at(Math.max(a, b))];
      const piece = file.subarray(from, to);
      readOrRefuse(joined(file.subarray(0, from), file.subarray(to)));
      readOrRefuse(joined(file.subarray(0, at(c)), piece, file.subarray(at(c))));
    }),
    { numRuns: 300, seed: 9 },
  );
});

Deno.test("bytes at random are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, headed) => {
      const head = new TextEncoder().encode(headed ? "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n" : "");
      assert(!readOrRefuse(joined(head, bytes)));
    }),
    { numRuns: 300, seed: 1 },
  );
});

function joined(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
