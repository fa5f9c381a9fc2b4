import { assert, assertEquals } from "@std/assert";
import { drawingCommand, drawingExamples } from "../../tools/pictures.ts";
import { plantTree } from "./_planted_tree.ts";

Deno.test("drawingExamples() finds programs that draw on request, and leaves out what they share", () => {
  using tree = plantTree({
    "b.ts": "await drawOnRequest(picture);",
    "a.ts": "await drawOnRequest(() => picture(result));",
    "quiet.ts": "console.log(1);",
    "_picture.ts": "export function drawOnRequest() {}",
    "below/c.md": "drawOnRequest()",
  });
  assertEquals(drawingExamples(tree.path), ["a", "b"]);
});

Deno.test("every example draws a picture that is kept, or draws those of docs/look.md", () => {
  const root = new URL("../../", import.meta.url);
  const programs = [...Deno.readDirSync(new URL("examples/", root))]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".ts") && !name.startsWith("_"))
    .map((name) => name.slice(0, -3))
    .sort();
  const drawing = drawingExamples(new URL("examples/", root).pathname);
  assertEquals(programs, [...drawing, "plots"].sort());
  for (const name of drawing) {
    assert(Deno.statSync(new URL(`docs/pictures/${name}.png`, root)).size < 150_000, name);
    assertEquals(drawingCommand(name).slice(-3), [
      `examples/${name}.ts`,
      "--picture",
      `docs/pictures/${name}.png`,
    ]);
  }
});
