import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const read = (path: string) =>
  Deno.readTextFileSync(fromFileUrl(new URL(`../../${path}`, import.meta.url)));

Deno.test("the lock file names packages and their digests, and no host", () => {
  assertEquals(read("deno.lock").match(/\w+:\/\/[^"]*|"tarball"/g), null);
});

Deno.test("the local std packages stand in for the ones that deno.json names", () => {
  const { imports, links } = JSON.parse(read("deno.json")) as {
    imports: Record<string, string>;
    links: string[];
  };
  for (const link of links) {
    const { name, version } = JSON.parse(read(`${link}/deno.json`)) as Record<string, string>;
    // Outside the range, deno would warn and go to the network.
    assertEquals(imports[name], `jsr:${name}@^1`);
    assert(/^1\.\d+\.\d+$/.test(version), `${name} ${version}`);
  }
  assertEquals(Object.keys(imports).length, links.length);
});

Deno.test("src/version.ts has the version of deno.json", async () => {
  const { version } = await import("../../src/version.ts");
  assertEquals(version, JSON.parse(read("deno.json")).version);
});

Deno.test("CITATION.cff has the version of deno.json", () => {
  const { version } = JSON.parse(read("deno.json"));
  assertEquals(read("CITATION.cff").match(/^version: (.*)$/m)?.[1], version);
});
