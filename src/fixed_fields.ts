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

/** Freezes a plain value with all that it holds; typed arrays and objects of classes in it stay as they are. */
export function fixValues<T>(value: T): T {
  const isPlain = Array.isArray(value) ||
    typeof value === "object" && value !== null &&
      Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value as object)) fixValues(inner);
  return Object.freeze(value);
}

/**
 * A map that scripts read: `ReadonlyMap` is a word of the type checker too. Its owner changes it by
 * {@link writable}.
 *
 * State: none, what it lists is saved by its owner.
 */
export class FixedMap<K, V> extends Map<K, V> {
  readonly #instead: string;

  /** @param instead What to do instead of writing, for the message. */
  constructor(instead: string) {
    super();
    this.#instead = instead;
  }

  /** @throws {TypeError} always. */
  override set(_key: K, _value: V): this {
    return this.#refuse();
  }

  /** @throws {TypeError} always. */
  override delete(_key: K): boolean {
    return this.#refuse();
  }

  /** @throws {TypeError} always. */
  override clear(): void {
    this.#refuse();
  }

  #refuse(): never {
    throw new TypeError(`this map is there to be read: ${this.#instead}`);
  }

  static {
    // Printed and compared as what it is to a script.
    Object.defineProperty(this, "name", { value: "Map" });
  }
}

/** The ways in which the owner of a map changes it. */
export function writable<K, V>(map: FixedMap<K, V>): Pick<Map<K, V>, "set" | "delete" | "clear"> {
  const { set, delete: remove, clear } = Map.prototype as Map<K, V>;
  return {
    set: (key, value) => set.call(map, key, value),
    delete: (key) => remove.call(map, key),
    clear: () => clear.call(map),
  } as Pick<Map<K, V>, "set" | "delete" | "clear">;
}
