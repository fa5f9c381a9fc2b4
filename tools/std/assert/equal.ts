/**
 * Deep equality as `@std/assert` has it: 0 equals -0, NaN equals NaN, a missing field is not an
 * undefined one, prototypes count.
 */
export function equal(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}

/** `pairs` holds what is being compared further up, so that cycles end. */
function same(a: unknown, b: unknown, pairs: Map<object, object>): boolean {
  if (Object.is(a, b) || (a === 0 && b === 0)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (prototypeOf(a) !== prototypeOf(b)) return false;
  if (a instanceof Date) return same(a.getTime(), (b as Date).getTime(), pairs);
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return sameElements(a as Float64Array, b as Float64Array);
  }
  if (pairs.get(a) === b) return true;
  pairs.set(a, b);
  try {
    return sameParts(a, b, pairs);
  } finally {
    pairs.delete(a); // what differed here must not count as equal elsewhere
  }
}

function sameParts(a: object, b: object, pairs: Map<object, object>): boolean {
  if (a instanceof Set) return sameMembers([...a], [...(b as Set<unknown>)], pairs);
  if (a instanceof Map) return sameMembers([...a], [...(b as Map<unknown, unknown>)], pairs);
  return sameFields(a, b, pairs);
}

/** Plain objects with and without a prototype are of one kind. */
function prototypeOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function sameElements(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

/** Every member of `a` has a partner of its own in `b`, in any order. */
function sameMembers(a: unknown[], b: unknown[], pairs: Map<object, object>): boolean {
  if (a.length !== b.length) return false;
  const free = new Set(b.keys());
  return a.every((member, i) => {
    // Most collections agree in order, so the partner at the same place is tried first.
    for (const j of free.has(i) ? [i, ...free] : free) {
      if (!same(member, b[j], pairs)) continue;
      free.delete(j);
      return true;
    }
    return false;
  });
}

function sameFields(a: object, b: object, pairs: Map<object, object>): boolean {
  const names = fieldsOf(a);
  if (names.length !== fieldsOf(b).length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return names.every((name) =>
    Object.hasOwn(b, name) &&
    same(a[name as keyof typeof a], b[name as keyof typeof b], pairs)
  );
}

function fieldsOf(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((name) =>
    Object.prototype.propertyIsEnumerable.call(value, name)
  );
}
