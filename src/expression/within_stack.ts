/**
 * Runs what goes down a formula piece by piece.
 *
 * @param what Named in errors.
 * @throws {RangeError} when the formula has more levels than the stack has room for.
 */
export function withinStack<R>(what: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError && /call stack/.test(error.message))) throw error;
    throw new RangeError(
      `${what}: a thousand or more terms or brackets within each other are too many; make parts of the formula ` +
        `fields or parameters`,
    );
  }
}
