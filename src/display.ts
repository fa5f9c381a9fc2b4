/**
 * The hook through which objects ask for a picture of themselves. Classes of any floor call
 * {@link display} from a method named `Symbol.for("Jupyter.display")`; `output/` registers the painter.
 *
 * @module
 */

/** One object in several forms, by media type: `text/plain`, `text/html`, `image/svg+xml`. */
export type DisplayBundle = Readonly<Record<string, string>>;

/** Makes a picture; undefined for an object that it does not know. */
export type Painter = (value: object) => Promise<DisplayBundle | undefined> | undefined;

let painter: Painter | null = null;

/** Registers the painter; the last one registered is used. */
export function registerPainter(paint: Painter): void {
  painter = paint;
}

/**
 * What a notebook shows for an object: the painter's picture, together with the plain text that `console.log`
 * prints. If the painter fails, only the text remains.
 */
export async function display(value: object): Promise<DisplayBundle> {
  const text = { "text/plain": Deno.inspect(value) };
  try {
    return { ...await painter?.(value), ...text };
  } catch (error) {
    return { "text/plain": `${text["text/plain"]}\n(no picture: ${(error as Error).message})` };
  }
}
