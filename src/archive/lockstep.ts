/**
 * Collective work, written as generators that yield their communication requests. They run over a
 * communicator where every rank has its own part, or one after the other where one process has the
 * parts of all ranks.
 *
 * @module
 */
import type { Comm, JsonValue } from "../comm/comm.ts";
import type { TypedArray } from "../arrays.ts";

/** A request to all ranks: gather one value from each rank, or send one array to each. */
export type RankRequest = { readonly gather: TypedArray | JsonValue } | {
  readonly send: TypedArray[];
};

/** What came of a request, by rank. */
export type RankAnswer = (TypedArray | JsonValue)[];

/** The work of one rank; all ranks make the same requests in the same order. */
export type Collective<R> = Generator<RankRequest, R, unknown>;

/** Gathers the values of all ranks, by rank. */
export function* gathered<T extends TypedArray | JsonValue>(value: T): Collective<T[]> {
  return (yield { gather: value }) as T[];
}

/** `parts[r]` goes to rank r; the result's entry r came from rank r. */
export function* exchanged<T extends TypedArray>(parts: T[]): Collective<T[]> {
  return (yield { send: parts }) as T[];
}

/** Runs this rank's share of the work over a communicator. Collective. */
export function overRanks<R>(comm: Comm, work: Collective<R>): R {
  let step = work.next();
  while (!step.done) {
    step = work.next(answered(comm, step.value));
  }
  return step.value;
}

/** What the ranks have for this one. Collective. */
export function answered(comm: Comm, request: RankRequest): RankAnswer {
  return "send" in request ? comm.alltoallv(request.send) : comm.allgather(request.gather);
}

/** Runs the work of all ranks in this process; returns the results by rank. */
export function inTurn<R>(works: readonly Collective<R>[]): R[] {
  let steps = works.map((work) => work.next());
  while (!steps.every(({ done }) => done)) {
    const requests = steps.map(({ value }) => value as RankRequest);
    steps = works.map((work, rank) =>
      work.next(requests.map((own) => "send" in own ? own.send[rank] : own.gather))
    );
  }
  return steps.map(({ value }) => value as R);
}
