/**
 * The texts of an equation with what follows from them.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { withinStack } from "../expression/within_stack.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { EquationTexts } from "./equation_texts.ts";
import { isCurrent, type Program, type ProgramContext, readProgram } from "./program.ts";
import { fixValues } from "../fixed_fields.ts";

/** Programs kept by their texts, so that going back to an earlier one compiles nothing. */
const capacity = 8;

/**
 * Texts, and programs that were read from them.
 *
 * State: captured, by the equation that owns it; programs follow from the texts.
 */
export class ProgramStore {
  /** The name of the equation, for errors. */
  who: string;
  /** Unknowns whose rates the texts use; always the same ones. */
  readonly rates: ReadonlySet<string>;
  readonly #unknowns: readonly MeshVariable[];
  readonly #quadratureDegree: number | null;
  readonly #programs = new Map<string, Program>();
  #texts: EquationTexts;

  /**
   * Reads the texts, whose names need not all be known yet.
   *
   * @throws {RangeError} when one cannot be read.
   */
  constructor(
    unknowns: readonly MeshVariable[],
    texts: EquationTexts,
    quadratureDegree: number | null,
    who: string,
  ) {
    this.#unknowns = unknowns;
    this.#quadratureDegree = quadratureDegree;
    this.who = who;
    this.#texts = kept(texts);
    this.rates = this.read(texts).rates;
  }

  /** The texts. */
  get texts(): EquationTexts {
    return this.#texts;
  }

  /**
   * Replaces some texts.
   *
   * @throws {RangeError} when one cannot be read, or rates come or go.
   */
  rewrite(change: Partial<EquationTexts>): void {
    const texts = { ...this.#texts, ...change };
    this.check(texts);
    this.#texts = kept(texts);
  }

  /** Takes texts that were checked. */
  take(texts: EquationTexts): void {
    this.#texts = kept(texts);
  }

  /**
   * Checks that texts could replace these.
   *
   * @throws {RangeError} when one cannot be read, or rates come or go.
   */
  check(texts: EquationTexts): void {
    const rates = [...this.read(texts).rates].sort().join(", ");
    const known = [...this.rates].sort().join(", ");
    if (rates === known) return;
    throw new RangeError(
      `${this.who}: dt() is taken of ${known || "nothing"}, and would be of ${
        rates || "nothing"
      }; ` +
        `histories belong to an equation from the start, so make another one`,
    );
  }

  /**
   * Checks texts of a state.
   *
   * @throws {StateSchemaError} when they could not replace these.
   */
  checkRestored(texts: EquationTexts): void {
    try {
      this.check(texts);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new StateSchemaError(this.who, `${cause.message}; nothing was changed`, { cause });
    }
  }

  /**
   * The program for the names as they are now.
   *
   * @throws {RangeError} when a name is not known, or has two meanings.
   */
  current(): Program {
    const program = this.read(this.#texts);
    if (isCurrent(program, this.#texts, this.#context(false))) return program;
    return this.#remember(this.#compiled(this.#texts, false));
  }

  /** The program of some texts, names being what they were when they were read first. */
  read(texts: EquationTexts): Program {
    return this.#programs.get(JSON.stringify(texts)) ??
      this.#remember(this.#compiled(texts, true), texts);
  }

  #compiled(texts: EquationTexts, isEarly: boolean): Program {
    return withinStack(this.who, () => readProgram(texts, this.#context(isEarly)));
  }

  #remember(program: Program, texts: EquationTexts = this.#texts): Program {
    const key = JSON.stringify(texts);
    this.#programs.delete(key);
    this.#programs.set(key, program);
    if (this.#programs.size > capacity) {
      this.#programs.delete(this.#programs.keys().next().value!);
    }
    return program;
  }

  #context(isEarly: boolean): ProgramContext {
    const quadratureDegree = this.#quadratureDegree;
    const [{ mesh }] = this.#unknowns;
    return { mesh, unknowns: this.#unknowns, who: this.who, quadratureDegree, isEarly };
  }
}

/** Copies of texts, which no one else can write into. */
function kept(texts: EquationTexts): EquationTexts {
  return fixValues(structuredClone(texts));
}
