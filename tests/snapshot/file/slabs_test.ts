import { assert, assertEquals } from "@std/assert";
import { hashBytes, hexOf } from "../../../src/xxh64.ts";
import { denoLayer } from "../../../src/snapshot/file/file_layer.ts";
import { LARGE } from "../../../src/snapshot/file/format.ts";
import { Hdf5Input } from "../../../src/snapshot/file/hdf5_input.ts";
import { loadLibrary } from "../../../src/snapshot/file/hdf5_library.ts";
import { Hdf5Output } from "../../../src/snapshot/file/hdf5_output.ts";
import { slabsOf } from "../../../src/snapshot/file/slabs.ts";
import { SourceFile } from "../../../src/snapshot/file/source_file.ts";
import { fc } from "../../_fast_check.ts";
import { assertSameBytes, tempDir } from "../../_helpers.ts";

Deno.test("slabs cover all rows once, are nearly equal, and keep to multiples (property)", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 4000 }),
      fc.integer({ min: 1, max: 20 }),
      (rows, columns, wanted, multiple) => {
        const bytes = new Uint8Array(rows * columns);
        let at = 0;
        const sizes: number[] = [];
        for (const { count, offset, piece } of slabsOf(bytes, [rows, columns], wanted, multiple)) {
          assertEquals(offset, [BigInt(at), 0n]);
          assertEquals(piece.byteOffset, at * columns);
          assertEquals(piece.length, Number(count[0]) * columns);
          at += Number(count[0]);
          sizes.push(Number(count[0]));
        }
        assertEquals(at, rows);
        assert(sizes.slice(0, -1).every((size) => size === sizes[0] && size % multiple === 0));
      },
    ),
  );
});

Deno.test("a dataset larger than one transfer goes through in slabs, straight to and from the disk", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const library = { ...await loadLibrary(), largestTransfer: 2 * LARGE };
  // Slabs that do not divide the rows evenly.
  for (const shape of [[100_003, 3], [300_001], [7, 40_000]]) {
    const data = new Float64Array(shape.reduce((a, b) => a * b)).map((_, i) => i);
    const out = denoLayer.open(path, "create");
    out.truncate(0);
    const output = new Hdf5Output(library, out);
    output.dataset("/a/b", data, shape, false);
    const { length, extents } = output.close();
    out.close();
    assertEquals(extents.length, 1);
    const [{ offset, length: size }] = extents;
    assertEquals(size, data.byteLength);
    const xxh64 = hexOf(hashBytes(new Uint8Array(data.buffer)));
    const trailer = { hdf5Length: length, manifestLength: 0, fileLength: 0, digest: "" };
    const segment = { offset, length: size, xxh64, dataset: "/a/b" };
    const manifest = { schemaVersion: 1, segments: [segment], datasets: [], files: [] };
    const source = new SourceFile(path, denoLayer.open(path, "read"), {
      trailer,
      manifest,
    });
    const input = new Hdf5Input(library, source);
    assertSameBytes(input.dataset("/a/b", input.description("/a/b")!), data);
    input.close();
    source.close();
  }
});
