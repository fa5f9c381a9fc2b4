/**
 * The hook through which objects ask for a picture of themselves. Classes of any floor get their methods
 * from {@link printAs} and {@link displayAs}; `output/` registers the painter.
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
 * Gives a class the method whose text `console.log` prints. Methods named by `Symbol.for` inside a class
 * cannot stand in declarations (`isolatedDeclarations`); a static block calls this instead.
 */
export function printAs<T extends object>(
  of: { readonly prototype: T },
  text: (this: T) => string,
): void {
  addMethod(of.prototype, "Deno.customInspect", text);
}

/** Gives a class the method whose result a notebook shows; it defaults to the painter's picture. */
export function displayAs<T extends object>(
  of: { readonly prototype: T },
  bundle: (this: T) => DisplayBundle | Promise<DisplayBundle> = display,
): void {
  addMethod(of.prototype, "Jupyter.display", bundle);
}

/**
 * What a notebook shows for an object: the painter's picture, together with the plain text that `console.log`
 * prints. If the painter fails, only the text remains.
 */
async function display(this: object): Promise<DisplayBundle> {
  const text = { "text/plain": Deno.inspect(this) };
  try {
    return { ...await painter?.(this), ...text };
  } catch (error) {
    return { "text/plain": `${text["text/plain"]}\n(no picture: ${(error as Error).message})` };
  }
}

function addMethod<T extends object, R>(of: T, name: string, method: (this: T) => R): void {
  Object.defineProperty(of, Symbol.for(name), {
    value: method,
    configurable: true,
    writable: true,
  });
}
