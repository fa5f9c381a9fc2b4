import { assert, assertEquals, assertLess } from "@std/assert";
import { main } from "../../examples/plots.ts";
import { photographs } from "../../tools/shots.ts";

const folder = new URL("../../docs/pictures/", import.meta.url);

Deno.test("examples/plots.ts draws every picture of the documentation, each below 150 kB", async () => {
  const log = console.log;
  console.log = () => {};
  const files = await main().finally(() => console.log = log);
  for (const [name, bytes] of Object.entries(files)) {
    assertEquals([...bytes.subarray(1, 4)], [80, 78, 71]);
    assertLess(bytes.length, 150_000, name);
    const kept = Deno.readFileSync(new URL(`${name}.png`, folder));
    // The renderer's bits may differ between versions, its picture not by much.
    assertLess(Math.abs(kept.length / bytes.length - 1), 0.1, `${name} is not what is kept`);
  }
  const page = Deno.readTextFileSync(new URL("../look.md", folder));
  for (const name in files) assert(page.includes(`(pictures/${name}.png)`), `${name} is not shown`);
  for (const [, name] of page.matchAll(/pictures\/(\w+)\.png/g)) {
    const made = name in files || [...photographs, "stirring"].includes(name);
    assert(made, `no example makes ${name}, which docs/look.md shows`);
  }
});
