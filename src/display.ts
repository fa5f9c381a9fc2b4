/**
 * The hook through which objects ask for a picture of themselves. Classes of any floor call
 * {@link display} from a method named `Symbol.for("Jupyter.display")`; `output/` registers what paints.
 *
 * @module
 */

/** One thing in several forms, by media type: `text/plain`, `text/html`, `image/svg+xml`. */
export type DisplayBundle = Readonly<Record<string, string>>;

/** Makes a picture; undefined for what it does not know. */
export type Painter = (value: object) => Promise<DisplayBundle> | undefined;

let painter: Painter | null = null;

/** Says who paints; the last one that was registered does. */
export function registerPainter(paint: Painter): void {
  painter = paint;
}

/**
 * What a notebook shows for an object: what the painter makes of it, always with the plain text that
 * `console.log` prints. A painter that fails leaves the text.
 */
export async function display(value: object): Promise<DisplayBundle> {
  const text = { "text/plain": Deno.inspect(value) };
  try {
    return { ...await painter?.(value), ...text };
  } catch (error) {
    return { "text/plain": `${text["text/plain"]}\n(no picture: ${(error as Error).message})` };
  }
}
