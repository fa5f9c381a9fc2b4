import { assertEquals } from "@std/assert";
import { checkNames } from "../../tools/check_names.ts";
import { plantTree } from "./_planted_tree.ts";

function found(files: Readonly<Record<string, string>>): string[] {
  using tree = plantTree(files);
  return checkNames(tree.path).map(({ path, line, message }) =>
    `${path}:${line}: ${message.split(";")[0]}`
  );
}

Deno.test("check_names finds the same name in two files, whatever declares it", () => {
  const declarations = [
    "export const Place = 1;",
    "export let Place = 1;",
    "export function Place() {}",
    "export async function* Place() {}",
    "export class Place {}",
    "export abstract class Place {}",
    "export interface Place { x: number }",
    "export type Place = number;",
    "export enum Place { A }",
    "export const { Place } = thing;",
    "export const { at: Place = 1 } = thing;",
    "export const [, ...Place] = things;",
    "const Place = 1;\nexport { Place };",
    "class Here {}\nexport { Here as Place };",
    "interface Place {}\nexport type { Place };",
  ];
  for (const text of declarations) {
    const lines = found({
      "src/mesh/a.ts": "\nexport class Place {}",
      "src/swarm/b.ts": text,
    });
    assertEquals(lines.length, 1, text);
    assertEquals(
      lines[0].replace(/:\d+: /, ": "),
      "src/swarm/b.ts: Place is also exported by src/mesh/a.ts:2",
    );
  }
});

Deno.test("check_names takes no re-export for a second declaration", () => {
  const files = { "src/a.ts": "export class Place {}\nexport type Size = number;" };
  for (
    const text of [
      'export { Place, type Size } from "./a.ts";',
      'export * from "./a.ts";',
      'import { Place, type Size } from "./a.ts";\nexport { Place };\nexport type { Size };',
      'import type { Place } from "./a.ts";\nexport type { Place };',
    ]
  ) assertEquals(found({ ...files, "src/b.ts": text }), [], text);
});

Deno.test("check_names leaves alone what a file keeps to itself, and overloads", () => {
  assertEquals(
    found({
      "src/a.ts": "export class Place {}",
      "src/b.ts": "class Place {}\nexport class Other {}",
      "tests/c.ts": "export class Place {}",
    }),
    [],
  );
  assertEquals(
    found({
      "src/a.ts": "export function at(x: number): void;\nexport function at(x: string): void;\n" +
        "export function at(x: unknown): void {}\nexport interface S {}\nexport namespace S {}",
    }),
    [],
  );
});
