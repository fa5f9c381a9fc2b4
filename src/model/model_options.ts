/**
 * What a model takes.
 *
 * @module
 */
import type { LoadOptions } from "../archive/file_options.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { Comm } from "../comm/comm.ts";
import type { Snapshottable } from "../snapshot/contract.ts";
import { checkRestoreOptions, restoreOptionNames, type RestoreOptions } from "./grown_restore.ts";
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

/** Options of `Model.fromSnapshot`. */
export interface FromSnapshotOptions extends LoadOptions {
  /** The ranks that share the model, each with its part of the file; defaults to one rank. */
  readonly comm?: Comm | undefined;
}

/** The names of {@link ModelOptions}. */
export const modelOptionNames: OptionNames<ModelOptions> = { name: true, comm: true, seed: true };

/** A bearer as users write it; without a name, the model makes one from the class. */
export type Registrable = { readonly name?: string | undefined } & Omit<Snapshottable, "name">;

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
 * Requires that a load, which is not from a token, names a file, and that its options exist.
 *
 * @throws {TypeError} when it does not, or they do not.
 */
export function requirePath(from: unknown, options?: unknown): string | URL {
  if (typeof from !== "string" && !(from instanceof URL)) {
    throw new TypeError(
      "loadState takes a token from saveState(), or the path or URL of a snapshot file; got " +
        describe(from),
    );
  }
  checkOptions("loadState", options, loadOptionNames);
  const { verify, ...rest } = (options ?? {}) as LoadOptions & RestoreOptions;
  checkRestoreOptions("loadState", rest);
  if (verify === undefined || typeof verify === "boolean") return from;
  throw new TypeError(`loadState: verify must be true or false, got ${describe(verify)}`);
}

/**
 * The ranks of a model that is made from a file, and the other options, which are those of a load.
 *
 * @throws {TypeError} when they are no ranks.
 */
export function withoutComm(
  options: FromSnapshotOptions | undefined,
): { readonly comm: Comm | undefined; readonly loading: LoadOptions | undefined } {
  const { comm, ...rest } = options ?? {};
  if (comm === undefined) return { comm, loading: options };
  requireModelOptions("", comm);
  return { comm, loading: rest };
}

const loadOptionNames: OptionNames<LoadOptions & RestoreOptions> = {
  verify: true,
  ...restoreOptionNames,
};

/**
 * Requires a name and ranks that a model can have.
 *
 * @throws {TypeError} when they are of another type.
 */
export function requireModelOptions(name: unknown, comm: unknown): void {
  if (typeof name !== "string") {
    throw new TypeError(`the name of a model must be a string, got ${describe(name)}`);
  }
  const { rank, size, allreduce } = (comm ?? {}) as Partial<Comm>;
  if (typeof rank === "number" && typeof size === "number" && typeof allreduce === "function") {
    return;
  }
  throw new TypeError(
    `new Model: comm must be a communicator, as mpiWorld() or main(comm) gives it, got ${
      describe(comm)
    }`,
  );
}

/**
 * Requires a function.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireWork(what: string, work: unknown): void {
  if (typeof work === "function") return;
  throw new TypeError(`${what} takes a function, got ${describe(work)}`);
}
