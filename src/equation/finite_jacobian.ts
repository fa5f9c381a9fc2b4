/**
 * Refuses a Jacobian that is not finite, before a preconditioner does, which does not know what is to blame.
 *
 * @module
 */
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { allFinite } from "../solve/linear/vectors.ts";
import type { Assembler } from "./assembler.ts";
import type { Environment } from "./environment.ts";

/** The formulas, and the fields that they read. */
interface Read {
  readonly assembler: Assembler;
  readonly environment: Environment;
}

/**
 * Refuses a Jacobian with entries that are not finite. Collective.
 *
 * @param any Whether something is so on any rank.
 * @param what Named in the error.
 * @throws {RangeError} when one is not; it names the fields that are not finite.
 */
export function requireFiniteJacobian(
  { values }: CsrMatrix,
  { assembler, environment: { fields } }: Read,
  any: (here: boolean) => boolean,
  what: string,
): void {
  const isOdd = (numbers: Float64Array) => any(!allFinite(numbers, numbers.length));
  if (!isOdd(values)) return;
  const odd = assembler.inputs.fields.filter((_, k) => isOdd(fields[k]));
  const why = odd.length > 0
    ? `variable ${
      odd.map(({ name }) => `'${name}'`).join(", ")
    } has values that are not finite; go back to a ` +
      `state without them`
    : "look for divisions by 0, roots and powers of 0 or less, and overflow in the formulas";
  throw new RangeError(`${what}: the Jacobian has entries that are not finite: ${why}`);
}
