import type { Comm, JsonValue } from "./comm.ts";
import { pack, type Thrown, unpack } from "./workers/thrown.ts";

/**
 * Does work that concerns this rank alone, and ends the same way on all: when it throws on one rank, it
 * throws on every rank. A rank whose own work went well throws the error of the first that failed, of the
 * same class, with that rank in the message. Collective; the work itself must not communicate.
 *
 * @throws {Error} what `work` threw here, or on the first rank that failed.
 */
export function together<R>(comm: Comm, work: () => R): R {
  if (comm.size === 1) return work();
  let result: R | undefined, error: unknown, failed = false;
  try {
    result = work();
  } catch (thrown) {
    error = thrown;
    failed = true;
  }
  if (comm.allreduce(failed ? 1 : 0, "max") === 0) return result as R;
  const all = comm.allgather(failed ? told(error) : null);
  if (failed) throw error;
  const rank = all.findIndex((thrown) => thrown !== null);
  throw heard(all[rank] as unknown as Thrown, rank);
}

/** An error as JSON: fields that are no plain values stay behind. */
function told(error: unknown): JsonValue {
  const { name, message, fields } = pack(error);
  const plain = Object.entries(fields).filter(([, value]) =>
    Array.isArray(value) ? value.every(isPlain) : isPlain(value)
  );
  return { name, message, fields: Object.fromEntries(plain) as Record<string, JsonValue> };
}

function isPlain(value: unknown): boolean {
  return ["number", "string", "boolean"].includes(typeof value) || value === null;
}

function heard({ name, message, fields }: Thrown, rank: number): Error {
  return unpack({ name, message: `rank ${rank}: ${message}`, stack: "", fields, cause: null });
}
