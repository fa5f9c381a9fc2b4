import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  bulkDirectoryOf,
  hdf5PathOf,
  normalize,
  pathOf,
  relativePath,
  resolvePath,
  safeName,
  samePath,
  stemOf,
} from "../../../src/snapshot/file/paths.ts";
import { fc } from "../../_fast_check.ts";

Deno.test("names in the file are plain, short, and different for different names (property)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 90 }), fc.string(), (a, b) => {
      for (const name of [safeName(a), safeName(b)]) {
        assert(/^[\w .+=~-]{1,64}$/.test(name) && !/^[. ]|[. ]$/.test(name), name);
      }
      assertEquals(safeName(a) === safeName(b), a === b);
    }),
  );
  assertEquals(safeName("Mesh_0"), "Mesh_0");
  assertEquals(safeName("T (old)").startsWith("T_old_~"), true);
  assertEquals(hdf5PathOf("metadata/x"), "/metadata~/x");
  assertEquals(hdf5PathOf("meshes/a%2Fb").startsWith("/meshes/a_b~"), true);
});

Deno.test("links lead from file to file, wherever the two are", () => {
  assertEquals(relativePath("run", "run/a.snap.bulk/m.h5"), "a.snap.bulk/m.h5");
  assertEquals(relativePath("/x/run/a.snap.bulk", "/x/run/b.h5"), "../b.h5");
  assertEquals(relativePath(".", "run/b.h5"), "run/b.h5");
  assertEquals(resolvePath("run/a.snap.bulk/m.h5", "../b.h5"), "run/b.h5");
  assertEquals(resolvePath("a.h5", "/x/b.h5"), "/x/b.h5");
  assertEquals(normalize("./a/../b//c"), "b/c");
  const here = Deno.cwd();
  assertEquals(relativePath("run", `${here}/run/b.h5`), "b.h5");
  assert(samePath("run/../b.h5", `${here}/b.h5`));
});

Deno.test("a snapshot's stem names its folder of sidecars", () => {
  assertEquals(stemOf("run/step42.snap.h5"), "step42");
  assertEquals(stemOf("a.hdf5"), "a");
  assertEquals(bulkDirectoryOf("run/step42.snap.h5"), "run/step42.snap.bulk");
  assertEquals(bulkDirectoryOf("/step42.h5"), "/step42.snap.bulk");
});

Deno.test("a path is a text or a file URL", () => {
  assertEquals(pathOf(new URL("file:///a%20b/c.h5")), "/a b/c.h5");
  assertEquals(pathOf("file:///a%20b/c.h5"), "/a b/c.h5");
  assertEquals(pathOf("a%20b"), "a%20b");
  for (const wrong of ["", new URL("https://example.org/a"), 5 as unknown as string]) {
    assertThrows(() => pathOf(wrong), TypeError);
  }
});
