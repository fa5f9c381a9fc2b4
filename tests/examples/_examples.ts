/** What the tests of the examples share. @module */
import { assert, assertEquals } from "@std/assert";
import type { Picture } from "../../mod.ts";

/** Runs an example without printing; what it prints goes to `lines`. */
export function quiet<R>(run: () => R, lines: string[] = []): R {
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  const restore = () => console.log = log;
  try {
    const result = run();
    if (result instanceof Promise) return result.finally(restore) as R;
    restore();
    return result;
  } catch (error) {
    restore();
    throw error;
  }
}

/** The size of the picture that is kept for an example, from the header of the PNG file. */
export function keptSize(name: string): { width: number; height: number } {
  const bytes = Deno.readFileSync(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
  const header = new DataView(bytes.buffer);
  return { width: header.getUint32(16), height: header.getUint32(20) };
}

/** The picture is a drawing of finite numbers. */
export function assertDrawing({ svg }: Picture): void {
  assert(svg.startsWith("<svg ") && svg.endsWith("</svg>"));
  assert(!/NaN|undefined|Infinity/.test(svg.replaceAll(/base64,[^"]*/g, "")));
}

/** The picture is a drawing, and the kept one has its shape. */
export function assertDrawn(picture: Picture, name: string): void {
  assertDrawing(picture);
  const { width, height } = picture;
  const kept = keptSize(name), scale = width > 600 ? 1 : 2;
  assertEquals(
    kept,
    { width: scale * width, height: scale * height },
    `deno task pictures ${name}`,
  );
}
