/**
 * Fields that a script reads, and may replace only by mistake: `readonly` is a word of the type checker, which
 * `deno run` does not start.
 *
 * @module
 */

/**
 * Makes fields of an object fixed at their values.
 *
 * @param owner The object, with its name in messages.
 * @param advice For each field, what to do instead of assigning it.
 */
export function fixFields<T extends object>(
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
