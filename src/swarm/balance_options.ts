import { describe, type OptionNames, requireOptions } from "../options.ts";

/** How many particles {@link Swarm.balance} leaves in each cell. */
export interface BalanceOptions {
  /** Cells with fewer particles get new ones, up to this many; defaults to 0. */
  readonly fewest?: number;
  /** Cells with more particles lose some, down to this many; defaults to any number. */
  readonly most?: number;
  /**
   * What new particles carry: the values of the nearest particle (`"nearest"`, the default), or those of the linear
   * function nearest in the mean square to the particles around, between the least and the largest of
   * them (`"linear"`; whole numbers are those of the nearest all the same).
   */
  readonly values?: "nearest" | "linear";
  /**
   * Names of variables whose total over all particles is to stay, such as a mass: one that goes leaves its
   * share to the nearest that stays in its cell, and one that comes takes an equal share of the nearest in
   * its cell, or nothing where the cell was empty. These are variables with real numbers.
   */
  readonly conserve?: readonly string[];
}

/** What {@link Swarm.balance} did on this rank. */
export interface BalanceReport {
  /** New particles. */
  readonly added: number;
  /** Particles that went; they do not count as lost. */
  readonly removed: number;
}

/** Options with defaults. */
export type Balance = Required<BalanceOptions>;

const optionNames: OptionNames<BalanceOptions> = {
  fewest: true,
  most: true,
  values: true,
  conserve: true,
};

/**
 * Checks the options of `balance`.
 *
 * @throws {TypeError} when one is of a wrong type.
 * @throws {RangeError} when a number is out of range, `most` is below `fewest`, or `values` is unknown.
 */
export function checkBalance(options: BalanceOptions): Balance {
  requireOptions("balance", options, optionNames);
  const { fewest = 0, most = Infinity, values = "nearest", conserve = [] } = options;
  if (!Number.isInteger(fewest) || fewest < 0) {
    throw new RangeError(`balance: fewest is a whole number from 0, got ${describe(fewest)}`);
  }
  if (most !== Infinity && (!Number.isInteger(most) || most < 1) || most < fewest) {
    throw new RangeError(
      `balance: most is a whole number from 1 and not below fewest (${fewest}), got ${
        describe(most)
      }`,
    );
  }
  if (values !== "nearest" && values !== "linear") {
    throw new RangeError(`balance: values is "nearest" or "linear", got ${describe(values)}`);
  }
  if (!Array.isArray(conserve) || conserve.some((name) => typeof name !== "string")) {
    throw new TypeError(
      `balance: conserve is a list of names of variables, got ${describe(conserve)}`,
    );
  }
  return { fewest, most, values, conserve };
}

/** Options in JSON, for a snapshot; undefined for none. What is left out of `most` means any number. */
export function balanceText(balance: Balance | null): string | undefined {
  if (balance === null) return undefined;
  const { most, ...rest } = balance;
  return JSON.stringify({ ...rest, ...(most !== Infinity && { most }) });
}
