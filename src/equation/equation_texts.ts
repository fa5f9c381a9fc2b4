/**
 * The texts that define an equation.
 *
 * @module
 */
import type { StateValue } from "../snapshot/contract.ts";

/** Formulas by name. */
export interface Definitions {
  /** The formula of each. */
  readonly [name: string]: string;
}

/** The form from which a preconditioner is made, where it is not the equation's own. */
export interface PreconditionerTexts {
  /** A weak form with the same test functions; the equation's own where it is null. */
  readonly weak: string | null;
  /** Definitions that differ from the equation's. */
  readonly define: Definitions;
  /** State is made of plain values. */
  readonly [name: string]: StateValue;
}

/** A flux through a boundary. */
export interface FluxText {
  /** The unknown that it belongs to. */
  readonly unknown: string;
  /** The name of the boundary. */
  readonly boundary: string;
  /** The component, or null for all. */
  readonly component: number | null;
  /** The formula. */
  readonly text: string;
  /** State is made of plain values. */
  readonly [name: string]: StateValue;
}

/** Everything about an equation that is text. */
export interface EquationTexts {
  /** Whether `text` is a weak form or an energy. */
  readonly kind: "weak" | "energy";
  /** The weak form or the energy. */
  readonly text: string;
  /** The names of the test functions; none for an energy. */
  readonly tests: readonly string[];
  /** Formulas by name. */
  readonly define: Definitions;
  /** What is different for the preconditioner; null where nothing is. */
  readonly preconditioner: PreconditionerTexts | null;
  /** Fluxes through boundaries. */
  readonly fluxes: readonly FluxText[];
}
