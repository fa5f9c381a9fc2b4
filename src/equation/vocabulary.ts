/**
 * What names in formulas can stand for.
 *
 * @module
 */
import { functionNames } from "../expression/calls.ts";
import { constants, numberWords } from "../expression/constants.ts";

/** A field as formulas see it. */
export interface FieldShape {
  readonly name: string;
  readonly components: number;
  readonly degree: 0 | 1 | 2;
  readonly continuous: boolean;
}

/** The names that the formulas of one equation have. */
export interface Vocabulary {
  readonly dim: 2 | 3;
  readonly unknowns: readonly FieldShape[];
  /** Names of test functions, one for each unknown; none where an energy defines the equation. */
  readonly tests: readonly string[];
  /** Formulas by name. */
  readonly definitions: ReadonlyMap<string, string>;
  /** A variable on the mesh that is not an unknown. */
  readonly field: (name: string) => FieldShape | null;
  readonly isParameter: (name: string) => boolean;
  readonly isRegion: (name: string) => boolean;
  /** What there is, for the message about an unknown name. */
  readonly known: () => string;
}

/** Functions of vectors and matrices, and of space and time. */
export const tensorFunctions: readonly string[] =
  "grad div dt dot inner sym transpose trace det region frozen".split(" ");

const coordinates = ["x", "y", "z"];

/** Every name that the language itself uses, with what it means. */
const language = new Map<string, string>([
  ...[...functionNames(), ...tensorFunctions]
    .map((name): [string, string] => [name, "a function"]),
  ...[...constants.keys(), ...numberWords.keys()].map((
    name,
  ): [string, string] => [name, "a constant"]),
  ...coordinates.map((name): [string, string] => [name, "a coordinate"]),
  ...["and", "or", "not"].map((name): [string, string] => [name, "a word"]),
  ["t", "the time"],
  ["I", "the identity matrix"],
  ["n", "the outward normal"],
]);

/** What the language means by a name; undefined where it means nothing. */
export function languageMeaning(name: string): string | undefined {
  return language.get(name);
}

/** Everything that a name means; more than one meaning is refused where the name is used. */
export function meaningsOf(name: string, vocabulary: Vocabulary): string[] {
  const meanings: string[] = [];
  const own = language.get(name);
  if (own !== undefined) meanings.push(own);
  if (vocabulary.unknowns.some((u) => u.name === name)) meanings.push("an unknown");
  else if (vocabulary.field(name) !== null) meanings.push("a variable of the mesh");
  if (vocabulary.tests.includes(name)) meanings.push("a test function");
  if (vocabulary.definitions.has(name)) meanings.push("a definition");
  if (vocabulary.isParameter(name)) meanings.push("a parameter of the model");
  return meanings;
}

/** Whether a text can be a name in formulas. */
export function isName(text: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(text);
}

/**
 * Checks the names that an equation gives itself: unknowns, test functions and definitions.
 *
 * @throws {RangeError} when one cannot be written in a formula, or means something else as well.
 */
export function checkOwnNames(vocabulary: Vocabulary, who: string): void {
  const { unknowns, tests, definitions } = vocabulary;
  const names = [...unknowns.map(({ name }) => name), ...tests, ...definitions.keys()];
  for (const name of names) {
    if (!isName(name)) {
      throw new RangeError(
        `${who}: '${name}' cannot be written in a formula; a name has letters, digits and _`,
      );
    }
    requireUnambiguous(name, meaningsOf(name, vocabulary), who);
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      throw new RangeError(`${who}: the name '${name}' is given twice`);
    }
  }
}

/**
 * Refuses names with several meanings.
 *
 * @throws {RangeError} when there are several.
 */
export function requireUnambiguous(name: string, meanings: readonly string[], who: string): void {
  if (meanings.length < 2) return;
  throw new RangeError(`${who}: '${name}' is ${meanings.join(" and ")}; rename one of them`);
}
