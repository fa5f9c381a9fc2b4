import { assert, assertEquals, assertThrows } from "@std/assert";
import { denoLayer } from "../../../src/snapshot/file/file_layer.ts";
import {
  absolutePath,
  bulkDirectoryOf,
  folderPathOf,
  hdf5PathOf,
  isAbsolute,
  normalize,
  pathOf,
  relativePath,
  safeName,
  stemOf,
} from "../../../src/snapshot/file/paths.ts";
import {
  linkedPath,
  linksFrom,
  placeOfName,
  realPlace,
  sameFile,
} from "../../../src/snapshot/file/places.ts";
import {
  sidecarEnding,
  temporaryOf,
  temporaryPath,
} from "../../../src/snapshot/file/temporary_names.ts";
import { fc } from "../../_fast_check.ts";
import { tempDir } from "../../_helpers.ts";

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

Deno.test("relative paths lead from folder to file between real places", () => {
  assertEquals(relativePath("/x/run", "/x/run/a.snap.bulk/m.h5"), "a.snap.bulk/m.h5");
  assertEquals(relativePath("/x/run/a.snap.bulk", "/x/run/b.h5"), "../b.h5");
  assertEquals(relativePath("/x/run", "/y/b.h5"), "../../y/b.h5");
  assertEquals(relativePath("/", "/b.h5"), "b.h5");
  assertEquals(relativePath("/x/b.h5", "/x/b.h5"), "../b.h5");
  // On Linux a backslash and a colon are letters.
  assertEquals(relativePath("/x", "/x/a\\b.bulk/m.h5"), "a\\b.bulk/m.h5");
  assertEquals([isAbsolute("/a"), isAbsolute("a:b"), isAbsolute("\\a")], [true, false, false]);
});

Deno.test("an absolute path starts at the current folder, and keeps what it is from then on", () => {
  assertEquals(absolutePath("a/b.h5"), `${Deno.cwd()}/a/b.h5`);
  assertEquals(absolutePath("../b.h5"), `${Deno.cwd()}/../b.h5`);
  assertEquals(absolutePath("/a/../b.h5"), "/a/../b.h5");
  assertEquals(absolutePath(new URL("file:///a/b.h5")), "/a/b.h5");
});

Deno.test("a path in one spelling keeps network folders and ..", () => {
  const spelt = {
    "/a//b/./c/": "/a/b/c",
    "a/./../b": "a/../b",
    "./a": "a",
    ".": ".",
    "./": ".",
    "/": "/",
    "/a/.": "/a",
    "/.a/b.": "/.a/b.",
    "//server/share//run/": "//server/share/run",
    "///a": "/a",
    // On Linux a backslash is a letter.
    "\\\\server\\share\\run": "\\\\server\\share\\run",
  };
  for (const [path, expected] of Object.entries(spelt)) {
    assertEquals(normalize(path), expected, path);
    assertEquals(normalize(expected), expected, path);
  }
  assertEquals(folderPathOf("./runs//"), `${Deno.cwd()}/runs`);
});

Deno.test("links are followed, and .. is the folder above what a link leads to", () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("a/deep"), { recursive: true });
  Deno.mkdirSync(dir.join("b"));
  Deno.symlinkSync(dir.join("a/deep"), dir.join("b/link"));
  Deno.writeTextFileSync(dir.join("a/x.h5"), "x");
  Deno.symlinkSync("../a/x.h5", dir.join("b/latest.h5"));
  assertEquals(realPlace(denoLayer, dir.join("b/latest.h5")), dir.join("a/x.h5"));
  assertEquals(placeOfName(denoLayer, dir.join("b/link/new.h5")), dir.join("a/deep/new.h5"));
  assertEquals(placeOfName(denoLayer, dir.join("b/latest.h5")), dir.join("b/latest.h5"));
  assertThrows(() => placeOfName(denoLayer, dir.join("none/x.h5")), Deno.errors.NotFound);
  assert(sameFile(denoLayer, dir.join("b/latest.h5"), dir.join("a/deep") + "/../x.h5"));
  assert(sameFile(denoLayer, dir.join("b/link/new.h5"), dir.join("a/deep/new.h5")));
  assert(!sameFile(denoLayer, dir.join("b/new.h5"), dir.join("a/new.h5")));
  const linkTo = linksFrom(denoLayer, dir.join("b/link/new.h5"));
  assertEquals(linkTo(dir.join("b/latest.h5")), "../x.h5");
  assertEquals(
    Deno.readTextFileSync(linkedPath(denoLayer, dir.join("b/link/new.h5"), "../x.h5")),
    "x",
  );
  // A link to a snapshot: what that links to is beside the snapshot, not beside the link.
  assertEquals(linkedPath(denoLayer, dir.join("b/latest.h5"), "y.h5"), dir.join("a/y.h5"));
  assertEquals(linkedPath(denoLayer, "a.h5", "/x/b.h5"), "/x/b.h5");
});

Deno.test("no two names of snapshots have one folder of sidecars", () => {
  assertEquals(stemOf("run/step42.snap.h5"), "step42");
  assertEquals(stemOf("a.hdf5"), "a");
  assertEquals(bulkDirectoryOf("run/step42.snap.h5"), "run/step42.snap.bulk");
  const names = ["s.snap.h5", "s.snap.H5", "s.h5", "s.hdf5", "s.hdf", "s", "s.snap", ".snap.h5"];
  assertEquals(new Set(names.map(bulkDirectoryOf)).size, names.length);
  assertEquals(bulkDirectoryOf("/step42.h5"), "/step42.h5.sidecars");
});

Deno.test("a path is a text or a file URL", () => {
  assertEquals(pathOf(new URL("file:///a%20b/c.h5")), "/a b/c.h5");
  assertEquals(pathOf("file:///a%20b/c.h5"), "/a b/c.h5");
  assertEquals(pathOf("a%20b"), "a%20b");
  assertEquals(pathOf("file:a"), "file:a");
  for (
    const wrong of [
      "",
      new URL("https://example.org/a"),
      new URL("file://host/a"),
      5 as unknown as string,
    ]
  ) assertThrows(() => pathOf(wrong), TypeError);
});

Deno.test("temporary names stand for a save, and no other name is taken for one", () => {
  const id = crypto.randomUUID();
  const name = temporaryPath("run/a.snap.h5", id).slice("run/".length);
  assertEquals(temporaryOf(name), { target: "a.snap.h5", id });
  assertEquals(sidecarEnding(id), `.${id.slice(0, 13)}.h5`);
  for (const other of [".a.snap.h5.tmp", `.a.${id}.tmp2`, `a.${id}.tmp`, ".a.snap.h5.other.tmp"]) {
    assertEquals(temporaryOf(other), null, other);
  }
});
