import { assertEquals } from "@std/assert";
import { commandsIn, commandsOf } from "../../tools/commands.ts";

Deno.test("commandsOf() finds a program's own commands, flags and arguments", () => {
  const text = [
    "/**",
    " * A story. With deno run examples/a.ts in a sentence it is no command.",
    " *",
    " *     deno run examples/a.ts",
    " *     deno run --allow-read --allow-write=out examples/a.ts --mesh tests/data/annulus.msh",
    " * `deno run --allow-net examples/a.ts`",
    " *     deno run examples/b.ts",
    " *     mpirun -n 4 deno run --allow-ffi examples/a.ts",
    " */",
  ].join("\n");
  assertEquals(commandsOf(text, "examples/a.ts"), [
    ["run", "examples/a.ts"],
    [
      "run",
      "--allow-read",
      "--allow-write=out",
      "examples/a.ts",
      "--mesh",
      "tests/data/annulus.msh",
    ],
    ["run", "--allow-net", "examples/a.ts"],
  ]);
});

Deno.test("commandsOf() runs a program that names no command without any flag", () => {
  assertEquals(commandsOf("console.log(1);", "examples/a.ts"), [["run", "examples/a.ts"]]);
});

Deno.test("the README's example is among the examples, and runs without flags first", () => {
  const commands = commandsIn("examples", ".ts").map((words) => words.join(" "));
  assertEquals(
    commands.filter((it) => it.includes("cfl_backtrack"))[0],
    "run examples/cfl_backtrack.ts",
  );
});
