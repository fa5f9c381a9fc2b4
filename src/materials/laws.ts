/**
 * Viscosity laws as texts, to be given to `expression()` or to `Materials`.
 *
 * Numbers in them may be given as texts too: names of parameters of the model, of fields on the mesh, or whole
 * formulas. All bind late, so that a law follows its parameters and is put back with them.
 *
 * @module
 */
import { describe, type OptionNames, requireOptions } from "../options.ts";

/** A number, or a formula for it: the name of a parameter or a field, or an expression of these. */
export type LawTerm = number | string;

/** What activates creep: {@link powerLaw}, {@link arrhenius}. */
export interface Activation {
  /** Energy, in J / mol where `gasConstant` is the default. Defaults to 0. */
  readonly activationEnergy?: LawTerm;
  /** Volume, in m^3 / mol; the pressure is that of the flow. Defaults to 0. */
  readonly activationVolume?: LawTerm;
  /** The absolute temperature. Defaults to `"T"`. */
  readonly temperature?: LawTerm;
  /** Defaults to 8.31446261815324 J / (mol K); 1 where energies are given in units of temperature. */
  readonly gasConstant?: LawTerm;
}

const activationNames: OptionNames<Activation> = {
  activationEnergy: true,
  activationVolume: true,
  temperature: true,
  gasConstant: true,
};

/** The molar gas constant, exact since 2019: https://physics.nist.gov/cgi-bin/cuu/Value?r */
const molarGas = 8.31446261815324;

/** What {@link powerLaw} takes. */
export interface PowerLawOptions extends Activation {
  /** A in `edot = A tau^n`. */
  readonly prefactor: LawTerm;
  /** n. */
  readonly exponent: LawTerm;
}

const powerNames: OptionNames<PowerLawOptions> = {
  ...activationNames,
  prefactor: true,
  exponent: true,
};

/** What {@link arrhenius} takes. */
export interface ArrheniusOptions extends Activation {
  /** The factor of the exponential. */
  readonly prefactor: LawTerm;
}

const arrheniusNames: OptionNames<ArrheniusOptions> = { ...activationNames, prefactor: true };

/** What {@link frankKamenetskii} takes. */
export interface FrankKamenetskiiOptions {
  /** The viscosity where the temperature is 0. */
  readonly reference: LawTerm;
  /** The logarithm by which it falls as the temperature rises by 1. */
  readonly sensitivity: LawTerm;
  /** Defaults to `"T"`. */
  readonly temperature?: LawTerm;
}

const frankNames: OptionNames<FrankKamenetskiiOptions> = {
  reference: true,
  sensitivity: true,
  temperature: true,
};

/** What {@link vonMises} takes. */
export interface VonMisesOptions {
  /** The second invariant of stress that is not exceeded. */
  readonly yieldStress: LawTerm;
}

const misesNames: OptionNames<VonMisesOptions> = { yieldStress: true };

/** What {@link druckerPrager} takes. */
export interface DruckerPragerOptions {
  /** The cohesion. */
  readonly cohesion: LawTerm;
  /** The angle of friction in degrees. */
  readonly friction: LawTerm;
  /** The pressure. Defaults to that of the flow, `"p"`. */
  readonly pressure?: LawTerm;
  /** The least yield stress, where there is tension. Defaults to 0. */
  readonly least?: LawTerm;
}

const pragerNames: OptionNames<DruckerPragerOptions> = {
  cohesion: true,
  friction: true,
  pressure: true,
  least: true,
};

/** What {@link bounded} takes. */
export interface ViscosityBounds {
  /** The viscosity stays above it. Defaults to 0. */
  readonly min?: LawTerm;
  /** The viscosity stays below it. Defaults to Infinity. */
  readonly max?: LawTerm;
}

const boundNames: OptionNames<ViscosityBounds> = { min: true, max: true };

/**
 * Dislocation creep `edot = A tau^n exp(-(E + p V) / (R T))`:
 * `viscosity = A^(-1/n) edot^(1/n - 1) / 2 exp((E + p V) / (n R T))`.
 *
 * At rest the viscosity is infinite for n > 1: limit it by {@link bounded}.
 *
 * @returns The text of the law.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 *
 * @example
 * ```ts
 * import { bounded, powerLaw } from "@timestash/timestash";
 *
 * console.log(bounded(powerLaw({ prefactor: "A", exponent: 3 }), { max: 1e3 }));
 * // 1 / (1 / (0.5 * (A) ^ (-1 / (3)) * edot ^ (1 / (3) - 1)) + 1 / (1000))
 * ```
 */
export function powerLaw(options: PowerLawOptions): string {
  requireOptions("powerLaw", options, powerNames);
  const a = read("powerLaw: prefactor", options.prefactor);
  const n = read("powerLaw: exponent", options.exponent);
  const activation = exponentOf("powerLaw", options, `${n} * `);
  return `0.5 * ${a} ^ (-1 / ${n}) * edot ^ (1 / ${n} - 1)${activation}`;
}

/**
 * Diffusion creep, a viscosity that does not depend on the strain rate: `A exp((E + p V) / (R T))`.
 *
 * @returns The text of the law.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 */
