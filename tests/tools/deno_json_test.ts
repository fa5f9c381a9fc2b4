import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const read = (path: string) =>
  Deno.readTextFileSync(fromFileUrl(new URL(`../../${path}`, import.meta.url)));

Deno.test("the lock file names packages and their digests, and no host", () => {
  assertEquals(read("deno.lock").match(/\w+:\/\/[^"]*|"tarball"/g), null);
});

Deno.test("nothing in deno.json makes Deno warn a project that imports a clone", () => {
  const { imports, links, workspace } = JSON.parse(read("deno.json"));
  assertEquals({ links, workspace }, { links: undefined, workspace: undefined });
  for (const [name, path] of Object.entries<string>(imports)) {
    assertEquals(path, `./tools/std/${name.replace("@std/", "")}/mod.ts`);
    assert(read(path).length > 0);
  }
});

Deno.test("src/version.ts has the version of deno.json", async () => {
  const { version } = await import("../../src/version.ts");
  assertEquals(version, JSON.parse(read("deno.json")).version);
});

Deno.test("CITATION.cff has the version of deno.json", () => {
  const { version } = JSON.parse(read("deno.json"));
  assertEquals(read("CITATION.cff").match(/^version: (.*)$/m)?.[1], version);
});
