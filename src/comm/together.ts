import { CommError, SnapshotInvalidatedError } from "../errors.ts";
import type { Comm } from "./comm.ts";

/** An error as the other ranks hear of it. */
interface Heard {
  readonly name: string;
  readonly message: string;
  readonly problems: string[];
}

/**
 * Does work that concerns this rank alone, and ends the same way on all: when it throws on one rank, it
 * throws on every rank. A rank whose own work went well throws the error of the first that failed.
 * Collective; the work itself must not communicate.
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
  const all = comm.allgather(failed ? heardOf(error) as unknown as Record<string, string> : null);
  if (failed) throw error;
  const rank = all.findIndex((heard) => heard !== null);
  throw errorOf(all[rank] as unknown as Heard, rank, comm.rank);
}

function heardOf(error: unknown): Heard {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), problems: [] };
  const problems = error instanceof SnapshotInvalidatedError ? [...error.problems] : [];
  return { name: error.name, message: error.message, problems };
}

/** The same class where it is one that takes a message only; else a `CommError` that names the class. */
function errorOf({ name, message, problems }: Heard, rank: number, here: number): Error {
  const said = `rank ${rank}: ${message}`;
  if (name === "RangeError") return new RangeError(said);
  if (name === "TypeError") return new TypeError(said);
  if (name === "SnapshotInvalidatedError") return new SnapshotInvalidatedError(said, problems);
  return new CommError(here, `${name} on ${said}`);
}
