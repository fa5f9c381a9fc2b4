// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * The SVG renderer resvg, compiled to WebAssembly; loaded when a PNG is first asked for.
 *
 * @module
 */

interface Library {
  initWasm(module: WebAssembly.Module): Promise<void>;
  Resvg: new (svg: string, options: object) => {
    render(): { width: number; height: number; pixels: Uint8Array; free(): void };
    free(): void;
  };
}

let library: Promise<Library> | null = null;

/** An image: red, green, blue and opacity of every pixel, `[height x width x 4]`. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * Draws an SVG.
 *
 * @param fonts The font files; fonts of the system are not used.
 * @param family The family to use if the SVG does not name one of them.
 * @param scale Pixels per unit of the SVG.
 */
export async function renderSvg(
  svg: string,
  fonts: readonly Uint8Array[],
  family: string,
  scale: number,
): Promise<Drawing> {
  const { Resvg } = await (library ??= load());
  const tree = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: fonts, defaultFontFamily: family, sansSerifFamily: family },
  });
  const image = tree.render();
  const drawing = { width: image.width, height: image.height, pixels: image.pixels.slice() };
  image.free();
  tree.free();
  return drawing;
}

async function load(): Promise<Library> {
  const resvg = await import("npm:@resvg/resvg-wasm@2.6.2") as unknown as Library;
  await resvg.initWasm(await loadBinary());
  return resvg;
}

/**
 * The binary as a module source: it comes with the package, and reading it takes no permission.
 * TypeScript and `deno bundle` do not know such imports yet, so they must not see this one.
 */
const loadBinary = new Function(
  'return import.source("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm")',
) as () => Promise<WebAssembly.Module>;
