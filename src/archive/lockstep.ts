/**
 * Work that all ranks do together, written as generators that yield what they have to say: run over a
 * communicator where every rank has its own, or one after the other where one process has the parts of all.
 *
 * @module
 */
import type { Comm, JsonValue } from "../comm/comm.ts";
import type { TypedArray } from "../arrays.ts";

/** What a rank asks of all: to gather a value of each, or to send one array to each. */
type Request = { readonly gather: TypedArray | JsonValue } | { readonly send: TypedArray[] };

/** Work of one rank; every rank's has the same requests in the same order. */
export type Collective<R> = Generator<Request, R, unknown>;

/** The values of all ranks, by rank. */
export function* gathered<T extends TypedArray | JsonValue>(value: T): Collective<T[]> {
  return (yield { gather: value }) as T[];
}

/** `parts[r]` goes to rank r; the result's entry r came from rank r. */
export function* exchanged<T extends TypedArray>(parts: T[]): Collective<T[]> {
  return (yield { send: parts }) as T[];
}

/** This rank's share of work that all ranks do now. Collective. */
export function overRanks<R>(comm: Comm, work: Collective<R>): R {
  let step = work.next();
  while (!step.done) {
    const request = step.value;
    step = work.next(
      "send" in request ? comm.alltoallv(request.send) : comm.allgather(request.gather),
    );
  }
  return step.value;
}

/** The work of all ranks by this process alone; the results by rank. */
export function inTurn<R>(works: readonly Collective<R>[]): R[] {
  let steps = works.map((work) => work.next());
  while (!steps.every(({ done }) => done)) {
    const requests = steps.map(({ value }) => value as Request);
    steps = works.map((work, rank) =>
      work.next(requests.map((own) => "send" in own ? own.send[rank] : own.gather))
    );
  }
  return steps.map(({ value }) => value as R);
}
