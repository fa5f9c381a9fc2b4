/**
 * Steps so long that the rate, which alone determines the mean of an unknown, is lost in rounding errors.
 *
 * @module
 */
import { imagesOf, type MotionContext } from "./jacobian_images.ts";

/** What is left of a constant below this share is not enough for six digits of its mean. */
const rounding = 1e-11;

/**
 * Refuses a Jacobian that hardly sees constants of an unknown that has a rate and is held nowhere. Collective.
 *
 * @param rates Unknowns that have one.
 * @throws {RangeError} when there is one.
 */
export function requireMeans(context: MotionContext, rates: ReadonlySet<string>): void {
  const { space, constrained, reductions, ranks, what } = context;
  const { image, scale } = imagesOf(context);
  for (const field of space.fields) {
    const { name, components } = field.shape, places = space.placesOf(field);
    if (!rates.has(name)) continue;
    for (let k = 0; k < components; k++) {
      const isHeld = places.some((place) => constrained[place + k] === 1);
      if (ranks?.any(isHeld) ?? isHeld) continue;
      const constant = new Float64Array(space.count);
      for (const place of places) constant[place + k] = 1;
      const seen = reductions.norm(image(constant)), whole = reductions.norm(scale(constant));
      if (seen > rounding * whole || whole === 0) continue;
      throw new RangeError(
        `${what}: the step is so long that only rounding errors determine the mean of ${
          components > 1 ? `${name}[${k}]` : name
        } (its rate is ${
          (seen / whole).toPrecision(2)
        } of what else there is). Take a shorter step, hold it on ` +
          `a boundary, or leave out dt(${name}) if the steady state is wanted`,
      );
    }
  }
}
