/**
 * Fields that a script reads, and may replace only by mistake: `readonly` is a word of the type checker, which
 * `deno run` does not start.
 *
 * @module
 */

/**
 * Fixes the fields of an object that is finished: none can be replaced, and none be added, as by a misspelt name.
 * An object of a subclass is still being made, and is left alone.
 *
 * @param made The class that `new` was called with.
 * @param own The class whose constructor ends here.
 */
export function fixFields(object: object, made: unknown, own: unknown): void {
  if (made === own) Object.freeze(object);
}

/**
 * Makes fields of an object fixed at their values.
 *
 * @param owner The object, with its name in messages.
 * @param advice For each field, what to do instead of assigning it.
 */
export function fixWithAdvice<T extends object>(
  owner: T,
  noun: string,
  advice: { readonly [K in keyof T & string]?: string },
): void {
  for (const [name, instead] of Object.entries(advice)) {
    const value = owner[name as keyof T];
    Object.defineProperty(owner, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw new TypeError(`${noun}.${name} cannot be replaced: ${instead}`);
      },
    });
  }
}
