/**
 * What a model takes.
 *
 * @module
 */
import { checkOptions, type OptionNames } from "../options.ts";
import type { Comm } from "../comm/comm.ts";
import type { Snapshottable } from "../snapshot/contract.ts";
import type { SaveOptions } from "./storage.ts";

/** Options of a `Model`. */
export interface ModelOptions {
  /** The name of the run in files and messages; defaults to `"model"`. */
  readonly name?: string;
  /** The ranks that share the model; defaults to one rank. */
  readonly comm?: Comm;
  /** The seed of `model.random`; defaults to 0. */
  readonly seed?: number;
}

/** The names of {@link ModelOptions}. */
export const modelOptionNames: OptionNames<ModelOptions> = { name: true, comm: true, seed: true };

/** A bearer as users write it; without a name, the model makes one from the class. */
export type Registrable = { readonly name?: string } & Omit<Snapshottable, "name">;

const saveOptionNames: OptionNames<SaveOptions> = {
  file: true,
  background: true,
  layout: true,
  compression: true,
  base: true,
  view: true,
};

/**
 * Requires that the options of a save name a file, and that there are no others than it has.
 *
 * @throws {TypeError} when they do not.
 */
export function requireFile(options: SaveOptions): SaveOptions {
  const file = (options as SaveOptions | null)?.file;
  if (typeof file === "string" || file instanceof URL) {
    checkOptions("saveState", options, saveOptionNames);
    return options;
  }
  throw new TypeError(
    "saveState takes no argument for a token in memory, or { file: path } for a file; got " +
      `${options === null ? "null" : typeof options}${file === undefined ? " without file" : ""}`,
  );
}

/**
 * Requires that a load, which is not from a token, names a file.
 *
 * @throws {TypeError} when it does not.
 */
export function requirePath(from: unknown): string | URL {
  if (typeof from === "string" || from instanceof URL) return from;
  throw new TypeError(
    "loadState takes a token from saveState(), or the path or URL of a snapshot file; got " +
      (from === null ? "null" : typeof from),
  );
}