export function arrhenius(options: ArrheniusOptions): string {
  requireOptions("arrhenius", options, arrheniusNames);
  return read("arrhenius: prefactor", options.prefactor) + exponentOf("arrhenius", options, "");
}

/**
 * What Arrhenius' law is near one temperature: `reference exp(-sensitivity T)`.
 *
 * @returns The text of the law.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 */
export function frankKamenetskii(options: FrankKamenetskiiOptions): string {
  requireOptions("frankKamenetskii", options, frankNames);
  const { reference, sensitivity, temperature = "T" } = options;
  const [eta, gamma, t] = [reference, sensitivity, temperature].map((value, i) =>
    read(`frankKamenetskii: ${["reference", "sensitivity", "temperature"][i]}`, value)
  );
  return `${eta} * exp(-${gamma} * ${t})`;
}

/**
 * Flow at the yield stress: `yieldStress / (2 edot)`, which {@link composite} joins with a viscous law, or `min(..)`
 * where the edge is to be sharp.
 *
 * @returns The text of the law.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 */
export function vonMises(options: VonMisesOptions): string {
  requireOptions("vonMises", options, misesNames);
  return `${read("vonMises: yieldStress", options.yieldStress)} / (2 * edot)`;
}

/**
 * Flow at a yield stress that grows with the pressure: `(C cos(phi) + p sin(phi)) / (2 edot)`.
 *
 * Source: D. C. Drucker, W. Prager, Q. Appl. Math. 10 (1952) 157-165, DOI 10.1090/qam/48291, in the plane.
 *
 * @returns The text of the law.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 */
export function druckerPrager(options: DruckerPragerOptions): string {
  requireOptions("druckerPrager", options, pragerNames);
  const { cohesion, friction, pressure = "p", least = 0 } = options;
  const c = read("druckerPrager: cohesion", cohesion);
  const phi = `(${read("druckerPrager: friction", friction)} * pi / 180)`;
  const p = read("druckerPrager: pressure", pressure);
  const limit = read("druckerPrager: least", least);
  return `max(${c} * cos(${phi}) + ${p} * sin(${phi}), ${limit}) / (2 * edot)`;
}

/**
 * Mechanisms that act at once: strain rates add up, `1 / viscosity = sum 1 / viscosities`.
 *
 * @param laws Numbers or texts, at least one.
 * @returns The text of the law.
 * @throws {TypeError} when one is neither a number nor a text, or there is none.
 */
export function composite(...laws: readonly LawTerm[]): string {
  if (laws.length === 0) throw new TypeError("composite takes one law at least");
  return `1 / (${laws.map((law) => `1 / ${read("composite", law)}`).join(" + ")})`;
}

/**
 * A law within smooth bounds: `min + 1 / (1 / law + 1 / (max - min))`.
 *
 * @param law A number or a text.
 * @param bounds One or both.
 * @returns The text of the law.
 * @throws {TypeError} when the law or a bound is neither a number nor a text, or there is no bound.
 * @throws {RangeError} when bounds that are numbers leave nothing in between.
 */
export function bounded(law: LawTerm, bounds: ViscosityBounds): string {
  requireOptions("bounded", bounds, boundNames);
  const { min, max } = bounds, inner = read("bounded", law);
  const low = min === undefined ? null : read("bounded: min", min);
  const high = max === undefined ? null : read("bounded: max", max);
  if (low === null && high === null) {
    throw new TypeError("bounded takes { min }, { max } or both; got neither");
  }
  const least = typeof min === "number" ? min : 0, most = typeof max === "number" ? max : Infinity;
  if (!(least >= 0 && least < most)) {
    throw new RangeError(`bounded: 0 <= min < max, got a min of ${min ?? 0} and a max of ${max}`);
  }
  if (high === null) return `${low} + ${inner}`;
  if (low === null) return `1 / (1 / ${inner} + 1 / ${high})`;
  return `${low} + 1 / (1 / ${inner} + 1 / (${high} - ${low}))`;
}

/** ` * exp((E + p V) / (n R T))`; nothing where E and V are 0. */
function exponentOf(who: string, options: Activation, n: string): string {
  const { activationEnergy: e = 0, activationVolume: v = 0 } = options;
  const { temperature: t = "T", gasConstant: r = molarGas } = options;
  const energy = read(`${who}: activationEnergy`, e);
  const volume = read(`${who}: activationVolume`, v);
  const heat = `${read(`${who}: gasConstant`, r)} * ${read(`${who}: temperature`, t)}`;
  if (e === 0 && v === 0) return "";
  const work = v === 0 ? energy : `(${energy} + p * ${volume})`;
  return ` * exp(${work} / (${n}${heat}))`;
}

/**
 * A number or a formula in brackets.
 *
 * @throws {TypeError} when it is neither.
 */
function read(what: string, value: unknown): string {
  if (typeof value === "number" && Number.isFinite(value)) return `(${value})`;
  if (typeof value === "string" && value.trim() !== "") return `(${value})`;
  throw new TypeError(
    `${what} is a finite number, or the text of a formula; got ${describe(value)}`,
  );
}
