import { assert, assertEquals } from "@std/assert";
import { encodePng } from "../../../src/output/plot/png_file.ts";
import { decodePng } from "./_svg.ts";

Deno.test("pixels come back, with a palette, opaque, and partly transparent", async () => {
  const palette = Uint8Array.from({ length: 768 }, (_, i) => i % 251);
  const entries = Uint8Array.from({ length: 35 }, (_, i) => i * 7 % 256);
  const indexed = await decodePng(await encodePng({ width: 7, height: 5, data: entries, palette }));
  assertEquals([indexed.width, indexed.height, indexed.size], [7, 5, 1]);
  assertEquals([indexed.pixels, indexed.palette], [entries, palette]);

  const rgba = Uint8Array.from({ length: 140 }, (_, i) => i % 4 === 3 ? 255 : i);
  const opaque = await decodePng(await encodePng({ width: 7, height: 5, data: rgba }));
  assertEquals(opaque.size, 3);
  assertEquals([...opaque.pixels], [...rgba].filter((_, i) => i % 4 !== 3));

  rgba[3] = 0;
  const full = await decodePng(await encodePng({ width: 7, height: 5, data: rgba }));
  assertEquals([full.size, full.pixels], [4, rgba]);
});

Deno.test("checksums are those of the specification", async () => {
  const bytes = await encodePng({ width: 1, height: 1, data: Uint8Array.of(0, 0, 0, 255) });
  // The CRC of an empty IEND chunk is in every PNG file.
  assertEquals(bytes.slice(-12).toHex(), "0000000049454e44ae426082");
  assert(bytes.length < 100);
});
