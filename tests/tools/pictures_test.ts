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

Deno.test("every example has an entry in the gallery with its picture, and a test", () => {
  const root = new URL("../../", import.meta.url);
  const gallery = Deno.readTextFileSync(new URL("docs/gallery.md", root));
  const entries = gallery.split(/^## /m).slice(1).map((text) => text.split("\n")[0]);
  const examples = [...Deno.readDirSync(new URL("examples/", root))]
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("_"));
  assertEquals([...entries].sort(), examples.map((name) => name.replace(/\.\w+$/, "")).sort());
  const tests = ["examples_test", "examples_long", "flow_examples_test", "long_run_test"]
    .map((name) => `examples/${name}.ts`)
    .concat("output/pictures_test.ts", "output/notebook_test.ts")
    .map((path) => Deno.readTextFileSync(new URL(`tests/${path}`, root))).join("\n");
  for (const file of examples) {
    const name = file.replace(/\.\w+$/, "");
    const entry = gallery.split(`## ${name}\n`)[1].split(/^## /m)[0];
    assert(entry.includes(`(../examples/${file})`), `${file}: no link to its source`);
    const own = name === "plots" ? "field" : name;
    assert(entry.includes(`(pictures/${own}.png)`), `${file}: no picture`);
    assert(tests.includes(`examples/${file}`), `${file}: no test`);
  }
});
