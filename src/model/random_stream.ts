import { xoroshiro128plusFromState } from "../deps/pure_rand.ts";
import { NormalDistribution, uniformInteger, uniformNumber } from "./distributions.ts";
import { KeyedStream } from "./keyed_stream.ts";
import { philox } from "./philox.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { isCount, requireState } from "./require_state.ts";
import { fixFields } from "../fixed_fields.ts";

const keyedNames: OptionNames<{ repeat?: boolean }> = { repeat: true };

/** The state of a {@link RandomStream}. */
export interface RandomStreamState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** The number that the stream was started with. */
  readonly seed: number;
  /** The four 32-bit words of the generator. */
  readonly words: readonly number[];
  /** The second number of the last normal pair, until it is used. */
  readonly spare: number | null;
  /** The number of draws, which is the counter that `keyed` uses. */
  readonly draws: number;
}

/**
 * The model's stream of random numbers: seeded, part of every snapshot, and the same on every rank if all
 * ranks draw together. The generator is xoroshiro128+ (Blackman and Vigna 2021, doi:10.1145/3460772).
 *
 * Numbers for single particles come from {@link RandomStream.keyed}, which depends on the particle's id and
 * the draw counter only. Call {@link RandomStream.advance} once per step so that each step gets new numbers.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model({ seed: 7 });
 * using token = model.saveState();
 * const first = model.random.next();
 * model.loadState(token);
 * console.log(model.random.next() === first); // true
 * ```
 */
export class RandomStream {
  /** The key of its entry in a snapshot. */
  readonly name = "random";
  /** The version of the layout of its state. */
  readonly schemaVersion = 1;
  #seed: number;
  #generator;
  readonly #normals = new NormalDistribution();
  #draws = 0;
  /** The first id that `keyed` was asked for at a draw counter; a mistake shows at the first id of a loop. */
  #first: { id: bigint; draws: number; stream: KeyedStream; alone: boolean } | null = null;

  /**
   * A stream at its beginning.
   *
   * @param seed a whole number.
   * @throws {RangeError} when `seed` is not a whole number.
   */
  constructor(seed = 0) {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`seed: ${seed} is not a whole number within ±2^53`);
    }
    this.#seed = seed;
    const words = new Uint32Array(4);
    philox(0, 0, 0, 0, ...lowAndHigh(BigInt(seed)), words);
    this.#generator = xoroshiro128plusFromState(Array.from(words, (word) => word | 0));
    fixFields(this, new.target, RandomStream);
  }

  /** The number that the stream was started with. */
  get seed(): number {
    return this.#seed;
  }

  /** The number of draws so far. */
  get draws(): number {
    return this.#draws;
  }

  /** The next number in [0, 1), with 53 random bits. */
  next(): number {
    this.#draws++;
    return uniformNumber(this.#word);
  }

  /** The next number of the standard normal distribution. */
  normal(): number {
    this.#draws++;
    return this.#normals.next(this.#word);
  }

  /**
   * The next whole number in [lo, hi), each equally likely.
   *
   * @throws {RangeError} when the bounds are not whole numbers, or the range is empty.
   */
  int(lo: number, hi: number): number {
    const drawn = uniformInteger(this.#word, lo, hi);
    this.#draws++;
    return drawn;
  }

  /** Increases the draw counter without drawing, so that `keyed` gives every id new numbers. */
  advance(): void {
    this.#draws++;
  }

  /**
   * The numbers of one id at this draw counter, independent of the order of ids and of the rank. Two calls
   * with the same id and draw counter give the same numbers. Every call
   * begins with the same number, so keep the stream where several numbers of one id are needed:
   *
   * ```ts ignore
   * for (let i = 0; i < swarm.count; i++) {
   *   const own = model.random.keyed(swarm.ids[i]);
   *   x[2 * i] += own.normal();
   *   x[2 * i + 1] += own.normal();
   * }
   * model.random.advance();
   * ```
   *
   * @param id A particle's global id: a bigint of 64 bits, or a whole number.
   * @param options With `repeat: true` the same numbers once more are what is wanted.
   * @throws {TypeError} when `id` is neither, or an option does not exist.
   * @throws {RangeError} when `id` is a number that is not whole, or has more than 64 bits; or when the first
   *   id after the draw counter moved is asked for twice running and was drawn from, without `repeat`.
   */
  keyed(id: bigint | number, options: { repeat?: boolean } = {}): KeyedStream {
    checkOptions("keyed", options, keyedNames);
    if (typeof id !== "number" && typeof id !== "bigint") {
      throw new TypeError(`keyed takes an id, a bigint or a number, got ${describe(id)}`);
    }
    const whole = typeof id === "number" ? Number.isSafeInteger(id) : BigInt.asIntN(64, id) === id;
    if (!whole) {
      throw new RangeError(`keyed(${id}): an id must be a whole number of at most 64 bits`);
    }
    const asked = BigInt(id), draws = this.#draws;
    const stream = new KeyedStream(lowAndHigh(BigInt(this.#seed)), lowAndHigh(asked), draws);
    const first = this.#first;
    if (first?.draws !== draws) this.#first = { id: asked, draws, stream, alone: true };
    else if (first.id !== asked) first.alone = false;
    else if (first.alone && first.stream.drawnFrom && options.repeat !== true) {
      throw new RangeError(
        `keyed(${id}) was drawn from at this draw counter, and a second stream would repeat its numbers. ` +
          "Keep the stream, const own = random.keyed(id), and draw from it twice; or call random.advance() " +
          "in between. Where the same numbers are wanted, say keyed(id, { repeat: true })",
      );
    }
    return stream;
  }

  /** Everything that determines the numbers to come. */
  get state(): RandomStreamState {
    return {
      schemaVersion: this.schemaVersion,
      seed: this.#seed,
      words: this.#generator.getState() as number[],
      spare: this.#normals.spare,
      draws: this.#draws,
    };
  }

  /**
   * Continues from where the state was taken.
   *
   * @throws {StateSchemaError} when it is of another schema version or incomplete.
   */
  set state(state: RandomStreamState) {
    this.checkState(state);
    this.#seed = state.seed;
    this.#generator = xoroshiro128plusFromState([...state.words]);
    this.#normals.spare = state.spare;
    this.#draws = state.draws;
    this.#first = null;
  }

  /**
   * Refuses what the setter would.
   *
   * @throws {StateSchemaError} when it is of another schema version or incomplete.
   */
  checkState(state: RandomStreamState): void {
    const { schemaVersion, seed, words, spare, draws } = state ?? {};
    const { name } = this;
    requireState(schemaVersion === 1, name, "the schema version is 1", schemaVersion);
    requireState(Number.isSafeInteger(seed), name, "the seed is a whole number", seed);
    const four = Array.isArray(words) && words.length === 4 && words.every(Number.isSafeInteger);
    requireState(four, name, "the generator has four words", words);
    requireState(spare === null || typeof spare === "number", name, "a spare is a number", spare);
    requireState(isCount(draws), name, "draws is a whole number of at least 0", draws);
  }

  readonly #word = (): number => this.#generator.next();
}

/** The lower 64 bits as two 32-bit words, low first. */
function lowAndHigh(value: bigint): [number, number] {
  const bits = BigInt.asUintN(64, value);
  return [Number(bits & 0xFFFFFFFFn) | 0, Number(bits >> 32n) | 0];
}
